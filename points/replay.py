"""Past events assessed again under other rules, reversals and the top-ups that follow them included: pure.

What comes out equals what crediting the same events under these rules from the first of them on would have produced:
caps begin empty, events come in the order in which they were recorded.
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from kernel.clock import local_date
from kernel.errors import Refusal
from points.assess import Assessment, EarningEvent, WindowKey, assess
from points.award_rows import AwardRecord
from points.rules import Event, Rules
from points.top_up import CutAward, plan_top_ups

_EVENTS = {event.value: event for event in Event}


@dataclass(slots=True)
class Replayed:
    """One event under the other rules: what it was worth as recorded, and what it is worth now, by purse."""

    award: AwardRecord
    before: int  # standing as recorded, top-ups and reversal included
    points: int = 0  # standing under the other rules
    purse: str = "spendable"
    overflow: int = 0  # of these, what a balance cap sends elsewhere
    refused: str | None = None  # the code of the refusal where the other rules cannot assess it
    assessment: Assessment | None = None
    top_ups: int = 0
    reversed: bool = False
    used: dict[WindowKey, int] = field(default_factory=dict)


def event_of(award: AwardRecord) -> EarningEvent:
    """The event that an award was assessed from."""
    further: Mapping[str, Any] = orjson.loads(award.facts) if award.facts else {}
    return EarningEvent(
        steward_id=award.steward_id,
        street_id=award.street_id,
        lane_id=award.lane_id,
        event=_EVENTS[award.reason],
        reference=award.reference,
        occurred_at=award.occurred_at,
        category=award.category,
        **further,
    )


class Replay:
    """Takes recorded awards in the order of their ids and says what each would be worth. `rules` by local day."""

    def __init__(self, rules: "RulesOfDays") -> None:
        self._rules = rules
        self._usage: MutableMapping[WindowKey, int] = {}
        self._cut: dict[UUID, dict[UUID, Replayed]] = {}  # by window: the standing awards that caps cut
        self._held: dict[tuple[UUID, str], int] = {}  # what each purse holds, where it has a ceiling
        self._waiting: list[Replayed] = []  # reversals of one batch
        self._by_key: dict[tuple[str, str], Replayed] = {}
        self.by_id: dict[UUID, Replayed] = {}

    def take(self, awards: Iterable[AwardRecord]) -> None:
        """The next awards. Settlements and corrections are no events and are passed over."""
        for award in awards:
            if award.reverses_id is not None:
                self._reverse(award)
            elif award.tops_up_id is not None:
                if (root := self.by_id.get(award.tops_up_id)) is not None:
                    root.before += award.points
            elif award.reason in _EVENTS:
                self._top_up()
                self._assess(award)

    def finish(self) -> Sequence[Replayed]:
        """Every event with what it is worth, after the last award was taken."""
        self._top_up()
        return list(self.by_id.values())

    def _assess(self, award: AwardRecord) -> None:
        made = Replayed(award=award, before=award.points)
        self.by_id[award.id] = self._by_key[award.key] = made
        rules = self._rules.on(local_date(award.occurred_at))
        if rules is None:
            made.refused = "no_rules_in_force"
            return
        try:
            found = assess(event_of(award), rules, self._usage)
        except Refusal as refusal:
            made.refused = refusal.code
            return
        made.assessment, made.purse = found, found.purse
        for use in found.uses:
            self._usage[use.window] = self._usage.get(use.window, 0) + use.counted
            made.used[use.window] = use.counted
        if found.points < found.entitled:
            for use in found.uses:
                self._cut.setdefault(use.window.id, {})[award.id] = made
        self._give(made, found.points)

    def _give(self, made: Replayed, points: int) -> None:
        made.points += points
        found = made.assessment
        if found is None or found.ceiling is None or not points:
            return
        purse = (made.award.steward_id, made.purse)
        held = self._held.get(purse, 0)
        over = max(0, held + points - max(held, found.ceiling.most))
        made.overflow += over
        self._held[purse] = held + points - over

    def _reverse(self, award: AwardRecord) -> None:
        root = self.by_id.get(award.reverses_id) if award.reverses_id else None
        if root is None:
            # A top-up's reversal, or that of an award from before the period.
            original = _topped_up_by(award)
            if original is not None and (found := self._by_key.get(original)) is not None:
                found.before += award.points
            return
        root.before += award.points
        if root.reversed:
            return
        root.reversed = True
        self._waiting.append(root)

    def _top_up(self) -> None:
        """What a batch of reversals frees goes to the oldest awards that caps had cut."""
        if not self._waiting:
            return
        freed: set[UUID] = set()
        for root in self._waiting:
            for window, counted in root.used.items():
                if counted:
                    self._usage[window] -= counted
                    freed.add(window.id)
                self._cut.get(window.id, {}).pop(root.award.id, None)
            purse = (root.award.steward_id, root.purse)
            if purse in self._held:
                self._held[purse] = max(0, self._held[purse] - (root.points - root.overflow))
            root.points = root.overflow = 0
        self._waiting.clear()
        candidates = {award_id: made for window in freed for award_id, made in self._cut.get(window, {}).items()}
        for planned in plan_top_ups([self._candidate(made) for made in candidates.values()], self._usage):
            made = candidates[planned.cut.award.id]
            made.top_ups += 1
            for use in planned.assessment.uses:
                made.used[use.window] = made.used.get(use.window, 0) + use.counted
            self._give(made, planned.assessment.points)
            if made.assessment is not None and made.points >= made.assessment.entitled:
                for window in made.used:
                    self._cut.get(window.id, {}).pop(made.award.id, None)

    def _candidate(self, made: Replayed) -> CutAward:
        found, rules = made.assessment, self._rules.on(local_date(made.award.occurred_at))
        if found is None or rules is None:
            raise LookupError(made.award.id)
        award = replace(made.award, points=found.points, entitled=found.entitled, receipt=found.receipt.to_json())
        return CutAward(award=award, given=made.points, top_ups=made.top_ups, rules=rules)


def _topped_up_by(reversal: AwardRecord) -> tuple[str, str] | None:
    """What the top-up that a reversal takes back had topped up: its reference names it."""
    reason, _, reference = reversal.reference.partition(":")
    if reason != "top_up":
        return None
    original, _, number = reference.rpartition("#")
    if not number.isdigit():
        return None
    event, _, name = original.partition(":")
    return (event, name)


@dataclass(frozen=True, slots=True)
class RulesOfDays:
    """Which rules assess a day: one rule set for all days, or the one in force on each."""

    always: Rules | None = None
    by_day: Mapping[date, Rules] = field(default_factory=dict)

    def on(self, day: date) -> Rules | None:
        """The rules of a local day."""
        return self.always or self.by_day.get(day)
