"""Stories that are told with consent, and residents' thanks that staff look at."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.stories.reading import list_stories, waiting_thanks
from rewards.stories.telling import StoryChanged, TellStory, WithdrawStory
from rewards.stories.thanking import DecideThanks, ThanksStand
from stewards.permissions import Action

_TAGS = ["stories"]


class StoryShown(msgspec.Struct, kw_only=True):
    """A story; `name` is masked unless its steward consented. The picture stands at `/stories/{id}/picture`."""

    id: UUID
    title: str
    text: str
    street: str
    name: str | None
    picture: bool
    told_at: datetime


class StoryAnswer(msgspec.Struct, kw_only=True):
    """A story that was told or withdrawn."""

    id: UUID
    withdrawn_at: datetime | None


class ThanksShown(msgspec.Struct, kw_only=True):
    """Thanks that wait to be looked at."""

    id: UUID
    text: str
    signed: str
    name: str
    left_at: datetime


class ThanksAnswer(msgspec.Struct, kw_only=True):
    """Where thanks stand: published or rejected."""

    id: UUID
    state: str


class NewStory(Body):
    """A story of a street, about the steward with a number or about nobody by name."""

    title: Annotated[str, Field(max_length=200)]
    text: Annotated[str, Field(max_length=4_000)]
    street: Annotated[str, Field(max_length=32)]
    steward: Annotated[str | None, Field(max_length=32)] = None


@get("/stories", opt={"action": Action.BOARDS_READ}, tags=_TAGS, operation_id="listStories")
async def list_all(request: JinpaiRequest, limit: Limit = 20) -> Page[StoryShown]:
    """The newest stories, of stewards who consent to them now."""
    found = await list_stories(await district_of(request).database.reader(), limit=limit + 1)
    data = [
        StoryShown(
            id=story.id,
            title=story.title,
            text=story.text,
            street=story.street_code,
            name=story.name,
            picture=story.picture is not None,
            told_at=story.told_at,
        )
        for story in found[:limit]
    ]
    return Page(data=data, has_more=len(found) > limit)


@post(
    "/stories",
    opt={"action": Action.STORIES_EDIT},
    tags=_TAGS,
    operation_id="tellStory",
    responses={201: ResponseSpec(StoryAnswer, description="Told")},
)
async def tell(request: JinpaiRequest, data: JSONBody[NewStory]) -> Response[Any]:
    """Tell a story. Its steward has to have consented to stories."""

    def encode(done: StoryChanged, locale: Locale) -> Answer:
        return answer(StoryAnswer(id=done.story_id, withdrawn_at=done.withdrawn_at), 201)

    wish = TellStory(
        title=data.title,
        text=data.text,
        street_code=data.street,
        steward_number=data.steward,
        picture_sha256=None,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).tell_stories, wish, encode)


@post(
    "/stories/{story_id:uuid}/withdraw",
    opt={"action": Action.STORIES_EDIT},
    tags=_TAGS,
    operation_id="withdrawStory",
    status_code=200,
    responses={200: ResponseSpec(StoryAnswer, description="Withdrawn")},
)
async def withdraw(request: JinpaiRequest, story_id: FromPath[UUID]) -> Response[Any]:
    """Show a story no more."""

    def encode(done: StoryChanged, locale: Locale) -> Answer:
        return answer(StoryAnswer(id=done.story_id, withdrawn_at=done.withdrawn_at))

    wish = WithdrawStory(story_id=story_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).withdraw_stories, wish, encode)


@get("/thanks", opt={"action": Action.THANKS_DECIDE}, tags=_TAGS, operation_id="listWaitingThanks")
async def list_waiting(request: JinpaiRequest, limit: Limit = 50) -> Page[ThanksShown]:
    """The thanks within the caller's reach that nobody has looked at."""
    reader = await district_of(request).database.reader()
    found = await waiting_thanks(reader, principal_of(request), limit=limit + 1)
    names = ThanksShown.__struct_fields__
    data = [ThanksShown(**{name: getattr(note, name) for name in names}) for note in found[:limit]]
    return Page(data=data, has_more=len(found) > limit)


async def _decide(request: JinpaiRequest, thanks_id: UUID, *, publish: bool) -> Response[Any]:
    def encode(done: ThanksStand, locale: Locale) -> Answer:
        return answer(ThanksAnswer(id=done.thanks_id, state=done.state))

    wish = DecideThanks(thanks_id=thanks_id, publish=publish, caller=principal_of(request))
    return await submit_one(request, district_of(request).decide_thanks, wish, encode)


_DECIDED = {200: ResponseSpec(ThanksAnswer, description="Decided")}


@post(
    "/thanks/{thanks_id:uuid}/publish",
    opt={"action": Action.THANKS_DECIDE},
    tags=_TAGS,
    operation_id="publishThanks",
    status_code=200,
    responses=_DECIDED,
)
async def publish(request: JinpaiRequest, thanks_id: FromPath[UUID]) -> Response[Any]:
    """Show thanks to everybody."""
    return await _decide(request, thanks_id, publish=True)


@post(
    "/thanks/{thanks_id:uuid}/reject",
    opt={"action": Action.THANKS_DECIDE},
    tags=_TAGS,
    operation_id="rejectThanks",
    status_code=200,
    responses=_DECIDED,
)
async def reject(request: JinpaiRequest, thanks_id: FromPath[UUID]) -> Response[Any]:
    """Leave thanks unseen."""
    return await _decide(request, thanks_id, publish=False)


route_handlers: list[Any] = [list_all, tell, withdraw, list_waiting, publish, reject]
