"""Schemes as pages: what is in force, the district's desk for drafts, and the consultation for everybody."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.consultation import PAGE, Consultation, consultation_pages
from api.pages.document_desk import DocumentDesk, desk_pages
from api.pages.rendering import PageRequest, page
from evaluation.figures import percent
from evaluation.periods import period_after, period_of
from evaluation.scheme_documents import read_scheme
from evaluation.scheme_versions import SCHEMES
from evaluation.schemes import Scheme
from kernel.clock import day_start, local_date
from kernel.consultation.drafts import list_drafts
from kernel.consultation.versions import VersionRecord, list_versions
from kernel.database import Reader
from kernel.messages import N_
from stewards.permissions import Action


@get("/schemes", opt={"public": True}, include_in_schema=False)
async def show_schemes(request: PageRequest) -> Template:
    """Who judges what, with which weight, and what is put to everybody just now."""
    reader = await district_of(request).database.reader()
    versions = await list_versions(reader, SCHEMES)
    today = local_date(district_of(request).clock.now())
    current = next((version for version in versions if version.effective_on <= today), None)
    drafts, _ = await list_drafts(reader, SCHEMES, all_states=False, limit=PAGE)
    return page(
        request,
        "public/schemes.html",
        version=current,
        scheme=read_scheme(current.document)[0] if current else None,
        share=percent,
        drafts=[draft for draft in drafts if draft.state == "consultation"],
    )


def _next_period(newest: VersionRecord, now: datetime) -> date:
    latest = max(now, day_start(newest.effective_on))
    return period_after(period_of(latest, read_scheme(newest.document)[0].period)).first


async def _shown(_reader: Reader, document: str, _today: date) -> Mapping[str, Any]:
    return {"scheme": read_scheme(document)[0], "share": percent}


_DESK = DocumentDesk(
    kind=SCHEMES,
    path="/admin/schemes",
    list_template="staff/schemes.html",
    draft_template="staff/scheme_draft.html",
    action=Action.SCHEMES_DRAFT,
    sections=tuple(Scheme.model_fields),
    no_file=N_("请选择方案文件。"),
    begins=_next_period,
)
_CONSULTATION = Consultation(
    kind=SCHEMES,
    path="/schemes/drafts",
    template="public/scheme_draft.html",
    action=Action.SCHEMES_COMMENT,
    shown=_shown,
)

route_handlers: list[Any] = [show_schemes, *desk_pages(_DESK), *consultation_pages(_CONSULTATION)]
