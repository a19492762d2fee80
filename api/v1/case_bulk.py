"""Cases by the thousand: an outcome for each row, and one bad row harms no other."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from litestar import Response, post
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from api.access import principal_of
from api.bodies import BODY_LIMIT, BULK_BODY, Body, JinpaiRequest, read
from api.composition import district_of
from api.errors import problem, status_of
from api.idempotency import submit_many
from api.v1.answers import answer
from api.v1.case_answers import BulkAnswer, BulkRow, handled_shown, reported_shown
from api.v1.case_bodies import BulkReport, BulkSteps, ReportCase, StepOfMany, wish_of
from cases.handling import STEPS_PER_CASE, CaseStep
from cases.refusals import TooManySteps
from cases.wording import CaseAction
from kernel.errors import Refusal
from kernel.idempotency import Answer
from kernel.messages import Locale
from stewards.permissions import Action
from stewards.principal import Principal

Row = TypeVar("Row", bound=Body)

_TAGS = ["cases"]
_BULK = {200: ResponseSpec(BulkAnswer, description="An outcome for each row; look at each status")}


def _wishes(
    rows: Sequence[Any], model: type[Row], field: str, wish_of_row: Callable[[Row], Any]
) -> tuple[list[Any], list[Refusal | None]]:
    """The wishes of the rows that can be read, and for each row its refusal or None."""
    wishes: list[Any] = []
    refused: list[Refusal | None] = []
    for index, row in enumerate(rows):
        try:
            wishes.append(wish_of_row(read(model, row, at=(field, index))))
            refused.append(None)
        except Refusal as refusal:
            refused.append(refusal)
    return wishes, refused


def _encoder(
    field: str, refused: Sequence[Refusal | None], shown: Callable[[int, Any, Locale], BulkRow]
) -> Callable[[Sequence[Any], Locale, str], Answer]:
    def encode(outcomes: Sequence[Any], locale: Locale, request_id: str) -> Answer:
        following = iter(outcomes)
        rows: list[BulkRow] = []
        for index, refusal in enumerate(refused):
            outcome = next(following) if refusal is None else refusal
            if isinstance(outcome, Refusal):
                # A refusal of the domain points into its row; in this body the row has a place of its own.
                at = "" if refusal is not None else f"/{field}/{index}"
                document = problem(outcome, locale=locale, request_id=request_id)
                for error in document.get("errors", ()):
                    error["pointer"] = at + error["pointer"]
                rows.append(BulkRow(index=index, status=status_of(outcome), problem=document))
            else:
                rows.append(shown(index, outcome, locale))
        accepted = sum(row.problem is None for row in rows)
        return answer(BulkAnswer(data=rows, accepted=accepted, refused=len(rows) - accepted))

    return encode


@post(
    "/cases/bulk",
    opt={"action": Action.CASES_REPORT, BODY_LIMIT: BULK_BODY},
    tags=_TAGS,
    operation_id="reportCases",
    status_code=200,
    responses=_BULK,
)
async def report_many(request: JinpaiRequest, data: JSONBody[BulkReport]) -> Response[Any]:
    """Report up to 1,000 cases under one key. Each row has the status that it would have had alone."""
    principal = principal_of(request)
    wishes, refused = _wishes(data.cases, ReportCase, "cases", lambda row: wish_of(row, principal))

    def shown(index: int, outcome: Any, locale: Locale) -> BulkRow:
        return BulkRow(index=index, status=200 if outcome.repeated else 201, case=reported_shown(outcome))

    encode = _encoder("cases", refused, shown)
    return await submit_many(request, district_of(request).report_bulk, wishes, encode)


def _step_of(row: StepOfMany, principal: Principal) -> CaseStep:
    return CaseStep(
        case_id=row.case,
        action=CaseAction(row.action),
        actor=principal,
        reason=row.reason,
        note=row.note,
        duplicate_of=row.duplicate_of,
        expected_version=row.version,
        occurred_at=row.occurred_at,
    )


@post(
    "/cases/bulk/steps",
    # Each row's own action is checked where its case is known.
    opt={"action": Action.CASES_READ, BODY_LIMIT: BULK_BODY},
    tags=_TAGS,
    operation_id="stepCases",
    status_code=200,
    responses=_BULK,
)
async def step_many(request: JinpaiRequest, data: JSONBody[BulkSteps]) -> Response[Any]:
    """Take up to 1,000 steps under one key, in order; steps on one case, 8 at most, build on each other."""
    principal = principal_of(request)
    steps: Counter[UUID] = Counter()

    def step_of(row: StepOfMany) -> CaseStep:
        touched = {case for case in (row.case, row.duplicate_of) if case is not None}
        steps.update(touched)
        if max(steps[case] for case in touched) > STEPS_PER_CASE:
            raise TooManySteps(limit=STEPS_PER_CASE)
        return _step_of(row, principal)

    wishes, refused = _wishes(data.steps, StepOfMany, "steps", step_of)

    def shown(index: int, outcome: Any, locale: Locale) -> BulkRow:
        return BulkRow(index=index, status=200, handled=handled_shown(outcome, locale))

    encode = _encoder("steps", refused, shown)
    # One request is read and answered while another is written.
    shard = wishes[0].case_id.int if wishes else 0
    return await submit_many(request, district_of(request).handle_bulk, wishes, encode, shard=shard)


route_handlers: list[Any] = [report_many, step_many]
