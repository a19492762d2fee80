"""Wishes for stewards (心愿单): what one's street should offer, proposed and supported; what the street answered."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.counter import whole_number
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.keyed import commit_form
from api.pages.own import own_steward_id
from api.pages.rendering import PageRequest, page, see_other
from kernel.errors import Refusal
from kernel.ids import new_id
from rewards.wish_refusals import UnknownWish
from rewards.wishing import OPEN_AT_ONCE, TITLE_LENGTH, WISH_STATES, WishProposal, WishState, WishVote, list_wishes
from stewards.permissions import Action

_PAGE = 30
_VOTED_ON = (WishState.OPEN, WishState.PLANNED)


async def _wishes_page(
    request: PageRequest, errors: Errors, *, title: str = "", nonce: str | None = None, status: int = 200
) -> Template:
    own_steward_id(request)
    reader = await district_of(request).database.reader()
    skip = whole_number(request.query_params.get("skip", "")) or 0
    lines, has_more = await list_wishes(reader, principal_of(request), limit=_PAGE, offset=skip)
    return page(
        request,
        "steward/wishes.html",
        status=status,
        lines=lines,
        following=skip + _PAGE if has_more else None,
        states=WISH_STATES,
        voted_on=_VOTED_ON,
        title=title,
        longest=TITLE_LENGTH,
        at_once=OPEN_AT_ONCE,
        nonce=nonce or str(new_id()),
        said="said" in request.query_params,
        errors=errors,
    )


@get("/me/wishes", opt={"action": Action.WISHES_VOTE}, include_in_schema=False)
async def show_own_wishes(request: PageRequest) -> Template:
    """The wishes of one's street, those with the most votes first."""
    return await _wishes_page(request, {})


@post(
    "/me/wishes", opt={"action": Action.WISHES_VOTE, FORM: ("title", "nonce")}, include_in_schema=False, status_code=200
)
async def propose_wish(request: PageRequest) -> Template | Redirect:
    """Propose something, with one's own vote, once for each form that was opened."""
    fields = await read_fields(request)
    title, nonce = fields.text("title"), fields.text("nonce")[:36]
    principal = principal_of(request)
    wish = WishProposal(title=title, caller=principal)
    outcome: Any = await commit_form(district_of(request).scarce.propose, wish, principal, "wish", nonce)
    if isinstance(outcome, Refusal):
        errors = errors_of(outcome, {"/title": "title"})
        if "" in errors:
            errors = {"title": errors[""]}
        return await _wishes_page(request, errors, title=title, nonce=nonce, status=status_of(outcome))
    return see_other("/me/wishes?said=1")


@post(
    "/me/wishes/{wish_id:uuid}/vote",
    opt={"action": Action.WISHES_VOTE, FORM: ("support",)},
    include_in_schema=False,
    status_code=200,
)
async def support_wish(request: PageRequest, wish_id: FromPath[UUID]) -> Template | Redirect:
    """Support a wish of one's street, or no longer. Again changes nothing.

    Raises:
        UnknownWish: there is none in one's street.

    """
    principal = principal_of(request)
    support = (await read_fields(request)).text("support") == "1"
    wish = WishVote(wish_id=wish_id, caller=principal, support=support)
    outcome: Any = await commit_form(
        district_of(request).scarce.vote, wish, principal, "wish vote", None, shard=wish_id.int
    )
    if isinstance(outcome, UnknownWish):
        raise outcome
    if isinstance(outcome, Refusal):
        return await _wishes_page(request, errors_of(outcome, {}), status=status_of(outcome))
    return see_other("/me/wishes")


route_handlers: list[Any] = [show_own_wishes, propose_wish, support_wish]
