"""Notices of title lists: what is published, objections and their answers."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit
from api.v1.title_routes import PUBLIC, TAGS, step_route
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.titles.notice_reading import NoticeLine, NoticeShown, list_notices, notice_by_number, notice_id_of
from rewards.titles.objecting import Answered, Objected, ObjectionAnswer, ObjectionWish
from stewards.permissions import Action


class NoticeOfList(msgspec.Struct, kw_only=True):
    """A notice without its people."""

    number: str
    title: str
    title_en: str
    period: str
    street: str | None
    street_en: str | None
    from_on: date
    to_on: date
    winners: int
    replaced: bool


class NoticePersonShown(msgspec.Struct, kw_only=True):
    """Somebody on a notice, by the name that he or she allows; a team with its members, but those off the boards."""

    ticket: UUID
    place: int
    name: str
    community: str
    marks: str
    verified_cases: int
    members: list[str]


class NoticeInFull(msgspec.Struct, kw_only=True):
    """A public notice; `replaced` where the list has changed since, `running` while objections are taken."""

    number: str
    version: int
    title: str
    title_en: str
    period: str
    street: str | None
    from_on: date
    to_on: date
    working_days: int
    unit: str
    address: str
    phone: str
    sha256: str
    replaced: bool
    running: bool
    people: list[NoticePersonShown]


class ObjectToCandidate(Body):
    """A named objection: staff name who came to the desk, stewards object in their own name."""

    ticket: UUID
    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    objector: Annotated[str | None, Field(max_length=64)] = None
    contact: Annotated[str | None, Field(max_length=64)] = None


class AnswerObjection(Body):
    """Whether it holds, and why."""

    upheld: bool
    answer: Annotated[str, Field(min_length=1, max_length=2_000)]


class ObjectionTaken(msgspec.Struct, kw_only=True):
    """An objection that was taken down."""

    id: UUID
    number: str
    answer_by_on: date


class ObjectionAnswerShown(msgspec.Struct, kw_only=True):
    """An objection that is answered, and the list's version after it."""

    id: UUID
    number: str
    state: str
    version: int


@get("/titles/notices", opt=PUBLIC, tags=TAGS, operation_id="listTitleNotices")
async def notices(
    request: JinpaiRequest,
    *,
    limit: Limit = 50,
    before: Annotated[str | None, QueryParameter(description="The last number of the page before")] = None,
) -> Page[NoticeOfList]:
    """Public notices, the newest first."""
    reader = await district_of(request).database.reader()
    lines, more = await list_notices(reader, limit=limit, before=before)
    return Page(data=[_notice_line(line) for line in lines], has_more=more)


def _notice_line(line: NoticeLine) -> NoticeOfList:
    return NoticeOfList(**{name: getattr(line, name) for name in NoticeOfList.__struct_fields__})


@get("/titles/notices/{number:str}", opt=PUBLIC, tags=TAGS, operation_id="showTitleNotice")
async def notice(request: JinpaiRequest, number: FromPath[str]) -> NoticeInFull:
    """A public notice with its people, by the names that they allow."""
    district = district_of(request)
    found = await notice_by_number(await district.database.reader(), number, now=district.clock.now())
    return _notice(found)


def _notice(found: NoticeShown) -> NoticeInFull:
    same = (
        "number", "version", "from_on", "to_on", "working_days", "unit", "address", "phone", "sha256", "replaced",
        "running",
    )  # fmt: skip
    return NoticeInFull(
        **{name: getattr(found, name) for name in same},
        title=found.round.name,
        title_en=found.round.name_en,
        period=found.round.period,
        street=found.street.name if found.street else None,
        people=[
            NoticePersonShown(**{name: getattr(person, name) for name in NoticePersonShown.__struct_fields__})
            for person in found.people
        ],
    )


@post(
    "/titles/notices/{number:str}/objections",
    opt={"action": Action.TITLES_OBJECT},
    tags=TAGS,
    operation_id="objectToTitle",
    responses={201: ResponseSpec(ObjectionTaken, description="Taken down")},
)
async def object_to(request: JinpaiRequest, number: FromPath[str], data: JSONBody[ObjectToCandidate]) -> Response[Any]:
    """Object to somebody on a running notice (提出异议), with one's name."""

    def encode(outcome: Objected, locale: Locale) -> Answer:
        shown = ObjectionTaken(id=outcome.objection_id, number=outcome.number, answer_by_on=outcome.answer_by_on)
        return answer(shown, 201)

    district = district_of(request)
    wish = ObjectionWish(
        notice_id=await notice_id_of(await district.database.reader(), number),
        ticket=data.ticket,
        text=data.text,
        objector=data.objector,
        contact=data.contact,
        caller=principal_of(request),
    )
    return await submit_one(request, district.titles.object, wish, encode)


@step_route(
    "/titles/objections/{objection_id:uuid}/answer",
    Action.TITLES_REVIEW,
    ObjectionAnswerShown,
    "answerTitleObjection",
)
async def answer_objection(
    request: JinpaiRequest, objection_id: FromPath[UUID], data: JSONBody[AnswerObjection]
) -> Response[Any]:
    """Answer an objection (答复异议) that somebody else took down. Upheld, it changes the list and stays visible."""

    def encode(outcome: Answered, locale: Locale) -> Answer:
        shown = ObjectionAnswerShown(
            id=outcome.objection_id, number=outcome.number, state=outcome.state, version=outcome.version
        )
        return answer(shown)

    wish = ObjectionAnswer(
        objection_id=objection_id, upheld=data.upheld, answer=data.answer, caller=principal_of(request)
    )
    return await submit_one(request, district_of(request).titles.answer, wish, encode)


route_handlers: list[Any] = [notices, notice, object_to, answer_objection]
