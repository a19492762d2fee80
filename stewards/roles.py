"""Roles and the places in which they are held."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a caller is to the district. Anonymous callers have no role."""

    DISTRICT_ADMIN = "district_admin"  # 区管理员
    STREET_ADMIN = "street_admin"  # 街道管理员
    COMMUNITY_STAFF = "community_staff"  # 社区工作人员
    LANE_CHIEF = "lane_chief"  # 街巷长
    STEWARD = "steward"  # 小巷管家
    INTEGRATOR = "integrator"  # a machine that delivers cases
    DISPLAY = "display"  # a hall screen
    PARTNER = "partner"  # 合作方: confirms what was collected of its own items


class ScopeKind(StrEnum):
    """How wide a grant reaches."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    LANE = "lane"
    PARTNER = "partner"  # one partner's own items; covers no place


STAFF_ROLES = frozenset({Role.DISTRICT_ADMIN, Role.STREET_ADMIN, Role.COMMUNITY_STAFF, Role.LANE_CHIEF})
MACHINE_ROLES = frozenset({Role.INTEGRATOR, Role.DISPLAY, Role.PARTNER})

# A role is held at its own level: a street administrator of a single lane would be a lane chief.
SCOPES_OF_ROLE = {
    Role.DISTRICT_ADMIN: frozenset({ScopeKind.DISTRICT}),
    Role.STREET_ADMIN: frozenset({ScopeKind.STREET}),
    Role.COMMUNITY_STAFF: frozenset({ScopeKind.COMMUNITY}),
    Role.LANE_CHIEF: frozenset({ScopeKind.LANE, ScopeKind.COMMUNITY}),
    Role.INTEGRATOR: frozenset({ScopeKind.DISTRICT, ScopeKind.STREET}),
    Role.DISPLAY: frozenset({ScopeKind.DISTRICT, ScopeKind.STREET, ScopeKind.COMMUNITY}),
    Role.PARTNER: frozenset({ScopeKind.PARTNER}),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the district: all of it (no id), a street, a community, a lane, or what one partner provides."""

    kind: ScopeKind
    id: UUID | None = None


DISTRICT = Scope(ScopeKind.DISTRICT)
