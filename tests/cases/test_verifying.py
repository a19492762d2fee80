"""The checks between cases and ledger hold for what the verbs write, and find what anybody else bends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from cases.models import Case, CaseEvent, CaseNote, ImportRun
from cases.verifying import CHECKS, verify_cases
from kernel.database import Tx
from kernel.ids import new_id
from tests.cases.district import District, a_report, a_step
from tests.stewards.builders import DONGSI, NOON

Bend = Callable[[Tx, District, dict[str, Any]], Awaitable[None]]


async def changed(tx: Tx, case_id: object, **columns: object) -> None:
    await tx.update(Case, [{"id": case_id, **columns}])


async def verified_without_award(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["reported"], state="verified", verified_at=NOON)


async def another_steward(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["verified"], steward_id=district.qian)


async def put_back_by_hand(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["verified"], state="reported", verified_at=None)


async def a_chain(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["original"], state="duplicate", duplicate_of_id=ids["reported"])


async def a_step_without_event(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["reported"], version=2)


async def a_state_without_step(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["reported"], state="rejected")


async def an_event_from_nowhere(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["reported"], version=2, state="rejected")
    await tx.insert(
        CaseEvent,
        [
            {
                "id": new_id(),
                "case_id": ids["reported"],
                "version": 2,
                "action": "reject",
                "from_state": "returned",
                "to_state": "rejected",
                "episode": 1,
                "actor_kind": "system",
                "recorded_at": NOON,
            }
        ],
    )


async def no_time(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["verified"], verified_at=None)


async def solved_too_soon(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["solved"], solved_at=NOON - timedelta(days=1))


async def without_words(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await tx.execute("DELETE FROM cases_case_text WHERE case_id = $1", ids["reported"])


async def in_another_street(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    await changed(tx, ids["reported"], street_id=DONGSI)


async def a_step_with_the_award_of_another(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    rows = await tx.rows(CaseEvent, "WHERE case_id = $1 AND award_id IS NOT NULL", ids["verified"])
    await changed(tx, ids["original"], version=2, state="verified", verified_at=NOON)
    await tx.insert(CaseEvent, [{**rows[0], "id": new_id(), "case_id": ids["original"]}])


async def a_credit_without_award(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    rows = await tx.rows(CaseEvent, "WHERE case_id = $1 AND award_id IS NOT NULL", ids["verified"])
    await tx.insert(CaseEvent, [{**rows[0], "id": new_id(), "case_id": ids["original"], "award_id": None}])


async def the_note_of_another_case(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    note_id = new_id()
    await tx.insert(CaseNote, [{"id": note_id, "case_id": ids["verified"], "text": "看不清"}])
    rows = await tx.rows(CaseEvent, "WHERE case_id = $1 AND version = 2", ids["returned"])
    await tx.insert(CaseEvent, [{**rows[0], "id": new_id(), "version": 3, "note_id": note_id}])


async def an_event_of_no_case(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    rows = await tx.rows(CaseEvent, "WHERE case_id = $1 AND version = 1", ids["reported"])
    await tx.insert(CaseEvent, [{**rows[0], "id": new_id(), "case_id": new_id()}])


async def a_refused_row_without_its_fault(tx: Tx, district: District, ids: dict[str, Any]) -> None:
    run = {"id": new_id(), "kind": "cases", "file_name": "表.csv", "file_sha256": "0" * 64, "mapping_sha256": "0" * 64}
    await tx.insert(
        ImportRun, [{**run, "started_at": NOON, "rows_done": 1, "refused": 1, "accepted": 0, "repeated": 0}]
    )


BENDS: dict[str, Bend] = {
    "case_award_missing": verified_without_award,
    "case_award_steward": another_steward,
    "case_award_stands": put_back_by_hand,
    "case_duplicate_chain": a_chain,
    "case_event_case": an_event_of_no_case,
    "case_history_versions": a_step_without_event,
    "case_history_end": a_state_without_step,
    "case_history_chain": an_event_from_nowhere,
    "case_times": no_time,
    "case_text": without_words,
    "case_place": in_another_street,
    "case_event_award": a_step_with_the_award_of_another,
    "case_event_note": the_note_of_another_case,
    "import_faults": a_refused_row_without_its_fault,
}
MORE_BENDS: list[tuple[str, Bend]] = [
    ("case_times", solved_too_soon),
    ("case_event_award", a_credit_without_award),
]


async def a_little_of_everything(district: District) -> dict[str, Any]:
    """Cases in every state, by name."""
    names = ("original", "reported", "verified", "solved", "returned", "rejected", "duplicate")
    ids = {
        name: case.case_id
        for name, case in zip(names, await district.reported(*[a_report() for _ in names]), strict=True)
    }
    await district.handled(
        a_step(ids["verified"], "verify"),
        a_step(ids["solved"], "verify"),
        a_step(ids["solved"], "solve"),
        a_step(ids["returned"], "return"),
        a_step(ids["rejected"], "reject"),
        a_step(ids["duplicate"], "duplicate", duplicate_of=ids["original"]),
    )
    return ids


async def test_everything_holds_for_what_the_verbs_write(district: District) -> None:
    await a_little_of_everything(district)
    await district.check()


@pytest.mark.parametrize(("code", "bend"), [*BENDS.items(), *MORE_BENDS])
async def test_what_was_bent_is_found(district: District, code: str, bend: Bend) -> None:
    ids = await a_little_of_everything(district)
    if district.database.dialect == "sqlite":
        await district.database.client.execute_query("PRAGMA foreign_keys = OFF")
    await district.database.run(lambda tx: bend(tx, district, ids))
    found = await verify_cases(await district.database.reader())
    assert code in {broken.code for broken in found}
    assert all(broken.expected and broken.found and broken.row_id for broken in found)


async def test_checks_take_one_pass_over_a_year_of_cases(district: District) -> None:
    """Comparing all with all would take minutes here."""
    cases = await district.reported(*[a_report() for _ in range(3_000)])
    await district.handled(*[a_step(case, action) for action in ("verify", "solve") for case in cases])
    reader = await district.database.reader()
    async with asyncio.timeout(10):
        assert await verify_cases(reader) == []


def test_every_check_is_tried() -> None:
    # A duplicate that earns would need an award that the append-only table refuses to change.
    assert set(CHECKS) - set(BENDS) == {"case_duplicate_earns"}
