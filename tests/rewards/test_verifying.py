"""Each invariant of orders, stock and escrow names the row that breaks it."""

import pytest

from kernel.database import Database, Tx
from rewards.invariants import INVARIANTS
from rewards.verifying import verify_rewards
from tests.rewards.shop import Shop, a_shop

_UNPROTECTED = {
    "sqlite": ("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN {tables}", "DROP TRIGGER {name}"),
    "postgres": (
        """SELECT tgrelid::regclass::text || ' ' || tgname::text AS name FROM pg_trigger
        WHERE NOT tgisinternal AND tgrelid::regclass::text IN {tables}""",
        "",
    ),
}
_PROTECTED = "('rewards_stock_move', 'rewards_order_event', 'rewards_price', 'points_operation', 'points_transfer')"

# What somebody with the database's own password could do, by the invariant that finds it.
TAMPERINGS: dict[str, str] = {
    "stock_versions": "UPDATE rewards_stock SET version = version + 1",
    "stock_moves": "UPDATE rewards_stock SET available = available + 1",
    "stock_running": "UPDATE rewards_stock_move SET available = available + 1 WHERE version = 2",
    "stock_move_effect": "UPDATE rewards_stock_move SET quantity = quantity + 1 WHERE kind = 'received'",
    "stock_reserved": "UPDATE rewards_order_line SET collected = 0, refunded = 0",
    "stock_kept": "UPDATE rewards_stock SET kept = 1",
    "stock_line_moves": "UPDATE rewards_order_line SET quantity = quantity + 1",
    "stock_move_line": "UPDATE rewards_order_line SET stock_id = NULL",
    "order_points": "UPDATE rewards_order SET points = points + 1",
    "order_line_price": "UPDATE rewards_price SET points = points + 1",
    "order_line_owner": "UPDATE rewards_order_line SET steward_id = order_id",
    "order_state": "UPDATE rewards_order SET state = 'ready' WHERE state = 'reserved'",
    "order_history_versions": "UPDATE rewards_order SET version = version + 1",
    "order_history_end": "UPDATE rewards_order_event SET to_state = 'ready'",
    "order_history_chain": "UPDATE rewards_order_event SET from_state = 'ready' WHERE version = 2",
    "hold_points": "UPDATE points_operation SET reason = 'grant' WHERE reason = 'redemption'",
    "captured_points": "UPDATE points_operation SET reference = 'order X/1/2' WHERE reason = 'redemption_collected'",
    "released_points": "UPDATE points_operation SET reason = 'grant' WHERE reason = 'redemption_released'",
    "refunded_points": "UPDATE rewards_order_line SET refunded = 0",
    "escrow_and_orders": "UPDATE points_account SET balance = balance + 1 WHERE kind = 'escrow'",
}


async def a_lively_shop(database: Database) -> Shop:
    """Orders that were placed, collected in part, given up and refunded."""
    shop = await a_shop(database)
    towel = await shop.item(price=10, stock=9)
    await shop.give(shop.district.zhao, 90)
    order = await shop.ordered((towel, 4))
    await shop.stepped(order, "collect", quantities={1: 2})
    await shop.stepped(order, "refund", quantities={1: 1}, reason="faulty")
    await shop.stepped(await shop.ordered(towel), "cancel")
    await shop.ordered(towel)
    await shop.check()
    return shop


def test_every_invariant_has_a_tampering_that_it_finds() -> None:
    assert set(TAMPERINGS) == {invariant.code for invariant in INVARIANTS}


async def unprotect(tx: Tx, tables: str = _PROTECTED) -> None:
    listed, drop = _UNPROTECTED[tx.dialect]
    for row in await tx.fetch(listed.format(tables=tables)):
        table, _, trigger = row["name"].rpartition(" ")
        await tx.execute(drop.format(name=trigger) if drop else f"DROP TRIGGER {trigger} ON {table}")


class Undone(Exception):  # noqa: N818 - a state: what was tampered with is rolled back
    """What verify found."""

    def __init__(self, codes: set[str]) -> None:
        super().__init__(codes)
        self.codes = codes


async def test_what_was_tampered_with_is_named(database: Database) -> None:
    shop = await a_lively_shop(database)
    for code, statement in TAMPERINGS.items():

        async def tamper(tx: Tx, statement: str = statement) -> None:
            await unprotect(tx)
            assert await tx.execute(statement) > 0
            found = await verify_rewards(tx)
            assert all(broken.expected != broken.found for broken in found)
            raise Undone({broken.code for broken in found})

        with pytest.raises(Undone) as undone:
            await shop.database.run(tamper)
        assert code in undone.value.codes
    await shop.check()
