"""The database refuses what the models refuse, on both engines, and writes sets of rows as they were given."""

import pytest

from kernel.database import Database, Insert, Tx, Update
from kernel.ids import new_id
from kernel.models import Counter
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


async def test_columns_and_tables_that_share_their_values_get_all_of_them(database: Database) -> None:
    ids = [new_id() for _ in range(20)]
    # Owners are the accounts themselves and versions the balances, so that arrays are shared in one statement.
    rows = [(made, "steward", made, "spendable", "points", at, at, None) for at, made in enumerate(ids)]
    texts = [(f"series {at}", at) for at in range(20)]
    columns = ("id", "owner_kind", "owner_id", "kind", "unit", "balance", "version", "touched_at")

    async def write(tx: Tx) -> None:
        await tx.write([Insert(Account, columns, rows), Insert(Counter, ("series", "last_given"), texts)])
        await tx.write(
            [Update(Account, ("id", "balance", "version"), [(made, 7 + at, 9) for at, made in enumerate(ids)])]
        )

    await database.run(write)
    reader = await database.reader()
    found = {row["id"]: row for row in await reader.rows(Account)}
    assert [(found[made]["owner_id"], found[made]["balance"], found[made]["version"]) for made in ids] == [
        (made, 7 + at, 9) for at, made in enumerate(ids)
    ]
    assert {row["series"]: row["last_given"] for row in await reader.rows(Counter)} == dict(texts)


async def test_a_negative_balance_is_refused_by_the_database_itself(database: Database) -> None:
    async def write(tx: Tx) -> None:
        await tx.insert(Account, [an_account(-1)])

    with pytest.raises(Exception, match="points_account_balance"):
        await database.run(write)
