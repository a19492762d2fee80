"""Levels on both databases: derived from lifetime figures, kept when they change, told once; faking bars."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.jobs import run_due
from points.balances import balance
from points.cheating import Faking, barred_until, punish_faking
from points.levelling import LEVEL_JOB, levels_of, settle_levels
from points.models import LevelChange
from stewards.inbox import read_inbox
from tests.cases.district import a_case_district
from tests.points.ledger_builders import NOON, a_debit, assert_sound, crediting, posting, reversing
from tests.points.rule_builders import a_document, an_event

HOUR = 60
TARIFFS = {"service": {"per_minutes": {"points": 10, "minutes": 60}}, "case_verified": {"points": 6}}
LADDER = [
    {"code": "one", "zh": "一级", "en": "Level 1", "points": 10},
    {"code": "two", "zh": "二级", "en": "Level 2", "points": 30},
]


async def rules(database: Database, **changes: Any) -> UUID:
    """A district under a small programme; answers the steward whose levels are looked at."""
    minutes = {"most_per_activity": 1440, "events": ["service"]}
    document = {"tariffs": TARIFFS, "solved_bonus": None, "service_minutes": minutes, "levels": {"rungs": LADDER}}
    district = await a_case_district(database, a_document(**{**document, **changes}))
    return district.zhao


def hours(who: UUID, count: int, reference: str, **changes: Any) -> Any:
    return an_event("service", steward_id=who, reference=reference, minutes=count * HOUR, category=None, **changes)


async def settle(database: Database, who: UUID, *, now: datetime = NOON) -> int:
    return await database.run(lambda tx: settle_levels(tx, [who], now=now))


async def level(database: Database, who: UUID, ladder: str = "levels", *, now: datetime = NOON) -> tuple[int, int, int]:
    """The rung, and what the next one takes."""
    found = (await levels_of(await database.reader(), [who], now=now))[who][ladder]  # type: ignore[index]
    return (found.number, found.more_minutes, found.more_points)


async def told(database: Database, who: UUID) -> list[str]:
    entries, _ = await read_inbox(await database.reader(), who)
    return [entry.text.render("zh") for entry in reversed(entries)]


async def test_spending_never_demotes_and_a_promotion_is_told_once(database: Database) -> None:
    ann = await rules(database)
    await crediting(database, hours(ann, 2, "a"))
    assert await level(database, ann) == (1, 0, 10)
    assert await settle(database, ann) == 1
    assert await settle(database, ann) == 0
    await posting(database, a_debit(20, owner_id=ann))
    assert await level(database, ann) == (1, 0, 10)
    await crediting(database, hours(ann, 1, "b"))
    assert await settle(database, ann, now=NOON + timedelta(days=1)) == 1
    assert await told(database, ann) == ["恭喜，您已升为一级。", "恭喜，您已升为二级。"]


async def test_what_was_held_stays_unless_the_ladder_demotes(database: Database) -> None:
    ann = await rules(database)
    await crediting(database, hours(ann, 2, "a"))
    await settle(database, ann)
    await reversing(database, ("service", "a"))
    assert await level(database, ann) == (1, 0, 30)
    assert await settle(database, ann) == 0


async def test_below_follows_the_figures_down(database: Database) -> None:
    ann = await rules(database, levels={"rungs": LADDER, "demotion": {"when": "below"}})
    await crediting(database, hours(ann, 2, "a"), hours(ann, 1, "b"))
    await settle(database, ann)
    await reversing(database, ("service", "b"))
    assert await level(database, ann) == (1, 0, 10)
    assert await settle(database, ann, now=NOON + timedelta(days=1)) == 1
    assert (await told(database, ann))[-1] == "您的等级现在是一级。"


async def test_an_idle_year_costs_a_rung_and_an_active_one_gives_it_back(database: Database) -> None:
    idle = {"rungs": LADDER, "demotion": {"when": "idle", "minutes": 20 * HOUR}}
    ann = await rules(database, levels=idle, effective_on="2025-01-01")
    early = datetime(2025, 3, 1, 4, 0, tzinfo=UTC)
    await crediting(database, hours(ann, 3, "a", occurred_at=early))
    await settle(database, ann, now=early)
    new_year = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
    assert await settle(database, ann, now=new_year) == 0  # 2025 was not whole
    assert await settle(database, ann, now=new_year + timedelta(days=365)) == 1
    assert await settle(database, ann, now=new_year + timedelta(days=366)) == 0
    assert (await level(database, ann, now=new_year + timedelta(days=366)))[0] == 1
    active = [hours(ann, 20, "b", occurred_at=datetime(2027, 5, 1, 4, 0, tzinfo=UTC))]
    await crediting(database, *active)
    later = datetime(2028, 1, 1, 4, 0, tzinfo=UTC)
    assert await settle(database, ann, now=later) == 1
    assert (await level(database, ann, now=later))[0] == 2
    rows = await (await database.reader()).rows(LevelChange, "ORDER BY changed_on, id")
    assert [(row["cause"], row["before"], row["number"]) for row in rows] == [
        ("reached", 0, 2), ("idle", 2, 1), ("restored", 1, 2),
    ]  # fmt: skip


async def test_faking_bars_for_longer_each_time_and_forfeits_the_balance(database: Database) -> None:
    cheating = {"zeroes_balance": True, "bars_years": [1, 3]}
    tariffs = {**TARIFFS, "false_report": {"deducts": 10}}
    ann = await rules(database, tariffs=tariffs, sanctions={"cheating": cheating})
    await crediting(database, hours(ann, 2, "a"))
    await settle(database, ann)

    async def punish(reference: str, item: str = "false_report") -> int:
        found = [Faking(steward_id=ann, item=item, reference=reference)]
        return len(await database.run(lambda tx: punish_faking(tx, found, now=NOON)))

    assert [await punish("p1"), await punish("p1"), await punish("p2", "late")] == [1, 0, 0]
    assert await barred_until(await database.reader(), [ann]) == {ann: date(2027, 10, 3)}
    assert (await balance(await database.reader(), ann, now=NOON)).spendable == 0
    await crediting(database, hours(ann, 5, "b"))
    assert (await level(database, ann))[0] == 1
    assert (await level(database, ann, now=datetime(2027, 10, 4, tzinfo=UTC)))[0] == 2
    assert await punish("p3") == 1
    assert await barred_until(await database.reader(), [ann]) == {ann: date(2029, 10, 3)}
    assert "因弄虚作假，到 2027-10-03 为止不能晋级，也不能参评称号。" in await told(database, ann)
    await assert_sound(database)


async def test_stars_count_hours_and_the_job_keeps_them(database: Database) -> None:
    star = {"code": "star", "zh": "一星", "en": "One star", "minutes": 2 * HOUR}
    ann = await rules(database, stars={"rungs": [star]})
    await crediting(database, hours(ann, 1, "a"))
    assert await level(database, ann, "stars") == (0, HOUR, 0)
    await crediting(database, hours(ann, 1, "b"))
    assert await level(database, ann, "stars") == (1, 0, 0)
    assert await run_due(database, [LEVEL_JOB], FixedClock(NOON)) == ["levels"]
    assert "恭喜，您已升为一星。" in await told(database, ann)
