"""Which accounts there are and what their ids are: derived from owner, kind and unit, so that nobody looks them up."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, get_args
from uuid import UUID

from kernel.ids import derived_id

OwnerKind = Literal["steward", "team", "street"]

Purse = Literal["spendable", "honour", "services", "donation", "pool"]
"""What points can be credited to: points to spend (可用积分), honour points (荣誉积分) that are never spent, points for
services only (服务积分), points that may only be donated (公益积分), and a team's pool (团队积分)."""

PurseKind = Literal[Purse, "escrow", "debt", "minutes", "budget"]
"""Accounts with an owner. Beside the purses: points held for an order (冻结积分), points owed (欠分), minutes of
service (服务时长) and a street's budget of points that it may still give (积分预算)."""

WorldKind = Literal["issued", "redeemed", "expired", "donated", "forfeited", "opening", "owed", "funded"]
"""The ends of the world: where points come from and go to. They store no balance, so they are never hot."""

AccountKind = Literal[PurseKind, WorldKind]

Unit = Literal["points", "minutes"]

OWNER_KINDS: tuple[OwnerKind, ...] = get_args(OwnerKind)
WORLD_KINDS: tuple[WorldKind, ...] = get_args(WorldKind)

OWNER_OF: Mapping[PurseKind, OwnerKind] = {
    "spendable": "steward",
    "honour": "steward",
    "services": "steward",
    "donation": "steward",
    "escrow": "steward",
    "debt": "steward",
    "minutes": "steward",
    "pool": "team",
    "budget": "street",
}
PURSE_KINDS: tuple[PurseKind, ...] = tuple(OWNER_OF)
STEWARD_KINDS: tuple[PurseKind, ...] = tuple(kind for kind, owner in OWNER_OF.items() if owner == "steward")

MAIN: Mapping[OwnerKind, PurseKind] = {"steward": "spendable", "team": "pool", "street": "budget"}
"""The account that is the lock and the clock of everything that an owner has."""

MAIN_KINDS: tuple[PurseKind, ...] = tuple(MAIN.values())

LOTTED: tuple[Purse, ...] = ("spendable", "services", "donation", "pool")
"""Purses whose points lie in lots: the others hold what is never spent or what came from a lot and may go back."""

HELD_IN: tuple[PurseKind, ...] = ("spendable", "honour", "services", "donation", "pool", "minutes", "budget")
"""What an owner has in hand; escrow and debt stand apart."""

LAPSED: tuple[WorldKind, ...] = ("expired", "forfeited")
"""Where points go that nobody spent."""

OUTLETS: Mapping[Purse, frozenset[WorldKind]] = {
    "spendable": frozenset(WORLD_KINDS),
    "honour": frozenset(),
    "services": frozenset({"redeemed", "expired", "forfeited"}),
    "donation": frozenset({"donated", "expired", "forfeited"}),
    "pool": frozenset(WORLD_KINDS),
}
"""What each purse can be spent on. A reversal takes back from any of them."""


def unit_of(kind: PurseKind) -> Unit:
    """What an owner's account counts."""
    return "minutes" if kind == "minutes" else "points"


@lru_cache(maxsize=262_144)
def purse_account(owner_id: UUID, kind: PurseKind) -> UUID:
    """The id of one of an owner's accounts."""
    return derived_id("account", OWNER_OF[kind], str(owner_id), kind, unit_of(kind))


@lru_cache(maxsize=64)
def world_account(kind: WorldKind, unit: Unit = "points") -> UUID:
    """The id of one of the world's ends."""
    return derived_id("account", "world", "", kind, unit)
