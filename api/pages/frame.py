"""What every staff page shows around its content: where the caller works, what the menu leads to, how much waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cases.queue import CaseFilter, count_by_state
from cases.wording import State
from kernel.database import Reader, Together
from kernel.messages import N_, Text
from points.receipt import Label
from stewards.permissions import Action, may
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind

ROLE_NAMES = {
    Role.DISTRICT_ADMIN: N_("区管理员"),
    Role.STREET_ADMIN: N_("街道管理员"),
    Role.COMMUNITY_STAFF: N_("社区工作人员"),
    Role.LANE_CHIEF: N_("街巷长"),
}
_TABLES = {
    ScopeKind.STREET: "stewards_street",
    ScopeKind.COMMUNITY: "stewards_community",
    ScopeKind.LANE: "stewards_lane",
}


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the menu; `waiting` is shown as a number beside it."""

    path: str
    words: str
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The menu, the place and the role of a member of staff."""

    scope: Text
    role: Text
    menu: tuple[MenuEntry, ...]
    counts: dict[State, int]


async def staff_frame(reader: Reader, principal: Principal) -> Frame:
    """The frame of a caller's staff pages: two reads in one."""
    async with Together(reader) as ask:
        counted = ask(count_by_state, principal, CaseFilter())
        named = ask(_scope_name, principal)
    counts = counted.result()
    menu = [
        MenuEntry("/admin", N_("今天")),
        MenuEntry("/admin/cases", N_("核实案件"), counts.get(State.REPORTED, 0)),
    ]
    if may(principal, Action.CASES_REPORT):
        menu.append(MenuEntry("/admin/cases/new", N_("登记案件")))
    if may(principal, Action.SIGHTINGS_DECIDE):
        menu.append(MenuEntry("/admin/sightings", N_("居民反映的事")))
    if may(principal, Action.CASES_IMPORT):
        menu.append(MenuEntry("/admin/import", N_("导入表格")))
    if may(principal, Action.STEWARDS_ENROL):
        menu.append(MenuEntry("/admin/stewards", N_("管家名册")))
    if may(principal, Action.ORDERS_FULFIL):
        menu.append(MenuEntry("/admin/orders", N_("兑换单")))
        menu.append(MenuEntry("/admin/collect", N_("扫码领取")))
    if may(principal, Action.CATALOGUE_EDIT):
        menu.append(MenuEntry("/admin/catalogue", N_("兑换目录")))
    if may(principal, Action.STOCK_READ):
        menu.append(MenuEntry("/admin/stock", N_("库存盘点")))
    if may(principal, Action.GRANTS_READ):
        menu.append(MenuEntry("/admin/grants", N_("人工加分")))
    if may(principal, Action.PENALTIES_PROPOSE):
        menu.append(MenuEntry("/admin/penalties", N_("扣分")))
    if may(principal, Action.CASES_RECHECK):
        menu.append(MenuEntry("/admin/rechecks", N_("抽查")))
    if may(principal, Action.STEWARDS_JUDGE):
        menu.append(MenuEntry("/admin/sheet", N_("评价打分")))
    if may(principal, Action.BALLOTS_REVIEW):
        menu.append(MenuEntry("/admin/reviews", N_("评价复核")))
    if may(principal, Action.APPEALS_ANSWER):
        menu.append(MenuEntry("/admin/appeals", N_("申诉")))
    if may(principal, Action.COLLECTIONS_EDIT):
        menu.append(MenuEntry("/admin/collections", N_("家属代领")))
    if may(principal, Action.BUDGETS_READ):
        menu.append(MenuEntry("/admin/budgets", N_("预算和负债")))
    if may(principal, Action.REPORTS_READ):
        menu.append(MenuEntry("/admin/reports", N_("积分报表")))
    if may(principal, Action.DESK_ACT):
        menu.append(MenuEntry("/desk", N_("柜台")))
    if may(principal, Action.SLOTS_EDIT):
        menu.append(MenuEntry("/admin/appointments", N_("服务预约")))
        menu.append(MenuEntry("/admin/wishes", N_("心愿单")))
    if may(principal, Action.DRAWS_EDIT):
        menu.append(MenuEntry("/admin/draws", N_("抽签")))
    if may(principal, Action.FUNDING_READ):
        menu.append(MenuEntry("/admin/funding", N_("资金报告")))
    if may(principal, Action.PARTNERS_EDIT):
        menu.append(MenuEntry("/admin/partners", N_("合作方名单")))
        menu.append(MenuEntry("/admin/settlements", N_("合作方结算")))
    if may(principal, Action.THANKS_DECIDE):
        menu.append(MenuEntry("/admin/stories", N_("故事和感谢")))
    if may(principal, Action.DISPLAYS_EDIT):
        menu.append(MenuEntry("/admin/displays", N_("大屏")))
    if may(principal, Action.RULES_DRAFT):
        menu.append(MenuEntry("/admin/rules", N_("积分规则")))
    if may(principal, Action.TITLES_READ):
        menu.append(MenuEntry("/admin/titles", N_("称号评选")))
        menu.append(MenuEntry("/admin/awards", N_("称号和证书")))
    if may(principal, Action.TEAMS_EDIT):
        menu.append(MenuEntry("/admin/teams", N_("管家团")))
    if may(principal, Action.STREET_SCORES_EDIT):
        menu.append(MenuEntry("/admin/street-scores", N_("街道考核权重")))
    if may(principal, Action.SCHEMES_DRAFT):
        menu.append(MenuEntry("/admin/schemes", N_("评价方案")))
    if may(principal, Action.STAFF_EDIT):
        menu.append(MenuEntry("/admin/people", N_("人员和角色")))
    if may(principal, Action.AUDIT_READ):
        menu.append(MenuEntry("/admin/audit", N_("操作记录")))
    if may(principal, Action.ERASURES_EDIT):
        menu.append(MenuEntry("/admin/erasures", N_("注销申请")))
    if may(principal, Action.CALENDAR_EDIT):
        menu.append(MenuEntry("/admin/holidays", N_("节假日")))
    role = principal.grants[0].role if principal.grants else None
    return Frame(
        scope=named.result(),
        role=Text(ROLE_NAMES.get(role, "")) if role else Text(""),
        menu=tuple(menu),
        counts=counts,
    )


async def _scope_name(reader: Reader, principal: Principal) -> Text:
    grants: Sequence[tuple[ScopeKind, UUID | None]] = [(grant.scope_kind, grant.scope_id) for grant in principal.grants]
    if not grants or grants[0][0] is ScopeKind.DISTRICT:
        return Text(N_("全区"))
    kind, scope_id = grants[0]
    found = await reader.fetch_one(f"SELECT name, name_en FROM {_TABLES[kind]} WHERE id = $1", scope_id)
    if found is None:
        return Text("")
    name, english = str(found["name"]), str(found["name_en"])
    return street_label(name, english) if kind is ScopeKind.STREET else Label(name, english=english)


def street_label(name: str, english: str) -> Text:
    """A street as it is called in full; some districts write 街道 into the name, some do not."""
    return Label(name if name.endswith(("街道", "镇", "乡", "地区")) else f"{name}街道", english=english)
