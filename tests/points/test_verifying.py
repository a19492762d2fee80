"""Every invariant that is broken behind the database's back is named, with the row that breaks it."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from kernel.database import Database, Tx
from points.award_invariants import AWARD_INVARIANTS, CAP_INVARIANTS
from points.hold_invariants import HOLD_INVARIANTS
from points.invariants import INVARIANTS
from points.verifying import Break, verify_points
from points.wishes import Minutes
from tests.points.ledger_builders import (
    ANN,
    NOON,
    STREET,
    TEAM,
    a_capture,
    a_credit,
    a_debit,
    a_funding,
    a_hold,
    a_move,
    a_refund,
    a_release,
    a_reversal,
    an_expiry,
    assert_sound,
    crediting,
    posting,
    publishing,
    reversing,
)
from tests.points.rule_builders import a_cap, an_event

SPENDABLE = "(SELECT id FROM points_account WHERE kind = 'spendable' ORDER BY version DESC LIMIT 1)"
"""The account that was used most: Ann's."""

OTHER = "(SELECT id FROM points_account WHERE kind = 'spendable' ORDER BY version LIMIT 1)"
NOBODY = "'00000000-0000-4000-8000-000000000000'"
OPENING = "(SELECT id FROM points_operation WHERE reason = 'grant' AND reference = 'one')"
SPENT = "(SELECT id FROM points_operation WHERE reason = 'redeem' AND reference = 'kept')"

COLLECTED = "(SELECT id FROM points_operation WHERE reason = 'collect')"
REFUNDED = "(SELECT id FROM points_operation WHERE reason = 'refund')"


def transfer_of(operation: str, leg: int = 0) -> str:
    return f"(SELECT id FROM points_transfer WHERE operation_id = {operation} AND leg = {leg})"


def award(reference: str, reason: str = "case_verified") -> str:
    return f"(SELECT id FROM points_award WHERE reason = '{reason}' AND reference = '{reference}')"


TAMPERINGS = {
    # code: what a hand in the database would do
    "account_id": [f"UPDATE points_account SET owner_id = {NOBODY} WHERE id = {SPENDABLE}"],
    "rules_document": ["UPDATE points_rule_version SET document = REPLACE(document, '20', '30')"],
    "account_twice": ["UPDATE points_account SET kind = 'spendable' WHERE kind = 'debt'"],
    "account_kind": [f"UPDATE points_account SET kind = 'issued' WHERE id = {OTHER}"],
    "transfer_without_operation": [f"DELETE FROM points_operation WHERE id = {OPENING}"],
    "transfer_without_account": [f"DELETE FROM points_account WHERE id = {OTHER}"],
    "operation_legs": [f"UPDATE points_transfer SET leg = 7 WHERE id = {transfer_of(OPENING)}"],
    "transfer_units": [f"UPDATE points_account SET unit = 'minutes' WHERE id = {OTHER}"],
    "transfer_points": [f"UPDATE points_transfer SET points = 0 WHERE id = {transfer_of(OPENING)}"],
    "transfer_sides": [
        f"UPDATE points_transfer SET to_version = NULL, to_balance = NULL WHERE id = {transfer_of(OPENING)}"
    ],
    "transfer_recorded_at": [
        (
            f"UPDATE points_transfer SET recorded_at = (SELECT MAX(recorded_at) FROM points_operation)"
            f" WHERE id = {transfer_of(OPENING)}"
        )
    ],
    "account_versions": [f"UPDATE points_account SET version = version + 1 WHERE id = {SPENDABLE}"],
    "running_balance": [f"UPDATE points_transfer SET to_balance = to_balance + 5 WHERE id = {transfer_of(OPENING)}"],
    "account_balance": [f"UPDATE points_account SET balance = balance + 5 WHERE id = {SPENDABLE}"],
    "sum_is_zero": [f"UPDATE points_account SET balance = balance + 5 WHERE id = {OTHER}"],
    "version_order": [
        (
            "UPDATE points_transfer SET recorded_at = (SELECT MAX(recorded_at) FROM points_operation)"
            f" WHERE operation_id = {SPENT}"
        )
    ],
    "history_order": [
        (
            f"UPDATE points_transfer SET recorded_at = (SELECT recorded_at FROM points_operation WHERE id = {OPENING})"
            f" WHERE operation_id = {SPENT}"
        )
    ],
    "account_touched_at": [f"UPDATE points_account SET touched_at = NULL WHERE id = {SPENDABLE}"],
    "debt_beside_points": [
        "UPDATE points_account SET balance = 3 WHERE kind = 'debt'",
    ],
    "lot_origin": [f"UPDATE points_lot SET points = points + 1 WHERE transfer_id = {transfer_of(OPENING)}"],
    "lot_remaining": [f"UPDATE points_lot SET remaining = remaining - 1 WHERE account_id = {OTHER}"],
    "lots_and_balance": [f"DELETE FROM points_lot WHERE account_id = {OTHER}"],
    "allocation_lot": [
        (
            "UPDATE points_lot_allocation SET lot_id ="
            f" (SELECT transfer_id FROM points_lot WHERE account_id = {OTHER} LIMIT 1)"
            f" WHERE transfer_id = {transfer_of(SPENT)}"
        )
    ],
    "transfer_allocations": [f"DELETE FROM points_lot_allocation WHERE transfer_id = {transfer_of(SPENT)}"],
    "transfer_lots": [f"DELETE FROM points_lot WHERE transfer_id = {transfer_of(OPENING)}"],
    "operation_owner": [
        (
            f"UPDATE points_transfer SET from_account_id = {OTHER}, from_version = 1, from_balance = 0"
            f" WHERE id = {transfer_of(OPENING)}"
        )
    ],
    "reversal_link": ["UPDATE points_operation SET reason = 'undo' WHERE reason = 'reversal'"],
    "reversal_worth": [
        (
            "UPDATE points_transfer SET points = points + 1"
            " WHERE operation_id = (SELECT id FROM points_operation WHERE reference = 'redeem:undone')"
        )
    ],
    "purse_outlet": ["UPDATE points_account SET kind = 'honour' WHERE kind = 'services'"],
    "grant_steps": [  # approved with nobody having checked it
        (
            "INSERT INTO points_grant (id, number, steward_id, street_id, community_id, reason, points, state,"
            " two_person, steps, proposed_by_id, proposed_at, decided_by_id, decided_at, operation_id)"
            " SELECT id, 'G1', id, id, id, 'outstanding', 10, 'approved', TRUE, 'apply,check,post',"
            f" {NOBODY}, recorded_at, id, recorded_at, id FROM points_operation WHERE id = {OPENING}"
        )
    ],
    "lot_expires": [f"UPDATE points_lot SET expires_on = '1999-12-31' WHERE transfer_id = {transfer_of(OPENING)}"],
    "settlement_link": [f"UPDATE points_settlement SET hold_id = {OPENING}"],
    "escrow_settled": ["DELETE FROM points_settlement"],
    "hold_left": [f"UPDATE points_transfer SET points = points + 100 WHERE operation_id = {COLLECTED}"],
    "escrow_holds": ["UPDATE points_account SET balance = balance + 5 WHERE kind = 'escrow'"],
    "capture_refunds": [f"UPDATE points_transfer SET points = points + 100 WHERE operation_id = {REFUNDED}"],
    "refund_settles": ["UPDATE points_settlement SET capture_id = NULL"],
    "award_rules": [f"UPDATE points_award SET rule_version_id = {NOBODY} WHERE id = {award('case 1')}"],
    "award_operation": [f"UPDATE points_award SET reference = 'case 99' WHERE id = {award('case 1')}"],
    "award_worth": [f"UPDATE points_award SET points = points + 1 WHERE id = {award('case 1')}"],
    "operation_without_award": [f"DELETE FROM points_award WHERE id = {award('case 9')}"],
    "award_entitled": [f"UPDATE points_award SET entitled = 1 WHERE id = {award('case 1')}"],
    "award_reversal": ["UPDATE points_award SET reverses_id = NULL WHERE reason = 'reversal'"],
    "award_reversal_whole": [
        (
            "UPDATE points_award SET reverses_id = (SELECT id FROM points_award WHERE reason = 'top_up')"
            f" WHERE id = {award('case_verified:case 2', 'reversal')}"
        )
    ],
    "top_up_link": ["UPDATE points_award SET tops_up_id = NULL WHERE reason = 'top_up'"],
    "award_receipt": [
        (
            "UPDATE points_award SET receipt = REPLACE(receipt, '\"points\":6', '\"points\":7')"
            f" WHERE id = {award('case 1')}"
        )
    ],
    "receipt_steps": [
        (
            'UPDATE points_award SET receipt = REPLACE(receipt, \'"code":"base","points":6\','
            f' \'"code":"base","points":7\') WHERE id = {award("case 1")}'
        )
    ],
    "award_lot_expires": [
        (
            "UPDATE points_lot SET expires_on = '2026-10-02' WHERE transfer_id IN (SELECT moved.id"
            " FROM points_transfer AS moved JOIN points_award AS award ON award.operation_id = moved.operation_id)"
        )
    ],
    "cap_use_windows": [f"DELETE FROM points_cap_use WHERE award_id = {award('case 9')}"],
    "cap_use_link": ["DELETE FROM points_cap_window"],
    "cap_window_used": ["UPDATE points_cap_window SET used = used + 1"],
    "cap_use_counted": [f"DELETE FROM points_cap_use WHERE award_id = {award('case_verified:case 3', 'reversal')}"],
    "cap_window_limit": ["UPDATE points_cap_window SET used = 999"],
    "cap_use_points": ["UPDATE points_cap_use SET counted = counted + 1 WHERE counted > 0"],
}

# Unique indexes are part of a table on SQLite; on PostgreSQL they can be dropped.
DOUBLINGS = {
    "operation_once": [f"UPDATE points_operation SET reason = 'redeem', reference = 'kept' WHERE id = {OPENING}"],
    "reversal_once": [
        (
            "UPDATE points_operation SET reverses_id = (SELECT reverses_id FROM points_operation"
            " WHERE reference = 'redeem:undone')"
        )
    ],
    "award_once": [f"UPDATE points_award SET reference = 'case 2' WHERE id = {award('case 1')}"],
    "award_reversal_once": [
        "UPDATE points_award SET reverses_id = (SELECT id FROM points_award WHERE reason = 'top_up')"
    ],
}


def case(number: int, day: int = 0) -> object:
    return an_event(reference=f"case {number}", occurred_at=NOON + timedelta(days=day))


async def a_lived_in_ledger(database: Database) -> None:
    """Credits to all purses, budgets, debits, debt and repayment, holds and what settles them, moves, expiry,
    reversals of both kinds, caps, cut awards and top-ups.
    """
    await publishing(database, caps=[a_cap(limit=20)])
    await posting(
        database,
        a_credit(10, "one"),
        a_credit(9, "ben", owner_id=an_event().lane_id),
        a_debit(4, "kept"),
        a_debit(3, "undone"),
        a_debit(20, "owed", on_shortfall="debt"),
    )
    await posting(database, a_reversal(("redeem", "undone")), a_credit(30, "two"))
    await crediting(database, case(1), case(2), case(3), case(4), case(5, day=40))
    await reversing(database, ("case_verified", "case 3"))
    await reversing(database, ("case_verified", "case 2"))
    await crediting(database, case(9, day=80))
    await posting(
        database,
        a_credit(8, "services", purse="services"),
        a_credit(5, "honour", purse="honour"),
        a_hold(9, purses=("services", "spendable")),
        a_capture(6),
        a_release(2),
        a_refund(4),
        a_funding(50),
        a_credit(20, "budget", budget_id=STREET),
        a_credit(9, "team", purse="pool", owner_id=TEAM),
        a_move(4),
        Minutes(owner_id=ANN, minutes=90, reason="log", reference="one", occurred_at=NOON),
        a_credit(5, "late", expires_on=date(2026, 12, 31)),
        an_expiry(date(2027, 1, 1)),
    )


class Undone(Exception):  # noqa: N818 - it is no fault
    """Ends a transaction without a trace."""


async def breaks_after(database: Database, statements: Sequence[str]) -> list[Break]:
    """What verifying finds after rows were changed as a superuser could; then they are as before."""
    found: list[Break] = []

    async def use_case(tx: Tx) -> None:
        await _stand_aside(tx)
        for statement in statements:
            assert await tx.execute(statement) > 0, statement
        found.extend(await verify_points(tx))
        raise Undone

    with pytest.raises(Undone):
        await database.run(use_case)
    return found


async def _stand_aside(tx: Tx) -> None:
    """Triggers, constraints and foreign keys out of the way."""
    if tx.dialect == "sqlite":
        for trigger in await tx.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            await tx.execute(f"DROP TRIGGER {trigger['name']}")
        return
    await tx.execute("SET LOCAL session_replication_role = replica")
    for constraint in await tx.fetch(
        "SELECT conrelid::regclass::text AS place, conname FROM pg_constraint "
        "WHERE contype IN ('c', 'u') AND connamespace = 'public'::regnamespace"
    ):
        await tx.execute(f'ALTER TABLE {constraint["place"]} DROP CONSTRAINT "{constraint["conname"]}" CASCADE')
    for index in await tx.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
        "WHERE indisunique AND NOT indisprimary AND relnamespace = 'public'::regnamespace"
    ):
        await tx.execute(f"DROP INDEX {index['name']}")


async def test_a_lived_in_ledger_is_sound(database: Database) -> None:
    await a_lived_in_ledger(database)
    await assert_sound(database)


async def test_every_tampering_is_named_with_its_row(database: Database) -> None:
    await a_lived_in_ledger(database)
    if database.dialect == "sqlite":
        await database.client.execute_query("PRAGMA foreign_keys = OFF")
        await database.client.execute_query("PRAGMA ignore_check_constraints = ON")
    tamperings = TAMPERINGS if database.dialect == "sqlite" else {**TAMPERINGS, **DOUBLINGS}
    for code, statements in tamperings.items():
        breaks = {found.code: found for found in await breaks_after(database, statements)}
        assert code in breaks, breaks
        assert breaks[code].row_id
        assert breaks[code].expected != breaks[code].found
    await assert_sound(database)


def test_no_invariant_goes_untested() -> None:
    stated = {invariant.code for invariant in (*INVARIANTS, *HOLD_INVARIANTS, *AWARD_INVARIANTS, *CAP_INVARIANTS)}
    assert {*TAMPERINGS, *DOUBLINGS} == stated | {"account_id", "rules_document", "cap_use_windows"}
