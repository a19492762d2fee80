"""Cap windows as rows: locked in one order, created where they are new, written with what awards took from them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Insert, Reader, Tx, Update
from points.assess import WindowKey
from points.award_rows import AWARD_COLUMNS, AwardRecord
from points.models import CapWindow

CAP_USE_COLUMNS = ("id", "award_id", "window_id", "counted", "cut")
_WINDOW_COLUMNS = ("id", "cap", "subject_id", "period", "used")


@dataclass(frozen=True, slots=True)
class WindowUse:
    """What an award took from a window."""

    award_id: UUID
    window_id: UUID
    counted: int


async def lock_windows(tx: Tx, windows: Iterable[WindowKey], others: Iterable[UUID] = ()) -> dict[UUID, int]:
    """Lock cap windows by id, new ones included, and `others` that exist; answers how much of each is used, by id."""
    by_id = {window.id: window for window in windows}
    used = await _lock(tx, {*by_id, *others})
    missing = sorted(window_id for window_id in by_id if window_id not in used)
    if missing:
        # Two processes may meet here; both then lock the one row that came to be.
        rows = [
            (window_id, by_id[window_id].cap, by_id[window_id].subject_id, by_id[window_id].period, 0)
            for window_id in missing
        ]
        await tx.write([Insert(CapWindow, _WINDOW_COLUMNS, rows, skip_existing=True)])
        used |= await _lock(tx, missing)
    return used


async def _lock(tx: Tx, ids: Collection[UUID]) -> dict[UUID, int]:
    if not ids:
        return {}
    suffix = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        f"SELECT id, used FROM points_cap_window WHERE {tx.one_of('id', 1)} ORDER BY id{suffix}",
        sorted(ids),
        types={"id": UUID},
    )
    return {row["id"]: row["used"] for row in rows}


def window_update(before: Mapping[UUID, int], after: Mapping[UUID, int]) -> Update:
    """The write that brings the windows whose use changed to their new use."""
    changed = [(window_id, used) for window_id, used in after.items() if used != before[window_id]]
    return Update(CapWindow, ("id", "used"), changed)


async def uses_of(reader: Reader, award_ids: Collection[UUID]) -> list[WindowUse]:
    """What awards took from the cap windows that bind them, 0 included."""
    if not award_ids:
        return []
    rows = await reader.fetch(
        f"SELECT award_id, window_id, counted FROM points_cap_use WHERE {reader.one_of('award_id', 1)} ORDER BY id",
        sorted(award_ids),
        types={"award_id": UUID, "window_id": UUID},
    )
    return [WindowUse(**row) for row in rows]


async def cut_awards(
    reader: Reader, window_ids: Collection[UUID], *, leaving_out: Collection[UUID]
) -> list[tuple[AwardRecord, int, int]]:
    """The standing awards bound by these windows that caps cut, each with what it has been topped up by, and how often.

    Whether the window at hand cut an award at the time does not matter: another one did, and this one may bind now.
    """
    if not window_ids:
        return []
    columns = ", ".join(f"award.{name}" for name in AWARD_COLUMNS)
    rows = await reader.fetch(
        f"SELECT {columns}, COALESCE(SUM(more.points), 0) AS topped_up, COUNT(more.id) AS top_ups "
        "FROM points_award AS award LEFT JOIN points_award AS more ON more.tops_up_id = award.id "
        f"WHERE award.id IN (SELECT award_id FROM points_cap_use WHERE {reader.one_of('window_id', 1)}) "
        "AND award.entitled > award.points AND award.reverses_id IS NULL AND award.tops_up_id IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM points_award AS undone WHERE undone.reverses_id = award.id) "
        f"GROUP BY {columns} HAVING award.entitled > award.points + COALESCE(SUM(more.points), 0)",
        sorted(window_ids),
        types=_AWARD_TYPES,
    )
    return [
        (
            AwardRecord(**{name: row[name] for name in AWARD_COLUMNS}),
            int(row["topped_up"]),
            row["top_ups"],
        )
        for row in rows
        if row["id"] not in leaving_out
    ]


_AWARD_TYPES: Mapping[str, type] = {
    **{name: UUID for name in AWARD_COLUMNS if name == "id" or name.endswith("_id")},
    "occurred_at": datetime,
    "recorded_at": datetime,
}
