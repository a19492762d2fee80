"""Whether every award was counted in each cap window that its event falls into, by the rules of its day."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from kernel.database import Reader, Row
from points.assess import EarningEvent, windows_of
from points.rule_versions import rules_by_id
from points.rules import Event, Rules

_PAGE = 5_000
_TYPES: Mapping[str, type] = {
    "id": UUID,
    "steward_id": UUID,
    "lane_id": UUID,
    "rule_version_id": UUID,
    "occurred_at": datetime,
}


async def first_missed_window(reader: Reader) -> tuple[str, int, int] | None:
    """The first award with a cap use too few or too many: its id, how many windows it falls into, how many counted it.

    Awards whose entitlement was 0 leave no trace in any window; reversals and top-ups follow the award that they
    reverse or top up.
    """
    events = [event.value for event in Event]
    rules: dict[UUID, Rules] = {}
    last = UUID(int=0)
    while page := await reader.fetch(
        "SELECT id, steward_id, lane_id, reason, reference, occurred_at, rule_version_id FROM points_award "
        "WHERE id > $1 AND entitled > 0 AND reverses_id IS NULL AND tops_up_id IS NULL "
        f"AND {reader.one_of('reason', 2)} ORDER BY id LIMIT {_PAGE}",
        last,
        events,
        types=_TYPES,
    ):
        unread = {row["rule_version_id"] for row in page} - rules.keys()
        if unread:
            rules |= await rules_by_id(reader, unread)
        counted: dict[UUID, set[UUID]] = {}
        for row in await reader.fetch(
            f"SELECT award_id, window_id FROM points_cap_use WHERE {reader.one_of('award_id', 1)}",
            [row["id"] for row in page],
            types={"award_id": UUID, "window_id": UUID},
        ):
            counted.setdefault(row["award_id"], set()).add(row["window_id"])
        for row in page:
            if row["rule_version_id"] not in rules:
                continue  # the invariant of awards and their rules names it
            expected = {window.id for window in windows_of(_event(row), rules[row["rule_version_id"]])}
            if expected != counted.get(row["id"], set()):
                return str(row["id"]), len(expected), len(expected & counted.get(row["id"], set()))
        last = page[-1]["id"]
    return None


def _event(row: Row) -> EarningEvent:
    return EarningEvent(
        steward_id=row["steward_id"],
        street_id=None,
        lane_id=row["lane_id"],
        event=Event(row["reason"]),
        reference=row["reference"],
        occurred_at=row["occurred_at"],
    )
