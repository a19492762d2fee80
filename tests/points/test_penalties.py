"""Penalties on both databases: heard first, due after the window, upheld by somebody else, owed where not paid."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.jobs import run_due
from points.balances import balance
from points.penalties import PENALTIES_DUE, decide_penalties, propose_penalties
from points.penalty_reading import list_penalties
from points.penalty_steps import PenaltyOutcome, PenaltyProposal, PenaltyStep
from stewards.inbox import read_inbox
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind
from tests.cases.district import (
    DONGSI_ADMIN,
    LONGTAN_ADMIN,
    District,
    a_case_district,
    a_report,
    a_step,
    as_steward,
    staff,
)
from tests.stewards.builders import LONGTAN, NOON

OTHER_ADMIN = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="another")
WINDOW = timedelta(days=7)


@pytest.fixture
async def district(database: Database) -> District:
    return await a_case_district(database)


async def proposing(district: District, **changes: Any) -> PenaltyOutcome | Refusal:
    facts = {"steward_id": district.zhao, "item": "false_report", "actor": LONGTAN_ADMIN, **changes}
    [outcome] = await district.database.run(lambda tx: propose_penalties(tx, [PenaltyProposal(**facts)], now=NOON))
    return outcome


async def proposed(district: District, **changes: Any) -> PenaltyOutcome:
    outcome = await proposing(district, **changes)
    assert isinstance(outcome, PenaltyOutcome), outcome
    return outcome


async def step(
    district: District, penalty: PenaltyOutcome, action: str, actor: Principal,
    note: str = "", *, now: datetime = NOON,
) -> str:  # fmt: skip
    wish = PenaltyStep(penalty_id=penalty.penalty_id, action=action, actor=actor, note=note or None)
    [outcome] = await district.database.run(lambda tx: decide_penalties(tx, [wish], now=now))
    return outcome.code if isinstance(outcome, Refusal) else outcome.state


async def tick(district: District, now: datetime) -> None:
    await run_due(district.database, [PENALTIES_DUE], FixedClock(now))


async def earn(district: District, points: int = 6) -> None:
    [case] = await district.reported(a_report())
    await district.handled(a_step(case, "verify"))
    assert await district.balance(district.zhao) == points


async def test_nothing_is_taken_before_the_window_is_over_and_then_by_itself_once(district: District) -> None:
    await earn(district)
    penalty = await proposed(district, about="2611230001")
    messages, _ = await read_inbox(await district.database.reader(), district.zhao)
    assert (
        messages[0]
        .text.render("zh")
        .startswith("拟扣 10 分（P2611230001），事由：虚报。有异议请在 2026-11-30 12:00 前提出")
    )
    await tick(district, NOON + WINDOW - timedelta(hours=2))
    assert await district.balance(district.zhao) == 6
    await tick(district, NOON + WINDOW + timedelta(minutes=1))
    await tick(district, NOON + WINDOW + timedelta(hours=2))

    reader = await district.database.reader()
    standing = await balance(reader, district.zhao, now=NOON)
    assert (standing.spendable, standing.debt) == (0, 4)
    messages, _ = await read_inbox(reader, district.zhao)
    barred, taken = (message.text.render("zh") for message in messages[:2])
    assert "欠 4 分" in taken
    assert "到 2027-11-30 为止不能晋级" in barred  # a false report is faking
    assert (
        await step(district, penalty, "object", as_steward(district.zhao), "不是我", now=NOON + WINDOW)
        == "penalty_decided"
    )
    await district.check()


async def test_what_is_owed_is_repaid_by_the_next_case(district: District) -> None:
    await proposed(district)
    await tick(district, NOON + WINDOW + timedelta(hours=1))
    [first, second] = await district.reported(a_report(), a_report())
    await district.handled(a_step(first, "verify"), a_step(second, "verify"), now=NOON + timedelta(days=8))
    standing = await balance(await district.database.reader(), district.zhao, now=NOON)
    assert (standing.spendable, standing.debt) == (2, 0)
    await district.check()


async def test_an_objection_holds_it_until_a_second_person_decides(district: District) -> None:
    await earn(district)
    penalty = await proposed(district)
    zhao = as_steward(district.zhao)
    assert await step(district, penalty, "uphold", OTHER_ADMIN) == "not_objected"
    assert await step(district, penalty, "object", zhao) == "objection_missing"
    assert await step(district, penalty, "object", zhao, "那天我在巷口") == "objected"
    await tick(district, NOON + 2 * WINDOW)
    assert await district.balance(district.zhao) == 6
    assert await step(district, penalty, "uphold", LONGTAN_ADMIN) == "own_penalty"
    assert await step(district, penalty, "uphold", zhao) == "not_allowed"
    assert await step(district, penalty, "uphold", OTHER_ADMIN) == "taken"
    assert await step(district, penalty, "drop", OTHER_ADMIN) == "penalty_decided"
    assert await district.balance(district.zhao) == 0
    await district.check()


async def test_what_is_dropped_takes_nothing_and_its_steward_is_told(district: District) -> None:
    await earn(district)
    penalty = await proposed(district)
    await step(district, penalty, "object", as_steward(district.zhao), "那天我在巷口")
    assert await step(district, penalty, "drop", LONGTAN_ADMIN) == "dropped"
    await tick(district, NOON + 2 * WINDOW)
    assert await district.balance(district.zhao) == 6
    messages, _ = await read_inbox(await district.database.reader(), district.zhao)
    assert messages[0].text.render("en") == "Nothing is deducted under P2611230001: False report."


async def test_one_thing_is_penalised_once_and_only_what_the_rules_list(district: District) -> None:
    await proposed(district, about="2611230001")
    await proposed(district, about="2611230002")
    outcomes = [
        await proposing(district, about="2611230001"),
        await proposing(district, item="rudeness"),
        await proposing(district, actor=DONGSI_ADMIN),
        await proposing(district, steward_id=UUID(int=1)),
        await proposing(district, actor=as_steward(district.zhao)),
    ]
    assert [getattr(outcome, "code", "done") for outcome in outcomes] == [
        "penalty_twice", "unknown_deduction", "steward_unknown", "steward_unknown", "not_allowed",
    ]  # fmt: skip


async def test_a_penalty_is_seen_by_its_steward_and_staff_within_reach_alone(district: District) -> None:
    penalty = await proposed(district)
    reader = await district.database.reader()
    readers = (LONGTAN_ADMIN, as_steward(district.zhao), as_steward(district.qian), DONGSI_ADMIN)
    assert [len((await list_penalties(reader, who))[0]) for who in readers] == [1, 1, 0, 0]
    assert await step(district, penalty, "object", as_steward(district.qian), "不是他") == "unknown_penalty"
    assert await step(district, penalty, "drop", DONGSI_ADMIN) == "unknown_penalty"


async def test_the_last_moment_of_the_window_still_counts(district: District) -> None:
    first, second = await proposed(district, about="a"), await proposed(district, about="b")
    zhao = as_steward(district.zhao)
    assert await step(district, first, "object", zhao, "理由", now=NOON + WINDOW) == "objected"
    assert (
        await step(district, second, "object", zhao, "理由", now=NOON + WINDOW + timedelta(microseconds=1))
        == "window_over"
    )
