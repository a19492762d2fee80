"""Draws for staff: announced, watched, done, with the result and what everybody may recompute."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import District, district_of
from api.envelope import locale_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, local_field, local_instant, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import commit_form
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from rewards.draw_reading import (
    DRAW_PHASES,
    DrawPhase,
    draw_result,
    list_draws,
    published_draw,
    show_draw,
)
from rewards.draw_settling import Settlement
from rewards.drawing import SEED_BYTES, recompute
from rewards.draws import Announced, Cancellation, NewDraw
from rewards.shelf import shelves_within
from stewards.permissions import Action, may
from stewards.principal import Place

_PAGE = 25
_OUTCOMES = {"won": N_("中签"), "passed_over": N_("顺延"), "lost": N_("未中")}
_NAMES = {"/item": "stock", "/places": "places", "/opens_at": "opens_at", "/closes_at": "closes_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    nonce: str
    stock: str = ""
    places: str = "1"
    opens_at: str = ""
    closes_at: str = ""


def _new_draft(now: datetime) -> _Draft:
    return _Draft(nonce=str(new_id()), opens_at=local_field(now), closes_at=local_field(now + timedelta(days=7)))


async def _list(request: PageRequest, draft: _Draft, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    asked = request.query_params
    current = asked.get("show") != "past"
    after = uuid_or_none(asked.get("after"))
    draws, has_more = await list_draws(
        reader, principal, current=current, starting_after=after, limit=_PAGE, now=district.clock.now()
    )
    english = locale_of(request) == "en"
    shelves = await shelves_within(reader, principal, Action.DRAWS_EDIT)
    return page(
        request,
        "staff/draws.html",
        status=status,
        frame=await staff_frame(reader, principal),
        draws=draws,
        has_more=has_more,
        current=current,
        after=after,
        phases=DRAW_PHASES,
        draft=draft,
        errors=errors,
        stocks=[(str(shelf.stock_id), shelf.label(english=english)) for shelf in shelves if shelf.free > 0],
    )


@get("/admin/draws", opt={"action": Action.DRAWS_EDIT}, include_in_schema=False)
async def show_draws(request: PageRequest) -> Template:
    """The draws, and the form that announces one."""
    return await _list(request, _new_draft(district_of(request).clock.now()), {})


def _wish(fields: Fields, errors: Errors, request: PageRequest, district: District) -> NewDraw | None:
    stock_id = uuid_or_none(fields.text("stock"))
    places = fields.text("places")
    opens_at, closes_at = local_instant(fields.text("opens_at")), local_instant(fields.text("closes_at"))
    if stock_id is None:
        errors["stock"] = Text(N_("请选择物品和领取点。"))
    if not (places.isascii() and places.isdigit()):
        errors["places"] = Text(N_("名额要填整数。"))
    for name, value in (("opens_at", opens_at), ("closes_at", closes_at)):
        if value is None:
            errors[name] = Text(N_("请填写时间，例如 2026-11-23 09:30。"))
    if errors or stock_id is None or opens_at is None or closes_at is None:
        return None
    # The form shows minutes: what begins in this one begins now.
    now = district.clock.now()
    return NewDraw(
        stock_id=stock_id,
        places=int(places[:9]),
        opens_at=max(opens_at, now) if now - opens_at < timedelta(hours=1) else opens_at,
        closes_at=closes_at,
        seed=secrets.token_hex(SEED_BYTES),
        caller=principal_of(request),
    )


@post(
    "/admin/draws",
    opt={"action": Action.DRAWS_EDIT, FORM: ("nonce", "stock", "places", "opens_at", "closes_at")},
    include_in_schema=False,
    status_code=200,
)
async def announce(request: PageRequest) -> Template | Redirect:
    """Announce a draw; sending the form twice announces one."""
    district = district_of(request)
    fields = await read_fields(request)
    draft = _Draft(**{name: fields.text(name) for name in ("nonce", "stock", "places", "opens_at", "closes_at")})
    errors: Errors = {}
    wish = _wish(fields, errors, request, district)
    if wish is None:
        return await _list(request, draft, errors, status=400)
    outcome = await commit_form(district.scarce.announce, wish, principal_of(request), "draw", draft.nonce)
    if isinstance(outcome, Refusal):
        return await _list(request, draft, errors_of(outcome, _NAMES), status=status_of(outcome))
    if isinstance(outcome, Announced):
        return see_other(f"/admin/draws/{outcome.draw_id}?announced=1")
    return see_other("/admin/draws")  # the form came twice: the first one announced it


async def _show(request: PageRequest, draw_id: UUID, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    draw = await show_draw(reader, principal, draw_id, now=district.clock.now())
    published = await published_draw(reader, draw_id) if draw.phase is DrawPhase.DRAWN else None
    return page(
        request,
        "staff/draw.html",
        status=status,
        frame=await staff_frame(reader, principal),
        draw=draw,
        phases=DRAW_PHASES,
        outcomes=_OUTCOMES,
        winners=await draw_result(reader, principal, draw) if published else [],
        published=published,
        sound=recompute(published).sound if published else False,
        may_edit=may(principal, Action.DRAWS_EDIT, Place(street_id=draw.street_id)),
        announced="announced" in request.query_params,
        errors=errors,
    )


@get("/admin/draws/{draw_id:uuid}", opt={"action": Action.DRAWS_EDIT}, include_in_schema=False)
async def show_one(request: PageRequest, draw_id: FromPath[UUID]) -> Template:
    """One draw.

    Raises:
        UnknownDraw: there is none.

    """
    return await _show(request, draw_id, {})


@post(
    "/admin/draws/{draw_id:uuid}/settle",
    opt={"action": Action.DRAWS_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def settle(request: PageRequest, draw_id: FromPath[UUID]) -> Template | Redirect:
    """Do a draw whose applications have ended."""
    wish = Settlement(draw_id=draw_id, caller=principal_of(request))
    return await _stepped(request, draw_id, district_of(request).scarce.settle, wish)


@post(
    "/admin/draws/{draw_id:uuid}/cancel",
    opt={"action": Action.DRAWS_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def cancel(request: PageRequest, draw_id: FromPath[UUID]) -> Template | Redirect:
    """Call a draw off."""
    wish = Cancellation(draw_id=draw_id, caller=principal_of(request))
    return await _stepped(request, draw_id, district_of(request).scarce.cancel, wish)


async def _stepped(request: PageRequest, draw_id: UUID, commit: Any, wish: object) -> Template | Redirect:
    outcome = await commit_form(commit, wish, principal_of(request), "draw", None)
    if isinstance(outcome, Refusal):
        return await _show(request, draw_id, errors_of(outcome, {}), status=status_of(outcome))
    return see_other(f"/admin/draws/{draw_id}")


route_handlers: list[Any] = [show_draws, announce, show_one, settle, cancel]
