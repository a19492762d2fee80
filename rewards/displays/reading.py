"""The screens of a district as operators see them, and the screen that a token belongs to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kernel.database import Reader
from stewards.keys import authenticate_token
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

SILENT_AFTER = timedelta(minutes=3)
"""A screen says every minute that it is there; after three it counts as silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayEntry:
    """A screen with where it hangs and what was last heard of it. Without a street it shows the whole district."""

    id: UUID
    name: str
    street_code: str | None
    street_name: str | None
    street_name_en: str | None
    community_code: str | None
    community_name: str | None
    community_name_en: str | None
    paired_at: datetime
    code_ends_at: datetime
    claimed_at: datetime | None
    seen_at: datetime | None
    build: str | None
    showing_at: datetime | None
    screen: str | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """One of waiting (for the screen to come), lapsed (it never came), live, silent, revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.claimed_at is None:
            return "waiting" if now < self.code_ends_at else "lapsed"
        return "live" if self.seen_at is not None and now - self.seen_at <= SILENT_AFTER else "silent"

    @property
    def path(self) -> str:
        """What the screen shows."""
        return "/display/points" + (f"?street={self.street_code}" if self.street_code else "")


_COLUMNS = """
    SELECT display.id, display.name, street.code AS street_code, street.name AS street_name,
           street.name_en AS street_name_en, community.code AS community_code, community.name AS community_name,
           community.name_en AS community_name_en, display.paired_at, display.code_ends_at, display.claimed_at,
           display.seen_at, display.build, display.showing_at, display.screen, display.revoked_at
    FROM rewards_display display
    LEFT JOIN stewards_street street ON street.id = display.street_id
    LEFT JOIN stewards_community community ON community.id = display.community_id
"""
_TYPES: dict[str, type] = {
    "id": UUID,
    "paired_at": datetime,
    "code_ends_at": datetime,
    "claimed_at": datetime,
    "seen_at": datetime,
    "showing_at": datetime,
    "revoked_at": datetime,
}


async def list_displays(reader: Reader, principal: Principal, *, limit: int) -> list[DisplayEntry]:
    """The screens within the caller's reach: those that still show something first, then by name."""
    condition, args = reach(principal, Action.DISPLAYS_EDIT).condition(
        reader, 1, street="display.street_id", community="display.community_id"
    )
    order = "ORDER BY CASE WHEN display.revoked_at IS NULL THEN 0 ELSE 1 END, display.name, display.id"
    rows = await reader.fetch(
        f"{_COLUMNS} WHERE {condition} {order} LIMIT ${len(args) + 1}", *args, limit, types=_TYPES
    )
    return [DisplayEntry(**row) for row in rows]


async def display_of(reader: Reader, secret: str, *, now: datetime) -> DisplayEntry | None:
    """The screen that holds a token; None where the token holds no longer, or belongs to no screen."""
    caller = await authenticate_token(reader, secret, now=now)
    if caller is None or caller.kind != "display":
        return None
    row = await reader.fetch_one(f"{_COLUMNS} WHERE display.token_id = $1", caller.token_id, types=_TYPES)
    return DisplayEntry(**row) if row else None
