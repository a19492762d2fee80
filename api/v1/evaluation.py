"""Evaluation: rating slips for residents, and ballots of staff and peers. What was voted is shown to nobody here."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import District, district_of
from api.errors import NotFound
from api.v1.stewards import steward_within_reach
from cases.queue import cases_by_id
from evaluation.casting import (
    BallotCast,
    StaffBallot,
    StaffSource,
    cast_staff_ballots,
)
from evaluation.periods import Period, period_named
from evaluation.scheme_versions import (
    current_period,
)
from evaluation.slips import CaseLinkWish, SlipsIssued, SlipWish, issue_case_links, issue_slips
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.directory import StewardEntry
from stewards.permissions import Action, require, staff_id_of
from stewards.principal import Place, Principal
from stewards.roles import Role

_TAGS = ["evaluation"]
_STREET_ROLES = (Role.DISTRICT_ADMIN, Role.STREET_ADMIN)


class PrintSlips(Body):
    """Slips to be made about a steward, for the present period unless another is named."""

    steward: UUID
    count: Annotated[int, Field(ge=1, le=60)]
    period: Annotated[str, Field(max_length=7)] | None = None


class SlipsAnswer(msgspec.Struct, kw_only=True):
    """The slips' addresses, told this once: each is good for one ballot until `closes_at`."""

    steward_id: UUID
    period: str
    closes_at: datetime
    links: list[str]


class CastBallot(Body):
    """Marks for a steward by dimension, for the present period unless another is named."""

    steward: UUID
    scores: Annotated[dict[str, int], Field(min_length=1, max_length=12)]
    period: Annotated[str, Field(max_length=7)] | None = None


class BallotAnswer(msgspec.Struct, kw_only=True):
    """The caller's ballot stands; `changed` where it replaced an earlier one."""

    id: UUID
    steward_id: UUID
    source: str
    period: str
    changed: bool


@post("/evaluation/slips", opt={"action": Action.SLIPS_ISSUE}, tags=_TAGS, operation_id="issueSlips")
async def issue(request: JinpaiRequest, data: JSONBody[PrintSlips]) -> SlipsAnswer:
    """Make rating slips about a steward, to be printed as QR codes and given to residents."""
    district = district_of(request)
    await steward_within_reach(request, data.steward, Action.SLIPS_ISSUE)
    wish = SlipWish(steward_id=data.steward, period=await chosen_period(district, data.period), count=data.count)

    async def use_case(tx: Tx) -> SlipsIssued:
        (outcome,) = await issue_slips(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    issued = await district.database.run(use_case)
    return SlipsAnswer(
        steward_id=issued.steward_id,
        period=issued.period,
        closes_at=issued.closes_at,
        links=slip_links(district, issued),
    )


@post(
    "/cases/{case_id:uuid}/rating-link",
    opt={"action": Action.SLIPS_ISSUE},
    tags=_TAGS,
    operation_id="issueCaseLink",
)
async def issue_for_case(request: JinpaiRequest, case_id: FromPath[UUID]) -> SlipsAnswer:
    """Make the link by which whom a solved case concerned rates its steward. One made before and not used ends."""
    issued = await issue_case_link(district_of(request), principal_of(request), case_id)
    return SlipsAnswer(
        steward_id=issued.steward_id,
        period=issued.period,
        closes_at=issued.closes_at,
        links=slip_links(district_of(request), issued),
    )


async def issue_case_link(district: District, principal: Principal, case_id: UUID) -> SlipsIssued:
    """The link of a closed case within the caller's reach.

    Raises:
        NotFound: there is none, or none within reach.
        NotAllowed, CaseNotClosed, CaseRated: as they say.

    """
    line = (await cases_by_id(await district.database.reader(), principal, [case_id])).get(case_id)
    if line is None:
        raise NotFound
    require(
        principal,
        Action.SLIPS_ISSUE,
        Place(street_id=line.street_id, community_id=line.community_id, lane_id=line.lane_id),
    )

    async def use_case(tx: Tx) -> SlipsIssued:
        (outcome,) = await issue_case_links(
            tx, [CaseLinkWish(case_id=case_id)], by=principal.actor, now=district.clock.now()
        )
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    return await district.database.run(use_case)


@post(
    "/evaluation/ballots", opt={"action": Action.STEWARDS_JUDGE}, tags=_TAGS, operation_id="castBallot", status_code=200
)
async def cast(request: JinpaiRequest, data: JSONBody[CastBallot]) -> BallotAnswer:
    """Cast or change the caller's ballot about a steward, as the street or as the community, by role."""
    district = district_of(request)
    principal = principal_of(request)
    entry = await steward_within_reach(request, data.steward, Action.STEWARDS_JUDGE)
    wish = StaffBallot(
        staff_id=staff_id_of(principal),
        source=source_of_staff(principal, entry),
        steward_id=entry.id,
        period=await chosen_period(district, data.period),
        scores=data.scores,
    )

    async def use_case(tx: Tx) -> BallotCast:
        (outcome,) = await cast_staff_ballots(tx, [wish], now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    done = await district.database.run(use_case)
    return BallotAnswer(
        id=done.ballot_id, steward_id=entry.id, source=wish.source, period=done.period, changed=done.changed
    )


async def chosen_period(district: District, name: str | None) -> Period:
    """The period that was asked for, else the present one."""
    if name is not None:
        return period_named(name)
    return await current_period(await district.database.reader(), district.clock.now())


def slip_links(district: District, issued: SlipsIssued) -> list[str]:
    """Where each slip's QR code leads."""
    return [f"{district.settings.public_url}/rate/{secret}" for secret in issued.secrets]


def source_of_staff(principal: Principal, entry: StewardEntry) -> StaffSource:
    """Whom a member of staff speaks for about a steward: the street, or the community."""
    covering = {grant.role for grant in principal.grants if any(grant.covers(place) for place in entry.places)}
    return "street" if covering.intersection(_STREET_ROLES) else "community"


route_handlers: list[Any] = [issue, issue_for_case, cast]
