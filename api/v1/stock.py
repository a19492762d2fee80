"""Stock of items: what is where, its moves, count sheets, what runs low; and the places where orders are picked up."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import BODY_LIMIT, BULK_BODY, Body, JinpaiRequest, Word
from api.composition import district_of
from api.errors import Fault, Faulty, problem, status_of
from api.idempotency import submit_many, submit_one
from api.v1.answers import Page, answer
from api.v1.catalogue import item_within_reach
from api.v1.catalogue_answers import (
    CountAnswer,
    CountRow,
    MoveAnswer,
    PickUpPlaceAnswer,
    StockLineShown,
    StockMoved,
    move_shown,
    moved_shown,
    place_shown,
    stock_lines,
)
from api.v1.parameters import Limit, StartingAfter
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.idempotency import Answer
from kernel.messages import N_, Locale, Text
from rewards.pick_up_places import (
    PickUpPlaceEntry,
    PickUpPlaceSaved,
    PickUpPlaceWish,
    list_pick_up_places,
    pick_up_place,
    save_pick_up_places,
)
from rewards.stock_reading import count_sheet, moves_of
from rewards.stocking import MoveWish, StockNow
from rewards.wording import MoveKind
from stewards.permissions import Action

_TAGS = ["catalogue"]
MOST_COUNTED = 500

PlaceName = Annotated[str, Field(min_length=1, max_length=36, description="Code or id of the pick-up place")]
Reason = Literal["delivery", "returned", "damaged", "missing", "past_date", "moved", "count", "opening"]
Units = Annotated[int, Field(ge=0, le=1_000_000)]


class MoveStock(Body):
    """Units that came, were lost, or were found by a count (those set aside for orders included)."""

    place: PlaceName
    kind: Literal["received", "lost", "counted"]
    quantity: Units
    reason: Reason


class CountLine(Body):
    """How many of an item a count found at the place."""

    item: UUID
    quantity: Units


class CountSheet(Body):
    """What was counted at a place: an outcome for each line."""

    place: PlaceName
    lines: Annotated[list[CountLine], Field(min_length=1, max_length=MOST_COUNTED)]


class SavePickUpPlace(Body):
    """A pick-up place as it should be, in the street or community with a code."""

    code: Annotated[str, Field(min_length=1, max_length=16)]
    name: Word
    area: Annotated[str, Field(min_length=1, max_length=32, description="Code of the street or community")]
    name_en: Word | None = None
    address: Annotated[str, Field(max_length=200)] = ""
    hours: Annotated[str, Field(max_length=200)] = ""
    hours_en: Annotated[str | None, Field(max_length=200)] = None
    phone: Annotated[str | None, Field(max_length=32)] = None
    closed: bool = False


async def named_place(request: JinpaiRequest, named: str, pointer: str = "/place") -> PickUpPlaceEntry:
    """The pick-up place that a code or id names.

    Raises:
        Faulty: there is none.

    """
    found = await pick_up_place(await district_of(request).database.reader(), named)
    if found is None:
        raise Faulty([Fault(pointer=pointer, detail=Text(N_("没有这个领取点。")), code="unknown_pick_up_place")])
    return found


@get("/catalogue/places", opt={"action": Action.CATALOGUE_READ}, tags=_TAGS, operation_id="listPickUpPlaces")
async def list_places(request: JinpaiRequest, *, closed: FromQuery[bool] = False) -> Page[PickUpPlaceAnswer]:
    """The pick-up places, by code; the closed ones only where asked for."""
    found = await list_pick_up_places(await district_of(request).database.reader(), with_closed=closed)
    return Page(data=[place_shown(place) for place in found], has_more=False)


@post(
    "/catalogue/places",
    opt={"action": Action.CATALOGUE_EDIT},
    tags=_TAGS,
    operation_id="savePickUpPlace",
    responses={200: ResponseSpec(PickUpPlaceAnswer, description="Changed, or stood so before")},
)
async def save_place(request: JinpaiRequest, data: JSONBody[SavePickUpPlace]) -> Response[PickUpPlaceAnswer]:
    """Add a pick-up place, or change the one with this code. The same again answers 200 and changes nothing."""
    district = district_of(request)
    wish = PickUpPlaceWish(caller=principal_of(request), **data.model_dump())

    async def use_case(tx: Tx) -> PickUpPlaceSaved:
        [outcome] = await save_pick_up_places(tx, [wish], now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    saved = await district.database.run(use_case)
    shown = place_shown(await named_place(request, str(saved.id)))
    return Response(shown, status_code=201 if saved.change == "added" else 200)


@get("/catalogue/stock", opt={"action": Action.STOCK_READ}, tags=_TAGS, operation_id="listStock")
async def list_stock(
    request: JinpaiRequest,
    *,
    place: Annotated[str | None, QueryParameter(max_length=36, description="Code or id of the pick-up place")] = None,
    low: Annotated[bool, QueryParameter(description="Only what runs low")] = False,
) -> Page[StockLineShown]:
    """The stock within the caller's reach, by place and item: the sheet to count by, or only what runs low."""
    place_id = (await named_place(request, place, "place")).id if place is not None else None
    reader = await district_of(request).database.reader()
    found = await count_sheet(reader, principal_of(request), place_id=place_id, low_only=low)
    return Page(data=stock_lines(found), has_more=False)


@get(
    "/catalogue/items/{item_id:uuid}/stock",
    opt={"action": Action.STOCK_READ},
    tags=_TAGS,
    operation_id="listMoves",
)
async def list_moves(
    request: JinpaiRequest,
    item_id: FromPath[UUID],
    *,
    place: Annotated[str | None, QueryParameter(max_length=36, description="Code or id of the pick-up place")] = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[MoveAnswer]:
    """The moves of an item's stock within the caller's reach, the newest first."""
    await item_within_reach(request, item_id)
    place_id = (await named_place(request, place, "place")).id if place is not None else None
    reader = await district_of(request).database.reader()
    found, has_more = await moves_of(
        reader, principal_of(request), item_id, place_id=place_id, starting_after=starting_after, limit=limit
    )
    return Page(data=[move_shown(move) for move in found], has_more=has_more)


_MOVED = {200: ResponseSpec(StockMoved, description="Moved")}


@post(
    "/catalogue/items/{item_id:uuid}/stock",
    opt={"action": Action.STOCK_MOVE},
    tags=_TAGS,
    operation_id="moveStock",
    status_code=200,
    responses=_MOVED,
)
async def move(request: JinpaiRequest, item_id: FromPath[UUID], data: JSONBody[MoveStock]) -> Response[Any]:
    """Record a delivery (received), a loss (lost) or a count (counted) of an item at a place."""
    place = await named_place(request, data.place)

    def encode(outcome: StockNow, locale: Locale) -> Answer:
        return answer(moved_shown(outcome))

    wish = MoveWish(
        item_id=item_id,
        place_id=place.id,
        kind=MoveKind(data.kind),
        quantity=data.quantity,
        reason=data.reason,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).move_stock, wish, encode, shard=place.id.int)


@post(
    "/catalogue/stock/count",
    opt={"action": Action.STOCK_MOVE, BODY_LIMIT: BULK_BODY},
    tags=_TAGS,
    operation_id="countStock",
    status_code=200,
    responses={200: ResponseSpec(CountAnswer, description="An outcome for each line; look at each status")},
)
async def count(request: JinpaiRequest, data: JSONBody[CountSheet]) -> Response[Any]:
    """Hand in a count sheet (盘点): what was found of each item at a place."""
    place = await named_place(request, data.place)
    wishes = [
        MoveWish(
            item_id=line.item,
            place_id=place.id,
            kind=MoveKind.COUNTED,
            quantity=line.quantity,
            reason="count",
            caller=principal_of(request),
        )
        for line in data.lines
    ]

    def encode(outcomes: Sequence[StockNow | Refusal], locale: Locale, known_id: str) -> Answer:
        rows = []
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, Refusal):
                document = problem(outcome, locale=locale, request_id=known_id)
                for error in document.get("errors", ()):
                    error["pointer"] = f"/lines/{index}{error['pointer']}"
                rows.append(CountRow(index=index, status=status_of(outcome), problem=document))
            else:
                rows.append(CountRow(index=index, status=200, stock=moved_shown(outcome)))
        accepted = sum(row.problem is None for row in rows)
        return answer(CountAnswer(data=rows, accepted=accepted, refused=len(rows) - accepted))

    return await submit_many(request, district_of(request).move_stock, wishes, encode, shard=place.id.int)


route_handlers: list[Any] = [list_places, save_place, list_stock, list_moves, move, count]
