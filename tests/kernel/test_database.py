"""The database refuses what the models refuse, on both engines, and writes sets of rows as they were given."""

import pytest

from kernel.database import Database, Tx
from kernel.ids import new_id
from points.models import Account


def an_account(balance: int = 0) -> dict[str, object]:
    return {
        "id": new_id(),
        "owner_kind": "steward",
        "owner_id": new_id(),
        "kind": "spendable",
        "unit": "points",
        "balance": balance,
        "version": 0,
    }


async def test_rows_come_back_as_they_were_written(database: Database) -> None:
    rows = [an_account(5), an_account(7)]

    async def write(tx: Tx) -> None:
        await tx.insert(Account, rows)
        await tx.update(Account, [{"id": rows[0]["id"], "balance": 9, "version": 1}])

    await database.run(write)
    reader = await database.reader()
    found = {
        row["id"]: row["balance"]
        for row in await reader.rows(Account, f"WHERE {reader.one_of('id', 1)}", [row["id"] for row in rows])
    }
    assert found == {rows[0]["id"]: 9, rows[1]["id"]: 7}


async def test_a_negative_balance_is_refused_by_the_database_itself(database: Database) -> None:
    async def write(tx: Tx) -> None:
        await tx.insert(Account, [an_account(-1)])

    with pytest.raises(Exception, match="points_account_balance"):
        await database.run(write)
