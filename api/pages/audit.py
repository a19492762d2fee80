"""The audit trail on a page: filters in the address, people by name, a workbook of what is shown."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page
from api.tables import download
from kernel.clock import LOCAL_ZONE, local_date
from kernel.messages import N_, translate
from stewards.audit_trail import LONGEST_QUERY, TrailQuery, read_trail
from stewards.permissions import Action

_PAGE = 50
_MOST_ROWS = 5_000
KINDS = {
    "sessions": N_("登录"),
    "stewards": N_("管家"),
    "staff": N_("工作人员"),
    "keys": N_("访问令牌"),
    "cases": N_("案件"),
    "grants": N_("人工加分"),
    "penalties": N_("扣分"),
    "rules": N_("积分规则"),
    "schemes": N_("评价方案"),
    "titles": N_("称号评选"),
    "orders": N_("兑换单"),
    "ballots": N_("评价"),
    "settings": N_("本区设置"),
}
ACTORS = {
    "staff": N_("工作人员"),
    "steward": N_("管家"),
    "integrator": N_("对接系统"),
    "display": N_("大屏"),
    "partner": N_("合作方"),
    "system": N_("系统"),
    "resident": N_("居民"),
}
_HEADERS = (N_("时间"), N_("谁"), N_("做了什么"), N_("对象"), N_("细节"))


def _query(request: PageRequest, limit: int) -> TrailQuery:
    asked = request.query_params
    kind = asked.get("kind", "")
    return TrailQuery(
        person=asked.get("q", "").strip()[:LONGEST_QUERY] or None,
        kind=kind if kind in KINDS else None,
        starting_after=uuid_or_none(asked.get("after")),
        limit=limit,
    )


def _link(query: TrailQuery, path: str = "/admin/audit", after: str = "") -> str:
    said = {"q": query.person or "", "kind": query.kind or "", "after": after}
    return f"{path}?{urlencode({name: value for name, value in said.items() if value})}"


@get("/admin/audit", opt={"action": Action.AUDIT_READ}, include_in_schema=False)
async def show_trail(request: PageRequest) -> Template:
    """Who did what, the newest first."""
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    query = _query(request, _PAGE)
    found, has_more = await read_trail(reader, principal, query)
    return page(
        request,
        "staff/audit.html",
        frame=await staff_frame(reader, principal),
        query=query,
        kinds=KINDS,
        actors=ACTORS,
        deeds=found,
        following=_link(query, after=str(found[-1].id)) if has_more else None,
        first=_link(query),
        export=_link(query, "/admin/audit/export/xlsx"),
    )


@get("/admin/audit/export/xlsx", opt={"action": Action.AUDIT_READ}, include_in_schema=False)
async def export_trail(request: PageRequest) -> Response[bytes]:
    """The newest deeds under the filters as a workbook."""
    district = district_of(request)
    locale = locale_of(request)
    query = _query(request, _MOST_ROWS)
    found, _ = await read_trail(await district.database.reader(), principal_of(request), query)
    rows = [
        [
            f"{deed.recorded_at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S}",
            deed.actor_name or translate(ACTORS[deed.actor_kind], locale),
            deed.action,
            deed.subject_name or f"{deed.subject_kind} {deed.subject_id or ''}".strip(),
            "; ".join(f"{name}={value}" for name, value in sorted(deed.detail.items())),
        ]
        for deed in found
    ]
    name = f"{translate(N_('操作记录'), locale)}-{local_date(district.clock.now()).isoformat()}"
    return download(name, "xlsx", [translate(words, locale) for words in _HEADERS], rows)


route_handlers: list[Any] = [show_trail, export_trail]
