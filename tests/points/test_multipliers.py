"""Multipliers and corrections on both databases: one operation for each steward and month, with a receipt."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.jobs import run_due
from points.adjusting import Adjusted
from points.balances import balance, balances
from points.multipliers import (
    MULTIPLIER_JOB,
    MultiplierStands,
    MultiplierUnfit,
    PeriodUnfit,
    months_of,
    publish_multipliers,
    settle_multipliers,
)
from points.recalculating import CauseUnfit, UnknownVersion, plan_corrections, recalculate_all
from points.receipt import sentence
from points.rule_versions import publish_rules
from points.statement import statement
from tests.cases.district import a_case_district
from tests.points.ledger_builders import (
    ANN,
    BEN,
    NOON,
    a_debit,
    a_funding,
    assert_sound,
    crediting,
    posting,
    publishing,
    reversing,
    steward,
)
from tests.points.rule_builders import a_cap, a_document, an_event
from tests.stewards.builders import LONGTAN

CAT = steward("cat")
AFTER = datetime(2026, 11, 12, 4, 0, tzinfo=UTC)
BANDS = {"multipliers": {"bands": [{"from_score": 90, "percent": 110}, {"from_score": 0, "percent": 95}]}}


async def publish(database: Database, multipliers: dict[UUID, int], period: str = "2026-10") -> int:
    return await database.run(lambda tx: publish_multipliers(tx, period, multipliers, by=None, now=NOON))


async def settle(database: Database, *stewards: UUID, period: str = "2026-10") -> list[Adjusted]:
    return await database.run(lambda tx: settle_multipliers(tx, period, stewards, now=AFTER))


async def spendable(database: Database, who: UUID) -> int:
    return (await balance(await database.reader(), who, now=AFTER)).spendable


async def earned(database: Database, who: UUID, count: int, **changes: Any) -> None:
    events = [an_event(reference=f"{who} {n}", steward_id=who, **changes) for n in range(count)]
    await crediting(database, *events)


async def test_a_month_is_settled_once_half_up_and_says_why(database: Database) -> None:
    await publishing(database, **BANDS)
    await earned(database, ANN, 3)
    await earned(database, BEN, 5)
    await crediting(database, an_event("patrol", reference="walk", category=None))  # is not multiplied
    assert await publish(database, {ANN: 110, BEN: 95, CAT: 100}) == 3
    first, second = await settle(database, *sorted([ANN, BEN, CAT]))
    found = {adjusted.steward_id: adjusted for adjusted in (first, second)}
    assert {who: adjusted.points for who, adjusted in found.items()} == {ANN: 2, BEN: -1}  # 1.8 and -1.5, half up
    assert sentence(found[ANN].receipt).render("zh") == "2026-10 得 18 分，系数 ×1.10，另加 2 分。"
    assert sentence(found[BEN].receipt).render("en") == "2026-10 earned 30 points; at ×0.95 that is 1 point less."
    again = await settle(database, ANN, BEN)
    assert [adjusted.replayed for adjusted in again] == [True, True]
    assert (await spendable(database, ANN), await spendable(database, BEN)) == (21, 29)
    entries = await statement(await database.reader(), BEN)
    assert (entries[0].reason, entries[0].sign, entries[0].points) == ("multiplier", -1, 1)
    await assert_sound(database)


async def test_what_was_taken_back_is_not_multiplied_and_a_settled_month_stays(database: Database) -> None:
    await publishing(database, **BANDS, caps=[a_cap(limit=12)])
    await earned(database, ANN, 3)  # 6, 6 and 0 of 6
    await reversing(database, ("case_verified", f"{ANN} 0"))  # the third is topped up
    await publish(database, {ANN: 200})
    [settled] = await settle(database, ANN)
    assert settled.points == 12
    await reversing(database, ("case_verified", f"{ANN} 1"))
    [again] = await settle(database, ANN)
    assert (again.points, again.replayed) == (12, True)
    await assert_sound(database)


async def test_a_street_s_budget_pays_for_more_and_gets_back_what_is_taken_spent_or_not(database: Database) -> None:
    district = await a_case_district(database, a_document(**BANDS, budget={"paid_by": "street", "most": 1_000}))
    zhao, qian = district.zhao, district.qian
    await posting(database, a_funding(200, budget_id=LONGTAN))
    for who in (zhao, qian):
        await earned(database, who, 10, street_id=LONGTAN)

    async def left() -> int:
        return (await balances(await database.reader(), [LONGTAN], purse="budget"))[LONGTAN]

    assert await left() == 80
    await posting(database, a_debit(50, owner_id=zhao))
    await publish(database, {zhao: 50, qian: 110})
    settled = {one.steward_id: one for one in await settle(database, zhao, qian)}
    assert (settled[zhao].points, settled[zhao].debt, settled[qian].points) == (-30, 20, 6)
    assert await left() == 80 + 30 - 6
    await reversing(database, settled[zhao].award_id, cause="appeal")
    assert (await left(), await spendable(database, zhao)) == (80 - 6, 10)
    await assert_sound(database)


async def test_what_a_budget_cannot_pay_is_settled_once_it_is_funded(database: Database) -> None:
    district = await a_case_district(database, a_document(**BANDS, budget={"paid_by": "street", "most": 1_000}))
    await posting(database, a_funding(60, budget_id=LONGTAN))
    await earned(database, district.zhao, 10, street_id=LONGTAN)
    await publish(database, {district.zhao: 110})
    for day, expected in ((12, 60), (13, 66)):
        clock = FixedClock(datetime(2026, 11, day, 4, 0, tzinfo=UTC))
        assert await run_due(database, [MULTIPLIER_JOB], clock) == ["settle-multipliers"]
        assert await spendable(database, district.zhao) == expected
        await posting(database, a_funding(6, "more", budget_id=LONGTAN))
    await assert_sound(database)


async def test_a_multiplier_of_nothing_earned_leaves_an_award_of_nothing(database: Database) -> None:
    await publishing(database, **BANDS)
    await publish(database, {ANN: 110})
    [settled] = await settle(database, ANN)
    assert settled.points == 0
    await assert_sound(database)


async def test_what_is_taken_and_already_spent_is_owed(database: Database) -> None:
    await publishing(database, **BANDS)
    await earned(database, ANN, 5)
    await posting(database, a_debit(30))
    await publish(database, {ANN: 50})
    [settled] = await settle(database, ANN)
    assert (settled.points, settled.debt) == (-15, 15)
    await reversing(database, settled.award_id, cause="appeal")
    standing = await balance(await database.reader(), ANN, now=AFTER)
    assert (standing.spendable, standing.debt, standing.lifetime) == (0, 0, 30)
    await assert_sound(database)


async def test_the_job_settles_each_month_ten_days_after_it(database: Database) -> None:
    await publishing(database, **BANDS)
    await earned(database, ANN, 5)
    await publish(database, {ANN: 110}, "2026-Q4")
    for day, expected in ((9, 30), (10, 33), (11, 33)):
        clock = FixedClock(datetime(2026, 11, day, 4, 0, tzinfo=UTC))
        assert await run_due(database, [MULTIPLIER_JOB], clock) == ["settle-multipliers"]
        assert await spendable(database, ANN) == expected
    await assert_sound(database)


async def test_a_published_multiplier_stands(database: Database) -> None:
    assert await publish(database, {ANN: 110}, "2026-Q4") == 3
    assert await publish(database, {ANN: 110, BEN: 100}, "2026-Q4") == 3
    with pytest.raises(MultiplierStands):
        await publish(database, {ANN: 100}, "2026-12")
    for wrong in (-1, 1_001, 1.1, True):
        with pytest.raises(MultiplierUnfit):
            await publish(database, {CAT: wrong})  # type: ignore[dict-item]


def test_a_quarter_has_its_months() -> None:
    assert months_of("2026-Q4") == ["2026-10", "2026-11", "2026-12"]
    assert months_of("2026-02") == ["2026-02"]
    for wrong in ("2026-13", "2026-Q5", "2026", "2026-1", ""):
        with pytest.raises(PeriodUnfit):
            months_of(wrong)


async def corrected(database: Database, cause: str, version: int | None = None) -> dict[UUID, int]:
    """What a recalculation of October posts."""
    reader = await database.reader()
    plans = await plan_corrections(reader, first="2026-10", last="2026-10", version=version)
    await recalculate_all(database, plans, cause=cause, by=None, now=AFTER)
    return {plan.steward_id: plan.points for plan in plans}


async def test_a_recalculation_rewrites_nothing_and_posts_the_difference(database: Database) -> None:
    await publishing(database)
    await earned(database, ANN, 2)
    await earned(database, BEN, 1)
    before = await (await database.reader()).fetch("SELECT id, points FROM points_award ORDER BY id")
    categories = {"road_damage": {"points": 4, "zh": "道路破损", "en": "Road damage"}}
    document = a_document(categories=categories, effective_on="2026-12-01")
    await database.run(lambda tx: publish_rules(tx, document, by=None, now=AFTER))

    assert await corrected(database, "none") == {}  # under the rules of those days nothing was wrong
    assert await corrected(database, "audit-1", version=2) == {ANN: -4, BEN: -2}
    assert await corrected(database, "audit-2", version=2) == {}
    assert (await spendable(database, ANN), await spendable(database, BEN)) == (8, 4)
    after = await (await database.reader()).fetch("SELECT id, points FROM points_award ORDER BY id")
    assert after[: len(before)] == before
    entries = await statement(await database.reader(), ANN)
    assert entries[0].receipt is not None
    assert sentence(entries[0].receipt).render("zh") == "更正 2026-10 的积分：原计 12 分，应计 8 分，扣 4 分。"
    assert await corrected(database, "audit-3", version=1) == {ANN: 4, BEN: 2}
    assert await spendable(database, ANN) == 12
    await assert_sound(database)


async def test_an_interrupted_recalculation_goes_on_under_its_name(database: Database) -> None:
    await publishing(database)
    await earned(database, ANN, 1)
    await earned(database, BEN, 1)
    document = a_document(hazard_bonus=1, effective_on="2026-12-01", tariffs={"case_verified": {"points": 9}})
    document["solved_bonus"] = None
    await database.run(lambda tx: publish_rules(tx, document, by=None, now=AFTER))
    plans = await plan_corrections(await database.reader(), first="2026-10", last="2026-10", version=2)
    assert await recalculate_all(database, plans[:1], cause="audit", by=None, now=AFTER) == (1, 0)
    assert await recalculate_all(database, plans, cause="audit", by=None, now=AFTER + timedelta(1)) == (1, 0)
    assert await spendable(database, ANN) == await spendable(database, BEN) == 9
    for wrong in ("", "a b", "x" * 41):
        with pytest.raises(CauseUnfit):
            await recalculate_all(database, plans, cause=wrong, by=None, now=AFTER)
    with pytest.raises(UnknownVersion):
        await plan_corrections(await database.reader(), first="2026-10", last="2026-10", version=9)
    await assert_sound(database)
