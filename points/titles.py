"""Titles by rule: who is eligible, who is short-listed, who wins. Pure; ties are decided by what the caller gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    return Barred(steward_id=candidate.steward_id, shut=shut, causes=tuple(causes)) if shut or causes else None


def marks_of(rule: TitleRule, candidate: Candidate) -> Fraction:
    """The weighted marks of a candidate, 0 to 100, exactly."""
    weighted = (weight * Fraction(candidate.marks.get(source, 0)) for source, weight in rule.weights.items())
    return sum(weighted, Fraction(0)) / 100


def ranked(rule: TitleRule, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those who are eligible, the best first; equal marks keep the order in which they were given."""
    eligible = [candidate for candidate in candidates if barred(rule, candidate) is None]
    return sorted(eligible, key=lambda candidate: -marks_of(rule, candidate))


def winners(rule: TitleRule, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The winners of one street, community or district: the quota, no community with more than its share."""
    chosen: list[Candidate] = []
    by_community: dict[UUID | None, int] = {}
    for candidate in ranked(rule, candidates)[: rule.candidates]:
        if len(chosen) == rule.quota:
            break
        count = by_community.get(candidate.community_id, 0)
        if rule.most_per_community is not None and candidate.community_id and count >= rule.most_per_community:
            continue
        by_community[candidate.community_id] = count + 1
        chosen.append(candidate)
    return chosen
