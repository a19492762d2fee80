"""The commits of draws, waiting lists, half-days and wishes: each verb's callers that wait are carried together."""

from functools import partial
from typing import Any, Protocol

from kernel.group_commit import GroupCommit
from kernel.idempotency import Answer, Keyed
from rewards.appointment_steps import excuse_absences, miss_appointments, move_appointments
from rewards.draw_settling import settle_draws
from rewards.draws import announce_draws, apply_to_draws, cancel_draws
from rewards.pick_up_codes import PickUpCodes
from rewards.slots import save_slots
from rewards.waiting import join_waiting, take_offers
from rewards.wishing import answer_wishes, propose_wishes, vote_on_wishes


class MakesCommits(Protocol):
    """What makes a group commit of a verb (api.composition.District)."""

    def commits(self, verb: Any, *, batch_size: int = 512) -> GroupCommit[Keyed[Any, Any], Answer]:
        """A group commit of a verb that takes many wishes at once."""


class ScarceCommits:
    """A group commit for each verb about what there is little of."""

    def __init__(self, district: MakesCommits, codes: PickUpCodes) -> None:
        self.announce = district.commits(announce_draws)
        self.apply = district.commits(apply_to_draws)
        self.cancel = district.commits(cancel_draws)
        # A draw may have thousands of applications: each is a transaction of its own.
        self.settle = district.commits(partial(settle_draws, codes=codes), batch_size=1)
        self.join = district.commits(join_waiting)
        self.take = district.commits(partial(take_offers, codes=codes))
        self.save_slots = district.commits(save_slots)
        self.move = district.commits(move_appointments)
        self.miss = district.commits(miss_appointments)
        self.excuse = district.commits(excuse_absences)
        self.propose = district.commits(propose_wishes)
        self.vote = district.commits(vote_on_wishes)
        self.answer_wish = district.commits(answer_wishes)
