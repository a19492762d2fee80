"""Which awards a batch of reversals takes back: pure, each once for ever, a top-up only with what it tops up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.errors import Refusal
from points.award import AwardReversal, ReverseTheOriginal, UnknownAward
from points.award_rows import AwardRecord
from points.refusals import AlreadyReversed, ReversalStands
from points.wishes import fingerprint_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What one reversal takes back: the award that was named and its top-ups. `replayed`: that was done before."""

    awards: tuple[AwardRecord, ...]
    cause: str
    actor_id: UUID | None
    replayed: bool

    @property
    def named(self) -> AwardRecord:
        """The award that the wish named."""
        return self.awards[0]


def cause_facts(cause: str) -> str:
    """The fingerprint of an award's reversal."""
    return fingerprint_of("reverse award", cause)


def choose_reversals(
    wishes: Sequence[AwardReversal],
    *,
    named: Iterable[AwardRecord],
    top_ups: Iterable[AwardRecord],
    reversals: Iterable[AwardRecord],
) -> list[Chosen | Refusal]:
    """Decide which wishes stand. `named` are the awards that they name, with these top-ups and reversals so far."""
    by_id: dict[UUID, AwardRecord] = {}
    by_key: dict[tuple[str, str], AwardRecord] = {}
    for known in named:
        by_id[known.id] = by_key[known.key] = known
    topped_up: dict[UUID, list[AwardRecord]] = {}
    for top_up in top_ups:
        if top_up.tops_up_id is not None:
            topped_up.setdefault(top_up.tops_up_id, []).append(top_up)
    causes = {reversal.reverses_id: reversal.fingerprint for reversal in reversals if reversal.reverses_id}
    answers: list[Chosen | Refusal] = []
    for wish in wishes:
        award = by_id.get(wish.award) if isinstance(wish.award, UUID) else by_key.get(wish.award)
        answers.append(_choose(wish, award, topped_up, causes))
    return answers


def _choose(
    wish: AwardReversal,
    award: AwardRecord | None,
    topped_up: Mapping[UUID, Sequence[AwardRecord]],
    causes: dict[UUID, str],
) -> Chosen | Refusal:
    if award is None:
        return UnknownAward(pointer="/award")
    if award.reverses_id is not None:
        return ReversalStands(pointer="/award")
    if award.tops_up_id is not None:
        reason, _, reference = award.reference.rpartition("#")[0].partition(":")
        return ReverseTheOriginal(pointer="/award", reason=reason, reference=reference)
    facts = cause_facts(wish.cause)
    before = causes.get(award.id)
    if before is not None and before != facts:
        return AlreadyReversed(pointer="/award")
    awards = (award, *topped_up.get(award.id, ()))
    for part in awards:
        causes[part.id] = facts  # the next wish of this batch finds it reversed
    return Chosen(awards=awards, cause=wish.cause, actor_id=wish.actor_id, replayed=before is not None)
