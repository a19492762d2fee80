"""Which accounts there are and what their ids are: derived from owner, kind and unit, so that nobody looks them up."""

from functools import lru_cache
from typing import Literal, get_args
from uuid import UUID

from kernel.ids import derived_id

PurseKind = Literal["spendable", "honour", "debt", "escrow"]
"""A steward's accounts: points to spend (可用积分), honour points (荣誉积分), points owed (欠分), points held for an
order (冻结积分)."""

WorldKind = Literal["issued", "redeemed", "expired", "donated", "opening", "owed"]
"""The ends of the world: where points come from and go to. They store no balance, so they are never hot."""

AccountKind = PurseKind | WorldKind

Unit = Literal["points", "minutes"]

PURSE_KINDS: tuple[PurseKind, ...] = get_args(PurseKind)
WORLD_KINDS: tuple[WorldKind, ...] = get_args(WorldKind)


@lru_cache(maxsize=262_144)
def steward_account(steward_id: UUID, kind: PurseKind, unit: Unit = "points") -> UUID:
    """The id of a steward's account."""
    return derived_id("account", "steward", str(steward_id), kind, unit)


@lru_cache(maxsize=64)
def world_account(kind: WorldKind, unit: Unit = "points") -> UUID:
    """The id of one of the world's ends."""
    return derived_id("account", "world", "", kind, unit)
