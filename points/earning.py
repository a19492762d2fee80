"""Events become points: assessed under the rules of their day, recorded as awards, posted to the ledger."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import structs

from kernel.clock import local_date
from kernel.database import Insert, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from points.assess import EarningEvent, WindowKey, windows_of
from points.award import (
    SERVICE_MINUTES,
    Assessed,
    AwardOutcome,
    assess_batch,
    differs,
    event_facts,
    further_facts,
    minutes_reference,
)
from points.award_rows import AWARD_COLUMNS, AwardRecord, awarded_rows, awards_by_key, balances_after
from points.crediting import credit_of
from points.ledger import rows_of, settle
from points.models import Award, CapUse
from points.receipt import Receipt
from points.refusals import BudgetExhausted
from points.reversing import reverse_awards, reverse_transfer
from points.rule_versions import rules_on
from points.rules import Rules
from points.state import Decision
from points.windows import CAP_USE_COLUMNS, lock_windows, window_update
from points.wishes import Credit, Minutes, Posted, Wish

__all__ = ["credit_events", "hold_caps", "reverse_awards", "reverse_transfer"]


async def credit_events(tx: Tx, events: Sequence[EarningEvent], *, now: datetime) -> list[AwardOutcome | Refusal]:
    """Assess and credit events in their order, each seeing what those before it used of the cap windows.

    Every event leaves an award with its receipt, also when it is worth 0. An event whose (event, reference) is
    recorded already with the same facts is answered as it was then, whatever the rules and caps are by now. A refused
    event changes nothing and harms no other.
    """
    facts = [event_facts(event) for event in events]
    earlier = await awards_by_key(tx, {(event.event.value, event.reference) for event in events})
    fresh = _first_of_each(events, facts, earlier)
    rules = await rules_on(tx, {local_date(event.occurred_at) for event, _ in fresh.values()})
    windows = _windows((event for event, _ in fresh.values()), rules)
    used = await lock_windows(tx, windows)
    assessed, usage, decision, posted = await _settled(
        tx, fresh, rules, {window: used[window.id] for window in windows}, now
    )

    made: dict[tuple[str, str], AwardOutcome | Refusal] = {}
    award_rows: list[tuple[Any, ...]] = []
    use_rows: list[tuple[Any, ...]] = []
    for key, found in assessed.items():
        if isinstance(found, Refusal):
            made[key] = found
            continue
        made[key] = _record(found, posted.get(found.award_id), now, award_rows, use_rows)
    await tx.write(
        [
            *rows_of(decision),
            Insert(Award, AWARD_COLUMNS, award_rows),
            Insert(CapUse, CAP_USE_COLUMNS, use_rows),
            window_update(used, {window.id: after for window, after in usage.items()}),
            awarded_rows(
                {found.event.steward_id for found in assessed.values() if isinstance(found, Assessed)}, now=now
            ),
        ]
    )
    balances = await balances_after(tx, earlier.values()) if earlier else {}
    return _answers(events, facts, earlier, made, balances)


async def hold_caps(tx: Tx, events: Collection[EarningEvent]) -> None:
    """Lock the cap windows of events that this transaction is going to credit and to take back, in one order."""
    rules = await rules_on(tx, {local_date(event.occurred_at) for event in events})
    await lock_windows(tx, _windows(events, rules))


def _windows(events: Iterable[EarningEvent], rules: Mapping[date, Rules]) -> set[WindowKey]:
    return {
        window
        for event in events
        if (in_force := rules.get(local_date(event.occurred_at))) is not None
        for window in windows_of(event, in_force)
    }


def _first_of_each(
    events: Sequence[EarningEvent], facts: Sequence[str], earlier: Mapping[tuple[str, str], AwardRecord]
) -> dict[tuple[str, str], tuple[EarningEvent, str]]:
    """The events that are not recorded yet, with their facts, the first of each key where a batch repeats it."""
    fresh: dict[tuple[str, str], tuple[EarningEvent, str]] = {}
    for event, fact in zip(events, facts, strict=True):
        key = (event.event.value, event.reference)
        if key not in earlier:
            fresh.setdefault(key, (event, fact))
    return fresh


async def _settled(
    tx: Tx,
    fresh: Mapping[tuple[str, str], tuple[EarningEvent, str]],
    rules: Mapping[date, Rules],
    used: Mapping[WindowKey, int],
    now: datetime,
) -> tuple[dict[tuple[str, str], Assessed | Refusal], dict[WindowKey, int], Decision, dict[UUID, Posted]]:
    """Assess events and settle what they are worth; what a street's budget cannot pay is refused and uses no cap."""
    unpaid: dict[tuple[str, str], Refusal] = {}
    while True:
        usage = dict(used)
        wanted = {key: event for key, event in fresh.items() if key not in unpaid}
        found = dict(zip(wanted, assess_batch(wanted.values(), rules, usage), strict=True))
        worth = {key: one for key, one in found.items() if isinstance(one, Assessed) and one.assessment.points}
        timed = [one for one in found.values() if isinstance(one, Assessed) and one.assessment.minutes]
        wishes: list[Wish] = [*map(_credit, worth.values()), *map(_minutes, timed)]
        decision = await settle(tx, wishes, now=now, known_new=True)
        posted: dict[UUID, Posted] = {}
        refused: dict[tuple[str, str], Refusal] = {}
        for (key, one), outcome in zip(worth.items(), decision.outcomes, strict=False):
            if isinstance(outcome, BudgetExhausted):
                refused[key] = outcome
            elif isinstance(outcome, Refusal):
                raise outcome  # what was assessed fits the ledger; anything else is a fault of the program
            else:
                posted[one.award_id] = outcome
        if not refused:
            return {key: unpaid.get(key) or found[key] for key in fresh}, usage, decision, posted
        unpaid |= refused


def _credit(found: Assessed) -> Credit:
    event = found.event
    return credit_of(
        found.assessment,
        found.rules,
        street_id=event.street_id,
        owner_id=event.steward_id,
        reason=event.event.value,
        reference=event.reference,
        occurred_at=event.occurred_at,
        actor_id=event.actor_id,
        fingerprint=found.fingerprint,
    )


def _minutes(found: Assessed) -> Minutes:
    event = found.event
    return Minutes(
        owner_id=event.steward_id,
        minutes=found.assessment.minutes,
        reason=SERVICE_MINUTES,
        reference=minutes_reference(found.award_id),
        occurred_at=event.occurred_at,
        actor_id=event.actor_id,
    )


def _record(
    found: Assessed,
    posted: Posted | None,
    now: datetime,
    award_rows: list[tuple[Any, ...]],
    use_rows: list[tuple[Any, ...]],
) -> AwardOutcome:
    event, assessment = found.event, found.assessment
    award_id = found.award_id
    award_rows.append(
        (
            award_id,
            event.steward_id,
            event.street_id,
            event.lane_id,
            event.event.value,
            event.reference,
            event.category,
            further_facts(event),
            assessment.points,
            assessment.entitled,
            assessment.receipt.to_json(),
            found.fingerprint,
            found.rules.version_id,
            posted.operation_id if posted else None,
            None,
            None,
            event.occurred_at,
            posted.recorded_at if posted else now,
        )
    )
    use_rows.extend((new_id(), award_id, use.window.id, use.counted, use.cut) for use in assessment.uses)
    return AwardOutcome(
        award_id=award_id,
        steward_id=event.steward_id,
        points=assessment.points,
        receipt=assessment.receipt,
        balance_after=posted.balance_after if posted and assessment.purse == "spendable" else None,
    )


def _answers(
    events: Sequence[EarningEvent],
    facts: Sequence[str],
    earlier: Mapping[tuple[str, str], AwardRecord],
    made: Mapping[tuple[str, str], AwardOutcome | Refusal],
    balances: Mapping[UUID, int],
) -> list[AwardOutcome | Refusal]:
    answers: list[AwardOutcome | Refusal] = []
    first_facts: dict[tuple[str, str], str] = {}
    for event, fact in zip(events, facts, strict=True):
        key = (event.event.value, event.reference)
        before = earlier.get(key)
        if before is not None:
            answers.append(_replay(before, balances) if before.fingerprint == fact else differs(event))
        elif key not in first_facts:
            first_facts[key] = fact
            answers.append(made[key])
        elif first_facts[key] != fact:
            answers.append(differs(event))
        else:
            outcome = made[key]
            answers.append(structs.replace(outcome, replayed=True) if isinstance(outcome, AwardOutcome) else outcome)
    return answers


def _replay(before: AwardRecord, balances: Mapping[UUID, int]) -> AwardOutcome:
    return AwardOutcome(
        award_id=before.id,
        steward_id=before.steward_id,
        points=before.points,
        receipt=Receipt.from_json(before.receipt),
        replayed=True,
        balance_after=balances.get(before.operation_id) if before.operation_id else None,
    )
