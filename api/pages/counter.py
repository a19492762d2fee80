"""What the pages of a counter share: whose counters they are, how many of a line a form says, one step of an order."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.access import principal_of
from api.composition import district_of
from api.pages.forms import Fields
from api.pages.keyed import commit_form
from api.pages.rendering import PageRequest
from kernel.database import Reader
from kernel.errors import Refusal
from rewards.order_wishes import OrderStep, StepTaken
from rewards.pick_up_places import PickUpPlaceEntry, list_pick_up_places
from rewards.refusals import QuantityOutOfRange, UnknownOrder
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

_DIGITS = 7


async def places_within(
    reader: Reader, principal: Principal, action: Action, *, with_closed: bool = True
) -> list[PickUpPlaceEntry]:
    """The pick-up places at which somebody may do something, by code."""
    found = await list_pick_up_places(reader, with_closed=with_closed)
    return [place for place in found if may(principal, action, place_of(place))]


def place_of(place: PickUpPlaceEntry) -> Place:
    """Where a pick-up place is, for permissions."""
    return Place(street_id=place.street_id, community_id=place.community_id)


def whole_number(text: str) -> int | None:
    """A number without sign as it was typed, None where it is none or longer than any of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


QUANTITIES = ("q[1-9]*",)
"""The fields of a form in which quantities_of looks."""


def quantities_of(fields: Fields, numbers: Sequence[int]) -> dict[int, int]:
    """How many of each line a form says; lines left empty or at zero are left out.

    Raises:
        QuantityOutOfRange: something else than a number was typed.

    """
    said: dict[int, int] = {}
    for number in numbers:
        text = fields.text(f"q{number}")
        many = whole_number(text) if text else 0
        if many is None:
            raise QuantityOutOfRange(pointer=f"/lines/{number}", least=1, most=999)
        if many:
            said[number] = many
    return said


async def take_step(request: PageRequest, step: OrderStep, nonce: str | None) -> StepTaken | Refusal | None:
    """Take a step on an order; None where this form was carried out before.

    Raises:
        UnknownOrder: there is no such order within the caller's reach.

    """
    district = district_of(request)
    shard = step.order_id.int if isinstance(step.order_id, UUID) else 0
    outcome: Any = await commit_form(
        district.step_orders, step, principal_of(request), f"order {step.action}", nonce, shard=shard
    )
    if isinstance(outcome, UnknownOrder):
        raise outcome
    if isinstance(outcome, StepTaken):
        district.dispatcher.wake()
        return outcome
    return outcome if isinstance(outcome, Refusal) else None
