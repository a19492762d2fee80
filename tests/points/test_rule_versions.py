"""Published rule sets on both databases: numbered, dated, never reaching back."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.ids import new_id
from kernel.models import AuditRow
from points.rule_documents import RulesRefused, shipped_programme
from points.rule_versions import (
    CapMeansOtherwise,
    RulesInThePast,
    RuleVersionRecord,
    list_rule_versions,
    publish_rules,
    read_rule_version,
    rules_by_id,
    rules_on,
)
from tests.points.rule_builders import a_document

TODAY = date(2026, 11, 23)


async def publish(database: Database, clock: FixedClock, **changes: object) -> RuleVersionRecord:
    return await database.run(lambda tx: publish_rules(tx, a_document(**changes), by=None, now=clock.now()))


async def test_the_first_version_may_begin_in_the_past(database: Database, clock: FixedClock) -> None:
    first = await database.run(lambda tx: publish_rules(tx, shipped_programme(), by=None, now=clock.now()))
    assert (first.number, first.effective_on) == (1, date(2018, 1, 1))
    assert hashlib.sha256(first.document.encode()).hexdigest() == first.document_sha256
    assert await read_rule_version(await database.reader(), 1) == first


async def test_numbers_grow_and_the_newest_on_a_day_is_in_force(database: Database, clock: FixedClock) -> None:
    await publish(database, clock)
    await publish(database, clock, name="二", effective_on="2026-12-01", hazard_bonus=1)
    await publish(database, clock, name="三", effective_on="2026-12-01", hazard_bonus=2)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 30), date(2026, 12, 1), date(2030, 1, 1)]
    found = await rules_on(await database.reader(), days)
    assert {day: rules.number for day, rules in found.items()} == dict(zip(days[1:], [1, 1, 3, 3], strict=True))
    assert found[date(2026, 12, 1)].document.hazard_bonus == 2
    assert [version.number for version in await list_rule_versions(await database.reader())] == [3, 2, 1]


@pytest.mark.parametrize("effective_on", [TODAY - timedelta(days=1), date(2026, 1, 1)])
async def test_a_later_version_never_reaches_back(database: Database, clock: FixedClock, effective_on: date) -> None:
    await publish(database, clock)
    with pytest.raises(RulesInThePast) as caught:
        await publish(database, clock, hazard_bonus=1, effective_on=effective_on.isoformat())
    assert caught.value.pointer == "/effective_on"
    assert "2026-11-23" in caught.value.text.render("en")
    assert len(await list_rule_versions(await database.reader())) == 1


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


async def test_mistakes_leave_no_version(database: Database, clock: FixedClock) -> None:
    with pytest.raises(RulesRefused):
        await publish(database, clock, hazard_bonus=1.5)
    reader = await database.reader()
    assert await list_rule_versions(reader) == []
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
