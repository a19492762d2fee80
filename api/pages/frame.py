"""What every staff page shows around its content: where the caller works, what the menu leads to, how much waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from api.pages.staff_menu import MenuEntry, MenuGroup, daily_of, groups_of
from cases.queue import CaseFilter, count_by_state
from cases.wording import State
from kernel.database import Reader, Together
from kernel.messages import N_, Text
from points.receipt import Label
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The menu, the place and the role of a member of staff."""

    scope: Text
    role: Text
    daily: tuple[MenuEntry, ...]
    groups: tuple[MenuGroup, ...]
    counts: dict[State, int]


async def staff_frame(reader: Reader, principal: Principal) -> Frame:
    """The frame of a caller's staff pages: two reads in one."""
    async with Together(reader) as ask:
        counted = ask(count_by_state, principal, CaseFilter())
        named = ask(_scope_name, principal)
    counts = counted.result()
    role = principal.grants[0].role if principal.grants else None
    return Frame(
        scope=named.result(),
        role=Text(ROLE_NAMES.get(role, "")) if role else Text(""),
        daily=daily_of(principal),
        groups=groups_of(principal),
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
