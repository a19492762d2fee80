"""The rehearsal of a draft as a page: who gains, who loses, what would be owed, with its chart, tables and workbook."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.charts import bars
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from api.rehearsal_names import steward_names, street_names
from api.rehearsal_sheets import WHOLE, event_name, sheets_of
from api.rehearsals import days_of, rehearse_draft
from api.tables import MEDIA_TYPES, attachment
from api.v1.parameters import day_or_none
from kernel.clock import local_date
from kernel.consultation.drafts import read_draft
from kernel.errors import Kind, Refusal
from kernel.messages import N_, Text, translate
from points.rehearsal_figures import Figures
from points.rehearsing import newest_rehearsal
from points.rule_versions import RULES
from stewards.permissions import Action

_SHOWN = 20


@get("/admin/rules/{draft_id:uuid}/rehearsal", opt={"action": Action.RULES_DRAFT}, include_in_schema=False)
async def show_rehearsal(request: PageRequest, draft_id: FromPath[UUID]) -> Template:
    """The newest rehearsal of a draft.

    Raises:
        UnknownDraft: there is none.

    """
    return await _rehearsal_page(request, draft_id, {})


async def _rehearsal_page(request: PageRequest, draft_id: UUID, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    draft = await read_draft(reader, RULES, draft_id, all_states=True)
    found = await newest_rehearsal(reader, draft_id)
    first, last = days_of(None, None, today=local_date(district.clock.now()))
    shown: dict[str, Any] = {"figures": None, "streets": [], "events": [], "stewards": [], "charts": []}
    if found is not None:
        first, last = found.figures.from_on, found.figures.to_on
        shown = await _shown(request, found.figures)
        shown |= {"current": found.document_sha256 == draft.document_sha256, "made_at": found.made_at}
    return page(
        request,
        "staff/rehearsal.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        draft=draft,
        from_on=first,
        to_on=last,
        whole=WHOLE,
        errors=errors,
        **shown,
    )


async def _shown(request: PageRequest, figures: Figures) -> dict[str, Any]:
    reader = await district_of(request).database.reader()
    locale = locale_of(request)
    names = await street_names(reader)
    people = await steward_names(reader, figures, most=_SHOWN)
    order = {street_id: at for at, street_id in enumerate(names)}

    def street(street_id: UUID | None) -> str:
        return names.get(street_id, ("", ""))[locale == "en"]

    by_street = sorted(figures.by_street.items(), key=lambda pair: order.get(pair[0], len(order)))
    streets = [(street(street_id), pair) for street_id, pair in by_street]
    chart = bars(
        [name for name, _ in streets],
        [
            (Text(N_("原规则得分")), [pair.now for _, pair in streets]),
            (Text(N_("新规则得分")), [pair.draft for _, pair in streets]),
        ],
    )
    return {
        "figures": figures,
        "refused": sum(figures.refused.values()),
        "streets": streets,
        "charts": [(translate(N_("各街道得分"), locale), chart)],
        "events": [(event_name(event), pair) for event, pair in sorted(figures.by_event.items())],
        "stewards": [
            (*people.get(found.steward_id, ("", "")), street(found.street_id), found)
            for found in figures.stewards[:_SHOWN]
        ],
    }


@post(
    "/admin/rules/{draft_id:uuid}/rehearsal",
    opt={"action": Action.RULES_DRAFT, FORM: ("from_on", "to_on")},
    include_in_schema=False,
    status_code=200,
)
async def rehearse(request: PageRequest, draft_id: FromPath[UUID]) -> Template | Redirect:
    """Rehearse a draft over the days that the form names.

    Raises:
        UnknownDraft: there is none.

    """
    fields = await read_fields(request)
    try:
        await rehearse_draft(
            district_of(request),
            draft_id,
            from_on=day_or_none(fields.text("from_on")),
            to_on=day_or_none(fields.text("to_on")),
            by=principal_of(request).id,
        )
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return await _rehearsal_page(request, draft_id, errors_of(refusal, {}), status=status_of(refusal))
    return see_other(f"/admin/rules/{draft_id}/rehearsal")


@get("/admin/rules/{draft_id:uuid}/rehearsal/xlsx", opt={"action": Action.RULES_DRAFT}, include_in_schema=False)
async def export_rehearsal(request: PageRequest, draft_id: FromPath[UUID]) -> Response[bytes]:
    """The newest rehearsal as a workbook.

    Raises:
        UnknownDraft, NotFound: there is no such draft, or it was never rehearsed.

    """
    reader = await district_of(request).database.reader()
    draft = await read_draft(reader, RULES, draft_id, all_states=True)
    found = await newest_rehearsal(reader, draft_id)
    if found is None:
        raise NotFound
    locale = locale_of(request)
    content = sheets_of(found.figures, await street_names(reader), await steward_names(reader, found.figures), locale)
    name = translate(N_("试算：{name}"), locale, name=draft.name)
    return attachment(content, f"{name}.xlsx", MEDIA_TYPES["xlsx"])


route_handlers: list[Any] = [show_rehearsal, rehearse, export_rehearsal]
