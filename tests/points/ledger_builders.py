"""Wishes and stewards that ledger tests speak of, and the ways into a database that they share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from points.assess import EarningEvent
from points.award import AwardOutcome, AwardReversal, Reversed
from points.earning import credit_events, reverse_awards
from points.ledger import post
from points.rule_versions import publish_rules
from points.verifying import verify_points
from points.wishes import (
    Capture,
    Credit,
    Debit,
    Expire,
    Fund,
    Hold,
    Move,
    Posted,
    Refund,
    Release,
    Reverse,
    Wish,
)
from tests.points.rule_builders import a_document

NOON = datetime(2026, 10, 3, 4, 0, tzinfo=UTC)  # noon on 3 October 2026, Beijing time


def steward(name: str) -> UUID:
    """A steward's id by a short name."""
    return derived_id("steward", name)


ANN, BEN = steward("ann"), steward("ben")
STREET, TEAM = derived_id("street", "one"), derived_id("team", "one")


def a_credit(points: int = 10, reference: str = "one", **changes: Any) -> Credit:
    """Ten points for Ann."""
    facts: dict[str, Any] = {
        "owner_id": ANN,
        "points": points,
        "reason": "grant",
        "reference": reference,
        "occurred_at": NOON,
    }
    return Credit(**{**facts, **changes})


def a_debit(points: int = 10, reference: str = "one", **changes: Any) -> Debit:
    """Ann spends ten points."""
    facts: dict[str, Any] = {
        "owner_id": ANN,
        "points": points,
        "to_kind": "redeemed",
        "reason": "redeem",
        "reference": reference,
        "occurred_at": NOON,
    }
    return Debit(**{**facts, **changes})


def a_hold(points: int = 10, reference: str = "one", **changes: Any) -> Hold:
    """Ann orders something for ten points."""
    facts: dict[str, Any] = {
        "owner_id": ANN,
        "points": points,
        "reason": "order",
        "reference": reference,
        "occurred_at": NOON,
    }
    return Hold(**{**facts, **changes})


def a_capture(points: int = 10, reference: str = "one", **changes: Any) -> Capture:
    """She collects it."""
    facts = {"hold": ("order", "one"), "points": points, "reason": "collect", "reference": reference}
    return Capture(**{**facts, "occurred_at": NOON, **changes})


def a_release(points: int = 10, reference: str = "one", **changes: Any) -> Release:
    """She cancels it."""
    facts = {"hold": ("order", "one"), "points": points, "reason": "cancel", "reference": reference}
    return Release(**{**facts, "occurred_at": NOON, **changes})


def a_refund(points: int = 10, reference: str = "one", **changes: Any) -> Refund:
    """She brings it back."""
    facts = {"capture": ("collect", "one"), "points": points, "reason": "refund", "reference": reference}
    return Refund(**{**facts, "occurred_at": NOON, **changes})


def a_funding(points: int = 100, reference: str = "one", **changes: Any) -> Fund:
    """A street gets a budget."""
    facts = {"budget_id": STREET, "points": points, "reason": "fund", "reference": reference, "occurred_at": NOON}
    return Fund(**{**facts, **changes})


def a_move(points: int = 10, reference: str = "one", **changes: Any) -> Move:
    """The team shares ten points with Ann."""
    facts = {"owner_id": TEAM, "to_owner": ANN, "points": points, "reason": "share", "reference": reference}
    return Move(**{**facts, "occurred_at": NOON, **changes})


def an_expiry(before: date, reference: str = "one", **changes: Any) -> Expire:
    """What Ann has from before a day expires."""
    facts = {"owner_id": ANN, "before": before, "reason": "expiry", "reference": reference, "occurred_at": NOON}
    return Expire(**{**facts, **changes})


def a_reversal(operation: UUID | tuple[str, str] = ("grant", "one"), cause: str = "mistake") -> Reverse:
    """Undo Ann's ten points."""
    return Reverse(operation=operation, cause=cause, occurred_at=NOON)


async def posting(database: Database, *wishes: Wish, now: datetime = NOON) -> list[Posted | Refusal]:
    """Post a batch in a transaction of its own."""

    async def use_case(tx: Tx) -> list[Posted | Refusal]:
        return await post(tx, wishes, now=now)

    return await database.run(use_case)


async def crediting(database: Database, *events: EarningEvent, now: datetime = NOON) -> list[AwardOutcome | Refusal]:
    """Credit a batch of events in a transaction of its own."""

    async def use_case(tx: Tx) -> list[AwardOutcome | Refusal]:
        return await credit_events(tx, events, now=now)

    return await database.run(use_case)


async def reversing(
    database: Database, *awards: UUID | tuple[str, str], cause: str = "reopened", now: datetime = NOON
) -> list[Reversed | Refusal]:
    """Reverse awards in a transaction of their own."""

    async def use_case(tx: Tx) -> list[Reversed | Refusal]:
        wishes = [AwardReversal(award=award, cause=cause) for award in awards]
        return await reverse_awards(tx, wishes, now=now)

    return await database.run(use_case)


async def publishing(database: Database, **changes: Any) -> None:
    """Publish a rule document."""

    async def use_case(tx: Tx) -> None:
        await publish_rules(tx, a_document(**changes), by=None, now=NOON - timedelta(days=700))

    await database.run(use_case)


async def assert_sound(database: Database) -> None:
    """Every invariant of the ledger holds."""
    found = await verify_points(await database.reader())
    assert found == [], found


def codes(outcomes: Sequence[object]) -> list[str]:
    """What became of each wish: `done`, `replayed`, or the code of its refusal."""
    return [
        outcome.code if isinstance(outcome, Refusal) else "replayed" if getattr(outcome, "replayed", False) else "done"
        for outcome in outcomes
    ]
