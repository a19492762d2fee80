"""Batches of anything, in any order, on both databases: after each, ledger and cases agree and no case earns twice."""

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.handling import CaseStep, Handled
from cases.intake import Reported
from cases.reasons import REASONS
from cases.wording import CaseAction
from kernel.database import Database
from kernel.errors import Refusal
from migrations import APPS
from tests.cases.district import (
    LONGTAN_ADMIN,
    XILI_CHIEF,
    District,
    a_case_district,
    a_report,
    as_steward,
    codes,
    later,
)
from tests.cases.examples import examples
from tests.points.rule_builders import a_cap, a_document

CASES = 5
Wish = tuple[int, CaseAction, int, str]  # which case, what, of which original, who
TIGHT: dict[str, Any] = a_document(
    caps=[
        a_cap(limit=14),
        a_cap(code="lane_day", per="lane", period="day", counts="times", limit=3, events=["case_verified"]),
    ],
    tariffs={
        "case_verified": {"points_from": "category"},
        "case_solved": {"points_from": "solved_bonus"},
        "duplicate": {"points": 0},
    },
)

wishes = st.tuples(
    st.integers(0, CASES - 1),
    st.sampled_from(CaseAction),
    st.integers(0, CASES - 1),
    st.sampled_from(["street", "chief", "steward"]),
)
batches = st.lists(st.lists(wishes, min_size=1, max_size=8), min_size=1, max_size=5)


def steps_of(
    district: District, cases: list[Reported], batch: list[tuple[int, CaseAction, int, str]]
) -> list[CaseStep]:
    callers = {"street": LONGTAN_ADMIN, "chief": XILI_CHIEF, "steward": as_steward(district.zhao)}
    return [
        CaseStep(
            case_id=cases[index].case_id,
            action=action,
            actor=callers[who],
            reason=next(iter(REASONS[action])) if action in REASONS else None,
            duplicate_of=cases[original].case_id if action is CaseAction.DUPLICATE else None,
        )
        for index, action, original, who in batch
    ]


async def live(database: Database, plan: list[list[Wish]]) -> None:
    district = await a_case_district(database, TIGHT)
    lanes = ["014-02-01"] * 3 + ["014-01-01"] * 2
    cases = await district.reported(*[a_report(lane_code=lane) for lane in lanes])
    for minute, batch in enumerate(plan):
        steps = steps_of(district, cases, batch)
        outcomes = await district.handle(*steps, now=later(minute))
        assert len(outcomes) == len(steps)
        for step, outcome in zip(steps, outcomes, strict=True):
            if isinstance(outcome, Handled):
                assert outcome.case_id == step.case_id
        await district.check()
    assert await district.balance(district.zhao) <= 14


@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=batches)
def test_ledger_and_cases_agree_after_every_batch(fresh_url: Callable[[], str], plan: list[list[Wish]]) -> None:
    url = fresh_url()

    async def one_life() -> None:
        database = await Database.open(url, APPS)
        try:
            await live(database, plan)
        finally:
            await database.close()

    asyncio.run(one_life())


async def test_one_batch_does_what_its_steps_do_one_by_one(database: Database) -> None:
    district = await a_case_district(database, TIGHT)
    plan = [
        (index, action, 0, who)
        for action in (CaseAction.VERIFY, CaseAction.SOLVE, CaseAction.DUPLICATE, CaseAction.UNDO, CaseAction.REOPEN)
        for index in range(CASES)
        for who in ("street", "chief")
    ]

    async def outcome_of(*, together: bool) -> tuple[list[str], int]:
        cases = await district.reported(*[a_report() for _ in range(CASES)])
        before = await district.balance(district.zhao)
        steps = steps_of(district, cases, plan)
        outcomes: list[Handled | Refusal] = []
        for batch in [steps] if together else [[step] for step in steps]:
            outcomes += await district.handle(*batch, now=later(0))
        return codes(outcomes), await district.balance(district.zhao) - before

    at_once = await outcome_of(together=True)
    assert at_once == await outcome_of(together=False)
    await district.check()
