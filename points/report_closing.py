"""Closing months of reports (月结): once a month is over its sums are kept, and nobody adds up its transfers again."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.database import Insert, Reader, Tx
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from points.adjusting import month_days
from points.models import ReportMonth, ReportSum
from points.report_moves import BY_CATEGORY, CATEGORY, flows_beyond, moves_beyond

_SETTLES = timedelta(minutes=30)
"""How long after midnight a month is closed: what began before it is committed by then."""
_SUM_COLUMNS = ("id", "month", "street_id", "community_id", "category", "kind", "points")


async def last_closed(reader: Reader) -> str | None:
    """The newest month whose sums are kept, such as 2026-10."""
    row = await reader.fetch_one("SELECT MAX(month) AS month FROM points_report_month")
    month: str | None = row["month"] if row else None
    return month


async def close_month(tx: Tx, month: str, *, now: datetime) -> int:
    """Keep the sums of a month, the one after the last that was closed; answers how many sums there are."""
    ends = day_start(month_days(month)[1] + timedelta(days=1))
    flows = await tx.fetch(
        f"WITH across AS ({flows_beyond(tx, ' AND moved.recorded_at < $1')}) "
        f"SELECT steward.street_id, steward.community_id, {CATEGORY} AS category, across.kind, "
        "SUM(across.change) AS points FROM across "
        f"LEFT JOIN stewards_steward AS steward ON steward.id = across.owner_id {BY_CATEGORY} "
        f"GROUP BY steward.street_id, steward.community_id, {CATEGORY}, across.kind",
        ends,
        types={"street_id": UUID, "community_id": UUID},
    )
    await tx.execute(
        "INSERT INTO points_report_mark (account_id, version, balance) "
        "SELECT account_id, version, balance FROM ("
        "SELECT account_id, version, balance, "
        "ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY version DESC) AS place "
        f"FROM ({moves_beyond(tx, ' AND moved.recorded_at < $1')}) AS inside) AS placed WHERE place = 1 "
        "ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, balance = excluded.balance",
        ends,
    )
    stocks = await tx.fetch(
        "SELECT steward.street_id, steward.community_id, '' AS category, account.kind, SUM(mark.balance) AS points "
        "FROM points_report_mark AS mark JOIN points_account AS account ON account.id = mark.account_id "
        "LEFT JOIN stewards_steward AS steward ON steward.id = account.owner_id "
        "GROUP BY steward.street_id, steward.community_id, account.kind",
        types={"street_id": UUID, "community_id": UUID},
    )
    rows: list[tuple[Any, ...]] = [
        (new_id(), month, row["street_id"], row["community_id"], row["category"][:32], row["kind"], int(row["points"]))
        for row in (*flows, *stocks)
        if row["points"]
    ]
    await tx.write([Insert(ReportSum, _SUM_COLUMNS, rows)])
    await tx.insert(ReportMonth, [{"id": new_id(), "month": month, "closed_at": now}])
    return len(rows)


async def months_due(reader: Reader, *, now: datetime) -> list[str]:
    """The months that are over and not closed yet, in order."""
    closed = await last_closed(reader)
    if closed is None:
        row = await reader.fetch_one(
            "SELECT MIN(recorded_at) AS recorded_at FROM points_operation", types={"recorded_at": datetime}
        )
        if row is None or row["recorded_at"] is None:
            return []
        first = local_date(row["recorded_at"]).replace(day=1)
    else:
        first = month_days(closed)[1] + timedelta(days=1)
    return list(_over(first, now))


def _over(first: date, now: datetime) -> Iterator[str]:
    month = first
    while True:
        after = month_days(f"{month:%Y-%m}")[1] + timedelta(days=1)
        if now < day_start(after) + _SETTLES:
            return
        yield f"{month:%Y-%m}"
        month = after


async def _close_due(run: JobRun) -> None:
    """Every month that is over, each in a transaction of its own: what was interrupted goes on with the next run."""
    for month in await months_due(await run.database.reader(), now=run.now()):

        async def step(tx: Tx, month: str = month) -> None:
            if month in await months_due(tx, now=run.now()):
                await close_month(tx, month, now=run.now())
            await run.save(tx, month)

        await run.database.run(step)


REPORT_MONTHS = Job(name="report-months", every=timedelta(days=1), offset=timedelta(minutes=45), run=_close_due)
"""Once a day: months that are over are closed."""
