"""Human numbers: gapless per series among what was committed, such as one day's cases."""

from collections.abc import Mapping

from kernel.database import Tx
from kernel.models import Counter

_FEW = 3  # series that are taken one by one, with a statement each; more with three statements in all


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


async def take_many(tx: Tx, counts: Mapping[str, int]) -> dict[str, range]:
    """The next numbers of several series at once, such as one for each day of an imported year, locked in one order."""
    wanted = {series: count for series, count in sorted(counts.items()) if count > 0}
    if len(wanted) <= _FEW:
        return {series: await take_numbers(tx, series, count) for series, count in wanted.items()}
    await tx.insert(Counter, [{"series": series, "last_given": 0} for series in wanted], skip_existing=True)
    given = {series: row["last_given"] for series, row in (await tx.lock(Counter, wanted, key="series")).items()}
    await tx.update(
        Counter,
        [{"series": series, "last_given": given[series] + count} for series, count in wanted.items()],
        key="series",
    )
    return {series: range(given[series] + 1, given[series] + count + 1) for series, count in wanted.items()}
