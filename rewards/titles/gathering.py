"""Gathering a round's inputs from the rows: who serves, what each reached in the period, what speaks against them.

Everybody who served on the last day that counts is an entrant, those who are barred too: so the reason stands beside
everybody's figures. What counts:

- `points_percentile`: points earned by what was done in the period, placed among the street (mid-rank percentile).
- `difficulty`: the mean base points of the categories of one's verified cases of the period, placed in the same way.
- `minutes`: lifetime service minutes, placed in the same way.
- `vote`: residents' full ballots that speak for a steward, placed in the same way (rewards.titles.vote_marks).
- `review`: the committee's marks, once two members or more have marked somebody (rewards.titles.marks).
- `evaluation`: the mean of the frozen scores of the periods that ended in the period.
- gates: `verified_cases` of the period and `months_served` on its last day; everything else as it is when frozen.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID, uuid4

import orjson

from kernel.clock import local_date
from kernel.database import Reader, Row
from points.cheating import barred_until
from points.rules import Gate, Measure, TitleRule
from points.rules.titles import Source, Veto
from rewards.boards.definitions import Metric, Span
from rewards.boards.sums import HIDDEN, sums_sql
from rewards.facts import measures_of
from rewards.titles.behind import AWARDS_OF_TEAMS
from rewards.titles.evaluation_marks import evaluation_marks
from rewards.titles.gathered import (
    Cases,
    Gathered,
    GatheredSpan,
    inputs_from,
    mean_base_points,
    placed_among,
    whole_months,
)
from rewards.titles.inputs import Entrant
from rewards.titles.marks import review_mark
from rewards.titles.models import TitleAward, TitleRound
from rewards.titles.panel_reading import marks_given
from rewards.titles.refusals import HigherTitleFirst
from rewards.titles.rules import parse_title_rule
from rewards.titles.team_gathering import gather_teams, vetoes_by_item
from rewards.titles.vote_marks import votes_won

OF_PERIOD: frozenset[Measure] = frozenset({"verified_cases", "months_served"})


async def gather(reader: Reader, found: Row, *, now: datetime) -> Gathered:
    """The inputs of a stored round as the rows have them now, under new tickets.

    Raises:
        HigherTitleFirst: somebody who will have a higher title could still be among them.

    """
    rule = parse_title_rule(found["rules"])
    if rule.of == "team":
        return await gather_teams(reader, found, rule, now=now)
    span = GatheredSpan(begins_on=found["begins_on"], ends_on=found["ends_on"], now=now)
    people = {row["id"]: row for row in await _people(reader, span.ends_on)}
    cases = await _cases(reader, span)
    marks = {
        source: await _MARKS[source](reader, rule, people, cases, span) for source in rule.weights if source in _MARKS
    }
    given = await marks_given(reader, found["id"]) if "review" in rule.weights else {}
    if given:
        means = {steward_id: review_mark(of) for steward_id, of in given.items()}
        marks["review"] = {steward_id: mean for steward_id, mean in means.items() if mean is not None}
    measures = await _measures(reader, rule, people, cases, span)
    against = await _against(reader, rule, found["period"], set(people), span)
    tickets = {steward_id: uuid4() for steward_id in people}  # random: says neither who nor in which order
    entrants = [
        Entrant(
            ticket=tickets[steward_id],
            street=row["street"],
            community=row["community"],
            marks={source: by_person[steward_id] for source, by_person in marks.items() if steward_id in by_person},
            measures=measures[steward_id],
            vetoes=frozenset(against.vetoes[steward_id]),
            blemished=steward_id in against.blemished,
            won=tuple(against.won[steward_id]),
            bars=tuple(sorted(against.bars[steward_id])),
            review={code: tuple(of) for code, of in given.get(steward_id, {}).items()},
        )
        for steward_id, row in people.items()
    ]
    return Gathered(
        inputs=inputs_from(found, rule, marks, tuple(entrants)),
        people={tickets[steward_id]: row for steward_id, row in people.items()},
        teams={},
        members={},
    )


async def _people(reader: Reader, on: date) -> list[Row]:
    return await reader.fetch(
        """
        SELECT steward.id, steward.street_id, steward.community_id, steward.joined_on, steward.status,
               street.code AS street, community.code AS community
        FROM stewards_steward steward
        JOIN stewards_street street ON street.id = steward.street_id
        JOIN stewards_community community ON community.id = steward.community_id
        WHERE steward.status IN ('active', 'suspended') AND steward.joined_on <= $1
        ORDER BY steward.number
        """,
        on,
        types={"id": UUID, "street_id": UUID, "community_id": UUID, "joined_on": date},
    )


async def _cases(reader: Reader, span: GatheredSpan) -> Cases:
    rows = await reader.fetch(
        """
        SELECT steward_id, category, COUNT(*) AS cases FROM cases_case
        WHERE state IN ('verified', 'solved') AND reported_at >= $1 AND reported_at < $2
        GROUP BY steward_id, category
        """,
        span.begins_at,
        span.ends_at,
        types={"steward_id": UUID},
    )
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["steward_id"]][row["category"]] = int(row["cases"])
    return found


def _group(rule: TitleRule, row: Row) -> str:
    """Among whom a figure is placed: the street, as a community has too few; everybody for a district's title."""
    return "" if rule.per == "district" else row["street"]


def _placed(rule: TitleRule, people: Mapping[UUID, Row], figures: Mapping[UUID, Fraction]) -> Mapping[UUID, int]:
    return placed_among({steward_id: _group(rule, row) for steward_id, row in people.items()}, figures)


async def _points(
    reader: Reader, rule: TitleRule, people: Mapping[UUID, Row], cases: Cases, span: GatheredSpan
) -> Mapping[UUID, int]:
    within = Span(begins_at=span.begins_at, ends_at=span.ends_at)
    sql, args = sums_sql(reader, Metric.POINTS, within, "award.steward_id", now=span.now, until=None)
    rows = await reader.fetch(sql, *args, types={"steward_id": UUID})
    return _placed(rule, people, {row["steward_id"]: Fraction(row["value"]) for row in rows})


async def _difficulty(
    reader: Reader, rule: TitleRule, people: Mapping[UUID, Row], cases: Cases, span: GatheredSpan
) -> Mapping[UUID, int]:
    return _placed(rule, people, await mean_base_points(reader, cases, on=span.ends_on))


async def _minutes(
    reader: Reader, rule: TitleRule, people: Mapping[UUID, Row], cases: Cases, span: GatheredSpan
) -> Mapping[UUID, int]:
    figures = await _lifetime(reader, people, "minutes", span.now)
    return _placed(rule, people, {steward_id: Fraction(figure) for steward_id, figure in figures.items()})


async def _evaluation(
    reader: Reader, rule: TitleRule, people: Mapping[UUID, Row], cases: Cases, span: GatheredSpan
) -> Mapping[UUID, int]:
    return await evaluation_marks(reader, set(people), begins_on=span.begins_on, ends_on=span.ends_on)


async def _vote(
    reader: Reader, rule: TitleRule, people: Mapping[UUID, Row], cases: Cases, span: GatheredSpan
) -> Mapping[UUID, int]:
    won = await votes_won(reader, begins_on=span.begins_on, ends_on=span.ends_on)
    figures = {steward_id: Fraction(votes) for steward_id, votes in won.items()}
    return _placed(rule, people, figures) if figures else {}


_MARKS: Mapping[
    Source,
    Callable[[Reader, TitleRule, Mapping[UUID, Row], Cases, GatheredSpan], Awaitable[Mapping[UUID, int]]],
] = {
    "points_percentile": _points,
    "difficulty": _difficulty,
    "minutes": _minutes,
    "evaluation": _evaluation,
    "vote": _vote,
}


async def _lifetime(reader: Reader, people: Mapping[UUID, Row], measure: Measure, now: datetime) -> dict[UUID, int]:
    gate = Gate(code="asked", of="title", measure=measure, at_least=1)
    facts = await measures_of(reader, list(people.values()), [gate], {}, now=now)
    return {steward_id: fact.measures.get(measure, 0) for steward_id, fact in facts.items()}


async def _measures(
    reader: Reader, rule: TitleRule, people: Mapping[UUID, Row], cases: Cases, span: GatheredSpan
) -> dict[UUID, dict[Measure, int]]:
    """What gates and ties look at."""
    asked = [gate for gate in rule.gates if gate.measure is not None and gate.measure not in OF_PERIOD]
    facts = await measures_of(reader, list(people.values()), asked, {}, now=span.now)
    found: dict[UUID, dict[Measure, int]] = {}
    for steward_id, row in people.items():
        found[steward_id] = {
            **facts[steward_id].measures,
            "verified_cases": sum(cases.get(steward_id, {}).values()),
            "months_served": whole_months(row["joined_on"], span.ends_on),
        }
    return found


@dataclass(slots=True)
class _Against:
    vetoes: defaultdict[UUID, set[Veto]]
    bars: defaultdict[UUID, set[str]]
    won: defaultdict[UUID, list[str]]
    blemished: set[UUID]


async def _against(reader: Reader, rule: TitleRule, period: str, people: set[UUID], span: GatheredSpan) -> _Against:
    found = _Against(defaultdict(set), defaultdict(set), defaultdict(list), set())
    by_item = vetoes_by_item(rule)
    for row in await reader.fetch(
        "SELECT steward_id, item FROM points_penalty WHERE state = 'taken' AND decided_at >= $1",
        span.begins_at,
        types={"steward_id": UUID},
    ):
        found.blemished.add(row["steward_id"])
        found.vetoes[row["steward_id"]].update(by_item.get(row["item"], ()))
    today = local_date(span.now)
    for steward_id, until in (await barred_until(reader, people)).items():
        if until >= today:
            found.bars[steward_id].add("faking")
    for row in await reader.fetch(
        f"SELECT id, status FROM stewards_steward WHERE status <> 'active' OR id IN {HIDDEN}", types={"id": UUID}
    ):
        found.bars[row["id"]].add("not_serving" if row["status"] != "active" else "off_boards")
    held = f"WHERE title = $1 AND revoked_at IS NULL AND id NOT IN {AWARDS_OF_TEAMS} ORDER BY period"
    for award in await reader.rows(TitleAward, held, rule.code):
        if award["period"] < period:
            found.won[award["steward_id"]].append(award["period"])
    for title in rule.after:
        for steward_id in await _higher(reader, title, period):
            found.bars[steward_id].add(f"after:{title}")
    return found


async def _higher(reader: Reader, title: str, period: str) -> set[UUID]:
    """Who has a title for the same period, or is put forward for it.

    Raises:
        HigherTitleFirst: its round is published and not yet computed.

    """
    rounds = await reader.rows(
        TitleRound, "WHERE title = $1 AND period = $2 AND state IN ('published', 'proposed')", title, period
    )
    if any(row["state"] == "published" for row in rounds):
        raise HigherTitleFirst(title=title)
    held = f"WHERE title = $1 AND period = $2 AND revoked_at IS NULL AND id NOT IN {AWARDS_OF_TEAMS}"
    found = {row["steward_id"] for row in await reader.rows(TitleAward, held, title, period)}
    for row in rounds:
        if parse_title_rule(row["rules"]).of == "steward":
            found |= await put_forward(reader, row["id"])
    return found


async def put_forward(reader: Reader, round_id: UUID) -> set[UUID]:
    """The stewards on the newest lists of a round."""
    snapshots = await reader.fetch(
        "SELECT snapshot.body FROM rewards_title_snapshot snapshot JOIN rewards_title_list list "
        "ON list.id = snapshot.list_id AND list.version = snapshot.version WHERE list.round_id = $1",
        round_id,
    )
    tickets = [UUID(ticket) for row in snapshots for ticket in orjson.loads(row["body"])["winners"]]
    rows = await reader.fetch(
        f"SELECT steward_id FROM rewards_title_candidate WHERE {reader.one_of('id', 1)}",
        sorted(tickets),
        types={"steward_id": UUID},
    )
    return {row["steward_id"] for row in rows}


def people_of(gathered: Gathered) -> Sequence[tuple[UUID, Row]]:
    """Tickets with who stands behind them, in the order of tickets."""
    return sorted(gathered.people.items(), key=lambda one: str(one[0]))
