"""Half-days of services and the appointments in them."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import area_id, plausible_day
from api.v1.stock import PlaceName, named_place
from kernel.clock import local_date
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.appointment_steps import (
    AbsenceExcuse,
    AppointmentLine,
    AppointmentMiss,
    AppointmentMove,
    AppointmentNow,
    list_appointments,
)
from rewards.shelf_state import stock_id_of
from rewards.slots import MOST_SEATS, SlotSaved, SlotWish, list_slots
from stewards.permissions import Action

_TAGS = ["appointments"]


class SlotShown(msgspec.Struct, kw_only=True):
    """Half a day: how many seats it has, and how many are left."""

    id: UUID
    day: date
    half: str
    capacity: int
    booked: int
    left: int


class SlotSavedShown(msgspec.Struct, kw_only=True):
    """A half-day as it stands now; `changed` is false where it stood so already."""

    id: UUID
    day: date
    half: str
    capacity: int
    booked: int
    changed: bool


class AppointmentShown(msgspec.Struct, kw_only=True):
    """Who comes when for what."""

    id: UUID
    order_id: UUID
    order_number: str
    item_name: str
    item_name_en: str
    place_name: str
    place_name_en: str
    steward_id: UUID
    steward_name: str
    steward_number: str
    slot_id: UUID
    day: date
    half: str
    seats: int
    state: str
    moves: int
    excused: bool


class AppointmentStands(msgspec.Struct, kw_only=True):
    """An appointment as it stands now; `changed` is false where it stood so already."""

    id: UUID
    slot_id: UUID
    state: str
    moves: int
    changed: bool


class SaveSlot(Body):
    """How many a place serves in half a day; 0 closes it."""

    item: UUID
    place: PlaceName
    day: Day
    half: Literal["am", "pm"]
    capacity: Annotated[int, Field(ge=0, le=MOST_SEATS)]


class MoveAppointment(Body):
    """The half-day to come at instead."""

    slot: UUID


def appointment_shown(line: AppointmentLine) -> AppointmentShown:
    """An appointment for machines."""
    return AppointmentShown(**{name: getattr(line, name) for name in AppointmentShown.__struct_fields__})


@get("/slots", opt={"action": Action.CATALOGUE_READ}, tags=_TAGS, operation_id="listSlots")
async def list_half_days(
    request: JinpaiRequest,
    item: FromQuery[UUID],
    place: Annotated[str, QueryParameter(max_length=36, description="Code or id of the pick-up place")],
    from_day: FromQuery[date | None] = None,
) -> Page[SlotShown]:
    """The half-days of a service at a place, from today on or from another day."""
    district = district_of(request)
    first = plausible_day(from_day, "from_day") or local_date(district.clock.now())
    chosen = await named_place(request, place, "place")
    lines = await list_slots(await district.database.reader(), [stock_id_of(item, chosen.id)], from_day=first)
    data = [
        SlotShown(id=line.id, day=line.day, half=line.half, capacity=line.capacity, booked=line.booked, left=line.left)
        for line in lines
    ]
    return Page(data=data, has_more=False)


@post(
    "/slots",
    opt={"action": Action.SLOTS_EDIT},
    tags=_TAGS,
    operation_id="saveSlot",
    status_code=200,
    responses={200: ResponseSpec(SlotSavedShown, description="Stands so")},
)
async def save(request: JinpaiRequest, data: JSONBody[SaveSlot]) -> Response[Any]:
    """Open a half-day of a service, or change how many it serves."""
    chosen = await named_place(request, data.place)
    wish = SlotWish(
        stock_id=stock_id_of(data.item, chosen.id),
        day=data.day,
        half=data.half,
        capacity=data.capacity,
        caller=principal_of(request),
    )

    def encode(outcome: SlotSaved, locale: Locale) -> Answer:
        shown = SlotSavedShown(
            id=outcome.slot_id,
            day=outcome.day,
            half=outcome.half,
            capacity=outcome.capacity,
            booked=outcome.booked,
            changed=outcome.changed,
        )
        return answer(shown)

    return await submit_one(request, district_of(request).scarce.save_slots, wish, encode)


@get("/appointments", opt={"action": Action.ORDERS_READ}, tags=_TAGS, operation_id="listAppointments")
async def list_all(
    request: JinpaiRequest,
    day: FromQuery[date | None] = None,
    street: FromQuery[str | None] = None,
    order: FromQuery[UUID | None] = None,
) -> Page[AppointmentShown]:
    """Appointments within the caller's reach, the newest half-day first, 200 at most."""
    reader = await district_of(request).database.reader()
    lines = await list_appointments(
        reader,
        principal_of(request),
        day=plausible_day(day, "day"),
        street_id=await area_id(reader, "street", street),
        order_id=order,
    )
    return Page(data=[appointment_shown(line) for line in lines], has_more=False)


def _encode(outcome: AppointmentNow, locale: Locale) -> Answer:
    shown = AppointmentStands(
        id=outcome.appointment_id,
        slot_id=outcome.slot_id,
        state=outcome.state,
        moves=outcome.moves,
        changed=outcome.changed,
    )
    return answer(shown)


_STANDS = {200: ResponseSpec(AppointmentStands, description="Stands so")}


@post(
    "/appointments/{appointment_id:uuid}/move",
    opt={"action": Action.ORDERS_PLACE},
    tags=_TAGS,
    operation_id="moveAppointment",
    status_code=200,
    responses=_STANDS,
)
async def move(
    request: JinpaiRequest, appointment_id: FromPath[UUID], data: JSONBody[MoveAppointment]
) -> Response[Any]:
    """Come at another half-day (改约)."""
    wish = AppointmentMove(appointment_id=appointment_id, slot_id=data.slot, caller=principal_of(request))
    return await submit_one(request, district_of(request).scarce.move, wish, _encode)


@post(
    "/appointments/{appointment_id:uuid}/miss",
    opt={"action": Action.ORDERS_FULFIL},
    tags=_TAGS,
    operation_id="missAppointment",
    status_code=200,
    responses=_STANDS,
)
async def miss(request: JinpaiRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Record that somebody did not come (未到), once the half-day is over."""
    wish = AppointmentMiss(appointment_id=appointment_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).scarce.miss, wish, _encode)


@post(
    "/appointments/{appointment_id:uuid}/excuse",
    opt={"action": Action.ORDERS_FULFIL},
    tags=_TAGS,
    operation_id="excuseAbsence",
    status_code=200,
    responses=_STANDS,
)
async def excuse(request: JinpaiRequest, appointment_id: FromPath[UUID]) -> Response[Any]:
    """Say that there was a reason for not coming (有原因): it counts no longer."""
    wish = AbsenceExcuse(appointment_id=appointment_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).scarce.excuse, wish, _encode)


route_handlers: list[Any] = [list_half_days, save, list_all, move, miss, excuse]
