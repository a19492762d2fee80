"""Units kept aside (预留): promised to draws and to those who wait, so that nobody else can order them.

Who keeps or gives back units holds the stock's row.
"""

from collections.abc import Mapping
from uuid import UUID

from kernel.database import Row, Tx
from rewards.models import Stock


def free_of(stock: Row) -> int:
    """How many units of a stock are promised to nobody; below 0 where more are promised than there are."""
    return int(stock["available"] - stock["kept"])


async def keep_units(tx: Tx, stocks: Mapping[UUID, Row], changes: Mapping[UUID, int]) -> None:
    """Keep units of stocks that are held by this transaction, or give them back where negative."""
    changed = [
        {"id": stock_id, "kept": stocks[stock_id]["kept"] + change}
        for stock_id, change in sorted(changes.items())
        if change
    ]
    await tx.update(Stock, changed)
