"""Human numbers: gapless per series among what was committed, such as one day's cases."""

from kernel.database import Tx


async def take_numbers(tx: Tx, series: str, count: int) -> range:
    """The next `count` numbers of a series, from 1 on. The series stays locked until the transaction ends."""
    if count <= 0:
        return range(0)
    row = await tx.fetch_one(
        "INSERT INTO kernel_counter (series, last_given) VALUES ($1, $2) "
        "ON CONFLICT (series) DO UPDATE SET last_given = kernel_counter.last_given + excluded.last_given "
        "RETURNING last_given",
        series,
        count,
    )
    assert row is not None  # noqa: S101 - RETURNING answers the row that was written
    return range(row["last_given"] - count + 1, row["last_given"] + 1)
