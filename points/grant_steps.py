"""The steps of a manual award as the rules state them (申请、核对、上会、入账), and whose turn it is: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from kernel.messages import N_, Text
from points.grant_refusals import GrantStepOutOfTurn, OwnProposal, SameHands
from points.rules.budgets import GrantStepName

Check = Literal["check", "committee"]
STEP_WORDS: Mapping[GrantStepName, str] = {
    "apply": N_("申请"),
    "check": N_("核对"),
    "committee": N_("上会"),
    "post": N_("入账"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step between proposing and posting that was taken."""

    step: Check
    by_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How far a manual award has come: the steps that it takes, who proposed it, and who took which step since."""

    number: str
    steps: tuple[GrantStepName, ...]
    proposed_by_id: UUID
    taken: Sequence[StepTaken] = field(default=())

    @property
    def next(self) -> GrantStepName:
        """The step that is due: those between `apply` and `post` in the rules' order, then `post`."""
        return self.steps[min(1 + len(self.taken), len(self.steps) - 1)]

    def allow(self, asked: GrantStepName, by_id: UUID | None) -> None:
        """Refuse a step that is not due, or that somebody else has to take.

        Nobody takes a step of what he or she proposed, and nobody records both checking and the committee's decision.

        Raises:
            GrantStepOutOfTurn, OwnProposal, SameHands: as they say.

        """
        if asked != self.next:
            raise GrantStepOutOfTurn(
                number=self.number, next=Text(STEP_WORDS[self.next]), asked=Text(STEP_WORDS[asked])
            )
        if by_id == self.proposed_by_id:
            raise OwnProposal(number=self.number)
        if asked != "post" and any(by_id == taken.by_id for taken in self.taken):
            raise SameHands(number=self.number)


def steps_of(text: str) -> tuple[GrantStepName, ...]:
    """The steps as a row keeps them."""
    return cast(tuple[GrantStepName, ...], tuple(text.split(",")))
