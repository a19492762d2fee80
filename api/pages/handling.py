"""What staff do with cases from the queue: one step at a time with undo, or many at once after a preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import District, district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.categories import read_categories
from api.pages.forms import Fields, read_fields
from api.pages.frame import staff_frame
from api.pages.queue import allowed_actions, lines_by_id, queue_page
from api.pages.queue_filters import QueueFilters, filters_of, uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from cases.duplicates import duplicate_hints
from cases.handling import CaseStep, Handled, handle_cases
from cases.pending import worth_of_lines
from cases.queue import CaseLine
from cases.showing import find_case_id
from cases.wording import CaseAction
from kernel.clock import local_date
from kernel.errors import Refusal
from stewards.permissions import Action
from stewards.principal import Principal

BULK_LIMIT = 100

_STEP_FIELDS = ("filters", "original", "reason", "note", "version", "following")

_PERMISSIONS = {
    CaseAction.VERIFY: Action.CASES_VERIFY,
    CaseAction.RETURN: Action.CASES_RETURN,
    CaseAction.REJECT: Action.CASES_REJECT,
    CaseAction.SOLVE: Action.CASES_SOLVE,
    CaseAction.DUPLICATE: Action.CASES_DUPLICATE,
    CaseAction.REOPEN: Action.CASES_REOPEN,
    CaseAction.UNDO: Action.CASES_VERIFY,
}


async def take_steps(district: District, steps: Sequence[CaseStep]) -> list[Handled | Refusal]:
    """Take steps in one transaction, and have what follows from them delivered."""
    now = district.clock.now()
    outcomes = await district.database.run(lambda tx: handle_cases(tx, steps, now=now))
    district.dispatcher.wake()
    return outcomes


def _filters(fields: Fields) -> QueueFilters:
    return filters_of(dict(parse_qsl(fields.text("filters"))))


async def _take(request: PageRequest, case_id: UUID, action: CaseAction) -> Template | Redirect:
    """One step from the queue: back to the queue with the next case open, or the same page saying why not."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    filters = _filters(fields)
    original = fields.text("original")
    step = CaseStep(
        case_id=case_id,
        action=action,
        actor=principal,
        reason=fields.text("reason") or None,
        note=fields.text("note") or None,
        duplicate_of=await find_case_id(await district.database.reader(), principal, original) if original else None,
        expected_version=_version(fields.text("version")),
    )
    (outcome,) = await take_steps(district, [step])
    if isinstance(outcome, Refusal):
        return await queue_page(request, filters, opened=case_id, refused=outcome, status=status_of(outcome))
    following = case_id if action is CaseAction.UNDO else uuid_or_none(fields.text("following"))
    return see_other(filters.link(open=following, done=case_id))


def _version(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _route(action: CaseAction) -> Any:
    async def take(request: PageRequest, case_id: FromPath[UUID]) -> Template | Redirect:
        return await _take(request, case_id, action)

    take.__doc__ = f"Take the step {action.value!r} on one case of the queue."
    take.__name__ = f"{action.value}_from_queue"
    return post(
        f"/admin/cases/{{case_id:uuid}}/{action.value}",
        opt={"action": _PERMISSIONS[action], FORM: _STEP_FIELDS},
        include_in_schema=False,
        status_code=200,
        name=f"queue_{action.value}",
    )(take)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A case that was ticked, with the version that its reader saw."""

    id: UUID
    version: int | None


def _picked(fields: Fields) -> list[Picked]:
    picked: dict[UUID, Picked] = {}
    for value in fields.texts("case")[:BULK_LIMIT]:
        given, _, version = value.partition(":")
        case_id = uuid_or_none(given)
        if case_id is not None:
            picked[case_id] = Picked(id=case_id, version=_version(version))
    return list(picked.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """A case of a bulk step, with what became of it."""

    line: CaseLine
    version: int | None
    allowed: bool = True
    points: int | None = None
    refusal: Refusal | None = None


@post(
    "/admin/cases/bulk",
    opt={"action": Action.CASES_VERIFY, FORM: ("filters", "case", "step")},
    include_in_schema=False,
    status_code=200,
)
async def bulk(request: PageRequest) -> Template | Redirect:
    """Approve the ticked cases: first a preview, then on its confirmation the steps, then their outcomes."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    filters = _filters(fields)
    picked = _picked(fields)
    if not picked:
        return see_other(filters.link())
    reader = await district.database.reader()
    lines = {line.id: line for line in await lines_by_id(reader, principal, [row.id for row in picked])}
    picked = [row for row in picked if row.id in lines]
    if not picked:
        raise NotFound
    step = fields.text("step")
    context: dict[str, Any] = {
        "filters": filters,
        "categories": await read_categories(reader, local_date(district.clock.now())),
    }
    if step in {"confirm", "undo"}:
        action = CaseAction.VERIFY if step == "confirm" else CaseAction.UNDO
        rows = await _carry_out(district, principal, picked, lines, action)
        name = "staff/bulk_done.html"
        context["undone"] = action is CaseAction.UNDO
    else:
        rows = await _preview(district, principal, picked, lines)
        name = "staff/bulk_preview.html"
        context["hints"] = await duplicate_hints(reader, list(lines))
    return page(request, name, frame=await staff_frame(reader, principal), rows=rows, **context)


async def _preview(
    district: District, principal: Principal, picked: Sequence[Picked], lines: dict[UUID, CaseLine]
) -> list[BulkRow]:
    worth = await worth_of_lines(await district.database.reader(), lines.values())
    return [
        BulkRow(
            line=lines[row.id],
            version=row.version,
            allowed=CaseAction.VERIFY.value in allowed_actions(principal, lines[row.id]),
            points=worth[row.id].points if row.id in worth else None,
        )
        for row in picked
    ]


async def _carry_out(
    district: District,
    principal: Principal,
    picked: Sequence[Picked],
    lines: dict[UUID, CaseLine],
    action: CaseAction,
) -> list[BulkRow]:
    steps = [CaseStep(case_id=row.id, action=action, actor=principal, expected_version=row.version) for row in picked]
    rows = []
    for row, outcome in zip(picked, await take_steps(district, steps), strict=True):
        if isinstance(outcome, Refusal):
            rows.append(BulkRow(line=lines[row.id], version=row.version, refusal=outcome))
        else:
            points = outcome.award.points if outcome.award else None
            rows.append(BulkRow(line=lines[row.id], version=outcome.version, points=points))
    return rows


route_handlers: list[Any] = [bulk, *(_route(action) for action in _PERMISSIONS)]
