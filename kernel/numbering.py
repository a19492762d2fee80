"""Human numbers: gapless per series among what was committed, such as one day's cases."""

from collections.abc import Mapping

from kernel.database import Tx
from kernel.models import Counter


async def take_many(tx: Tx, counts: Mapping[str, int]) -> dict[str, range]:
    """The next numbers of several series at once, such as one for each day of an imported year, locked in one order."""
    wanted = {series: count for series, count in sorted(counts.items()) if count > 0}
    await tx.insert(Counter, [{"series": series, "last_given": 0} for series in wanted], skip_existing=True)
    given = {series: row["last_given"] for series, row in (await tx.lock(Counter, wanted, key="series")).items()}
    await tx.update(
        Counter,
        [{"series": series, "last_given": given[series] + count} for series, count in wanted.items()],
        key="series",
    )
    return {series: range(given[series] + 1, given[series] + count + 1) for series, count in wanted.items()}
