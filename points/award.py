"""What earning asks for and answers, and the pure assessment of a batch of events."""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from uuid import UUID

import msgspec
import orjson

from kernel.clock import local_date
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from points.assess import Assessment, EarningEvent, WindowKey, assess
from points.receipt import Receipt
from points.refusals import OperationDiffers, ReferenceUnfit
from points.rule_versions import NoRulesInForce
from points.rules import Rules
from points.wishes import LONGEST_REASON, LONGEST_REFERENCE, fingerprint_of


class AwardOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an event was worth, now or (`replayed`) when it was first recorded. `points` may be 0."""

    award_id: UUID
    steward_id: UUID
    points: int
    receipt: Receipt
    replayed: bool = False
    balance_after: int | None = None  # spendable; None where nothing moved


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardReversal:
    """Take an award back (冲正), named by its id or by (reason, reference), with its top-ups, once for ever."""

    award: UUID | tuple[str, str]
    cause: str  # a code or reference, such as 'case 2611230412/reopened/1'; the same cause again is a replay
    actor_id: UUID | None = None  # who takes it back


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """What a cap had cut from an award and is given after all (补计), because the cap has room again."""

    award_id: UUID  # of the top-up
    tops_up_id: UUID  # the award that had been cut
    steward_id: UUID
    points: int
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """An award, or an operation without one, that was taken back."""

    operation_id: UUID | None  # of the reversal; None where the award was worth 0
    award_id: UUID | None  # the award that was reversed; None where the operation had none
    steward_id: UUID
    points_taken: int  # from what could be spent
    debt: int  # what the steward owes now for this
    points_returned: int = 0  # where a debit was reversed
    top_ups: tuple[TopUp, ...] = ()  # a replay names none
    replayed: bool = False


class UnknownAward(Refusal):
    """There is no such award."""

    code = "unknown_award"
    kind = Kind.NOT_FOUND
    message = "没有这笔奖励记录。"


class ReverseTheOriginal(Refusal):
    """A top-up is taken back with the award that it tops up, never alone."""

    code = "reverse_the_original"
    message = "这是补计的积分，请冲正原来那一笔：{reason} {reference}。"


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """A new event with what it is worth under the rules of its day."""

    event: EarningEvent
    rules: Rules
    assessment: Assessment
    fingerprint: str
    award_id: UUID = msgspec.field(default_factory=new_id)


SERVICE_MINUTES = "minutes"
"""The reason under which an award's service time is recorded."""


def minutes_reference(award_id: UUID) -> str:
    """The reference under which the service time of an award is recorded."""
    return f"award {award_id}"


def event_facts(event: EarningEvent) -> str:
    """The fingerprint of an event: a replay has the same, whatever the rules or caps are by then."""
    return fingerprint_of(
        "event",
        event.steward_id,
        event.lane_id,
        event.event,
        event.occurred_at.timestamp(),
        event.category,
        further_facts(event),
    )


_FURTHER = ("hazard", "share", "shared_by", "minutes", "quantity", "origin", "account", "complained")
_USUAL = (False, 1, 1, None, None, None, "person", False)
_pick_further = attrgetter(*_FURTHER)


def further_facts(event: EarningEvent) -> str | None:
    """What an award's own columns do not hold of its event, as JSON, so that it can be assessed again; mostly None."""
    further = _pick_further(event)
    if further == _USUAL:
        return None
    unusual = {name: value for name, value, usual in zip(_FURTHER, further, _USUAL, strict=True) if value != usual}
    return orjson.dumps(unusual, option=orjson.OPT_SORT_KEYS).decode()


def assess_batch(
    events: Iterable[tuple[EarningEvent, str]], rules: Mapping[date, Rules], usage: MutableMapping[WindowKey, int]
) -> list[Assessed | Refusal]:
    """Assess new events, each with its facts, in their order, each seeing what those before it used.

    `usage` is updated in place.
    """
    assessed: list[Assessed | Refusal] = []
    for event, facts in events:
        try:
            assessed.append(_assess_one(event, facts, rules, usage))
        except Refusal as refusal:
            assessed.append(refusal)
    return assessed


def _assess_one(
    event: EarningEvent, facts: str, rules: Mapping[date, Rules], usage: MutableMapping[WindowKey, int]
) -> Assessed:
    if not 0 < len(event.reference) <= LONGEST_REFERENCE:
        raise ReferenceUnfit(pointer="/reference", longest_reason=LONGEST_REASON, longest_reference=LONGEST_REFERENCE)
    day = local_date(event.occurred_at)
    in_force = rules.get(day)
    if in_force is None:
        raise NoRulesInForce(pointer="/occurred_at", day=day.isoformat())
    assessment = assess(event, in_force, usage)
    for use in assessment.uses:
        usage[use.window] = usage.get(use.window, 0) + use.counted
    return Assessed(event=event, rules=in_force, assessment=assessment, fingerprint=facts)


def differs(event: EarningEvent) -> OperationDiffers:
    """The refusal of an event whose reference was used for another one."""
    return OperationDiffers(pointer="/reference", reason=event.event.value, reference=event.reference)
