"""The staff's queue: cases that wait, with their evidence beside them, under filters that stand in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from litestar import get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.pages.categories import read_categories
from api.pages.frame import staff_frame
from api.pages.lane_choice import choose_lane
from api.pages.queue_filters import ALL, QueueFilters, filters_of, uuid_or_none
from api.pages.rendering import PageRequest, page
from cases.duplicates import DuplicateHint, duplicate_hints
from cases.pending import Worth, worth_of_lines
from cases.queue import CaseLine, CasePage, cases_by_id, list_cases
from cases.reasons import REJECT_REASONS, REOPEN_REASONS, RETURN_REASONS
from cases.refusals import UnknownCase
from cases.showing import CaseShown, last_step, show_case
from cases.transitions import UNDOABLE, possible_actions
from cases.wording import STATES, CaseAction, State
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.messages import N_, translate
from stewards.lanes import LaneDirectory, LaneEntry, load_lanes
from stewards.permissions import Action, may
from stewards.principal import Place, Principal
from stewards.reach import reach

PAGE_SIZE = 20

_ACTIONS = {
    CaseAction.VERIFY: Action.CASES_VERIFY,
    CaseAction.RETURN: Action.CASES_RETURN,
    CaseAction.REJECT: Action.CASES_REJECT,
    CaseAction.SOLVE: Action.CASES_SOLVE,
    CaseAction.DUPLICATE: Action.CASES_DUPLICATE,
    CaseAction.REOPEN: Action.CASES_REOPEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """The case that stands beside the list: what it holds, what it is worth, what may be done with it."""

    shown: CaseShown
    worth: Worth | None
    hints: Sequence[DuplicateHint]
    actions: frozenset[str]
    own_entry: bool  # the caller entered it, so somebody else has to verify it
    following: UUID | None  # where the queue goes on once this case is decided
    previous: UUID | None

    @property
    def line(self) -> CaseLine:
        """The case itself."""
        return self.shown.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The step that was just taken, and whether its doer can still take it back."""

    line: CaseLine
    action: str
    points: int | None
    undoable: bool


@get("/admin/cases", opt={"action": Action.CASES_VERIFY}, include_in_schema=False)
async def show_queue(request: PageRequest) -> Template:
    """The queue under the filters of the address, with one case open."""
    return await queue_page(request, filters_of(request.query_params))


async def queue_page(
    request: PageRequest,
    filters: QueueFilters,
    *,
    opened: UUID | None = None,
    refused: Refusal | None = None,
    status: int = 200,
) -> Template:
    """The queue with one case open, and above it what was done last, or why it was not."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    lanes = await load_lanes(reader)
    locale = locale_of(request)
    choice = choose_lane(lanes_within(lanes, principal, Action.CASES_READ), filters.lane, locale)
    filters = replace(filters, lane=choice.code)
    listed = await read_page(reader, principal, filters, lanes)
    ids = [line.id for line in listed.lines]
    opened = opened or uuid_or_none(request.query_params.get("open")) or (ids[0] if ids else None)
    lines = {line.id: line for line in listed.lines}
    if opened is not None and opened not in lines:
        lines |= await cases_by_id(reader, principal, [opened])
    worth = await worth_of_lines(reader, lines.values()) if lines else {}
    hints = await duplicate_hints(reader, lines) if lines else {}
    categories = await read_categories(reader, local_date(district.clock.now()))
    return page(
        request,
        "staff/queue.html",
        status=status,
        frame=await staff_frame(reader, principal),
        filters=filters,
        states=[(state.value, translate(STATES[state], locale)) for state in State]
        + [(ALL, translate(N_("全部"), locale))],
        lanes=choice,
        categories=categories,
        category_options=categories.options(locale),
        listed=listed,
        worth=worth,
        hints=hints,
        detail=await _detail(reader, principal, lines[opened], ids=ids, worth=worth, hints=hints)
        if opened in lines
        else None,
        done=None if refused else await _done(reader, principal, uuid_or_none(request.query_params.get("done"))),
        refused=refused,
        return_reasons=RETURN_REASONS,
        reject_reasons=REJECT_REASONS,
        reopen_reasons=REOPEN_REASONS,
    )


async def read_page(reader: Reader, principal: Principal, filters: QueueFilters, lanes: LaneDirectory) -> CasePage:
    """A page of the queue under its filters."""
    # What waits is worked through from the oldest on; what is decided is looked up from the newest on.
    waiting = filters.state == State.REPORTED
    wanted = filters.wanted(lanes)
    try:
        return await list_cases(
            reader, principal, wanted, starting_after=filters.after, limit=PAGE_SIZE, oldest_first=waiting
        )
    except UnknownCase:  # the case that the page began after is out of reach by now
        return await list_cases(reader, principal, wanted, limit=PAGE_SIZE, oldest_first=waiting)


def lanes_within(lanes: LaneDirectory, principal: Principal, action: Action) -> list[LaneEntry]:
    """The lanes that an action of the caller reaches, by code."""
    within = reach(principal, action)
    return [
        lane
        for lane in lanes.by_code.values()
        if within.everything
        or lane.street_id in within.street_ids
        or lane.community_id in within.community_ids
        or lane.id in within.lane_ids
    ]


async def _detail(
    reader: Reader,
    principal: Principal,
    line: CaseLine,
    *,
    ids: Sequence[UUID],
    worth: Mapping[UUID, Worth],
    hints: Mapping[UUID, Sequence[DuplicateHint]],
) -> Detail:
    shown = await show_case(reader, principal, line.id, listed=line)
    at = ids.index(line.id) if line.id in ids else -1
    return Detail(
        shown=shown,
        worth=worth.get(line.id),
        hints=hints.get(line.id, ()),
        actions=allowed_actions(principal, shown.line),
        own_entry=entered_by(principal, shown.line),
        following=ids[at + 1] if 0 <= at < len(ids) - 1 else None,
        previous=ids[at - 1] if at > 0 else None,
    )


def allowed_actions(principal: Principal, line: CaseLine) -> frozenset[str]:
    """The steps that the caller may take on a case now, undoing aside. Whoever entered a case may not verify it."""
    place = Place(street_id=line.street_id, community_id=line.community_id, lane_id=line.lane_id)
    return frozenset(
        action.value
        for action in possible_actions(line.state)
        if action in _ACTIONS
        and may(principal, _ACTIONS[action], place, line.steward_id)
        and not (action is CaseAction.VERIFY and entered_by(principal, line))
    )


def entered_by(principal: Principal, line: CaseLine) -> bool:
    """Whether the caller entered the case."""
    return (line.reporter_kind, line.reporter_id) == (principal.kind, principal.id)


async def _done(reader: Reader, principal: Principal, case_id: UUID | None) -> Done | None:
    """The last step of a case, if the caller took it: read from its history, so that the address cannot lie."""
    if case_id is None:
        return None
    try:
        line, last = await last_step(reader, principal, case_id)
    except UnknownCase:
        return None
    if last.actor_id != principal.id:
        return None
    return Done(line=line, action=last.action, points=last.points, undoable=last.action in UNDOABLE)


async def lines_by_id(reader: Reader, principal: Principal, case_ids: Sequence[UUID]) -> list[CaseLine]:
    """Cases within the caller's reach, in the order asked for."""
    found = await cases_by_id(reader, principal, case_ids)
    return [found[case_id] for case_id in case_ids if case_id in found]


route_handlers: list[Any] = [show_queue]
