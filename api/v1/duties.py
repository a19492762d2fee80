"""Lane duty: who looks after which lane, from a day to another."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.v1.parameters import plausible_day
from api.v1.stewards import steward_within_reach
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.duty import DutyAssigned, DutyEnd, DutyWish, assign_duties, end_duties
from stewards.lanes import load_lanes
from stewards.models import LaneDuty
from stewards.permissions import Action, NotAllowed, may
from stewards.refusals import LaneUnknown

_TAGS = ["stewards"]


class DutyAnswer(msgspec.Struct, kw_only=True):
    """A steward looks after a lane from a day to another (both included), or until further notice."""

    id: UUID
    steward_id: UUID
    lane_id: UUID
    from_on: date
    to_on: date | None


class AssignDuty(Body):
    """The lane with a code, from a day until further notice."""

    lane: Annotated[str, Field(min_length=1, max_length=64, description="Code of the lane")]
    from_on: Day


class EndDuty(Body):
    """The last day of a duty."""

    to_on: Day


@post(
    "/stewards/{steward_id:uuid}/duties",
    opt={"action": Action.STEWARDS_EDIT},
    tags=_TAGS,
    operation_id="assignDuty",
    responses={200: ResponseSpec(DutyAnswer, description="Stood so before")},
)
async def assign(
    request: JinpaiRequest, steward_id: FromPath[UUID], data: JSONBody[AssignDuty]
) -> Response[DutyAnswer]:
    """Give a steward a lane (负责小巷), by whoever may edit there and here. The same again answers 200."""
    district = district_of(request)
    principal = principal_of(request)
    await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT)
    plausible_day(data.from_on, "/from_on")
    lane = (await load_lanes(await district.database.reader(), codes={data.lane})).by_code.get(data.lane)
    if lane is None:
        raise LaneUnknown(pointer="/lane", code=data.lane)
    if not may(principal, Action.STEWARDS_EDIT, lane.place):
        raise NotAllowed(pointer="/lane")
    wish = DutyWish(steward_id=steward_id, lane_code=data.lane, from_on=data.from_on)

    async def use_case(tx: Tx) -> DutyAssigned:
        (outcome,) = await assign_duties(tx, [wish], by=principal.actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    assigned = await district.database.run(use_case)
    shown = DutyAnswer(
        id=assigned.duty_id, steward_id=steward_id, lane_id=assigned.lane_id, from_on=data.from_on, to_on=None
    )
    return Response(shown, status_code=200 if assigned.repeated else 201)


@post(
    "/stewards/{steward_id:uuid}/duties/{duty_id:uuid}/end",
    opt={"action": Action.STEWARDS_EDIT},
    tags=_TAGS,
    operation_id="endDuty",
    status_code=200,
    responses={200: ResponseSpec(DutyAnswer, description="Ended")},
)
async def end(
    request: JinpaiRequest, steward_id: FromPath[UUID], duty_id: FromPath[UUID], data: JSONBody[EndDuty]
) -> DutyAnswer:
    """Set the last day of a duty. Cases that were reported before keep their steward."""
    district = district_of(request)
    await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT)
    plausible_day(data.to_on, "/to_on")
    reader = await district.database.reader()
    found = await reader.rows(LaneDuty, "WHERE id = $1 AND steward_id = $2", duty_id, steward_id)
    if not found:
        raise NotFound
    wish = DutyEnd(duty_id=duty_id, to_on=data.to_on)

    async def use_case(tx: Tx) -> None:
        (outcome,) = await end_duties(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome

    await district.database.run(use_case)
    duty = found[0]
    return DutyAnswer(
        id=duty_id, steward_id=steward_id, lane_id=duty["lane_id"], from_on=duty["from_on"], to_on=data.to_on
    )


route_handlers: list[Any] = [assign, end]
