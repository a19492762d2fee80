"""Draws for stewards (抽签): take part or no longer, one's ticket, the result and how anybody computes it again."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.keyed import commit_form
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.errors import Refusal
from kernel.messages import N_
from points.balances import balance
from rewards.draw_reading import DRAW_PHASES, DrawPhase, list_draws, published_draw, show_draw
from rewards.draw_refusals import UnknownDraw
from rewards.drawing import rank_tickets, recompute
from rewards.draws import ApplicationWish
from stewards.permissions import Action

_PAGE = 20
OUTCOMES = {"won": N_("中签了"), "passed_over": N_("没有中：轮到时条件不够"), "lost": N_("没有中")}


@get("/me/draws", opt={"action": Action.DRAWS_APPLY}, include_in_schema=False)
async def show_own_draws(request: PageRequest) -> Template:
    """The draws that go on, or those that are over, with what came of one's own."""
    district = district_of(request)
    own_steward_id(request)
    reader = await district.database.reader()
    current = request.query_params.get("show") != "past"
    after = uuid_or_none(request.query_params.get("after"))
    draws, has_more = await list_draws(
        reader,
        principal_of(request),
        current=current,
        starting_after=after,
        limit=_PAGE,
        now=district.clock.now(),
    )
    return page(
        request,
        "steward/draws.html",
        draws=draws,
        has_more=has_more,
        current=current,
        phases=DRAW_PHASES,
        outcomes=OUTCOMES,
    )


async def _draw_page(
    request: PageRequest, draw_id: UUID, *, refused: Refusal | None = None, status: int = 200
) -> Template:
    district = district_of(request)
    steward_id = own_steward_id(request)
    reader = await district.database.reader()
    now = district.clock.now()
    draw = await show_draw(reader, principal_of(request), draw_id, now=now)
    published = await published_draw(reader, draw_id) if draw.phase is DrawPhase.DRAWN else None
    place = None
    if published is not None and draw.ticket is not None and draw.ticket in published.tickets:
        place = rank_tickets(published.seed, set(published.tickets)).index(draw.ticket) + 1
    return page(
        request,
        "steward/draw.html",
        status=status,
        draw=draw,
        phases=DRAW_PHASES,
        outcomes=OUTCOMES,
        published=published,
        sound=recompute(published).sound if published else False,
        place=place,
        purse=await balance(reader, steward_id, now=now),
        refused=refused,
    )


@get("/me/draws/{draw_id:uuid}", opt={"action": Action.DRAWS_APPLY}, include_in_schema=False)
async def show_own_draw(request: PageRequest, draw_id: FromPath[UUID]) -> Template:
    """One draw: what it gives, whether one takes part, the result and its proof.

    Raises:
        UnknownDraw: there is none.

    """
    return await _draw_page(request, draw_id)


async def _apply(request: PageRequest, draw_id: UUID, *, withdraw: bool) -> Template | Redirect:
    wish = ApplicationWish(
        draw_id=draw_id, steward_id=own_steward_id(request), actor=principal_of(request).actor, withdraw=withdraw
    )
    outcome: Any = await commit_form(
        district_of(request).scarce.apply, wish, principal_of(request), "draw apply", None, shard=draw_id.int
    )
    if isinstance(outcome, UnknownDraw):
        raise outcome
    if isinstance(outcome, Refusal):
        return await _draw_page(request, draw_id, refused=outcome, status=status_of(outcome))
    return see_other(f"/me/draws/{draw_id}")


@post(
    "/me/draws/{draw_id:uuid}/apply",
    opt={"action": Action.DRAWS_APPLY, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def apply_to_draw(request: PageRequest, draw_id: FromPath[UUID]) -> Template | Redirect:
    """Take part (报名). Again changes nothing."""
    return await _apply(request, draw_id, withdraw=False)


@post(
    "/me/draws/{draw_id:uuid}/withdraw",
    opt={"action": Action.DRAWS_APPLY, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def withdraw_from_draw(request: PageRequest, draw_id: FromPath[UUID]) -> Template | Redirect:
    """No longer take part (撤回报名)."""
    return await _apply(request, draw_id, withdraw=True)


route_handlers: list[Any] = [show_own_draws, show_own_draw, apply_to_draw, withdraw_from_draw]
