"""How far an action of a caller reaches, to narrow lists by."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.database import Reader
from stewards.permissions import PERMISSIONS, PLACELESS, Action, may
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far an action of a caller reaches: everything, or some places, or one steward's own rows."""

    everything: bool = False
    street_ids: frozenset[UUID] = field(default_factory=frozenset)
    community_ids: frozenset[UUID] = field(default_factory=frozenset)
    lane_ids: frozenset[UUID] = field(default_factory=frozenset)
    steward_id: UUID | None = None

    @property
    def nothing(self) -> bool:
        """Whether no row at all can be reached."""
        return not (self.everything or self.street_ids or self.community_ids or self.lane_ids or self.steward_id)

    def condition(
        self,
        reader: Reader,
        first_parameter: int,
        *,
        street: str | None = None,
        community: str | None = None,
        lane: str | None = None,
        steward: str | None = None,
    ) -> tuple[str, list[Any]]:
        """SQL, with its arguments, that is true for the rows within reach. Columns that a table lacks are left out."""
        if self.everything:
            return "1 = 1", []
        parts: list[str] = []
        args: list[Any] = []
        for column, ids in ((street, self.street_ids), (community, self.community_ids), (lane, self.lane_ids)):
            if column and ids:
                parts.append(reader.one_of(column, first_parameter + len(args)))
                args.append(sorted(ids))
        if steward and self.steward_id:
            parts.append(f"{steward} = ${first_parameter + len(args)}")
            args.append(self.steward_id)
        return (f"({' OR '.join(parts)})", args) if parts else ("1 = 0", [])


def reach(principal: Principal | None, action: Action) -> Reach:
    """How far an action of a caller reaches, to narrow lists by."""
    if action in PLACELESS:
        return Reach(everything=may(principal, action))
    if principal is None:
        return Reach()
    grants = [grant for grant in principal.grants if grant.role in PERMISSIONS[action]]
    placed = [grant for grant in grants if grant.role is not Role.STEWARD]

    def ids(kind: ScopeKind) -> frozenset[UUID]:
        return frozenset(grant.scope_id for grant in placed if grant.scope_kind is kind and grant.scope_id)

    return Reach(
        everything=any(grant.scope_kind is ScopeKind.DISTRICT for grant in placed),
        street_ids=ids(ScopeKind.STREET),
        community_ids=ids(ScopeKind.COMMUNITY),
        lane_ids=ids(ScopeKind.LANE),
        steward_id=principal.steward_id if any(grant.role is Role.STEWARD for grant in grants) else None,
    )
