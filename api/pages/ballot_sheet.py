"""The staff's ballots as one sheet per community: a row for each steward, filled in by keyboard, saved at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.form_fields import FORM
from api.pages.forms import Fields, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rating_form import typed_mark
from api.pages.rendering import PageRequest, page, see_other
from api.v1.evaluation import source_of_staff
from evaluation.bars import CONFLICT_NAMES, Person, bars_of
from evaluation.casting import StaffBallot, StaffSource, cast_staff_ballots
from evaluation.periods import Period
from evaluation.scheme_versions import scheme_for
from evaluation.schemes import Scheme, Source
from evaluation.sheets import open_periods, own_marks
from kernel.clock import local_date
from kernel.database import Reader, Together
from kernel.errors import Refusal
from kernel.messages import Text
from points.receipt import Label
from stewards.directory import StewardEntry, StewardQuery, list_stewards
from stewards.lanes import AreaEntry, list_communities
from stewards.permissions import Action, NotAllowed
from stewards.principal import Principal
from stewards.reach import reach

_PAGE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A steward's line: what stands in its cells, what is wrong with it, or why the caller may not judge."""

    steward: StewardEntry
    source: StaffSource
    cells: Mapping[str, str]
    saved: bool
    error: Text | None
    wrong: str | None  # the dimension that the error is about
    barred: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a sheet is about: a period, a community, and the stewards of a page of it."""

    periods: Sequence[Period]
    period: Period
    scheme: Scheme
    communities: Sequence[AreaEntry]
    community: AreaEntry | None
    stewards: Sequence[StewardEntry]
    has_more: bool


async def _filled(
    reader: Reader, request: PageRequest, fields: Fields | None, refused: Mapping[UUID, Refusal]
) -> tuple[_Asked, list[Row]]:
    asked = await _asked(reader, request)
    return asked, await _rows(reader, request, asked, fields, refused)


async def _asked(reader: Reader, request: PageRequest) -> _Asked:
    principal = principal_of(request)
    district = district_of(request)
    now = district.clock.now()
    periods = await open_periods(reader, now)
    period = next((one for one in periods if one.name == request.query_params.get("period")), periods[0])
    communities = await _communities(reader, principal)
    code = request.query_params.get("community")
    community = next((area for area in communities if area.code == code), communities[0] if communities else None)
    stewards: Sequence[StewardEntry] = ()
    more = False
    if community is not None:
        query = StewardQuery(
            community_code=community.code,
            status="active",
            starting_after=uuid_or_none(request.query_params.get("after")),
            limit=_PAGE,
        )
        stewards, more = await list_stewards(reader, principal, query, today=local_date(now))
    scheme = (await scheme_for(reader, period)).scheme
    return _Asked(
        periods=periods,
        period=period,
        scheme=scheme,
        communities=communities,
        community=community,
        stewards=stewards,
        has_more=more,
    )


async def _communities(reader: Reader, principal: Principal) -> list[AreaEntry]:
    """The communities in which the caller judges anybody."""
    within = reach(principal, Action.STEWARDS_JUDGE)
    condition, args = within.condition(reader, 1, street="street_id", community="id")
    if within.lane_ids:
        lanes = f"id IN (SELECT community_id FROM stewards_lane WHERE {reader.one_of('id', len(args) + 1)})"
        condition, args = f"({condition} OR {lanes})", [*args, sorted(within.lane_ids)]
    rows = await reader.fetch(f"SELECT id FROM stewards_community WHERE {condition}", *args, types={"id": UUID})
    ids = {row["id"] for row in rows}
    return [area for area in await list_communities(reader) if area.id in ids]


async def _rows(
    reader: Reader, request: PageRequest, asked: _Asked, fields: Fields | None, refused: Mapping[UUID, Refusal]
) -> list[Row]:
    principal = principal_of(request)
    if principal.id is None or principal.kind != "staff":
        raise NotAllowed
    ids = [steward.id for steward in asked.stewards]
    person = Person("staff", principal.id)
    async with Together(reader) as ask:
        marked = ask(own_marks, principal.id, asked.period, ids)
        barred = ask(bars_of, [person])
    marks, bars = marked.result(), barred.result()[person]
    rows = []
    for steward in asked.stewards:
        source = source_of_staff(principal, steward)
        known = marks.get(steward.id, {})
        cells = {
            dimension.code: fields.text(_cell(steward.id, dimension.code))[:3]
            if fields is not None and steward.id in refused
            else str(known.get(dimension.code, ""))
            for dimension in _dimensions(asked.scheme, source)
        }
        refusal = refused.get(steward.id)
        conflict = bars.get(steward.id)
        rows.append(
            Row(
                steward=steward,
                source=source,
                cells=cells,
                saved=steward.id in marks and refusal is None,
                error=refusal.text if refusal else None,
                wrong=(refusal.pointer or "").rpartition("/")[2] if refusal else None,
                barred=Text(CONFLICT_NAMES[conflict]) if conflict in asked.scheme.conflicts and conflict else None,
            )
        )
    return rows


def _dimensions(scheme: Scheme, source: str) -> Sequence[Any]:
    found: Source | None = scheme.source(source)
    return found.asked if found else ()


def _cell(steward_id: UUID, dimension: str) -> str:
    return f"m-{steward_id}-{dimension}"


async def _sheet(
    request: PageRequest,
    *,
    fields: Fields | None = None,
    refused: Mapping[UUID, Refusal] | None = None,
    status: int = 200,
) -> Template:
    principal = principal_of(request)
    async with Together(await district_of(request).database.reader()) as ask:
        framed = ask(staff_frame, principal)
        filled = ask(_filled, request, fields, refused or {})
    asked, rows = filled.result()
    tables = []
    for code in ("street", "community"):
        source = asked.scheme.source(code)
        of_source = [row for row in rows if row.source == code]
        if source is not None and source.asked and of_source:
            names = [(one.code, Label(one.zh, english=one.en), one.optional) for one in source.asked]
            tables.append((source, Label(source.zh, english=source.en), names, of_source))
    query = {"period": asked.period.name, "community": asked.community.code if asked.community else ""}
    return page(
        request,
        "staff/ballot_sheet.html",
        status=status,
        frame=framed.result(),
        asked=asked,
        query=query,
        here=query | ({"after": request.query_params["after"]} if "after" in request.query_params else {}),
        tables=tables,
        first_page="after" not in request.query_params,
        errors=[row for row in rows if row.error is not None],
        done=request.query_params.get("done"),
    )


@get("/admin/sheet", opt={"action": Action.STEWARDS_JUDGE}, include_in_schema=False)
async def show_sheet(request: PageRequest) -> Template:
    """The sheet of one community, with what the caller said before."""
    return await _sheet(request)


@post("/admin/sheet", opt={"action": Action.STEWARDS_JUDGE, FORM: ("m-*",)}, include_in_schema=False, status_code=200)
async def save_sheet(request: PageRequest) -> Template | Redirect:
    """Save every row that was filled in. Rows with a mistake are named and keep what was typed; the others stand."""
    district = district_of(request)
    principal = principal_of(request)
    if principal.id is None or principal.kind != "staff":
        raise NotAllowed
    fields = await read_fields(request)
    asked = await _asked(await district.database.reader(), request)
    wishes = []
    for steward in asked.stewards:
        source = source_of_staff(principal, steward)
        given = {
            dimension.code: text
            for dimension in _dimensions(asked.scheme, source)
            if (text := fields.text(_cell(steward.id, dimension.code)))
        }
        if given:
            wishes.append(
                StaffBallot(
                    staff_id=principal.id,
                    source=source,
                    steward_id=steward.id,
                    period=asked.period,
                    scores={code: typed_mark(text) for code, text in given.items()},
                )
            )
    now = district.clock.now()
    outcomes = await district.database.run(lambda tx: cast_staff_ballots(tx, wishes, now=now))
    refused = {
        wish.steward_id: outcome for wish, outcome in zip(wishes, outcomes, strict=True) if isinstance(outcome, Refusal)
    }
    if refused:
        return await _sheet(request, fields=fields, refused=refused, status=400)
    community = asked.community.code if asked.community else ""
    return see_other(f"/admin/sheet?period={asked.period.name}&community={community}&done={len(wishes)}")


route_handlers: list[Any] = [show_sheet, save_sheet]
