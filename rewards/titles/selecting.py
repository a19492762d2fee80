"""Who is put forward for a title: a pure function of the published inputs, the same on every machine.

Marks are weighed exactly (fractions), equals are told apart by the rule's tie breaks and then by the smaller ticket,
which is random and so a lot. Each street's quota is filled from the top, communities at most with their share. Whoever
was struck later (objection upheld, veto) stands aside, and the next one moves up.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from kernel.ids import derived_id
from points.gates import GateFacts, Missing
from points.rules import TitleRule
from points.titles import Candidate, Outcome, barred, placed
from rewards.titles.inputs import HUNDREDTHS, Entrant, Inputs

STRUCK = "struck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What came of an entrant. Those who are barred have no place; `shut` and `causes` say why."""

    entrant: Entrant
    outcome: Outcome
    marks: Fraction | None  # exact, 0 to 100
    place: int | None  # among the eligible of the same street, community or district
    shut: tuple[Missing, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def ticket(self) -> UUID:
        """The entrant's ticket."""
        return self.entrant.ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What came of everybody: in each street, community or district by place, then those who are barred by ticket."""

    lines: tuple[Line, ...]

    def of_street(self, street: str | None) -> tuple[Line, ...]:
        """The lines of one street; of everybody for a list of the whole district."""
        return tuple(line for line in self.lines if street is None or line.entrant.street == street)

    def winners(self, street: str | None) -> tuple[Line, ...]:
        """Those who are put forward, in order."""
        return tuple(line for line in self.of_street(street) if line.outcome is Outcome.PROPOSED)


def select(inputs: Inputs, struck: Collection[UUID] = ()) -> Selection:
    """Compute a round. `struck` are tickets that stand aside for what became known later."""
    groups: dict[str, list[Entrant]] = defaultdict(list)
    for entrant in inputs.entrants:
        groups[_group(inputs.rule, entrant)].append(entrant)
    lines: list[Line] = []
    for _, entrants in sorted(groups.items()):
        lines += _selected(inputs, entrants, frozenset(struck))
    return Selection(lines=tuple(lines))


def lists_by_street(rule: TitleRule) -> bool:
    """Whether each street answers for a list of its own; a district's title has one list."""
    return rule.per != "district"


def _group(rule: TitleRule, entrant: Entrant) -> str:
    return {"district": "", "street": entrant.street, "community": f"{entrant.street}/{entrant.community}"}[rule.per]


def _selected(inputs: Inputs, entrants: Sequence[Entrant], struck: Collection[UUID]) -> list[Line]:
    rule = inputs.rule
    by_ticket = {entrant.ticket: entrant for entrant in entrants}
    ordered = sorted(entrants, key=lambda one: ([-figure for figure in _ties(rule, one)], str(one.ticket)))
    candidates = [_candidate(inputs, entrant, struck) for entrant in ordered]
    lines = [
        Line(entrant=by_ticket[one.candidate.steward_id], outcome=one.outcome, marks=one.marks, place=one.place)
        for one in placed(rule, candidates, without=inputs.without)
    ]
    out = [(candidate, found) for candidate in candidates if (found := barred(rule, candidate)) is not None]
    for candidate, found in sorted(out, key=lambda one: str(one[0].steward_id)):
        entrant = by_ticket[candidate.steward_id]
        lines.append(
            Line(
                entrant=entrant,
                outcome=Outcome.BARRED,
                marks=None,
                place=None,
                shut=found.shut,
                causes=found.causes,
            )
        )
    return lines


def _ties(rule: TitleRule, entrant: Entrant) -> list[int]:
    figures = {str(source): mark for source, mark in entrant.marks.items()}
    figures["verified_cases"] = entrant.measures.get("verified_cases", 0)
    figures["months_served"] = entrant.measures.get("months_served", 0)
    return [figures.get(tie, 0) for tie in rule.ties]


def _candidate(inputs: Inputs, entrant: Entrant, struck: Collection[UUID]) -> Candidate:
    rule = inputs.rule
    return Candidate(
        steward_id=entrant.ticket,
        marks={source: Fraction(mark, HUNDREDTHS) for source, mark in entrant.marks.items()},
        facts=GateFacts(measures=entrant.measures),
        community_id=derived_id("community", entrant.street, entrant.community),
        vetoes=entrant.vetoes,
        blemished=entrant.blemished,
        years_since_win=_years_since(inputs.period, entrant.won) if rule.winners_out_years else None,
        years_running=running(inputs.period, entrant.won),
        bars=(*entrant.bars, *((STRUCK,) if entrant.ticket in struck else ())),
    )


def _years_since(period: str, won: Sequence[str]) -> int | None:
    years = [int(period[:4]) - int(each[:4]) for each in won if each < period]
    return min(years) if years else None


def running(period: str, won: Collection[str]) -> int:
    """For how many periods in a row, up to the one before this, a title was won."""
    count = 0
    while (period := before(period)) in won:
        count += 1
    return count


def before(period: str) -> str:
    """The period before one of the same length: 2026 after 2025, 2026-Q1 after 2025-Q4, 2026-01 after 2025-12."""
    year, _, part = period.partition("-")
    if not part:
        return f"{int(year) - 1:04d}"
    if part.startswith("Q"):
        return f"{year}-Q{int(part[1]) - 1}" if part != "Q1" else f"{int(year) - 1:04d}-Q4"
    return f"{year}-{int(part) - 1:02d}" if part != "01" else f"{int(year) - 1:04d}-12"


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiled:
    """A figure to be placed among its equals: whose, where, and how much."""

    key: UUID
    group: str
    figure: Fraction


def percentiles(figures: Sequence[Percentiled]) -> Mapping[UUID, int]:
    """Each figure's place among those of its group in hundredths of percent: 0 the least, 10000 the most.

    Equals share the middle of their places (mid-rank percentile: (fewer + (equal - 1) / 2) / (n - 1)), rounded half up;
    whoever is alone has 100.
    """
    groups: dict[str, list[Percentiled]] = defaultdict(list)
    for one in figures:
        groups[one.group].append(one)
    found: dict[UUID, int] = {}
    for members in groups.values():
        ordered = sorted(members, key=lambda one: one.figure)
        start = 0
        while start < len(ordered):
            end = start
            while end < len(ordered) and ordered[end].figure == ordered[start].figure:
                end += 1
            for one in ordered[start:end]:
                found[one.key] = _percentile(start, end - start, len(ordered))
            start = end
    return found


def _percentile(fewer: int, equal: int, count: int) -> int:
    if count == 1:
        return 100 * HUNDREDTHS
    share = Fraction(2 * fewer + equal - 1, 2 * (count - 1)) * 100 * HUNDREDTHS
    return int(share + Fraction(1, 2))
