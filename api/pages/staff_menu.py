"""The menu of staff pages: by what one comes for, each line only for those whose action it is."""

from dataclasses import dataclass

from kernel.messages import N_
from stewards.permissions import Action, may
from stewards.principal import Principal

QUEUE = "/admin/cases"


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the menu."""

    path: str
    words: str


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Lines that belong together, under words of their own."""

    words: str
    entries: tuple[MenuEntry, ...]

    def leads_to(self, path: str) -> bool:
        """Whether a page belongs to the group: one of its lines leads there, or to what it is a part of."""
        return any(path == entry.path or path.startswith(f"{entry.path}/") for entry in self.entries)


_DAILY: tuple[tuple[str, str, Action | None], ...] = (
    ("/admin", N_("今天"), None),
    (QUEUE, N_("核实案件"), None),
    ("/admin/cases/new", N_("登记案件"), Action.CASES_REPORT),
    ("/admin/sightings", N_("居民反映的事"), Action.SIGHTINGS_DECIDE),
    ("/admin/import", N_("导入表格"), Action.CASES_IMPORT),
)
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, Action | None], ...]], ...] = (
    (
        N_("管家和评价"),
        (
            ("/admin/stewards", N_("管家名册"), Action.STEWARDS_ENROL),
            ("/admin/teams", N_("管家团"), Action.TEAMS_EDIT),
            ("/admin/grants", N_("人工加分"), Action.GRANTS_READ),
            ("/admin/penalties", N_("扣分"), Action.PENALTIES_PROPOSE),
            ("/admin/rechecks", N_("抽查"), Action.CASES_RECHECK),
            ("/admin/sheet", N_("评价打分"), Action.STEWARDS_JUDGE),
            ("/admin/reviews", N_("评价复核"), Action.BALLOTS_REVIEW),
            ("/admin/appeals", N_("申诉"), Action.APPEALS_ANSWER),
            ("/admin/collections", N_("家属代领"), Action.COLLECTIONS_EDIT),
            ("/admin/erasures", N_("注销申请"), Action.ERASURES_EDIT),
        ),
    ),
    (
        N_("兑换和库存"),
        (
            ("/admin/orders", N_("兑换单"), Action.ORDERS_FULFIL),
            ("/admin/collect", N_("扫码领取"), Action.ORDERS_FULFIL),
            ("/desk", N_("柜台"), Action.DESK_ACT),
            ("/admin/catalogue", N_("兑换目录"), Action.CATALOGUE_EDIT),
            ("/admin/stock", N_("库存盘点"), Action.STOCK_READ),
            ("/admin/appointments", N_("服务预约"), Action.SLOTS_EDIT),
            ("/admin/draws", N_("抽签"), Action.DRAWS_EDIT),
            ("/admin/wishes", N_("心愿单"), Action.SLOTS_EDIT),
            ("/admin/partners", N_("合作方名单"), Action.PARTNERS_EDIT),
            ("/admin/settlements", N_("合作方结算"), Action.PARTNERS_EDIT),
        ),
    ),
    (
        N_("荣誉和大屏"),
        (
            ("/admin/titles", N_("称号评选"), Action.TITLES_READ),
            ("/admin/awards", N_("称号和证书"), Action.TITLES_READ),
            ("/admin/stories", N_("故事和感谢"), Action.THANKS_DECIDE),
            ("/admin/displays", N_("大屏"), Action.DISPLAYS_EDIT),
        ),
    ),
    (
        N_("报表和记录"),
        (
            ("/admin/reports", N_("积分报表"), Action.REPORTS_READ),
            ("/admin/budgets", N_("预算和负债"), Action.BUDGETS_READ),
            ("/admin/funding", N_("资金报告"), Action.FUNDING_READ),
            ("/admin/audit", N_("操作记录"), Action.AUDIT_READ),
        ),
    ),
    (
        N_("规则和人员"),
        (
            ("/admin/rules", N_("积分规则"), Action.RULES_DRAFT),
            ("/admin/schemes", N_("评价方案"), Action.SCHEMES_DRAFT),
            ("/admin/street-scores", N_("街道考核权重"), Action.STREET_SCORES_EDIT),
            ("/admin/people", N_("人员和角色"), Action.STAFF_EDIT),
            ("/admin/holidays", N_("节假日"), Action.CALENDAR_EDIT),
            ("/admin/settings", N_("本区设置"), Action.SETTINGS_EDIT),
            ("/admin/keys", N_("接口和令牌"), Action.KEYS_EDIT),
        ),
    ),
)


def daily_of(principal: Principal) -> tuple[MenuEntry, ...]:
    """What the caller comes for every day: shown above all groups."""
    return _allowed(principal, _DAILY)


def groups_of(principal: Principal) -> tuple[MenuGroup, ...]:
    """The other lines of the caller's menu; a group without any is left out."""
    found = (MenuGroup(words, _allowed(principal, entries)) for words, entries in _GROUPS)
    return tuple(group for group in found if group.entries)


def _allowed(principal: Principal, entries: tuple[tuple[str, str, Action | None], ...]) -> tuple[MenuEntry, ...]:
    return tuple(MenuEntry(path, words) for path, words, action in entries if action is None or may(principal, action))
