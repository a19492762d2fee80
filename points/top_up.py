"""Who gets the room that a reversal gave back: pure, the oldest cut award first, never beyond any of its windows."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass

from points.assess import Assessment, EarningEvent, WindowKey, assess_top_up, windows_of
from points.award_rows import AwardRecord
from points.receipt import Receipt
from points.rules import Event, Rules
from points.wishes import reversal_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class CutAward:
    """An award of which a cap cut some: what it and its top-ups gave, and the rules that it was assessed under."""

    award: AwardRecord
    given: int
    top_ups: int  # how many it has had, reversed ones included
    rules: Rules

    def event(self) -> EarningEvent:
        """The event as far as caps look at it."""
        award = self.award
        return EarningEvent(
            steward_id=award.steward_id,
            street_id=award.street_id,
            lane_id=award.lane_id,
            event=Event(award.reason),
            reference=award.reference,
            occurred_at=award.occurred_at,
            category=award.category,
        )

    def windows(self) -> list[WindowKey]:
        """The cap windows that bind it."""
        return windows_of(self.event(), self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTopUp:
    """A top-up that the windows allow."""

    cut: CutAward
    assessment: Assessment

    @property
    def reference(self) -> str:
        """What is unique about it: the award that it tops up, and which of its top-ups it is."""
        award = self.cut.award
        return f"{reversal_reference(award.reason, award.reference)}#{self.cut.top_ups + 1}"


def plan_top_ups(cut: Iterable[CutAward], usage: MutableMapping[WindowKey, int]) -> list[PlannedTopUp]:
    """The top-ups that the windows allow, oldest event first. `usage` is updated in place.

    Of events of the same instant the one that was recorded first comes first: ids sort by time.
    """
    planned = []
    for candidate in sorted(cut, key=lambda found: (found.award.occurred_at, found.award.id)):
        award = candidate.award
        assessment = assess_top_up(
            candidate.event(),
            candidate.rules,
            usage,
            receipt=Receipt.from_json(award.receipt),
            entitled=award.entitled,
            given=candidate.given,
        )
        if not assessment.points:
            continue
        for use in assessment.uses:
            usage[use.window] = usage.get(use.window, 0) + use.counted
        planned.append(PlannedTopUp(cut=candidate, assessment=assessment))
    return planned
