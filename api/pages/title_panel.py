"""The committee of a title round on pages: who marks and when, and a member's own marks of a street."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import commit_form
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.v1.parameters import day_or_none
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.messages import N_, Text
from rewards.titles.drafting import due_from
from rewards.titles.marks import MOST_MARK
from rewards.titles.models import TitleRound
from rewards.titles.panel import MarksWish, PanelWish, who_may_mark
from rewards.titles.panel_reading import OwnSheet, own_sheet, panel_of
from rewards.titles.reading import show_round
from rewards.titles.rules import dimensions_of
from stewards.lanes import AreaEntry, list_streets
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_AT_ONCE = 20  # candidates of a page
_USUAL_DAYS = 7
_PANEL_FIELDS = {"/members": "members", "/from_on": "from_on", "/to_on": "to_on"}
_A_MARK = "????????-????-????-????-????????????-*"  # whose, and of which question
_MARKS_FIELDS = ("street", "page", "next", "steward", "dimension", _A_MARK)
_NO_DAY = Text(N_("请填写日期。"))


async def _panel(
    request: PageRequest,
    round_id: UUID,
    *,
    fields: Fields | None = None,
    errors: Errors | None = None,
    status: int = 200,
) -> Template:
    district, principal = district_of(request), principal_of(request)
    reader = await district.database.reader()
    shown, rule, _ = await show_round(reader, round_id, drafts=True)
    if not dimensions_of(rule):
        raise NotFound
    [row] = await reader.rows(TitleRound, "WHERE id = $1", round_id)
    panel = await panel_of(reader, round_id, now=district.clock.now())
    earliest = max(due_from(row), local_date(district.clock.now()))
    first, last = (panel.from_on, panel.to_on) if panel else (earliest, earliest + timedelta(days=_USUAL_DAYS - 1))
    chosen = (
        set(fields.texts("members")) if fields else {str(one.staff_id) for one in panel.members} if panel else set()
    )
    return page(
        request,
        "staff/title_panel.html",
        status=status,
        frame=await staff_frame(reader, principal),
        round=shown,
        panel=panel,
        dimensions=dimensions_of(rule),
        staff=await who_may_mark(reader),
        chosen=chosen,
        from_on=fields.text("from_on") if fields else first.isoformat(),
        to_on=fields.text("to_on") if fields else last.isoformat(),
        errors=errors or {},
    )


@get("/admin/titles/{round_id:uuid}/panel", opt={"action": Action.TITLES_DRAFT}, include_in_schema=False)
async def show_panel(request: PageRequest, round_id: FromPath[UUID]) -> Template:
    """Who marks a round and when.

    Raises:
        NotFound: its rules weigh no marks.

    """
    return await _panel(request, round_id)


@post(
    "/admin/titles/{round_id:uuid}/panel",
    opt={"action": Action.TITLES_DRAFT, FORM: ("members", "from_on", "to_on")},
    include_in_schema=False,
    status_code=200,
)
async def name_panel(request: PageRequest, round_id: FromPath[UUID]) -> Template | Redirect:
    """Say who marks a round and when."""
    fields, principal = await read_fields(request), principal_of(request)
    days = {name: day_or_none(fields.text(name)) for name in ("from_on", "to_on")}
    missing: Errors = {name: _NO_DAY for name, day in days.items() if day is None}
    if days["from_on"] is None or days["to_on"] is None:
        return await _panel(request, round_id, fields=fields, errors=missing, status=422)
    members = tuple(found for text in fields.texts("members") if (found := uuid_or_none(text)) is not None)
    wish = PanelWish(round_id=round_id, members=members, from_on=days["from_on"], to_on=days["to_on"], caller=principal)
    outcome = await commit_form(district_of(request).titles.name_panel, wish, principal, "title-panel", None)
    if isinstance(outcome, Refusal):
        errors = errors_of(outcome, _PANEL_FIELDS)
        return await _panel(request, round_id, fields=fields, errors=errors, status=status_of(outcome))
    return see_other(f"/admin/titles/{round_id}/panel?done=named")


async def _streets(reader: Reader, principal: Principal) -> list[AreaEntry]:
    """The streets in which somebody may mark, by code."""
    condition, args = reach(principal, Action.TITLES_MARK).condition(reader, 1, street="street_id", community="id")
    rows = await reader.fetch(
        f"SELECT DISTINCT street_id FROM stewards_community WHERE {condition}", *args, types={"street_id": UUID}
    )
    within = {row["street_id"] for row in rows}
    return [street for street in await list_streets(reader) if street.id in within]


async def _marks(
    request: PageRequest,
    round_id: UUID,
    *,
    fields: Fields | None = None,
    errors: Errors | None = None,
    status: int = 200,
) -> Template:
    district, principal = district_of(request), principal_of(request)
    reader = await district.database.reader()
    shown, _, _ = await show_round(reader, round_id, drafts=True)
    streets = await _streets(reader, principal)
    asked = request.query_params.get("street")
    street = next((one for one in streets if one.code == asked), streets[0] if streets else None)
    if street is None:
        raise NotFound
    sheet = await own_sheet(reader, principal, round_id, street.id, now=district.clock.now())
    at = _page_number(request.query_params.get("page", "1"), sheet)
    return page(
        request,
        "staff/title_marks.html",
        status=status,
        frame=await staff_frame(reader, principal),
        round=shown,
        streets=streets,
        street=street,
        sheet=sheet,
        candidates=sheet.candidates[(at - 1) * _AT_ONCE : at * _AT_ONCE],
        marked=sum(1 for one in sheet.candidates if one.marks),
        at=at,
        pages=_pages(sheet),
        most=MOST_MARK,
        fields=fields,
        errors=errors or {},
    )


def _pages(sheet: OwnSheet) -> int:
    return max(1, -(-len(sheet.candidates) // _AT_ONCE))


def _page_number(text: str, sheet: OwnSheet) -> int:
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(wanted, 1), _pages(sheet))


@get("/admin/titles/{round_id:uuid}/marks", opt={"action": Action.TITLES_MARK}, include_in_schema=False)
async def show_marks(request: PageRequest, round_id: FromPath[UUID]) -> Template:
    """The candidates of a street with the caller's own marks, a page at a time.

    Raises:
        UnknownRound: the caller does not mark this round.
        NotFound: there is no street within reach.

    """
    return await _marks(request, round_id)


@post(
    "/admin/titles/{round_id:uuid}/marks",
    opt={"action": Action.TITLES_MARK, FORM: _MARKS_FIELDS},
    include_in_schema=False,
    status_code=200,
)
async def give_marks(request: PageRequest, round_id: FromPath[UUID]) -> Template | Redirect:
    """Keep the marks of a page; candidates whose fields are all empty are left out."""
    fields, principal = await read_fields(request), principal_of(request)
    given: dict[UUID, dict[str, int]] = {}
    for text in fields.texts("steward"):
        steward_id = uuid_or_none(text)
        marks = {code: fields.text(f"{text}-{code}") for code in fields.texts("dimension")}
        if steward_id is not None and any(marks.values()):
            # What is no whole number is out of range, and refused as such.
            given[steward_id] = {
                code: int(mark) if mark.isascii() and mark.isdigit() and len(mark) < 4 else -1
                for code, mark in marks.items()
            }
    if given:
        wish = MarksWish(round_id=round_id, marks=given, caller=principal)
        outcome = await commit_form(district_of(request).titles.mark, wish, principal, "title-marks", None)
        if isinstance(outcome, Refusal):
            errors: Errors = {"": outcome.text}
            return await _marks(request, round_id, fields=fields, errors=errors, status=status_of(outcome))
    following = fields.text("next") or fields.text("page")
    return see_other(f"/admin/titles/{round_id}/marks?{_query(fields.text('street'), following)}&done=kept")


def _query(street: str, at: str) -> str:
    """Where the form came from, of what can stand in an address alone."""
    return f"street={street if street.isalnum() else ''}&page={at if at.isascii() and at.isdigit() else '1'}"


route_handlers: list[Any] = [show_panel, name_panel, show_marks, give_marks]
