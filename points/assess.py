"""What an event is worth under a rule set: pure arithmetic, the same on every database and in every time zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from kernel.clock import local_date
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id
from points.receipt import Receipt, Step, top_up_of
from points.rules import AccountKind, BalanceCap, Cap, EarningPurse, Event, Origin, Rules

MOST_MINUTES = 1_440  # of one activity
MOST_QUANTITY = 10_000


class UnknownCategory(Refusal):
    """The rule set in force does not know the category."""

    code = "unknown_category"
    kind = Kind.INVALID
    message = "现行积分规则里没有类别“{category}”。"


class CategoryMissing(Refusal):
    """The event is paid by category, and none was given."""

    code = "category_missing"
    kind = Kind.INVALID
    message = "这类事项按类别计分，请写明类别。"


class EventDeducts(Refusal):
    """The event takes points away, so it is a penalty and cannot be credited."""

    code = "event_deducts"
    kind = Kind.INVALID
    message = "“{event}”是扣分事项，不能计分。"


class MinutesMissing(Refusal):
    """The event is paid by time, and none was given."""

    code = "minutes_missing"
    kind = Kind.INVALID
    message = "这类事项按时长计分，请写明 1 到 {most} 分钟。"


class QuantityMissing(Refusal):
    """The event is paid by quantity, and none was given."""

    code = "quantity_missing"
    kind = Kind.INVALID
    message = "这类事项按数量计分，请写明 1 到 {most} 的数量。"


class EarningEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a steward did and that is to be assessed. One occurrence; several are several events."""

    steward_id: UUID
    street_id: UUID | None
    lane_id: UUID | None = None
    event: Event
    reference: str  # unique for ever with the event, such as 'case 2611230412/verified/1'
    occurred_at: datetime  # aware; its local day, month and year decide rules and caps
    category: str | None = None
    hazard: bool = False
    share: int = 1  # which of the equal shares of the points this is, from 1
    shared_by: int = 1
    minutes: int | None = None  # how long the activity took
    quantity: int | None = None  # how much was done, in the unit of its tariff
    origin: Origin | None = None  # how it was recorded
    account: AccountKind = "person"  # a group's points may have a purse of their own
    complained: bool = False  # a complaint about this activity was upheld
    actor_id: UUID | None = None  # who recorded it: no part of what is assessed


@dataclass(frozen=True, slots=True)
class WindowKey:
    """One cap for one subject in one local period: the row that is locked (points.models.CapWindow)."""

    cap: str
    subject_id: UUID
    period: str  # 2026-10-03, 2026-10, 2026Q4 or 2026
    terms: Cap = field(compare=False, repr=False)

    @property
    def id(self) -> UUID:
        """The row's id, derived, so that nobody has to look it up."""
        return _window_id(self.cap, self.subject_id, self.period)


@lru_cache(maxsize=65_536)
def _window_id(cap: str, subject_id: UUID, period: str) -> UUID:
    return derived_id("cap window", cap, str(subject_id), period)


class Use(NamedTuple):
    """What an award takes from a window (points or times), and the points that this window alone would cut."""

    window: WindowKey
    counted: int
    cut: int


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is worth: points given, points before caps, why, and what each cap window is to record."""

    points: int
    entitled: int
    receipt: Receipt
    uses: tuple[Use, ...]
    expires_on: date | None
    purse: EarningPurse = "spendable"
    ceiling: BalanceCap | None = None  # of that purse
    minutes: int = 0  # of service time, a unit of its own


def windows_of(event: EarningEvent, rules: Rules) -> list[WindowKey]:
    """The cap windows that an event falls into. A cap per lane does not bind an event without a lane."""
    caps = rules.document.caps_by_event[event.event]
    if not caps:
        return []
    day = local_date(event.occurred_at).isoformat()
    quarter = f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}"
    periods = {"day": day, "month": day[:7], "quarter": quarter, "year": day[:4]}
    found = []
    for cap in caps:
        subject_id = event.steward_id if cap.per == "steward" else event.lane_id
        if subject_id is not None:
            found.append(WindowKey(cap.code, subject_id, periods[cap.period], cap))
    return found


def assess(event: EarningEvent, rules: Rules, usage: Mapping[WindowKey, int]) -> Assessment:
    """What an event is worth, given how much of its cap windows was used before (absent means 0).

    An event that the rule set does not pay is worth 0 and has a receipt too.

    Raises:
        UnknownCategory: the event is paid by category and the rule set does not know this one.
        CategoryMissing: the event is paid by category and names none.
        MinutesMissing, QuantityMissing: it is paid by these and tells none that make sense.
        EventDeducts: the event takes points away.

    """
    document = rules.document
    steps, entitled = _entitlement(event, rules)
    category = document.categories.get(event.category) if event.category else None
    uses, cap_steps = _under_caps(entitled, windows_of(event, rules), usage, counts_time=True)
    points = entitled + sum(step.points for step in cap_steps)
    purse = document.purses.of(event.event, event.origin, event.account)
    timed = document.service_minutes if not _zeroed(event, rules) else None
    return Assessment(
        points=points,
        entitled=entitled,
        receipt=Receipt(
            rule_number=rules.number,
            event=event.event,
            points=points,
            category=event.category,
            category_zh=category.zh if category else None,
            category_en=category.en if category else None,
            purse=purse,
            steps=(*steps, *cap_steps),
        ),
        uses=uses,
        expires_on=document.expiry.last_day(local_date(event.occurred_at)),
        purse=purse,
        ceiling=document.ceiling_of(purse),
        minutes=timed.of(event.event, event.minutes) if timed else 0,
    )


def assess_top_up(
    event: EarningEvent, rules: Rules, usage: Mapping[WindowKey, int], *, receipt: Receipt, entitled: int, given: int
) -> Assessment:
    """What an award that a cap had cut may still get, now that its windows have room again.

    `entitled` and `receipt` are the award's own; `given` is what it and its earlier top-ups gave. `rules` are those
    that the award was assessed under. The answer's `entitled` is what was still open.
    """
    still_open = entitled - given
    # An award that gave something has already been counted as one time.
    uses, cap_steps = _under_caps(still_open, windows_of(event, rules), usage, counts_time=given == 0)
    steps = (Step("top_up", still_open), *cap_steps) if still_open else ()
    topped_up = top_up_of(receipt, steps)
    purse = receipt.purse
    return Assessment(
        points=topped_up.points,
        entitled=still_open,
        receipt=topped_up,
        uses=uses,
        expires_on=rules.document.expiry.last_day(local_date(event.occurred_at)),
        purse=purse,
        ceiling=rules.document.ceiling_of(purse),
    )


def _entitlement(event: EarningEvent, rules: Rules) -> tuple[tuple[Step, ...], int]:
    document = rules.document
    tariff = document.tariffs.get(event.event)
    if tariff is None:
        return (Step("not_paid", 0),), 0
    if tariff.deducts is not None:
        raise EventDeducts(pointer="/event", event=event.event.value)
    base, counted = _points_by(event, rules, event.event)
    if event.shared_by > 1:
        # Equal shares whose sum is exact: the first ones take the remainder.
        whole = base
        base = whole // event.shared_by + (event.share <= whole % event.shared_by)
        steps = [Step("share", base, {"whole": whole, "shared_by": event.shared_by})]
    else:
        steps = [Step("base", base, counted)]
    if event.hazard and event.event is Event.CASE_VERIFIED and document.hazard_bonus:
        steps.append(Step("hazard", document.hazard_bonus))
    entitled = sum(step.points for step in steps)
    if _zeroed(event, rules):
        steps.append(Step("complaint", -entitled))
        entitled = 0
    return tuple(steps), entitled


def _zeroed(event: EarningEvent, rules: Rules) -> bool:
    """Whether a complaint takes this one activity's points and minutes."""
    complaints = rules.document.complaints
    return event.complained and complaints is not None and event.event in complaints.zero


_FIXED: Mapping[str, int] = {}


def _points_by(event: EarningEvent, rules: Rules, kind: Event) -> tuple[int, Mapping[str, int]]:
    """What a kind of event is worth, and what was counted for it."""
    document = rules.document
    tariff = document.tariffs[kind]
    override = tariff.overrides.get(event.category) if event.category else None
    if tariff.per_minutes is not None:
        if event.minutes is None or not 0 < event.minutes <= MOST_MINUTES:
            raise MinutesMissing(pointer="/minutes", most=MOST_MINUTES)
        counted = tariff.per_minutes.counted(event.minutes)
        return tariff.per_minutes.of(event.minutes, points=override), {"minutes": event.minutes, "counted": counted}
    if tariff.per_quantity is not None:
        if event.quantity is None or not 0 < event.quantity <= MOST_QUANTITY:
            raise QuantityMissing(pointer="/quantity", most=MOST_QUANTITY)
        return tariff.per_quantity.of(event.quantity, points=override), {"quantity": event.quantity}
    if override is not None:
        return override, _FIXED
    if tariff.points is not None:
        return tariff.points, _FIXED
    if tariff.points_from == "solved_bonus" and document.solved_bonus is not None:
        return document.solved_bonus.of(_points_by(event, rules, Event.CASE_VERIFIED)[0]), _FIXED
    if event.category is None:
        raise CategoryMissing(pointer="/category")
    found = document.categories.get(event.category)
    if found is None:
        raise UnknownCategory(pointer="/category", category=event.category)
    return found.points, _FIXED


def _under_caps(
    entitled: int, windows: list[WindowKey], usage: Mapping[WindowKey, int], *, counts_time: bool
) -> tuple[tuple[Use, ...], tuple[Step, ...]]:
    """Each cap allows so much by itself; the least of them is given, so their order cannot matter."""
    if not entitled or not windows:
        return (), ()
    found = [(_allowed(entitled, window, usage.get(window, 0), counts_time), window) for window in windows]
    points = min(allowed for allowed, _ in found)
    times = 1 if points and counts_time else 0
    uses = tuple(
        Use(window, points if window.terms.counts == "points" else times, entitled - allowed)
        for allowed, window in found
    )
    if points == entitled:
        return uses, ()
    steps, left = [], entitled
    for allowed, window in sorted(found, key=lambda pair: (-pair[0], pair[1].cap)):
        if allowed < entitled:
            steps.append(_cap_step(window, usage.get(window, 0), allowed, allowed - left))
            left = allowed
    return uses, tuple(steps)


def _allowed(entitled: int, window: WindowKey, used: int, counts_time: bool) -> int:
    room = max(0, window.terms.limit - used)
    if window.terms.counts == "points":
        return min(entitled, room)
    return entitled if room or not counts_time else 0


def _cap_step(window: WindowKey, used: int, left: int, points: int) -> Step:
    terms = window.terms
    return Step(
        "cap",
        points,
        {
            "cap": terms.code,
            "per": terms.per,
            "period": terms.period,
            "counts": terms.counts,
            "limit": terms.limit,
            "used": used,
            "left": left,
        },
    )
