"""Penalties: what is proposed or done with one, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from points.wishes import Posted
from stewards.principal import Principal

PenaltyState = Literal["open", "objected", "taken", "dropped"]
PenaltyAction = Literal["object", "uphold", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyProposal:
    """Something on the rules' list that a steward did; `about` names the case or occasion."""

    steward_id: UUID
    item: str
    actor: Principal
    about: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyStep:
    """What the steward, or a member of staff, does with a penalty."""

    penalty_id: UUID
    action: PenaltyAction
    actor: Principal
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyOutcome:
    """A penalty after a step. `posted` is what the ledger did, where it did anything."""

    penalty_id: UUID
    number: str
    steward_id: UUID
    item: str
    points: int
    state: PenaltyState
    object_until: datetime
    posted: Posted | None
