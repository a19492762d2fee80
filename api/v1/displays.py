"""Hall screens: which there are and when each was last heard of; pairing one by its code, and ending it."""

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
from rewards.displays.pairing import DisplayChanged, PairDisplay, RevokeDisplay
from rewards.displays.reading import list_displays
from stewards.permissions import Action

_TAGS = ["boards"]


class DisplayShown(msgspec.Struct, kw_only=True):
    """A screen. `state` is waiting (its code was entered), lapsed (it never came), live, silent or revoked.

    `build` names the program that it runs, `showing_at` the time of the board that it shows.
    """

    id: UUID
    name: str
    street: str | None
    community: str | None
    state: str
    paired_at: datetime
    claimed_at: datetime | None
    seen_at: datetime | None
    build: str | None
    showing_at: datetime | None
    screen: str | None
    revoked_at: datetime | None


class DisplayAnswer(msgspec.Struct, kw_only=True):
    """A screen that was paired or revoked; it comes for its token by itself until `code_ends_at`."""

    id: UUID
    name: str
    code_ends_at: datetime
    revoked_at: datetime | None


class NewDisplay(Body):
    """The code that a screen shows, what to call it, and the street or community in which it hangs."""

    code: Annotated[str, Field(max_length=32)]
    name: Annotated[str, Field(max_length=200)]
    place: Annotated[str | None, Field(max_length=32)] = None


def _encode(done: DisplayChanged, locale: Locale) -> Answer:
    shown = DisplayAnswer(
        id=done.display_id, name=done.name, code_ends_at=done.code_ends_at, revoked_at=done.revoked_at
    )
    return answer(shown, 200 if done.revoked_at else 201)


@get("/displays", opt={"action": Action.DISPLAYS_EDIT}, tags=_TAGS, operation_id="listDisplays")
async def list_all(request: JinpaiRequest, limit: Limit = 50) -> Page[DisplayShown]:
    """The screens within the caller's reach."""
    district = district_of(request)
    now = district.clock.now()
    found = await list_displays(await district.database.reader(), principal_of(request), limit=limit + 1)
    data = [
        DisplayShown(
            id=entry.id,
            name=entry.name,
            street=entry.street_code,
            community=entry.community_code,
            state=entry.state(now),
            paired_at=entry.paired_at,
            claimed_at=entry.claimed_at,
            seen_at=entry.seen_at,
            build=entry.build,
            showing_at=entry.showing_at,
            screen=entry.screen,
            revoked_at=entry.revoked_at,
        )
        for entry in found[:limit]
    ]
    return Page(data=data, has_more=len(found) > limit)


@post(
    "/displays",
    opt={"action": Action.DISPLAYS_EDIT},
    tags=_TAGS,
    operation_id="pairDisplay",
    responses={201: ResponseSpec(DisplayAnswer, description="Paired")},
)
async def pair(request: JinpaiRequest, data: JSONBody[NewDisplay]) -> Response[Any]:
    """Pair the screen that shows a code. Without a place it shows the whole district."""
    district = district_of(request)
    wish = PairDisplay(
        code=data.code,
        name=data.name,
        place_code=data.place,
        caller=principal_of(request),
        secret_key=district.settings.secret_key,
    )
    return await submit_one(request, district.pair_displays, wish, _encode)


@post(
    "/displays/{display_id:uuid}/revoke",
    opt={"action": Action.DISPLAYS_EDIT},
    tags=_TAGS,
    operation_id="revokeDisplay",
    status_code=200,
    responses={200: ResponseSpec(DisplayAnswer, description="Revoked")},
)
async def revoke(request: JinpaiRequest, display_id: FromPath[UUID]) -> Response[Any]:
    """End a screen's token: within a minute it shows a pairing code again."""
    wish = RevokeDisplay(display_id=display_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).revoke_displays, wish, _encode)


route_handlers: list[Any] = [list_all, pair, revoke]
