"""Streets' budgets: what each may still give, funded and taken back by the district."""

from typing import Annotated, Any, Literal
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
from kernel.idempotency import Answer
from kernel.ids import new_id
from kernel.messages import Locale
from points.budgets import Budget, BudgetChange, list_budgets
from stewards.permissions import Action

_TAGS = ["points"]


class BudgetShown(msgspec.Struct, kw_only=True):
    """A street's budget of points: `left` may still be given, `given` went out in the period, less what came back.

    `ceiling` and `room` (what can still be added in the period) are null where the rules bound nothing.
    """

    street_id: UUID
    street_code: str
    street_name: str
    left: int
    given: int
    period: str
    ceiling: int | None
    room: int | None


_POINTS = Field(ge=1, le=1_000_000_000)
Note = Annotated[str | None, Field(max_length=1_000, description="Free text; it can be erased")]


class FundBudget(Body):
    """How many points, and why; `other` needs a note."""

    points: Annotated[int, _POINTS]
    reason: Literal["annual", "extra", "mistake", "other"] = "annual"
    note: Note = None


class DefundBudget(Body):
    """How many points, and why; `other` needs a note."""

    points: Annotated[int, _POINTS]
    reason: Literal["unused", "moved", "mistake", "other"] = "unused"
    note: Note = None


def _shown(budget: Budget) -> BudgetShown:
    return BudgetShown(
        street_id=budget.street.id,
        street_code=budget.street.code,
        street_name=budget.street.name,
        left=budget.left,
        given=budget.given,
        period=budget.period,
        ceiling=budget.ceiling,
        room=budget.room,
    )


@get("/points/budgets", opt={"action": Action.BUDGETS_READ}, tags=_TAGS, operation_id="listBudgets")
async def list_all(request: JinpaiRequest) -> Page[BudgetShown]:
    """The budgets of the streets within reach, by street code."""
    district = district_of(request)
    found = await list_budgets(await district.database.reader(), principal_of(request), now=district.clock.now())
    return Page(data=[_shown(budget) for budget in found], has_more=False)


_CHANGED = {200: ResponseSpec(BudgetShown, description="As it stands now")}


@post(
    "/points/budgets/{street_id:uuid}/fund",
    opt={"action": Action.BUDGETS_FUND},
    tags=_TAGS,
    operation_id="fundBudget",
    status_code=200,
    responses=_CHANGED,
)
async def fund(request: JinpaiRequest, street_id: FromPath[UUID], data: JSONBody[FundBudget]) -> Response[Any]:
    """Put points into a street's budget (拨入预算), up to the rules' ceiling of the period."""
    return await _change(request, street_id, "fund", data)


@post(
    "/points/budgets/{street_id:uuid}/defund",
    opt={"action": Action.BUDGETS_FUND},
    tags=_TAGS,
    operation_id="defundBudget",
    status_code=200,
    responses=_CHANGED,
)
async def defund(request: JinpaiRequest, street_id: FromPath[UUID], data: JSONBody[DefundBudget]) -> Response[Any]:
    """Take points out of a street's budget that were not given away (收回预算)."""
    return await _change(request, street_id, "defund", data)


async def _change(
    request: JinpaiRequest, street_id: UUID, change: Literal["fund", "defund"], data: FundBudget | DefundBudget
) -> Response[Any]:
    def encode(outcome: Budget, locale: Locale) -> Answer:
        return answer(_shown(outcome))

    wish = BudgetChange(
        street_id=street_id,
        change=change,
        points=data.points,
        reference=str(new_id()),
        actor=principal_of(request),
        reason=data.reason,
        note=data.note,
    )
    return await submit_one(request, district_of(request).change_budgets, wish, encode)


route_handlers: list[Any] = [list_all, fund, defund]
