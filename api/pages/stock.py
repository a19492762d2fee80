"""Stock at a counter (库存盘点): the sheet to count by, deliveries and losses with reasons, the moves of an item."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.counter import place_of, places_within, whole_number
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import commit_form, commit_lines
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from rewards.pick_up_places import PickUpPlaceEntry
from rewards.stock_reading import StockLine, count_sheet, counted_items, moves_of
from rewards.stocking import MoveWish
from rewards.wording import MOVE_REASONS, MOVES, MoveKind
from stewards.permissions import Action, may

_PAGE = 50
_BY_HAND = (MoveKind.RECEIVED, MoveKind.LOST)
_NAMES = {"/item": "item", "/quantity": "quantity", "/reason": "reason", "/place": "place"}
_REASONS = {
    MoveKind.RECEIVED: ("delivery", "returned", "opening", "moved"),
    MoveKind.LOST: ("damaged", "missing", "past_date", "moved"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the forms were filled with: the move, and by item what was counted."""

    item: str = ""
    what: str = ""
    quantity: str = ""
    counts: dict[str, str] = field(default_factory=dict)


def _named_place(places: list[PickUpPlaceEntry], code: str) -> PickUpPlaceEntry | None:
    return next((place for place in places if place.code == code), places[0] if places and not code else None)


def _choices() -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [
        (MOVES[kind], tuple((f"{kind}:{reason}", MOVE_REASONS[reason]) for reason in _REASONS[kind]))
        for kind in _BY_HAND
    ]


@get("/admin/stock", opt={"action": Action.STOCK_READ}, include_in_schema=False)
async def show_stock(request: PageRequest) -> Template:
    """The stock of one counter within reach, all of it or what runs low."""
    return await _stock_page(request, request.query_params.get("place", "")[:16], Filled(), {})


async def _stock_page(
    request: PageRequest, place_code: str, filled: Filled, errors: Errors, *, status: int = 200
) -> Template:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    places = await places_within(reader, principal, Action.STOCK_READ)
    place = _named_place(places, place_code)
    if place is None and place_code:
        raise NotFound
    low = request.query_params.get("low") == "1"
    lines: list[StockLine] = []
    if place is not None:
        lines = await count_sheet(reader, principal, place_id=place.id, low_only=low)
    may_move = place is not None and may(principal, Action.STOCK_MOVE, place_of(place))
    return page(
        request,
        "staff/stock.html",
        status=status,
        frame=await staff_frame(reader, principal),
        places=places,
        place=place,
        low=low,
        lines=lines,
        may_move=may_move,
        items=await counted_items(reader) if may_move else [],
        choices=_choices(),
        filled=filled,
        errors=errors,
        nonces={name: str(new_id()) for name in ("count", "move")},
        done=request.query_params.get("done") if request.query_params.get("done") in {"count", "move"} else None,
    )


async def _place_to_move(reader: Reader, request: PageRequest, fields: Fields) -> PickUpPlaceEntry:
    places = await places_within(reader, principal_of(request), Action.STOCK_MOVE)
    code = fields.text("place")
    place = _named_place(places, code) if code else None
    if place is None:
        raise NotFound
    return place


@post(
    "/admin/stock",
    opt={"action": Action.STOCK_MOVE, FORM: ("place", "item", "what", "quantity", "nonce")},
    include_in_schema=False,
    status_code=200,
)
async def move_by_hand(request: PageRequest) -> Template | Redirect:
    """Record a delivery or a loss with its reason, once for each form that was opened."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    place = await _place_to_move(await district.database.reader(), request, fields)
    filled = Filled(item=fields.text("item")[:36], what=fields.text("what")[:32], quantity=fields.text("quantity")[:12])
    item_id, quantity = uuid_or_none(filled.item), whole_number(filled.quantity)
    kind, _, reason = filled.what.partition(":")
    errors: Errors = {}
    if item_id is None:
        errors["item"] = Text(N_("请选择物品。"))
    if kind not in _BY_HAND or reason not in MOVE_REASONS:
        errors["what"] = Text(N_("请选择是入库还是损耗，为什么。"))
    if quantity is None:
        errors["quantity"] = Text(N_("数量要填整数。"))
    if errors or item_id is None or quantity is None:
        return await _stock_page(request, place.code, filled, errors, status=400)
    wish = MoveWish(
        item_id=item_id,
        place_id=place.id,
        kind=MoveKind(kind),
        quantity=quantity,
        reason=reason,
        caller=principal,
    )
    nonce = fields.text("nonce")
    outcome = await commit_form(district.move_stock, wish, principal, "stock move", nonce, shard=place.id.int)
    if isinstance(outcome, Refusal):
        return await _stock_page(request, place.code, filled, errors_of(outcome, _NAMES), status=status_of(outcome))
    return see_other(f"/admin/stock?place={place.code}&done=move")


@post(
    "/admin/stock/count",
    opt={"action": Action.STOCK_MOVE, FORM: ("place", "c-*", "nonce")},
    include_in_schema=False,
    status_code=200,
)
async def count_stock(request: PageRequest) -> Template | Redirect:
    """Hand in a count sheet: what was left empty was not counted. A line that is refused stands with why."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    reader = await district.database.reader()
    place = await _place_to_move(reader, request, fields)
    lines = await count_sheet(reader, principal, place_id=place.id)
    typed = {line.item_id: fields.text(f"c-{line.item_id}")[:12] for line in lines}
    typed = {item_id: text for item_id, text in typed.items() if text}
    numbers = {item_id: whole_number(text) for item_id, text in typed.items()}
    errors: Errors = {
        f"c-{item_id}": Text(N_("数量要填整数。")) for item_id, number in numbers.items() if number is None
    }
    filled = Filled(counts={str(item_id): text for item_id, text in typed.items()})
    if not typed:
        errors[""] = Text(N_("请至少填一种物品盘到的数量。"))
    if errors:
        return await _stock_page(request, place.code, filled, errors, status=400)
    wishes = [
        MoveWish(
            item_id=item_id,
            place_id=place.id,
            kind=MoveKind.COUNTED,
            quantity=number or 0,
            reason="count",
            caller=principal,
        )
        for item_id, number in numbers.items()
    ]
    nonce = fields.text("nonce")
    heard = await commit_lines(district.move_stock, wishes, principal, "stock count", nonce, shard=place.id.int)
    refused = {
        wish.item_id: outcome
        for wish, outcome in zip(wishes, heard or (), strict=False)
        if isinstance(outcome, Refusal)
    }
    if refused:
        left = Filled(counts={str(item_id): typed[item_id] for item_id in refused})
        errors = {f"c-{item_id}": refusal.text for item_id, refusal in refused.items()}
        status = max(status_of(refusal) for refusal in refused.values())
        return await _stock_page(request, place.code, left, errors, status=status)
    return see_other(f"/admin/stock?place={place.code}&done=count")


@get("/admin/stock/{item_id:uuid}", opt={"action": Action.STOCK_READ}, include_in_schema=False)
async def show_moves(request: PageRequest, item_id: FromPath[UUID]) -> Template:
    """The moves of an item at the counters within reach, the newest first.

    Raises:
        NotFound: there is no such item whose stock is counted.

    """
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    item = next((item for item in await counted_items(reader) if item.id == item_id), None)
    if item is None:
        raise NotFound
    after = uuid_or_none(request.query_params.get("after"))
    moves, has_more = await moves_of(reader, principal, item_id, starting_after=after, limit=_PAGE)
    return page(
        request,
        "staff/stock_moves.html",
        frame=await staff_frame(reader, principal),
        item=item,
        moves=moves,
        has_more=has_more,
        first_page=after is None,
        kinds=MOVES,
        reasons=MOVE_REASONS,
    )


route_handlers: list[Any] = [show_stock, move_by_hand, count_stock, show_moves]
