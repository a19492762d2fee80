"""Handling: steps of many cases at once, each with its credit, its history and its notice, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.wording import CaseAction, State
from kernel.database import Tx
from kernel.errors import Refusal
from points.earning import AwardOutcome, Reversed
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """What somebody wants to do with a case. `occurred_at` is when it took place, if it is entered later."""

    case_id: UUID
    action: CaseAction
    actor: Principal
    reason: str | None = None  # a code of cases.reasons; needed to return, reject and reopen
    note: str | None = None
    duplicate_of: UUID | None = None  # the original
    expected_version: int | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A step that was taken: the case after it, what was credited, what was taken back."""

    case_id: UUID
    number: str
    action: CaseAction
    state: State
    episode: int
    version: int
    steward_id: UUID
    event_id: UUID
    award: AwardOutcome | None
    reversed: tuple[Reversed, ...]


async def handle_cases(tx: Tx, wishes: Sequence[CaseStep], *, now: datetime) -> list[Handled | Refusal]:
    """Take steps in order, each refused or done by itself. Steps on one case build on each other."""
    raise NotImplementedError
