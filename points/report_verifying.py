"""Reports against the ledger: every grouping adds up to the accounts, the sums of closed months to their transfers."""

from kernel.database import Reader
from points.report_closing import last_closed
from points.report_moves import MONTH
from points.reports import BYS, IN, Asked, Sums, flows_of, stocks_of
from points.verifying import Break
from stewards.reach import Reach


async def verify_reports(reader: Reader) -> list[Break]:
    """Reports against the ledger: whatever they are grouped by, they add up to what the accounts hold, and the sums of
    every closed month to its transfers.

    A steward who is missing from the register, an award that meets an operation twice, a month's border on the wrong
    side, or something that was recorded in a month after it was closed would show here.
    """
    standing = await reader.fetch(
        "SELECT kind, SUM(balance) AS points FROM points_account "
        "WHERE owner_kind IN ('steward', 'team') AND unit = 'points' GROUP BY kind"
    )
    held = Sums()
    for row in standing:
        held.stand(row["kind"], int(row["points"]))
    inside = held.stocks["outstanding"] + held.stocks["held"] + held.stocks["honour"]
    closed = await last_closed(reader) or ""
    breaks = []
    for by in BYS:
        asked = Asked(within=Reach(everything=True), by=by, closed=closed)
        sums = Sums()
        for row in await flows_of(reader, asked):
            sums.flow(row["kind"], int(row["change"]))
        if by in {"street", "community"}:
            for row in await stocks_of(reader, asked):
                sums.stand(row["kind"], int(row["change"]))
        flowed = sum(points if name in IN else -points for name, points in sums.flows.items())
        if flowed != inside:
            breaks.append(Break(code="report_flows", row_id=by, expected=str(inside), found=str(flowed)))
        elif by in {"street", "community"} and sums.stocks != held.stocks:
            breaks.append(Break(code="report_stocks", row_id=by, expected=str(held.stocks), found=str(sums.stocks)))
    return [*breaks, *await _verify_closed(reader, closed)]


async def _verify_closed(reader: Reader, closed: str) -> list[Break]:
    """The kept sums of each month against all transfers, added up anew."""
    if not closed:
        return []
    month = MONTH[reader.dialect].format(at="moved.recorded_at")
    counted: dict[tuple[str, str], int] = {}
    changes: dict[str, dict[str, int]] = {}
    for side, other, sign in (("to", "from", 1), ("from", "to", -1)):
        for row in await reader.fetch(
            f"SELECT {month} AS month, inner_side.kind AS inner_kind, outer_side.kind, outer_side.owner_kind, "
            "SUM(moved.points) AS points FROM points_transfer AS moved "
            f"JOIN points_account AS inner_side ON inner_side.id = moved.{side}_account_id "
            f"JOIN points_account AS outer_side ON outer_side.id = moved.{other}_account_id "
            "WHERE inner_side.owner_kind IN ('steward', 'team') AND inner_side.unit = 'points' "
            f"GROUP BY {month}, inner_side.kind, outer_side.kind, outer_side.owner_kind"
        ):
            if row["month"] > closed:
                continue
            points = sign * int(row["points"])
            of_month = changes.setdefault(row["month"], {})
            of_month[row["inner_kind"]] = of_month.get(row["inner_kind"], 0) + points
            if row["owner_kind"] in {"world", "street"} and row["inner_kind"] != "debt":
                key = (row["month"], row["kind"])
                counted[key] = counted.get(key, 0) + points
    months = await reader.fetch("SELECT month FROM points_report_month ORDER BY month")
    held: dict[str, int] = {}
    for row in months:
        for kind, points in changes.get(row["month"], {}).items():
            held[kind] = held.get(kind, 0) + points
        counted |= {(row["month"], kind): points for kind, points in held.items()}
    kept = {
        (row["month"], row["kind"]): int(row["points"])
        for row in await reader.fetch(
            "SELECT month, kind, SUM(points) AS points FROM points_report_sum GROUP BY month, kind"
        )
    }
    return [
        Break(
            code="report_sums",
            row_id=" ".join(key),
            expected=str(counted.get(key, 0)),
            found=str(kept.get(key, 0)),
        )
        for key in sorted(counted.keys() | kept.keys())
        if counted.get(key, 0) != kept.get(key, 0)
    ][:1]
