"""The committee's marks: who marks a round and when, and each member's own marks."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, put
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import answer
from api.v1.parameters import area_id
from api.v1.title_routes import TAGS
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.titles.marks import MOST_MARK
from rewards.titles.panel import MOST_MEMBERS, Marked, MarksWish, PanelNamed, PanelWish
from rewards.titles.panel_reading import own_sheet, panel_of
from stewards.permissions import Action

Mark = Annotated[int, Field(ge=0, le=MOST_MARK)]
MOST_MARKED = 100


class DimensionShown(msgspec.Struct, kw_only=True):
    """In which respect the committee marks."""

    code: str
    zh: str
    en: str


class PanelMemberShown(msgspec.Struct, kw_only=True):
    """Somebody who marks, and how many candidates he or she has marked."""

    staff_id: UUID
    name: str
    marked: int


class PanelInFull(msgspec.Struct, kw_only=True):
    """A round's committee; `state` is to_come, open or closed."""

    from_on: date
    to_on: date
    state: str
    dimensions: list[DimensionShown]
    members: list[PanelMemberShown]


class NamePanel(Body):
    """Who of the staff marks, from which day to which."""

    members: Annotated[list[UUID], Field(min_length=1, max_length=MOST_MEMBERS)]
    from_on: Day
    to_on: Day


class PanelChange(msgspec.Struct, kw_only=True):
    """The committee stands so; `changed` is false where it did before."""

    members: int
    changed: bool


class OwnMarks(msgspec.Struct, kw_only=True):
    """A candidate with the caller's own marks by dimension; none where he or she is not marked yet."""

    steward_id: UUID
    number: str
    name: str
    marks: dict[str, int]


class OwnMarksOfStreet(msgspec.Struct, kw_only=True):
    """What the caller marks in a street; `barred` where the caller stands on this list."""

    open: bool
    barred: bool
    candidates: list[OwnMarks]


class GiveMarks(Body):
    """Marks by steward and dimension, each candidate in every respect."""

    marks: Annotated[
        dict[UUID, Annotated[dict[str, Mark], Field(max_length=10)]], Field(min_length=1, max_length=MOST_MARKED)
    ]


class MarksGiven(msgspec.Struct, kw_only=True):
    """The marks stand so; `changed` says how many were new or different."""

    stewards: int
    changed: int


@get(
    "/titles/rounds/{round_id:uuid}/panel", opt={"action": Action.TITLES_READ}, tags=TAGS, operation_id="showTitlePanel"
)
async def show(request: JinpaiRequest, round_id: FromPath[UUID]) -> PanelInFull:
    """Who marks the candidates of a round and when (评审组).

    Raises:
        NotFound: nobody is named.

    """
    district = district_of(request)
    found = await panel_of(await district.database.reader(), round_id, now=district.clock.now())
    if found is None:
        raise NotFound
    return PanelInFull(
        from_on=found.from_on,
        to_on=found.to_on,
        state=found.state,
        dimensions=[DimensionShown(code=one.code, zh=one.zh, en=one.en) for one in found.dimensions],
        members=[PanelMemberShown(staff_id=one.staff_id, name=one.name, marked=one.marked) for one in found.members],
    )


@put(
    "/titles/rounds/{round_id:uuid}/panel",
    opt={"action": Action.TITLES_DRAFT},
    tags=TAGS,
    operation_id="nameTitlePanel",
    responses={200: ResponseSpec(PanelChange, description="Stands so")},
)
async def name(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[NamePanel]) -> Response[Any]:
    """Say who marks the candidates of a published round and when; until its last day it may be said otherwise."""

    def encode(outcome: PanelNamed, locale: Locale) -> Answer:
        return answer(PanelChange(members=outcome.members, changed=outcome.changed))

    wish = PanelWish(
        round_id=round_id,
        members=tuple(data.members),
        from_on=data.from_on,
        to_on=data.to_on,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).titles.name_panel, wish, encode)


@get(
    "/titles/rounds/{round_id:uuid}/marks", opt={"action": Action.TITLES_MARK}, tags=TAGS, operation_id="ownTitleMarks"
)
async def own(
    request: JinpaiRequest, round_id: FromPath[UUID], *, street: FromQuery[str | None] = None
) -> OwnMarksOfStreet:
    """The candidates of a street with the caller's own marks (评审打分); nobody sees those of others.

    Raises:
        NotFound: there is no such street, or none was named.

    """
    district = district_of(request)
    reader = await district.database.reader()
    street_id = await area_id(reader, "street", street)
    if street_id is None:
        raise NotFound
    sheet = await own_sheet(reader, principal_of(request), round_id, street_id, now=district.clock.now())
    return OwnMarksOfStreet(
        open=sheet.open,
        barred=sheet.barred,
        candidates=[
            OwnMarks(steward_id=one.steward_id, number=one.number, name=one.name, marks=one.marks)
            for one in sheet.candidates
        ],
    )


@put(
    "/titles/rounds/{round_id:uuid}/marks",
    opt={"action": Action.TITLES_MARK},
    tags=TAGS,
    operation_id="giveTitleMarks",
    responses={200: ResponseSpec(MarksGiven, description="Stand so")},
)
async def give(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[GiveMarks]) -> Response[Any]:
    """Mark candidates from 0 to 100 in each respect of the rules, within the committee's days; all of them or none."""

    def encode(outcome: Marked, locale: Locale) -> Answer:
        return answer(MarksGiven(stewards=outcome.stewards, changed=outcome.changed))

    wish = MarksWish(round_id=round_id, marks=data.marks, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.mark, wish, encode)


route_handlers: list[Any] = [show, name, own, give]
