"""The lists of title rounds: candidates by name, review by two, striking, the notice, the titles given."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery, JSONBody

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.idempotency import submit_one
from api.v1.answers import answer
from api.v1.parameters import area_id
from api.v1.title_round_bodies import (
    AgreeToList,
    AnnounceList,
    CandidateShown,
    CandidatesShown,
    ListChange,
    NoticePublished,
    ObjectionShown,
    ReasonShown,
    StrikeFromList,
    TitlesGiven,
)
from api.v1.title_routes import TAGS, step_route
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.titles.committee import ListNow, Review, StrikeWish
from rewards.titles.explaining import decimal_text, explain
from rewards.titles.giving import Given, Giving
from rewards.titles.list_reading import list_in_full
from rewards.titles.lists import list_id_of
from rewards.titles.noticing import Noticed, NoticeWish
from stewards.permissions import Action


@get(
    "/titles/rounds/{round_id:uuid}/candidates",
    opt={"action": Action.TITLES_READ},
    tags=TAGS,
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
                team_id=found.people[line.ticket].team_id,
                number=found.people[line.ticket].number,
                name=found.people[line.ticket].name,
                members=list(found.people[line.ticket].members),
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


@step_route("/titles/rounds/{round_id:uuid}/review", Action.TITLES_REVIEW, ListChange, "reviewTitleList")
async def review(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[AgreeToList]) -> Response[Any]:
    """Agree to a version of a street's list (评审); the second person makes it ready for its notice."""
    list_id = await _list_id(request, round_id, data.street)
    wish = Review(list_id=list_id, version=data.version, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.review, wish, _list_changed)


@step_route("/titles/rounds/{round_id:uuid}/strike", Action.TITLES_REVIEW, ListChange, "strikeTitleCandidate")
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


@step_route("/titles/rounds/{round_id:uuid}/notice", Action.TITLES_REVIEW, NoticePublished, "announceTitleList")
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


@step_route("/titles/rounds/{round_id:uuid}/award", Action.TITLES_AWARD, TitlesGiven, "awardTitles")
async def award(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[AgreeToList]) -> Response[Any]:
    """Give the titles of a list (授予), once its notice is over and every objection answered."""

    def encode(outcome: Given, locale: Locale) -> Answer:
        return answer(TitlesGiven(list_id=outcome.list_id, awards=outcome.awards, changed=outcome.changed))

    list_id = await _list_id(request, round_id, data.street)
    wish = Giving(list_id=list_id, version=data.version, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.award, wish, encode)


route_handlers: list[Any] = [candidates, review, strike, announce, award]
