"""Published rule sets on both databases: numbered, dated, never reaching back."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from kernel.clock import FixedClock
from kernel.consultation.versions import VersionRecord, list_versions, read_version
from kernel.database import Database
from kernel.ids import new_id
from kernel.models import AuditRow
from points.assess import EarningEvent
from points.award import AwardOutcome
from points.balances import balance
from points.recalculating import plan_corrections
from points.rule_documents import RulesRefused, shipped_programme
from points.rule_versions import (
    RULES,
    CapMeansOtherwise,
    RulesInThePast,
    publish_rules,
    rules_by_id,
    rules_on,
)
from tests.points.ledger_builders import ANN, assert_sound, crediting, publishing
from tests.points.rule_builders import a_cap, a_document, an_event

TODAY = date(2026, 11, 23)


async def publish(database: Database, clock: FixedClock, **changes: object) -> VersionRecord:
    return await database.run(lambda tx: publish_rules(tx, a_document(**changes), by=None, now=clock.now()))


async def test_the_first_version_may_begin_in_the_past(database: Database, clock: FixedClock) -> None:
    first = await database.run(lambda tx: publish_rules(tx, shipped_programme(), by=None, now=clock.now()))
    assert (first.number, first.effective_on) == (1, date(2018, 1, 1))
    assert hashlib.sha256(first.document.encode()).hexdigest() == first.document_sha256
    assert await read_version(await database.reader(), RULES, 1) == first


async def test_numbers_grow_and_the_newest_on_a_day_is_in_force(database: Database, clock: FixedClock) -> None:
    await publish(database, clock)
    await publish(database, clock, name="二", effective_on="2026-12-01", hazard_bonus=1)
    await publish(database, clock, name="三", effective_on="2026-12-01", hazard_bonus=2)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 30), date(2026, 12, 1), date(2030, 1, 1)]
    found = await rules_on(await database.reader(), days)
    assert {day: rules.number for day, rules in found.items()} == dict(zip(days[1:], [1, 1, 3, 3], strict=True))
    assert found[date(2026, 12, 1)].document.hazard_bonus == 2
    assert [version.number for version in await list_versions(await database.reader(), RULES)] == [3, 2, 1]


@pytest.mark.parametrize("effective_on", [TODAY - timedelta(days=1), date(2026, 1, 1)])
async def test_a_later_version_never_reaches_back(database: Database, clock: FixedClock, effective_on: date) -> None:
    await publish(database, clock)
    with pytest.raises(RulesInThePast) as caught:
        await publish(database, clock, hazard_bonus=1, effective_on=effective_on.isoformat())
    assert caught.value.pointer == "/effective_on"
    assert "2026-11-23" in caught.value.text.render("en")
    assert len(await list_versions(await database.reader(), RULES)) == 1


async def test_a_version_may_begin_today_but_not_before_the_newest(database: Database, clock: FixedClock) -> None:
    await publish(database, clock)
    await publish(database, clock, hazard_bonus=1, effective_on=TODAY.isoformat())
    await publish(database, clock, hazard_bonus=2, effective_on="2027-01-01")
    with pytest.raises(RulesInThePast):
        await publish(database, clock, hazard_bonus=3, effective_on="2026-12-31")


async def test_today_is_the_day_in_shanghai(database: Database) -> None:
    late = FixedClock(datetime(2026, 11, 22, 16, 0, tzinfo=UTC))  # midnight of the 23rd in Shanghai
    await publish(database, late)
    with pytest.raises(RulesInThePast):
        await publish(database, late, hazard_bonus=1, effective_on="2026-11-22")


async def test_the_newest_version_again_is_no_new_version(database: Database, clock: FixedClock) -> None:
    first = await publish(database, clock)
    assert await publish(database, clock) == first


async def test_changing_a_rule_for_next_month_changes_nothing_before_it(database: Database) -> None:
    this_month, next_month = [datetime(2026, month, 3, 4, 0, tzinfo=UTC) for month in (10, 11)]

    def events(name: str) -> list[EarningEvent]:
        return [an_event(reference=f"{name} {at}", occurred_at=at) for at in (this_month, next_month)]

    async def worth(name: str) -> list[tuple[int, int]]:
        outcomes = await crediting(database, *events(name), now=next_month)
        return [(found.points, found.receipt.rule_number) for found in outcomes if isinstance(found, AwardOutcome)]

    await publishing(database, caps=[a_cap(limit=100)])
    assert await worth("before") == [(6, 1), (6, 1)]
    reader = await database.reader()
    recorded = await reader.fetch("SELECT * FROM points_award ORDER BY id")
    then = await balance(reader, ANN, now=next_month, at=next_month)
    categories = {"road_damage": {"points": 9, "zh": "道路破损", "en": "Road damage"}}
    document = a_document(effective_on="2026-11-01", categories=categories, caps=[a_cap(limit=12)])
    await database.run(lambda tx: publish_rules(tx, document, by=None, now=datetime(2026, 10, 20, tzinfo=UTC)))
    assert await worth("after") == [(6, 1), (6, 2)]  # of November's 12, 6 were given before
    replayed = await crediting(database, *events("before"), now=next_month)
    assert [found.points for found in replayed if isinstance(found, AwardOutcome)] == [6, 6]
    reader = await database.reader()
    later = await reader.fetch("SELECT * FROM points_award ORDER BY id")
    assert [row for row in later if row["id"] in {one["id"] for one in recorded}] == recorded
    assert await balance(reader, ANN, now=next_month, at=next_month) == then
    assert await plan_corrections(reader, first="2026-10", last="2026-10") == []
    await assert_sound(database)


async def test_mistakes_leave_no_version(database: Database, clock: FixedClock) -> None:
    with pytest.raises(RulesRefused):
        await publish(database, clock, hazard_bonus=1.5)
    reader = await database.reader()
    assert await list_versions(reader, RULES) == []
    assert await rules_on(reader, [TODAY]) == {}


async def test_who_published_is_in_the_audit(database: Database, clock: FixedClock) -> None:
    clerk = new_id()
    published = await database.run(lambda tx: publish_rules(tx, a_document(), by=clerk, now=clock.now()))
    (row,) = await (await database.reader()).rows(AuditRow)
    assert (row["actor_id"], row["action"], row["subject_id"]) == (clerk, "rules.publish", published.id)


async def test_versions_are_found_by_id(database: Database, clock: FixedClock) -> None:
    published = await publish(database, clock)
    reader = await database.reader()
    for _ in range(2):  # read, then remembered
        found = await rules_by_id(reader, [published.id, new_id()])
        assert {version_id: rules.number for version_id, rules in found.items()} == {published.id: 1}


async def test_a_cap_never_takes_up_the_code_of_another_one(database: Database, clock: FixedClock) -> None:
    cap = {"code": "month", "per": "steward", "period": "month", "counts": "points", "limit": 80, "events": "all"}
    await publish(database, clock, caps=[cap])
    with pytest.raises(CapMeansOtherwise) as caught:
        await publish(database, clock, effective_on="2026-12-01", caps=[{**cap, "counts": "times"}])
    assert caught.value.pointer == "/caps/0/code"
    assert "version 1" in caught.value.text.render("en")
    # Another limit is the same cap, and another code is another one.
    await publish(database, clock, effective_on="2026-12-01", caps=[{**cap, "limit": 60}])
    await publish(database, clock, effective_on="2026-12-02", caps=[{**cap, "code": "month_times", "counts": "times"}])
