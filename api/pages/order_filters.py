"""The filters of the order queue as they stand in the address: read from it, written back into links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from api.pages.queue_filters import uuid_or_none
from kernel.messages import N_
from kernel.text import storable
from rewards.orders import OrderFilter
from rewards.pick_up_places import PickUpPlaceEntry
from rewards.wording import OPEN_STATES, STATES, OrderState

ALL, OPEN = "all", "open"
SHOWN_STATES: Mapping[str, str] = {
    OPEN: N_("还没领完"),
    **{state.value: STATES[state] for state in OrderState},
    ALL: N_("全部"),
}
_LONGEST_Q = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters:
    """What the address asks for. What it says wrongly is left out, as if it were not said."""

    state: str = OPEN
    place: str = ""
    q: str = ""
    after: UUID | None = None

    def query(self, **more: object) -> str:
        """The filters as a query string, with `more` parameters; what is empty or usual is left out."""
        said = {
            "state": "" if self.state == OPEN else self.state,
            "place": self.place,
            "q": self.q,
            "after": str(self.after or ""),
            **{name: str(value or "") for name, value in more.items()},
        }
        return urlencode({name: value for name, value in said.items() if value})

    def link(self, **more: object) -> str:
        """A link to the queue under these filters."""
        query = self.query(**more)
        return f"/admin/orders?{query}" if query else "/admin/orders"

    @property
    def oldest_first(self) -> bool:
        """What waits is served in the order in which it came; what is done is looked up from its end."""
        return self.state == OPEN or self.state in OPEN_STATES

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is filtered."""
        return bool(self.place or self.q)

    def wanted(self, places: Sequence[PickUpPlaceEntry]) -> OrderFilter:
        """The filters as the list of orders understands them."""
        states: tuple[OrderState, ...] = ()
        if self.state == OPEN:
            states = tuple(sorted(OPEN_STATES))
        elif self.state != ALL:
            states = (OrderState(self.state),)
        place_id = next((place.id for place in places if place.code == self.place), None)
        return OrderFilter(states=states, place_id=place_id, q=self.q or None)


def order_filters_of(query: Mapping[str, str]) -> OrderFilters:
    """The filters that an address or a form asks for."""
    state = query.get("state", OPEN)
    q = query.get("q", "").strip()[:_LONGEST_Q]
    return OrderFilters(
        state=state if state in SHOWN_STATES else OPEN,
        place=query.get("place", "")[:16],
        q=q if storable(q) else "",
        after=uuid_or_none(query.get("after")),
    )
