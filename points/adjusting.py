"""Awards that no single event stands behind: settled multipliers, corrections of past periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from kernel.clock import day_start
from kernel.database import Insert, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from points.award_rows import AWARD_COLUMNS, awards_by_key, tell_awarded
from points.ledger import rows_of, settle
from points.models import Award
from points.receipt import Receipt, Step
from points.refusals import BudgetExhausted
from points.rules import Rules
from points.wishes import Credit, Debit, Posted, Wish, fingerprint_of

MULTIPLIER: Literal["multiplier"] = "multiplier"
CORRECTION: Literal["correction"] = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Points for a steward, or from him where negative, for a local month, once for ever by reason and reference."""

    kind: Literal["multiplier", "correction"]  # the reason, too
    steward_id: UUID
    street_id: UUID | None
    period: str  # 2026-10
    points: int
    reference: str
    step: Step
    rules: Rules
    purse: Literal["spendable", "honour"] = "spendable"
    actor_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """An adjustment that was posted, now or (`replayed`) before. `debt` is what the steward owes for it."""

    award_id: UUID
    steward_id: UUID
    points: int
    receipt: Receipt
    debt: int = 0
    replayed: bool = False


def months_between(first: str, last: str) -> list[str]:
    """The months from one to another, such as 2026-11, 2026-12, 2027-01."""
    year, month = map(int, first.split("-"))
    found = []
    while (name := f"{year:04d}-{month:02d}") <= last:
        found.append(name)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def month_days(period: str) -> tuple[date, date]:
    """The first and the last local day of a month."""
    year, month = map(int, period.split("-"))
    after = date(year + (month == 12), month % 12 + 1, 1)
    return date(year, month, 1), after - timedelta(days=1)


def end_of(period: str) -> datetime:
    """The last instant of a local month: what is settled for it belongs to it."""
    last = month_days(period)[1]
    return day_start(last + timedelta(days=1)) - timedelta(microseconds=1)


async def adjust(tx: Tx, wishes: Sequence[Adjustment], *, now: datetime) -> list[Adjusted | BudgetExhausted]:
    """Post adjustments, each as one operation with an award of its own; one of 0 points leaves an award alone.

    Where a street's budget pays for points, it pays for what is added and gets back what is taken; what it cannot pay
    is refused and leaves nothing. What is taken and already spent is owed. An adjustment that is recorded already is
    answered as it was then.
    """
    earlier = await awards_by_key(tx, {(wish.kind, wish.reference) for wish in wishes})
    fresh = [wish for wish in wishes if (wish.kind, wish.reference) not in earlier]
    moving = [wish for wish in fresh if wish.points]
    decision = await settle(tx, [_wish(wish) for wish in moving], now=now, known_new=True)
    posted: dict[tuple[str, str], Posted] = {}
    made: dict[tuple[str, str], Adjusted | BudgetExhausted] = {}
    for wish, outcome in zip(moving, decision.outcomes, strict=True):
        if isinstance(outcome, BudgetExhausted):
            made[wish.kind, wish.reference] = outcome
        elif isinstance(outcome, Refusal):
            raise outcome  # what is adjusted fits the ledger; anything else is a fault of the program
        else:
            posted[wish.kind, wish.reference] = outcome
    rows: list[tuple[Any, ...]] = []
    for wish in fresh:
        key = (wish.kind, wish.reference)
        if key not in made:
            made[key] = _record(wish, posted.get(key), now, rows)
    await tx.write([*rows_of(decision), Insert(Award, AWARD_COLUMNS, rows)])
    await tell_awarded(tx, {wish.steward_id for wish in fresh}, now=now)
    answers: list[Adjusted | BudgetExhausted] = []
    for wish in wishes:
        key = (wish.kind, wish.reference)
        before = earlier.get(key)
        if before is None:
            answers.append(made[key])
            continue
        answers.append(
            Adjusted(
                award_id=before.id,
                steward_id=before.steward_id,
                points=before.points,
                receipt=Receipt.from_json(before.receipt),
                replayed=True,
            )
        )
    return answers


def _wish(wish: Adjustment) -> Wish:
    occurred_at = end_of(wish.period)
    budget_id = wish.street_id if wish.rules.document.budget is not None else None
    if wish.points > 0:
        return Credit(
            owner_id=wish.steward_id,
            points=wish.points,
            reason=wish.kind,
            reference=wish.reference,
            occurred_at=occurred_at,
            purse=wish.purse,
            budget_id=budget_id,
            expires_on=wish.rules.document.expiry.last_day(month_days(wish.period)[1]),
            actor_id=wish.actor_id,
        )
    return Debit(
        owner_id=wish.steward_id,
        points=-wish.points,
        to_kind="issued",
        reason=wish.kind,
        reference=wish.reference,
        occurred_at=occurred_at,
        on_shortfall="debt",
        budget_id=budget_id,
        actor_id=wish.actor_id,
    )


def _record(wish: Adjustment, posted: Posted | None, now: datetime, rows: list[tuple[Any, ...]]) -> Adjusted:
    receipt = Receipt(
        kind=wish.kind,
        rule_number=wish.rules.number,
        event=None,
        points=wish.points,
        purse=wish.purse,
        steps=(wish.step,),
    )
    award_id = new_id()
    by_column = {
        "id": award_id,
        "steward_id": wish.steward_id,
        "street_id": wish.street_id,
        "reason": wish.kind,
        "reference": wish.reference,
        "points": wish.points,
        "entitled": wish.points,
        "receipt": receipt.to_json(),
        "fingerprint": fingerprint_of("adjust", wish.steward_id, wish.period, wish.points),
        "rule_version_id": wish.rules.version_id,
        "operation_id": posted.operation_id if posted else None,
        "occurred_at": end_of(wish.period),
        "recorded_at": posted.recorded_at if posted else now,
    }
    rows.append(tuple(by_column.get(column) for column in AWARD_COLUMNS))
    return Adjusted(
        award_id=award_id,
        steward_id=wish.steward_id,
        points=wish.points,
        receipt=receipt,
        debt=posted.debt_added if posted else 0,
    )
