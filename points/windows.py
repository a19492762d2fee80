"""Cap windows as rows: locked in one order, created where they are new, written with what awards took from them."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from kernel.database import Insert, Tx, Update
from points.assess import WindowKey
from points.models import CapWindow

CAP_USE_COLUMNS = ("id", "award_id", "window_id", "counted", "cut")
_WINDOW_COLUMNS = ("id", "cap", "subject_id", "period", "used")


async def lock_windows(tx: Tx, windows: Iterable[WindowKey]) -> dict[WindowKey, int]:
    """Lock cap windows by id, those that are new included; answers how much of each is used."""
    by_id = {window.id: window for window in windows}
    if not by_id:
        return {}
    used = await _lock(tx, list(by_id))
    missing = sorted(window_id for window_id in by_id if window_id not in used)
    if missing:
        # Two processes may meet here; both then lock the one row that came to be.
        rows = [
            (window_id, by_id[window_id].cap, by_id[window_id].subject_id, by_id[window_id].period, 0)
            for window_id in missing
        ]
        await tx.write([Insert(CapWindow, _WINDOW_COLUMNS, rows, skip_existing=True)])
        used |= await _lock(tx, missing)
    return {by_id[window_id]: points for window_id, points in used.items()}


async def _lock(tx: Tx, ids: list[UUID]) -> dict[UUID, int]:
    suffix = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        f"SELECT id, used FROM points_cap_window WHERE {tx.one_of('id', 1)} ORDER BY id{suffix}",
        sorted(ids),
        types={"id": UUID},
    )
    return {row["id"]: row["used"] for row in rows}


def window_update(before: Mapping[WindowKey, int], after: Mapping[WindowKey, int]) -> Update:
    """The write that brings the windows whose use changed to their new use."""
    changed = [(window.id, used) for window, used in after.items() if used != before.get(window)]
    return Update(CapWindow, ("id", "used"), changed)
