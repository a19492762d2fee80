"""Rehearsals on both databases: what they find equals what publishing the same rules from then on produces."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from kernel.database import Database
from migrations import APPS
from points.assess import EarningEvent
from points.award import AwardOutcome
from points.rehearsal_figures import Figures
from points.rehearsing import SpanUnfit, rehearse
from points.rule_documents import parse_rules
from tests.databases import SqliteTemplates
from tests.points.ledger_builders import ANN, BEN, crediting, publishing, reversing, steward
from tests.points.rule_builders import a_cap, a_document, an_event

CAT = steward("cat")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
STREETS = (UUID(int=1), UUID(int=2))
OLD: dict[str, Any] = {"caps": [a_cap(limit=20)], "hazard_bonus": 3}
NEW: dict[str, Any] = {
    "tariffs": {
        "case_verified": {"points": 5, "overrides": {"road_damage": 9}},
        "patrol": {"points": 2},
        "service": {"per_minutes": {"points": 10, "minutes": 60, "most_minutes": 120}},
    },
    "solved_bonus": None,
    "hazard_bonus": 4,
    "caps": [
        a_cap(code="person_day", period="day", limit=11),
        a_cap(code="lane_month", per="lane", period="month", limit=40),
        a_cap(code="patrols", period="month", counts="times", limit=2, events=["patrol"]),
    ],
    "purses": {"by_origin": {"back_fill": "honour"}},
}


def a_year(seed: int, count: int) -> list[EarningEvent]:
    """Events of three stewards in two streets, in the order in which they are told."""
    random = Random(seed)
    events = []
    for number in range(count):
        kind = random.choice(["case_verified", "case_verified", "case_solved", "patrol", "service"])
        who = random.randrange(3)
        events.append(
            an_event(
                kind,
                reference=f"event {number}",
                steward_id=(ANN, BEN, CAT)[who],
                street_id=STREETS[who % 2],
                lane_id=UUID(int=100 + random.randrange(2)),
                occurred_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=random.randrange(24 * 45)),
                hazard=random.random() < 0.2,
                minutes=random.choice([30, 90, 200]) if kind == "service" else None,
                origin=random.choice([None, "back_fill"]) if kind == "service" else None,
            )
        )
    return events


async def lived(database: Database, rules: dict[str, Any], seed: int, count: int = 90) -> dict[str, int]:
    """A year under some rules, with reversals in between; answers what stands by steward."""
    await publishing(database, **rules)
    events = a_year(seed, count)
    for start in range(0, count, 30):
        outcomes = await crediting(database, *events[start : start + 30])
        assert all(isinstance(outcome, AwardOutcome) for outcome in outcomes)
        # Some of what was told so far is taken back.
        for number in (start + 1, start + 17):
            event = events[number]
            await reversing(database, (event.event.value, event.reference))
    rows = await (await database.reader()).fetch(
        "SELECT steward_id, SUM(points) AS points FROM points_award GROUP BY steward_id", types={"steward_id": UUID}
    )
    return {str(row["steward_id"]): int(row["points"]) for row in rows}


async def rehearsed(database: Database, rules: dict[str, Any]) -> Figures:
    return await rehearse(await database.reader(), parse_rules(a_document(**rules)), from_on=FIRST, to_on=LAST)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_rehearsal_finds_what_publishing_then_produces(
    database: Database, sqlite_templates: SqliteTemplates, tmp_path: Any, seed: int
) -> None:
    recorded = await lived(database, OLD, seed)
    figures = await rehearsed(database, NEW)
    other = await Database.open(sqlite_templates.fresh(tmp_path), APPS)
    try:
        published = await lived(other, NEW, seed)
    finally:
        await other.close()
    assert {str(found.steward_id): found.now for found in figures.stewards} == recorded
    assert {str(found.steward_id): found.draft for found in figures.stewards} == published
    assert (figures.total.now, figures.total.draft) == (sum(recorded.values()), sum(published.values()))
    assert figures.events == 90
    assert figures.refused == {}


async def test_the_same_rules_change_nothing(database: Database) -> None:
    await lived(database, OLD, 4)
    figures = await rehearsed(database, OLD)
    assert figures.total.change == figures.outstanding.change == 0
    assert (figures.gain, figures.lose, figures.same) == (0, 0, 3)
    assert {pair.change for pair in (*figures.by_event.values(), *figures.by_month.values())} == {0}


async def test_gains_and_losses_are_told_by_street_and_by_steward(database: Database) -> None:
    await publishing(database)
    await crediting(
        database,
        an_event(reference="one", street_id=STREETS[0]),
        an_event("patrol", reference="two", steward_id=BEN, street_id=STREETS[1], category=None),
    )
    draft = {"tariffs": {"case_verified": {"points": 10}, "patrol": {"points": 0}}, "solved_bonus": None}
    figures = await rehearsed(database, draft)
    assert [(found.steward_id, found.now, found.draft) for found in figures.stewards] == [(ANN, 6, 10), (BEN, 1, 0)]
    streets = {street: (found.change, found.gain, found.lose) for street, found in figures.by_street.items()}
    assert streets == {STREETS[0]: (4, 1, 0), STREETS[1]: (-1, 0, 1)}
    assert {month: found.draft for month, found in figures.by_month.items()} == {"2026-10": 10}
    assert (figures.outstanding.now, figures.outstanding.draft) == (7, 10)
    assert Figures.from_json(figures.to_json()) == figures


async def test_what_a_draft_cannot_assess_is_counted_by_its_reason(database: Database) -> None:
    await publishing(database)
    await crediting(database, an_event(reference="one"), an_event(reference="two"))
    draft = {"categories": {"litter": {"points": 2, "zh": "垃圾", "en": "Litter"}}}
    figures = await rehearsed(database, draft)
    assert (figures.refused, figures.total.draft) == ({"unknown_category": 2}, 0)


async def test_points_above_a_ceiling_or_for_honour_are_owed_to_nobody(database: Database) -> None:
    await publishing(database)
    await crediting(database, *(an_event(reference=f"case {n}") for n in range(3)))
    capped = await rehearsed(database, {"balance_caps": {"spendable": {"most": 10, "overflow_to": "honour"}}})
    assert (capped.total.draft, capped.redeemable.draft, capped.outstanding.draft) == (18, 10, 10)
    honour = await rehearsed(database, {"purses": {"by_event": {"case_verified": "honour"}}})
    assert (honour.total.draft, honour.redeemable.draft) == (18, 0)


async def test_only_events_of_the_days_are_rehearsed(database: Database) -> None:
    await publishing(database)
    last = datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)
    await crediting(
        database,
        an_event(reference="in", occurred_at=last),
        an_event(reference="out", occurred_at=last + timedelta(seconds=1)),
    )
    reader = await database.reader()
    figures = await rehearse(reader, parse_rules(a_document()), from_on=date(2026, 10, 1), to_on=date(2026, 10, 31))
    assert (figures.events, figures.total.now) == (1, 6)
    for ends in (date(2026, 9, 30), date(2040, 1, 1)):
        with pytest.raises(SpanUnfit):
            await rehearse(reader, parse_rules(a_document()), from_on=date(2026, 10, 1), to_on=ends)
