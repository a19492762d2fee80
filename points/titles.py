"""Titles by rule: who is eligible, who is short-listed, who wins. Pure; ties are decided by what the caller gives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from points.gates import GateFacts, Missing, missing
from points.rules import TitleRule
from points.rules.titles import Source, Veto


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be put forward: marks from 0 to 100 by source, and what speaks against it."""

    steward_id: UUID
    marks: Mapping[Source, Fraction]
    facts: GateFacts = field(default_factory=GateFacts)
    community_id: UUID | None = None
    vetoes: frozenset[Veto] = frozenset()
    blemished: bool = False  # something was upheld in the period
    years_since_win: int | None = None  # 1: last year; None: never
    years_running: int = 0  # won in a row, up to last year
    bars: tuple[str, ...] = ()  # codes of what else bars


class Outcome(StrEnum):
    """What comes of a candidate."""

    PROPOSED = "proposed"
    NEXT = "next"  # eligible, behind the quota
    COMMUNITY_FULL = "community_full"  # good enough, but the community has its share
    NOT_SHORTLISTED = "not_shortlisted"
    BARRED = "barred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An eligible candidate with the exact marks, the place from 1 and what comes of it."""

    candidate: Candidate
    marks: Fraction
    place: int
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Why somebody is not eligible: gates that are shut, and codes such as `veto:faked_case`."""

    steward_id: UUID
    shut: tuple[Missing, ...]
    causes: tuple[str, ...]


def barred(rule: TitleRule, candidate: Candidate) -> Barred | None:
    """What bars a candidate; None where nothing does."""
    shut = tuple(missing(rule.gates, candidate.facts, of="title"))
    causes = [f"veto:{veto}" for veto in rule.vetoes if veto in candidate.vetoes]
    if rule.clean_record and candidate.blemished:
        causes.append("record")
    if candidate.years_since_win is not None and candidate.years_since_win <= rule.winners_out_years:
        causes.append("winner")
    if rule.most_running is not None and candidate.years_running >= rule.most_running:
        causes.append("running")
    causes += candidate.bars
    return Barred(steward_id=candidate.steward_id, shut=shut, causes=tuple(causes)) if shut or causes else None


def marks_of(rule: TitleRule, candidate: Candidate, *, without: Collection[Source] = ()) -> Fraction:
    """The weighted marks of a candidate, 0 to 100, exactly. Sources `without` figures leave it to the rest."""
    weights = {source: weight for source, weight in rule.weights.items() if source not in without}
    weighted = (weight * Fraction(candidate.marks.get(source, 0)) for source, weight in weights.items())
    return sum(weighted, Fraction(0)) / (sum(weights.values()) or 1)


def ranked(
    rule: TitleRule, candidates: Sequence[Candidate], *, without: Collection[Source] = ()
) -> list[tuple[Candidate, Fraction]]:
    """Those who are eligible with their marks, the best first; equal marks keep the order in which they were given."""
    eligible = [
        (candidate, marks_of(rule, candidate, without=without))
        for candidate in candidates
        if barred(rule, candidate) is None
    ]
    return sorted(eligible, key=lambda one: -one[1])


def placed(rule: TitleRule, candidates: Sequence[Candidate], *, without: Collection[Source] = ()) -> list[Placed]:
    """Everybody eligible of one street, community or district in order: the quota, no community beyond its share."""
    found: list[Placed] = []
    by_community: dict[UUID | None, int] = {}
    chosen = 0
    for place, (candidate, marks) in enumerate(ranked(rule, candidates, without=without), 1):
        count = by_community.get(candidate.community_id, 0)
        if rule.candidates is not None and place > rule.candidates:
            outcome = Outcome.NOT_SHORTLISTED
        elif chosen == rule.quota:
            outcome = Outcome.NEXT
        elif rule.most_per_community is not None and candidate.community_id and count >= rule.most_per_community:
            outcome = Outcome.COMMUNITY_FULL
        else:
            outcome = Outcome.PROPOSED
            by_community[candidate.community_id] = count + 1
            chosen += 1
        found.append(Placed(candidate=candidate, marks=marks, place=place, outcome=outcome))
    return found


def winners(rule: TitleRule, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The winners of one street, community or district."""
    return [one.candidate for one in placed(rule, candidates) if one.outcome is Outcome.PROPOSED]
