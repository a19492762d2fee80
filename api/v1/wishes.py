"""Wishes: what stewards would like to see offered, and who supports which."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit, area_id
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.wishing import (
    ANSWER_LENGTH,
    TITLE_LENGTH,
    WishAnswer,
    WishProposal,
    WishStands,
    WishState,
    WishVote,
    list_wishes,
)
from stewards.permissions import Action

_TAGS = ["wishes"]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_LENGTH)]


class WishShown(msgspec.Struct, kw_only=True):
    """A wish of a street. Whose it is is not said; `mine` and `supported` are the caller's own."""

    id: UUID
    street_id: UUID
    title: str
    state: str
    votes: int
    answer: str | None
    created_at: datetime
    mine: bool
    supported: bool


class WishSaved(msgspec.Struct, kw_only=True):
    """A wish as it stands now; `changed` is false where it stood so already."""

    id: UUID
    title: str
    state: str
    votes: int
    changed: bool


class ProposeWish(Body):
    """Something that a steward would like to get for points."""

    title: Title


class SupportWish(Body):
    """Support a wish (true), or no longer (false)."""

    support: bool = True


class AnswerWish(Body):
    """What the staff say to a wish; declining needs words."""

    state: Literal["open", "planned", "offered", "declined"]
    answer: Annotated[str | None, Field(max_length=ANSWER_LENGTH)] = None


@get("/wishes", opt={"action": Action.WISHES_READ}, tags=_TAGS, operation_id="listWishes")
async def list_all(
    request: JinpaiRequest,
    *,
    street: FromQuery[str | None] = None,
    only: Annotated[
        Literal["open", "planned", "offered", "declined"] | None, QueryParameter(name="state", description="A state")
    ] = None,
    limit: Limit = 50,
    skip: Annotated[int, QueryParameter(ge=0, le=100_000, description="How many to leave out at the top")] = 0,
) -> Page[WishShown]:
    """The wishes of one's street, those with the most votes first."""
    reader = await district_of(request).database.reader()
    lines, more = await list_wishes(
        reader,
        principal_of(request),
        street_id=await area_id(reader, "street", street),
        state=WishState(only) if only else None,
        limit=limit,
        offset=skip,
    )
    data = [
        WishShown(
            id=line.id,
            street_id=line.street_id,
            title=line.title,
            state=line.state,
            votes=line.votes,
            answer=line.answer,
            created_at=line.created_at,
            mine=line.mine,
            supported=line.supported,
        )
        for line in lines
    ]
    return Page(data=data, has_more=more)


def _saved(outcome: WishStands, status: int = 200) -> Answer:
    shown = WishSaved(
        id=outcome.wish_id, title=outcome.title, state=outcome.state, votes=outcome.votes, changed=outcome.changed
    )
    return answer(shown, status)


def _encode(outcome: WishStands, locale: Locale) -> Answer:
    return _saved(outcome)


@post(
    "/wishes",
    opt={"action": Action.WISHES_VOTE},
    tags=_TAGS,
    operation_id="proposeWish",
    responses={201: ResponseSpec(WishSaved, description="On the list")},
)
async def propose(request: JinpaiRequest, data: JSONBody[ProposeWish]) -> Response[Any]:
    """Propose something to be offered (提心愿), with one's own vote."""
    wish = WishProposal(title=data.title, caller=principal_of(request))
    return await submit_one(request, district_of(request).scarce.propose, wish, lambda made, _: _saved(made, 201))


@post(
    "/wishes/{wish_id:uuid}/vote",
    opt={"action": Action.WISHES_VOTE},
    tags=_TAGS,
    operation_id="voteOnWish",
    status_code=200,
    responses={200: ResponseSpec(WishSaved, description="Stands so")},
)
async def vote(
    request: JinpaiRequest, wish_id: FromPath[UUID], data: JSONBody[SupportWish | None] = None
) -> Response[Any]:
    """Support a wish of one's own street (支持), once; repeats change nothing."""
    wish = WishVote(wish_id=wish_id, caller=principal_of(request), support=data.support if data else True)
    return await submit_one(request, district_of(request).scarce.vote, wish, _encode, shard=wish_id.int)


@post(
    "/wishes/{wish_id:uuid}/answer",
    opt={"action": Action.WISHES_ANSWER},
    tags=_TAGS,
    operation_id="answerWish",
    status_code=200,
    responses={200: ResponseSpec(WishSaved, description="Stands so")},
)
async def answer_one(request: JinpaiRequest, wish_id: FromPath[UUID], data: JSONBody[AnswerWish]) -> Response[Any]:
    """Answer a wish (答复); whoever supports it is told."""
    wish = WishAnswer(wish_id=wish_id, state=WishState(data.state), caller=principal_of(request), answer=data.answer)
    return await submit_one(request, district_of(request).scarce.answer_wish, wish, _encode, shard=wish_id.int)


route_handlers: list[Any] = [list_all, propose, vote, answer_one]
