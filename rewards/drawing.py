r"""Who wins a draw (抽签): a pure function of what is published, so that anyone can compute it again.

The rule, version 1, in full. All texts are UTF-8, all digests SHA-256 in lower-case hex:

1. When a draw is announced, 32 random bytes are drawn, the seed, and `commitment = SHA-256("jinpai-draw/1\n" + draw
   id + "\n" + seed in hex)` is published. The seed stays secret until applications are closed.
2. Every application has a ticket, which follows from the draw and the steward alone: nobody chooses or redraws it.
3. `roll = SHA-256(the tickets, sorted, each followed by "\n")` binds the result to the whole list, which nobody knew
   when the seed was chosen.
4. Each ticket gets `SHA-256(seed + "\n" + roll + "\n" + ticket)`. The smallest comes first.
5. The first tickets in that order win, as many as there are places. One whose steward could not be served (too few
   points by then, say) is passed over, with its reason published, and the next moves up.

This is commitment and reveal (Blum, Coin flipping by telephone, 1983): whoever publishes the commitment cannot change
the seed any more, and whoever sees it cannot learn the seed.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.ids import derived_id

ALGORITHM = "jinpai-draw/1"
SEED_BYTES = 32


def commitment_of(draw_id: UUID, seed: str) -> str:
    """What is published before a draw: binds its seed (64 hex digits) without giving it away (承诺值)."""
    return _sha256(f"{ALGORITHM}\n{draw_id}\n{seed}")


def ticket_of(draw_id: UUID, steward_id: UUID) -> UUID:
    """A steward's ticket in a draw (签号): it follows from both ids, says nothing about the steward."""
    return derived_id("draw-ticket", str(draw_id), str(steward_id))


def roll_of(tickets: Collection[UUID]) -> str:
    """The digest of everybody who takes part, in no order of arrival (名单摘要)."""
    return _sha256("".join(f"{ticket}\n" for ticket in sorted(map(str, tickets))))


def rank_tickets(seed: str, tickets: Collection[UUID]) -> list[UUID]:
    """The tickets in the order of the draw, the first one first."""
    roll = roll_of(tickets)
    return sorted(tickets, key=lambda ticket: (_sha256(f"{seed}\n{roll}\n{ticket}"), str(ticket)))


def winners_of(order: Sequence[UUID], places: int, passed_over: Collection[UUID] = ()) -> list[UUID]:
    """The first tickets of an order that are not passed over, as many as there are places."""
    return [ticket for ticket in order if ticket not in passed_over][:places]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What is published of a draw once it is done. `passed_over` maps tickets to the code of why."""

    draw_id: UUID
    places: int
    commitment: str
    seed: str
    tickets: Sequence[UUID]
    winners: Sequence[UUID]
    passed_over: Mapping[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """What a recomputation finds. `faults` are codes: commitment, tickets, passed_over, winners."""

    order: tuple[UUID, ...]
    roll: str
    winners: tuple[UUID, ...]
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether the published result follows from the published inputs."""
        return not self.faults


def recompute(published: Published) -> Recomputed:
    """Compute a draw again from what was published of it, and name everything that does not fit.

    `passed_over`: nobody may be passed over who would not have been reached. Whether each was passed over rightly
    stands in its reason, which its steward can contest.
    """
    faults = []
    if commitment_of(published.draw_id, published.seed) != published.commitment:
        faults.append("commitment")
    if len(set(published.tickets)) != len(published.tickets):
        faults.append("tickets")
    order = rank_tickets(published.seed, set(published.tickets))
    winners = winners_of(order, published.places, published.passed_over)
    last = order.index(winners[-1]) if len(winners) == published.places and winners else len(order) - 1
    if not set(published.passed_over) <= set(order[: last + 1]):
        faults.append("passed_over")
    if winners != list(published.winners):
        faults.append("winners")
    return Recomputed(
        order=tuple(order), roll=roll_of(set(published.tickets)), winners=tuple(winners), faults=tuple(faults)
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
