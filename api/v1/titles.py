"""Title rounds: rules, inputs, lists and notices for everybody; drafts, review, objections and awards for staff."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import orjson
from litestar import Response, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.idempotency import submit_one
from api.v1.answers import JSON, Page, answer
from api.v1.parameters import Limit, StartingAfter, area_id, etag, expected_version
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.titles.causes import STRIKES
from rewards.titles.committee import ListNow, Review, StrikeWish
from rewards.titles.drafting import NewRound, RoundAction, RoundEdit, RoundNow, RoundStep
from rewards.titles.explaining import decimal_text, explain
from rewards.titles.giving import Given, Giving
from rewards.titles.lists import list_id_of
from rewards.titles.noticing import Noticed, NoticeWish
from rewards.titles.objecting import Answered, Objected, ObjectionAnswer, ObjectionWish
from rewards.titles.proposing import Proposal, Proposed
from rewards.titles.reading import (
    NoticeLine,
    NoticeShown,
    RoundLine,
    list_in_full,
    list_notices,
    list_rounds,
    lists_of_round,
    notice_by_number,
    notice_id_of,
    published_inputs,
    published_snapshots,
    show_round,
)
from stewards.permissions import Action, may

_TAGS = ["titles"]
_PUBLIC = {"public": True}
_CAUSES = "、".join(STRIKES)
Street = Annotated[
    str | None, Field(max_length=36, description="Code or id of the list's street; none for a district's title")
]
Version = Annotated[int, Field(ge=1, description="The list's version that was looked at")]
Note = Annotated[str, Field(min_length=1, max_length=1_000)]


class RoundShown(msgspec.Struct, kw_only=True):
    """A round: `winners` are put forward, or hold the title where all lists are awarded."""

    id: UUID
    title: str
    name: str
    name_en: str
    period: str
    begins_on: date
    ends_on: date
    state: str
    revision: int
    rules_sha256: str
    published_at: datetime | None
    proposed_at: datetime | None
    lists: int
    awarded: int
    winners: int


class ListShown(msgspec.Struct, kw_only=True):
    """How far a street's list is; `notice` is the number of its running or last notice."""

    id: UUID
    street: str | None
    street_name: str | None
    state: str
    version: int
    winners: int
    notice: str | None
    notice_to_on: date | None


class RoundInFull(RoundShown, kw_only=True):
    """A round with its rules and lists."""

    rules: dict[str, Any]
    of_streets: list[ListShown]


class ReasonShown(msgspec.Struct, kw_only=True):
    """One rule with its figure; `holds` is null where it weighs and neither lets in nor keeps out."""

    text: str
    holds: bool | None


class CandidateShown(msgspec.Struct, kw_only=True):
    """What came of somebody, with every rule's figure."""

    ticket: UUID
    steward_id: UUID
    number: str
    name: str
    outcome: str
    place: int | None
    marks: str | None
    causes: list[str]
    shut: list[str]
    reasons: list[ReasonShown]


class ObjectionShown(msgspec.Struct, kw_only=True):
    """An objection with its answer."""

    id: UUID
    number: str
    ticket: UUID
    objector: str | None
    contact: str | None
    text: str
    made_at: datetime
    answer_by_on: date
    state: str
    answer: str | None
    answered_at: datetime | None


class CandidatesShown(msgspec.Struct, kw_only=True):
    """A street's list as its committee sees it."""

    list_id: UUID
    state: str
    version: int
    sha256: str
    reviews: int
    candidates: list[CandidateShown]
    objections: list[ObjectionShown]


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
    """Somebody on a notice, by the name that he or she allows."""

    ticket: UUID
    place: int
    name: str
    community: str
    marks: str
    verified_cases: int


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


class DraftRound(Body):
    """A round of a title of the rules in force, or with rules of its own (the same grammar, docs/rules.md)."""

    title: Annotated[str, Field(min_length=1, max_length=32)]
    period: Annotated[str, Field(min_length=4, max_length=7, description="2026, 2026-Q3 or 2026-10")]
    begins_on: date | None = None
    ends_on: date | None = None
    rules: dict[str, Any] | None = None


class ChangeRound(Body):
    """Other rules for a draft."""

    rules: dict[str, Any]


class RoundChange(msgspec.Struct, kw_only=True):
    """How a round stands; `changed` is false where it stood so already."""

    id: UUID
    state: str
    revision: int
    changed: bool


class RoundProposed(msgspec.Struct, kw_only=True):
    """A round that is computed: anybody can do so again from its inputs."""

    id: UUID
    candidates: int
    lists: int
    winners: int
    inputs_sha256: str
    changed: bool


class AgreeToList(Body):
    """One of two who look at a list."""

    street: Street = None
    version: Version


class StrikeFromList(Body):
    """Somebody to take off a list."""

    street: Street = None
    version: Version
    ticket: UUID
    cause: Annotated[str, Field(min_length=1, max_length=32, description=_CAUSES)]
    reason: Note


class AnnounceList(Body):
    """Where objections are taken; a notice lasts the rules' working days, or longer."""

    street: Street = None
    version: Version
    unit: Annotated[str, Field(min_length=1, max_length=64)]
    address: Annotated[str, Field(min_length=1, max_length=120)]
    phone: Annotated[str, Field(min_length=1, max_length=32)]
    from_on: date | None = None
    to_on: date | None = None


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


class ListChange(msgspec.Struct, kw_only=True):
    """A list after a step."""

    id: UUID
    state: str
    version: int
    winners: int
    reviews: int


class NoticePublished(msgspec.Struct, kw_only=True):
    """A notice that runs from a day to a day."""

    number: str
    from_on: date
    to_on: date


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


class TitlesGiven(msgspec.Struct, kw_only=True):
    """How many hold the title now; `changed` is false where they did before."""

    list_id: UUID
    awards: int
    changed: bool


def _round(line: RoundLine) -> RoundShown:
    return RoundShown(**{name: getattr(line, name) for name in RoundShown.__struct_fields__})


def _drafts_too(request: JinpaiRequest) -> bool:
    return may(request.scope.get("user"), Action.TITLES_DRAFT)


@get("/titles/rounds", opt=_PUBLIC, tags=_TAGS, operation_id="listTitleRounds")
async def list_all(
    request: JinpaiRequest, *, limit: Limit = 50, starting_after: StartingAfter = None
) -> Page[RoundShown]:
    """Rounds, those whose period ended last first; drafts for the district alone."""
    reader = await district_of(request).database.reader()
    lines, more = await list_rounds(reader, drafts=_drafts_too(request), starting_after=starting_after, limit=limit)
    return Page(data=[_round(line) for line in lines], has_more=more)


@get("/titles/rounds/{round_id:uuid}", opt=_PUBLIC, tags=_TAGS, operation_id="showTitleRound")
async def show(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[RoundInFull]:
    """A round with its rules and how far each street's list is."""
    reader = await district_of(request).database.reader()
    line, _, rules = await show_round(reader, round_id, drafts=_drafts_too(request))
    shown = {name: getattr(line, name) for name in RoundShown.__struct_fields__}
    lists = [
        ListShown(
            id=one.id,
            street=one.street.code if one.street else None,
            street_name=one.street.name if one.street else None,
            state=one.state,
            version=one.version,
            winners=one.winners,
            notice=one.notice,
            notice_to_on=one.notice_to_on,
        )
        for one in await lists_of_round(reader, round_id)
    ]
    full = RoundInFull(**shown, rules=orjson.loads(rules), of_streets=lists)
    return Response(full, headers={"ETag": etag(line.revision)})


@get("/titles/rounds/{round_id:uuid}/inputs", opt=_PUBLIC, tags=_TAGS, operation_id="titleRoundInputs")
async def inputs(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[bytes]:
    """What a round was computed from, byte for byte, under random tickets: no name, number or id of a person."""
    reader = await district_of(request).database.reader()
    body, sha256 = await published_inputs(reader, round_id)
    return Response(body.encode(), media_type=JSON, headers={"ETag": f'"{sha256}"'})


@get("/titles/rounds/{round_id:uuid}/versions", opt=_PUBLIC, tags=_TAGS, operation_id="titleRoundVersions")
async def versions(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[bytes]:
    """Every version of every list with the inputs: `jinpai titles recompute FILE` computes them all again."""
    reader = await district_of(request).database.reader()
    body, _ = await published_inputs(reader, round_id)
    return Response(published_document(body, await published_snapshots(reader, round_id)), media_type=JSON)


def published_document(body: str, snapshots: dict[str | None, list[str]]) -> bytes:
    """Inputs and lists as one document that needs no district to be computed again."""
    lists = [[orjson.loads(version) for version in bodies] for bodies in snapshots.values()]
    return orjson.dumps({"inputs": orjson.loads(body), "lists": lists}, option=orjson.OPT_SORT_KEYS)


@get(
    "/titles/rounds/{round_id:uuid}/candidates",
    opt={"action": Action.TITLES_READ},
    tags=_TAGS,
    operation_id="titleCandidates",
)
async def candidates(
    request: JinpaiRequest, round_id: FromPath[UUID], *, street: FromQuery[str | None] = None
) -> CandidatesShown:
    """Everybody of a street's list in order, with every rule's figure, and who is barred with the reasons."""
    reader = await district_of(request).database.reader()
    list_id = list_id_of(round_id, await area_id(reader, "street", street))
    found = await list_in_full(reader, principal_of(request), list_id)
    locale = locale_of(request)
    return CandidatesShown(
        list_id=found.id,
        state=found.state,
        version=found.version,
        sha256=found.sha256,
        reviews=len(found.reviews),
        candidates=[
            CandidateShown(
                ticket=line.ticket,
                steward_id=found.people[line.ticket].steward_id,
                number=found.people[line.ticket].number,
                name=found.people[line.ticket].name,
                outcome=line.outcome,
                place=line.place,
                marks=decimal_text(line.marks) if line.marks is not None else None,
                causes=list(line.causes),
                shut=[gate.code for gate in line.shut],
                reasons=[
                    ReasonShown(text=reason.text.render(locale), holds=reason.holds)
                    for reason in explain(found.inputs, line)
                ],
            )
            for line in found.lines
        ],
        objections=[
            ObjectionShown(**{name: getattr(one, name) for name in ObjectionShown.__struct_fields__})
            for one in found.objections
        ],
    )


@get("/titles/notices", opt=_PUBLIC, tags=_TAGS, operation_id="listTitleNotices")
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


@get("/titles/notices/{number:str}", opt=_PUBLIC, tags=_TAGS, operation_id="showTitleNotice")
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


def _changed(outcome: RoundNow, locale: Locale) -> Answer:
    return answer(
        RoundChange(id=outcome.round_id, state=outcome.state, revision=outcome.revision, changed=outcome.changed)
    )


@post(
    "/titles/rounds",
    opt={"action": Action.TITLES_DRAFT},
    tags=_TAGS,
    operation_id="draftTitleRound",
    responses={201: ResponseSpec(RoundChange, description="Drafted")},
)
async def draft(request: JinpaiRequest, data: JSONBody[DraftRound]) -> Response[Any]:
    """Draft a round (起草评选): its rules have to be published before the period ends."""
    wish = NewRound(
        title=data.title,
        period=data.period,
        begins_on=data.begins_on,
        ends_on=data.ends_on,
        rules=data.rules,
        caller=principal_of(request),
    )

    def encode(outcome: RoundNow, locale: Locale) -> Answer:
        shown = RoundChange(id=outcome.round_id, state=outcome.state, revision=outcome.revision, changed=True)
        return answer(shown, 201)

    return await submit_one(request, district_of(request).titles.draft, wish, encode)


@put(
    "/titles/rounds/{round_id:uuid}",
    opt={"action": Action.TITLES_DRAFT},
    tags=_TAGS,
    operation_id="changeTitleRound",
    responses={200: ResponseSpec(RoundChange, description="Changed")},
)
async def change(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[ChangeRound]) -> Response[Any]:
    """Give a draft other rules; If-Match says which revision was looked at."""
    wish = RoundEdit(
        round_id=round_id,
        revision=expected_version(request, required=True),
        rules=data.rules,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).titles.edit, wish, _changed)


async def _step(request: JinpaiRequest, round_id: UUID, action: RoundAction) -> Response[Any]:
    wish = RoundStep(round_id=round_id, action=action, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.step, wish, _changed)


def _on(path: str, action: Action, shape: type[Any], operation: str) -> Callable[[Callable[..., Any]], Any]:
    return post(
        path,
        opt={"action": action},
        tags=_TAGS,
        operation_id=operation,
        status_code=200,
        responses={200: ResponseSpec(shape, description="Stands so")},
    )


@_on("/titles/rounds/{round_id:uuid}/publish", Action.TITLES_DRAFT, RoundChange, "publishTitleRound")
async def publish(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[Any]:
    """Publish a round's rules (公布规则), until the last day that counts."""
    return await _step(request, round_id, "publish")


@_on("/titles/rounds/{round_id:uuid}/cancel", Action.TITLES_DRAFT, RoundChange, "cancelTitleRound")
async def cancel(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[Any]:
    """Call a round off (取消评选), while no title was given."""
    return await _step(request, round_id, "cancel")


@_on("/titles/rounds/{round_id:uuid}/propose", Action.TITLES_DRAFT, RoundProposed, "proposeTitleRound")
async def propose(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[Any]:
    """Freeze the inputs and make the lists (产生名单), rather than wait a week for the clock."""

    def encode(outcome: Proposed, locale: Locale) -> Answer:
        shown = {name: getattr(outcome, name) for name in RoundProposed.__struct_fields__ if name != "id"}
        return answer(RoundProposed(id=outcome.round_id, **shown))

    wish = Proposal(round_id=round_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.propose, wish, encode)


async def _list_id(request: JinpaiRequest, round_id: UUID, street: str | None) -> UUID:
    return list_id_of(round_id, await area_id(await district_of(request).database.reader(), "street", street))


def _list_changed(outcome: ListNow, locale: Locale) -> Answer:
    return answer(
        ListChange(
            id=outcome.list_id,
            state=outcome.state,
            version=outcome.version,
            winners=outcome.winners,
            reviews=outcome.reviews,
        )
    )


@_on("/titles/rounds/{round_id:uuid}/review", Action.TITLES_REVIEW, ListChange, "reviewTitleList")
async def review(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[AgreeToList]) -> Response[Any]:
    """Agree to a version of a street's list (评审); the second person makes it ready for its notice."""
    list_id = await _list_id(request, round_id, data.street)
    wish = Review(list_id=list_id, version=data.version, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.review, wish, _list_changed)


@_on("/titles/rounds/{round_id:uuid}/strike", Action.TITLES_REVIEW, ListChange, "strikeTitleCandidate")
async def strike(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[StrikeFromList]) -> Response[Any]:
    """Take somebody off a list (移出名单) with a cause and a reason: the next moves up, and two review again."""
    wish = StrikeWish(
        list_id=await _list_id(request, round_id, data.street),
        version=data.version,
        ticket=data.ticket,
        cause=data.cause,
        reason=data.reason,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).titles.strike, wish, _list_changed)


@_on("/titles/rounds/{round_id:uuid}/notice", Action.TITLES_REVIEW, NoticePublished, "announceTitleList")
async def announce(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[AnnounceList]) -> Response[Any]:
    """Announce a reviewed list (公示)."""

    def encode(outcome: Noticed, locale: Locale) -> Answer:
        return answer(NoticePublished(number=outcome.number, from_on=outcome.from_on, to_on=outcome.to_on))

    wish = NoticeWish(
        list_id=await _list_id(request, round_id, data.street),
        version=data.version,
        unit=data.unit,
        address=data.address,
        phone=data.phone,
        from_on=data.from_on,
        to_on=data.to_on,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).titles.notice, wish, encode)


@_on("/titles/rounds/{round_id:uuid}/award", Action.TITLES_AWARD, TitlesGiven, "awardTitles")
async def award(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[AgreeToList]) -> Response[Any]:
    """Give the titles of a list (授予), once its notice is over and every objection answered."""

    def encode(outcome: Given, locale: Locale) -> Answer:
        return answer(TitlesGiven(list_id=outcome.list_id, awards=outcome.awards, changed=outcome.changed))

    list_id = await _list_id(request, round_id, data.street)
    wish = Giving(list_id=list_id, version=data.version, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.award, wish, encode)


@post(
    "/titles/notices/{number:str}/objections",
    opt={"action": Action.TITLES_OBJECT},
    tags=_TAGS,
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


@_on(
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


route_handlers: list[Any] = [
    list_all,
    show,
    inputs,
    versions,
    candidates,
    notices,
    notice,
    draft,
    change,
    publish,
    cancel,
    propose,
    review,
    strike,
    announce,
    award,
    object_to,
    answer_objection,
]
