"""Draws of scarce items: announced with a commitment, applied for, drawn, and published for anyone to recompute."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Instant, JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.acting import OnBehalfOf, acting_for
from api.v1.answers import Page, answer
from api.v1.parameters import Limit, StartingAfter, area_id
from api.v1.stock import PlaceName, named_place
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.draw_reading import DrawLine, document_of, list_draws, published_draw, show_draw
from rewards.draw_settling import Drawn, Settlement
from rewards.drawing import SEED_BYTES
from rewards.draws import MOST_PLACES, Announced, ApplicationWish, Applied, CalledOff, Cancellation, NewDraw
from rewards.shelf_state import stock_id_of
from stewards.permissions import Action

_TAGS = ["draws"]


class DrawShown(msgspec.Struct, kw_only=True):
    """A draw. `ticket` and `outcome` are those of the steward who asks; the seed is published once it is done."""

    id: UUID
    number: str
    item_id: UUID
    item_name: str
    item_name_en: str
    place_name: str
    place_name_en: str
    street_id: UUID
    price: int
    places: int
    opens_at: datetime
    closes_at: datetime
    phase: str
    commitment: str
    applied: int
    won: int
    ticket: UUID | None
    outcome: str | None
    ended_at: datetime | None


class DrawAnnounced(msgspec.Struct, kw_only=True):
    """A draw that was announced; note its commitment, it binds the result."""

    id: UUID
    number: str
    commitment: str


class ApplicationShown(msgspec.Struct, kw_only=True):
    """How an application stands; `changed` is false where it stood so already."""

    draw_id: UUID
    ticket: UUID
    withdrawn: bool
    changed: bool


class DrawDone(msgspec.Struct, kw_only=True):
    """What came of a draw; `changed` is false where it was done before."""

    id: UUID
    applied: int
    won: int
    passed_over: int
    changed: bool


class DrawCalledOff(msgspec.Struct, kw_only=True):
    """A draw that is called off; `changed` is false where it was before."""

    id: UUID
    changed: bool


class PublishedDraw(msgspec.Struct, kw_only=True):
    """Everything that a recomputation needs (docs/rewards.md has the rule), and nobody's name."""

    algorithm: str
    draw_id: str
    places: int
    commitment: str
    seed: str
    tickets: list[str]
    winners: list[str]
    passed_over: dict[str, str]


class AnnounceDraw(Body):
    """A draw of so many units of an item at a place; they are kept aside from now on."""

    item: UUID
    place: PlaceName
    places: Annotated[int, Field(ge=1, le=MOST_PLACES)]
    opens_at: Instant
    closes_at: Instant


class ApplyForDraw(Body):
    """For whom; stewards leave it out."""

    steward: OnBehalfOf = None


def _shown(line: DrawLine) -> DrawShown:
    return DrawShown(**{name: getattr(line, name) for name in DrawShown.__struct_fields__})


@get("/draws", opt={"action": Action.DRAWS_READ}, tags=_TAGS, operation_id="listDraws")
async def list_all(
    request: JinpaiRequest,
    *,
    street: FromQuery[str | None] = None,
    current: FromQuery[bool | None] = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[DrawShown]:
    """Draws, those that close last first; `current` leaves out those that are over, or keeps them alone."""
    district = district_of(request)
    reader = await district.database.reader()
    lines, more = await list_draws(
        reader,
        principal_of(request),
        street_id=await area_id(reader, "street", street),
        current=current,
        starting_after=starting_after,
        limit=limit,
        now=district.clock.now(),
    )
    return Page(data=[_shown(line) for line in lines], has_more=more)


@get("/draws/{draw_id:uuid}", opt={"action": Action.DRAWS_READ}, tags=_TAGS, operation_id="showDraw")
async def show(request: JinpaiRequest, draw_id: FromPath[UUID]) -> DrawShown:
    """A draw with its commitment, and one's own ticket."""
    district = district_of(request)
    reader = await district.database.reader()
    return _shown(await show_draw(reader, principal_of(request), draw_id, now=district.clock.now()))


@get("/draws/{draw_id:uuid}/published", opt={"action": Action.DRAWS_READ}, tags=_TAGS, operation_id="publishedDraw")
async def published(request: JinpaiRequest, draw_id: FromPath[UUID]) -> PublishedDraw:
    """What is published of a draw that is done: `jinpai draws recompute FILE` computes it again."""
    reader = await district_of(request).database.reader()
    return PublishedDraw(**document_of(await published_draw(reader, draw_id)))


@post(
    "/draws",
    opt={"action": Action.DRAWS_EDIT},
    tags=_TAGS,
    operation_id="announceDraw",
    responses={201: ResponseSpec(DrawAnnounced, description="Announced")},
)
async def announce(request: JinpaiRequest, data: JSONBody[AnnounceDraw]) -> Response[Any]:
    """Announce a draw (发布抽签): the commitment is public from now on, the seed after the draw."""
    chosen = await named_place(request, data.place)
    wish = NewDraw(
        stock_id=stock_id_of(data.item, chosen.id),
        places=data.places,
        opens_at=data.opens_at,
        closes_at=data.closes_at,
        seed=secrets.token_hex(SEED_BYTES),
        caller=principal_of(request),
    )

    def encode(outcome: Announced, locale: Locale) -> Answer:
        return answer(DrawAnnounced(id=outcome.draw_id, number=outcome.number, commitment=outcome.commitment), 201)

    return await submit_one(request, district_of(request).scarce.announce, wish, encode)


def _step(name: str, action: Action, shape: type[Any], *, operation: str) -> Callable[[Callable[..., Any]], Any]:
    return post(
        f"/draws/{{draw_id:uuid}}/{name}",
        opt={"action": action},
        tags=_TAGS,
        operation_id=operation,
        status_code=200,
        responses={200: ResponseSpec(shape, description="Stands so")},
    )


async def _apply(request: JinpaiRequest, draw_id: UUID, body: ApplyForDraw | None, *, withdraw: bool) -> Response[Any]:
    steward_id = await acting_for(request, body.steward if body else None, Action.DRAWS_APPLY)
    wish = ApplicationWish(draw_id=draw_id, steward_id=steward_id, actor=principal_of(request).actor, withdraw=withdraw)

    def encode(outcome: Applied, locale: Locale) -> Answer:
        shown = ApplicationShown(
            draw_id=outcome.draw_id, ticket=outcome.ticket, withdrawn=outcome.withdrawn, changed=outcome.changed
        )
        return answer(shown)

    return await submit_one(request, district_of(request).scarce.apply, wish, encode, shard=draw_id.int)


@_step("apply", Action.DRAWS_APPLY, ApplicationShown, operation="applyForDraw")
async def apply(
    request: JinpaiRequest, draw_id: FromPath[UUID], data: JSONBody[ApplyForDraw | None] = None
) -> Response[Any]:
    """Take part in a draw (报名): no points are taken unless one wins."""
    return await _apply(request, draw_id, data, withdraw=False)


@_step("withdraw", Action.DRAWS_APPLY, ApplicationShown, operation="withdrawFromDraw")
async def withdraw(
    request: JinpaiRequest, draw_id: FromPath[UUID], data: JSONBody[ApplyForDraw | None] = None
) -> Response[Any]:
    """No longer take part, while applications are open (撤回报名)."""
    return await _apply(request, draw_id, data, withdraw=True)


@_step("settle", Action.DRAWS_EDIT, DrawDone, operation="settleDraw")
async def settle(request: JinpaiRequest, draw_id: FromPath[UUID]) -> Response[Any]:
    """Do a draw whose applications have ended (抽签), rather than wait for the clock."""

    def encode(outcome: Drawn, locale: Locale) -> Answer:
        shown = DrawDone(
            id=outcome.draw_id,
            applied=outcome.applied,
            won=outcome.won,
            passed_over=outcome.passed_over,
            changed=outcome.changed,
        )
        return answer(shown)

    wish = Settlement(draw_id=draw_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).scarce.settle, wish, encode)


@_step("cancel", Action.DRAWS_EDIT, DrawCalledOff, operation="cancelDraw")
async def cancel(request: JinpaiRequest, draw_id: FromPath[UUID]) -> Response[Any]:
    """Call a draw off (取消抽签): its units can be ordered again, and everybody who applied is told."""

    def encode(outcome: CalledOff, locale: Locale) -> Answer:
        return answer(DrawCalledOff(id=outcome.draw_id, changed=outcome.changed))

    wish = Cancellation(draw_id=draw_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).scarce.cancel, wish, encode)


route_handlers: list[Any] = [list_all, show, published, announce, apply, withdraw, settle, cancel]
