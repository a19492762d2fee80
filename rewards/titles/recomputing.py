"""Computing a round again from what is published of it: the inputs and the versions of its lists. Needs no district."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rewards.titles.inputs import Inputs, read_inputs, sha256_of
from rewards.titles.lists import Listed, read_list
from rewards.titles.marks import review_mark
from rewards.titles.selecting import Selection, lists_by_street, select

FAULTS: Mapping[str, str] = {
    "inputs": "a list was made from other inputs",
    "chain": "a version does not follow from the one before",
    "struck": "a version strikes more than one person, or takes back a strike",
    "winners": "the winners are not those of the rules",
    "missing": "a street has no list",
    "review": "somebody's review mark is not the mean of the committee's marks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What does not fit: a code of FAULTS, in which street's list and version."""

    code: str
    street: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """What a recomputation finds. `winners` are those of the newest versions, in order, by street."""

    inputs_sha256: str
    winners: Mapping[str | None, tuple[UUID, ...]]
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether every version of every list follows from the inputs and the rules."""
        return not self.faults


def recompute(inputs_body: str, snapshots: Mapping[str | None, Sequence[str]]) -> Recomputed:
    """Compute every version of every list (bodies by street, the first version first) again from the inputs.

    Raises:
        InputsRefused: the inputs are no such document.
        KeyError, TypeError, ValueError: a list is no such document.

    """
    inputs = read_inputs(inputs_body)
    hashed = sha256_of(inputs_body)
    faults: list[Fault] = []
    selections: dict[frozenset[UUID], Selection] = {}
    winners: dict[str | None, tuple[UUID, ...]] = {}
    for street, bodies in snapshots.items():
        former: Listed | None = None
        previous: str | None = None
        for body in bodies:
            listed = read_list(body)
            if listed.inputs_sha256 != hashed or listed.street != street or listed.round_id != inputs.round_id:
                faults.append(Fault(code="inputs", street=street, version=listed.version))
            if listed.previous != previous or listed.version != (former.version + 1 if former else 1):
                faults.append(Fault(code="chain", street=street, version=listed.version))
            if not _one_more(former, listed):
                faults.append(Fault(code="struck", street=street, version=listed.version))
            struck = frozenset(one.ticket for one in listed.struck)
            if struck not in selections:
                selections[struck] = select(inputs, struck)
            computed = tuple(line.ticket for line in selections[struck].winners(street))
            if computed != listed.winners:
                faults.append(Fault(code="winners", street=street, version=listed.version))
            winners[street] = computed
            former, previous = listed, sha256_of(body)
    missing = sorted(_streets_of(inputs) - winners.keys(), key=lambda code: code or "")
    faults += [Fault(code="missing", street=street, version=1) for street in missing]
    if "review" in inputs.rule.weights:
        wrong = {one.street for one in inputs.entrants if one.marks.get("review") != review_mark(one.review)}
        faults += [Fault(code="review", street=street, version=1) for street in sorted(wrong)]
    return Recomputed(inputs_sha256=hashed, winners=winners, faults=tuple(faults))


def _one_more(former: Listed | None, listed: Listed) -> bool:
    if former is None:
        return not listed.struck
    return (
        listed.struck[:-1] == former.struck
        and listed.struck[-1:] != ()
        and (listed.struck[-1].ticket in former.winners)
    )


def _streets_of(inputs: Inputs) -> set[str | None]:
    if not lists_by_street(inputs.rule):
        return {None}
    return {entrant.street for entrant in inputs.entrants}
