"""Titles that stewards hold: read, entered from before, revoked with a reason."""

from collections.abc import Sequence
from datetime import date, datetime
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
from api.v1.stewards import steward_within_reach
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.titles.awards import Imported, PastTitle, Revocation, Revoked, TitleHeld, titles_of
from rewards.titles.refusals import HolderUnclear
from rewards.titles.team_titles import PastTeamTitle
from stewards.permissions import Action

_TAGS = ["titles"]


class TitleShown(msgspec.Struct, kw_only=True):
    """A title that somebody was given; it is held while `revoked_at` is null."""

    id: UUID
    steward_id: UUID
    title: str
    name: str
    name_en: str
    period: str
    year: int
    street_id: UUID
    awarded_at: datetime
    revoked_at: datetime | None


class EnterTitle(Body):
    """A title from paper or an older system, by a code of the rules in force: a steward's, or a team's."""

    steward: UUID | None = None
    team: UUID | None = None
    title: Annotated[str, Field(min_length=1, max_length=32)]
    period: Annotated[str, Field(min_length=4, max_length=7, description="2026, 2026-Q3 or 2026-10")]
    awarded_on: date


class TitleEntered(msgspec.Struct, kw_only=True):
    """A past title that stands; `changed` is false where it stood so already."""

    id: UUID
    changed: bool


class RevokeTitle(Body):
    """Why: a code, and the reason in words."""

    cause: Annotated[str, Field(min_length=1, max_length=32)]
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]


class TitleRevoked(msgspec.Struct, kw_only=True):
    """A title that is revoked."""

    id: UUID
    steward_id: UUID


def titles_shown(held: Sequence[TitleHeld]) -> list[TitleShown]:
    """Titles as they are answered."""
    return [TitleShown(**{name: getattr(one, name) for name in TitleShown.__struct_fields__}) for one in held]


@get(
    "/stewards/{steward_id:uuid}/titles",
    opt={"action": Action.STEWARDS_READ},
    tags=_TAGS,
    operation_id="listTitlesOfSteward",
)
async def of_steward(request: JinpaiRequest, steward_id: FromPath[UUID]) -> Page[TitleShown]:
    """The titles that a steward was given, revoked ones too, the newest first."""
    await steward_within_reach(request, steward_id, Action.STEWARDS_READ)
    reader = await district_of(request).database.reader()
    held = await titles_of(reader, [steward_id], revoked=True)
    return Page(data=titles_shown(held[steward_id]), has_more=False)


@post(
    "/titles/awards",
    opt={"action": Action.TITLES_IMPORT},
    tags=_TAGS,
    operation_id="enterTitle",
    responses={201: ResponseSpec(TitleEntered, description="Entered")},
)
async def enter(request: JinpaiRequest, data: JSONBody[EnterTitle]) -> Response[Any]:
    """Enter a title of before (登记往年称号), of a steward or of a team. The same again changes nothing.

    Raises:
        HolderUnclear: neither of them is named, or both.

    """

    def encode(outcome: Imported, locale: Locale) -> Answer:
        return answer(TitleEntered(id=outcome.award_id, changed=outcome.changed), 201)

    facts: dict[str, Any] = {name: getattr(data, name) for name in ("title", "period", "awarded_on")}
    caller, commits = principal_of(request), district_of(request).titles
    if data.team is not None and data.steward is None:
        of_team = PastTeamTitle(team_id=data.team, caller=caller, **facts)
        return await submit_one(request, commits.enter_of_team, of_team, encode)
    if data.steward is None or data.team is not None:
        raise HolderUnclear(pointer="/steward")
    wish = PastTitle(steward_id=data.steward, caller=caller, **facts)
    return await submit_one(request, commits.enter, wish, encode)


@post(
    "/titles/awards/{title_id:uuid}/revoke",
    opt={"action": Action.TITLES_REVOKE},
    tags=_TAGS,
    operation_id="revokeTitle",
    status_code=200,
    responses={200: ResponseSpec(TitleRevoked, description="Revoked; its holder was told why")},
)
async def revoke(request: JinpaiRequest, title_id: FromPath[UUID], data: JSONBody[RevokeTitle]) -> Response[Any]:
    """Revoke a title (撤销称号). It stays in the history."""

    def encode(outcome: Revoked, locale: Locale) -> Answer:
        return answer(TitleRevoked(id=outcome.award_id, steward_id=outcome.steward_id))

    wish = Revocation(award_id=title_id, cause=data.cause, reason=data.reason, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.revoke, wish, encode)


route_handlers: list[Any] = [of_steward, enter, revoke]
