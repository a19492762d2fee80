"""Who is calling: a steward, a member of staff, a machine or the system itself, with the grants held now."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec

from kernel.audit import Actor
from stewards.roles import Role, ScopeKind

PrincipalKind = Literal["steward", "staff", "integrator", "display", "partner", "system"]


class Place(msgspec.Struct, frozen=True):
    """Where something is, from the widest to the narrowest; what is unknown or does not apply is None."""

    street_id: UUID | None = None
    community_id: UUID | None = None
    lane_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in one scope; the district's scope has no id."""

    role: Role
    scope_kind: ScopeKind
    scope_id: UUID | None = None

    def covers(self, place: Place) -> bool:
        """Whether the place lies in this grant's scope."""
        if self.scope_kind is ScopeKind.DISTRICT:
            return True
        if self.scope_id is None:
            return False
        within = {
            ScopeKind.STREET: place.street_id,
            ScopeKind.COMMUNITY: place.community_id,
            ScopeKind.LANE: place.lane_id,
            ScopeKind.PARTNER: None,
        }
        return within[self.scope_kind] == self.scope_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An authenticated caller. `id` is that of the steward, member of staff or machine token; None for the system."""

    kind: PrincipalKind
    id: UUID | None
    name: str
    grants: tuple[Grant, ...] = ()
    steward_id: UUID | None = None
    session_id: UUID | None = None
    token_id: UUID | None = None

    @property
    def actor(self) -> Actor:
        """The caller as audit rows and events name it."""
        return Actor(self.kind, self.id)

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held in any scope."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def partner_id(self) -> UUID | None:
        """The partner that calls; None for everybody else."""
        return next((grant.scope_id for grant in self.grants if grant.role is Role.PARTNER), None)


STEWARD_GRANT = Grant(Role.STEWARD, ScopeKind.DISTRICT)


def steward_principal(
    steward_id: UUID, name: str, *, session_id: UUID | None = None, token_id: UUID | None = None
) -> Principal:
    """A steward as a caller; what stewards may do is limited to their own data (see stewards.permissions)."""
    return Principal(
        kind="steward",
        id=steward_id,
        name=name,
        grants=(STEWARD_GRANT,),
        steward_id=steward_id,
        session_id=session_id,
        token_id=token_id,
    )


def system_principal(name: str = "system") -> Principal:
    """The system itself: whoever runs the command line beside the database may do everything."""
    return Principal(kind="system", id=None, name=name, grants=(Grant(Role.DISTRICT_ADMIN, ScopeKind.DISTRICT),))
