"""A closed period changes by a new run that two people wanted, and the old one stays beside it."""

from datetime import timedelta
from uuid import UUID

from evaluation.closes import closes_of
from evaluation.reopening import (
    ReopeningDecision,
    ReopeningRecord,
    ReopeningWish,
    ask_reopenings,
    decide_reopenings,
)
from evaluation.verifying import verify_evaluation
from kernel.errors import Refusal
from kernel.ids import derived_id
from points.multipliers import multipliers_of, publish_multipliers, settle_multipliers
from points.receipt import Receipt, sentence
from points.verifying import verify_points
from tests.cases.district import District, a_step
from tests.evaluation.closed import AFTER, Q4, a_judged_quarter, close

ASKER, OTHER = derived_id("asker"), derived_id("other")
LATER = AFTER + timedelta(days=1)


async def ask(district: District, by: UUID = ASKER, reason: str = "cases_corrected") -> ReopeningRecord | Refusal:
    wish = ReopeningWish(period=Q4, reason=reason, asked_by=by)
    [outcome] = await district.database.run(lambda tx: ask_reopenings(tx, [wish], now=LATER))
    return outcome


async def decide(district: District, asked: object, by: UUID, *, allowed: bool = True) -> ReopeningRecord | Refusal:
    assert isinstance(asked, ReopeningRecord), asked
    decision = ReopeningDecision(reopening_id=asked.id, allowed=allowed, decided_by=by)
    [outcome] = await district.database.run(lambda tx: decide_reopenings(tx, [decision], now=LATER))
    return outcome


def code(outcome: object) -> str:
    return (
        outcome.code if isinstance(outcome, Refusal) else outcome.state if isinstance(outcome, ReopeningRecord) else "?"
    )


async def test_two_people_reopen_and_the_next_close_is_a_run_of_its_own(district: District) -> None:
    assert code(await ask(district)) == "period_not_closed"
    await a_judged_quarter(district)
    first = await close(district)
    asked = await ask(district)
    assert code(await ask(district, OTHER)) == "reopening_asked"
    assert code(await decide(district, asked, ASKER)) == "own_reopening"
    assert (await close(district, now=LATER)).fresh is False
    assert code(await decide(district, asked, OTHER)) == "allowed"
    assert code(await decide(district, asked, OTHER)) == "reopening_decided"
    second = await close(district, now=LATER)
    assert (second.fresh, second.close.run) == (True, 2)
    assert second.close.scores_sha256 == first.close.scores_sha256  # nothing had changed
    assert [made.run for made in await closes_of(await district.database.reader(), Q4)] == [2, 1]
    assert await district.database.snapshot(verify_evaluation) == []


async def test_a_case_that_was_reopened_changes_the_next_run_and_leaves_the_old_one(district: District) -> None:
    await a_judged_quarter(district)
    first = await close(district)
    rows = await (await district.database.reader()).fetch(
        "SELECT id FROM cases_case WHERE state = 'verified' ORDER BY number LIMIT 2", types={"id": UUID}
    )
    await district.handled(*(a_step(row["id"], "reopen", reason="wrongly_verified") for row in rows), now=LATER)
    assert await district.database.snapshot(verify_evaluation) == []  # the facts were frozen
    await decide(district, await ask(district), OTHER)
    second = await close(district, now=LATER)
    assert second.close.inputs_sha256 != first.close.inputs_sha256
    assert await district.database.snapshot(verify_evaluation) == []


async def test_a_multiplier_that_is_replaced_is_made_up_for_from_the_same_base(district: District) -> None:
    await a_judged_quarter(district)
    database, zhao = district.database, district.zhao

    async def publish(percent: int, *, replacing: bool = False) -> int:
        return await database.run(
            lambda tx: publish_multipliers(tx, "2026-11", {zhao: percent}, by=None, now=AFTER, replacing=replacing)
        )

    assert await publish(110) == 1
    [settled] = await database.run(lambda tx: settle_multipliers(tx, "2026-11", [zhao], now=AFTER))
    before = await district.balance(zhao)
    assert await publish(150, replacing=True) == 1
    assert await publish(150, replacing=True) == 0
    base = int(settled.receipt.steps[0].params["base"])
    assert await district.balance(zhao) - before == (base + 1) // 2 - settled.points
    assert await multipliers_of(await database.reader(), "2026-11", [zhao]) == {zhao: 150}
    assert await publish(100, replacing=True) == 1
    assert await district.balance(zhao) == before - settled.points
    assert await database.run(lambda tx: settle_multipliers(tx, "2026-11", [zhao], now=AFTER)) == []
    assert await database.snapshot(verify_points) == []
    rows = await (await database.reader()).fetch(
        "SELECT receipt FROM points_award WHERE reason = 'multiplier' ORDER BY recorded_at, id"
    )
    said = {sentence(Receipt.from_json(row["receipt"])).render("zh") for row in rows}
    assert any("系数改为 ×1.50" in one for one in said)
