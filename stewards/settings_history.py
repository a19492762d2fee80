"""The history of the district's settings: each value with who set it, when, why and from when, newest first."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.database import Reader

_ENTRIES = """
    SELECT change.id, change.number, change.key, change.value, change.from_on, change.reason, change.set_at,
           COALESCE(staff.name, '') AS set_by, note.text AS note
    FROM stewards_setting_change change
    LEFT JOIN stewards_staff staff ON staff.id = change.set_by_id
    LEFT JOIN stewards_setting_note note ON note.change_id = change.id
"""
_TYPES = {"id": UUID, "from_on": date, "set_at": datetime}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingEntry:
    """A value that a key was given; None where the deployment's holds again."""

    id: UUID
    number: int
    key: str
    value: Any
    from_on: date
    reason: str
    note: str | None
    set_by: str
    set_at: datetime


async def settings_history(
    reader: Reader, *, limit: int, starting_after: UUID | None = None
) -> tuple[list[SettingEntry], bool]:
    """The newest changes, and whether there are more."""
    after = (
        "WHERE (change.number, change.key) < (SELECT last.number, last.key FROM stewards_setting_change last "
        "WHERE last.id = $2) "
    )
    rows = await reader.fetch(
        f"{_ENTRIES} {after if starting_after else ''}ORDER BY change.number DESC, change.key DESC LIMIT $1",
        limit + 1,
        *([starting_after] if starting_after else []),
        types=_TYPES,
    )
    entries = [
        SettingEntry(**{**dict(row), "value": None if row["value"] is None else orjson.loads(row["value"])})
        for row in rows[:limit]
    ]
    return entries, len(rows) > limit
