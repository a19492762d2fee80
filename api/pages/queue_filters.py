"""The queue's filters as they stand in the address: read from it, written back into links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from cases.queue import CaseFilter
from cases.wording import State
from kernel.clock import within_calendar
from kernel.text import storable
from stewards.lanes import LaneDirectory

ALL = "all"
_LONGEST_Q = 64


def uuid_or_none(value: str | None) -> UUID | None:
    """An id from an address, None where it is none."""
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def date_or_none(value: str | None) -> date | None:
    """A day from an address, None where it is none."""
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError:
        return None
    return day if day is not None and day == within_calendar(day) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """What the address asks for. What it says wrongly is left out, as if it were not said."""

    state: str = State.REPORTED
    lane: str = ""
    category: str = ""
    on: date | None = None
    q: str = ""
    after: UUID | None = None

    def query(self, **more: object) -> str:
        """The filters as a query string, with `more` parameters; empty and default ones are left out."""
        said = {
            "state": "" if self.state == State.REPORTED else self.state,
            "lane": self.lane,
            "category": self.category,
            "on": self.on.isoformat() if self.on else "",
            "q": self.q,
            "after": str(self.after or ""),
            **{name: str(value or "") for name, value in more.items()},
        }
        return urlencode({name: value for name, value in said.items() if value})

    def link(self, path: str = "/admin/cases", **more: object) -> str:
        """A link to the queue, or to another page of it, under these filters."""
        query = self.query(**more)
        return f"{path}?{query}" if query else path

    def wanted(self, lanes: LaneDirectory) -> CaseFilter:
        """The filters as the list of cases understands them."""
        lane = lanes.by_code.get(self.lane)
        return CaseFilter(
            states=() if self.state == ALL else (State(self.state),),
            lane_id=lane.id if lane else None,
            category=self.category or None,
            reported_from=self.on,
            reported_to=self.on,
            q=self.q or None,
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is filtered."""
        return bool(self.lane or self.category or self.on or self.q)

    @property
    def first_page(self) -> "QueueFilters":
        """The same filters from the first page on."""
        return replace(self, after=None)


def filters_of(query: Mapping[str, str]) -> QueueFilters:
    """The filters that an address or a form asks for."""
    state = query.get("state", State.REPORTED)
    q = query.get("q", "").strip()[:_LONGEST_Q]
    return QueueFilters(
        state=state if state == ALL or state in set(State) else State.REPORTED,
        lane=query.get("lane", "")[:64],
        category=query.get("category", "")[:32],
        on=date_or_none(query.get("on")),
        q=q if storable(q) else "",
        after=uuid_or_none(query.get("after")),
    )
