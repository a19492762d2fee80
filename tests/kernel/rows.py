"""Builders of kernel rows, and questions to a database."""

from collections.abc import Awaitable, Callable
from typing import Any

from tortoise.models import Model

from kernel.database import Database, Tx
from kernel.ids import new_id
from kernel.models import Counter


def a_counter(series: str, last_given: int = 0) -> dict[str, Any]:
    """A row of kernel_counter; a negative `last_given` is one that the database refuses."""
    return {"series": series, "last_given": last_given}


def an_account(balance: int = 0) -> dict[str, Any]:
    """A row of points_account; a negative balance is one that the database refuses."""
    return {
        "id": new_id(),
        "owner_kind": "steward",
        "owner_id": new_id(),
        "kind": "spendable",
        "unit": "points",
        "balance": balance,
        "version": 0,
    }


def inserting(model: type[Model], *rows: dict[str, Any]) -> Callable[[Tx], Awaitable[None]]:
    """A use case that inserts rows."""

    async def insert(tx: Tx) -> None:
        await tx.insert(model, rows)

    return insert


async def counted(database: Database, series: str) -> int | None:
    """The last number of a series that was committed, or None."""
    found = await (await database.reader()).rows(Counter, "WHERE series = $1", series)
    return found[0]["last_given"] if found else None
