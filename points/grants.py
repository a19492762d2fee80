"""Manual awards (人工加分) are proposed with a reason from the rules' list; small ones are posted at once.

    proposed -> approved    (posted once to the ledger, after the rules' steps, by somebody else)
    proposed -> rejected
    proposed -> withdrawn   (by whoever proposed it)

What was approved can be reversed, once; its state stays, the reversal is read from the ledger. A manual award can be
spent, and counts neither for standings nor for lifetime points: those follow from what was assessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import record
from kernel.clock import day_start, local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id, new_id
from kernel.numbering import take_many, take_numbers
from kernel.text import clean_optional_text
from points.grant_notices import tell_given
from points.grant_refusals import StewardGone, UnknownGrant
from points.grant_rows import (
    SERVING,
    GrantOutcome,
    credit_of_grant,
    decided,
    grant_audit,
    grant_outcome,
    place_of,
    rules_today,
    stewards_of,
)
from points.grant_steps import steps_of
from points.grant_terms import DEFAULT_TERMS, GrantTerms, terms_of
from points.ledger import post
from points.models import Grant
from points.notes import NOTE_LENGTH, NewNote, write_notes
from points.wishes import Posted
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Principal
from stewards.refusals import StewardUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantProposal:
    """Points to be given to a steward by hand, proposed by a member of staff."""

    steward_id: UUID
    reason: str
    points: int
    actor: Principal
    note: str | None = None
    nonce: str | None = None  # of the form that sent it: the same again is the same proposal


async def propose_grants(tx: Tx, wishes: Sequence[GrantProposal], *, now: datetime) -> list[GrantOutcome | Refusal]:
    """Propose manual awards; those that one person may give are posted at once. Each is refused or done by itself.

    One person gives no more than the rules' limit of a month: what is beyond it takes a second one, too.

    Refusals: StewardUnknown, also for those out of reach; NotAllowed; what GrantTerms.check raises; unfit notes; what
    the ledger refuses, such as BudgetExhausted.
    """
    today = local_date(now)
    # Held until the end: of two proposals of one clerk at once, the second sees what the first gave.
    clerks = [wish.actor.id for wish in wishes if wish.actor.id is not None]
    await take_many(tx, {_clerk_series(clerk, now): clerks.count(clerk) for clerk in clerks})
    stewards = await stewards_of(tx, {wish.steward_id for wish in wishes})
    repeated = [_id_of(wish) for wish in wishes if wish.nonce]
    earlier = {row["id"]: row for row in await tx.rows(Grant, f"WHERE {tx.one_of('id', 1)}", sorted(repeated))}
    rules = await rules_today(tx, now)
    terms = terms_of(rules.document.grants) if rules else DEFAULT_TERMS
    expires_on = rules.document.expiry.last_day(today) if rules else None
    given = await _given_alone(tx, set(clerks), now)
    outcomes: list[GrantOutcome | Refusal] = []
    made: dict[int, dict[str, Any]] = {}
    notes: list[NewNote] = []
    places: dict[UUID, int] = {}
    again: dict[int, int] = {}
    for at, wish in enumerate(wishes):
        grant_id = _id_of(wish)
        try:
            note = _checked(wish, stewards.get(wish.steward_id), terms)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if grant_id in earlier:
            outcomes.append(grant_outcome(earlier[grant_id], None, following=steps_of(earlier[grant_id]["steps"])[1]))
            continue
        if grant_id in places:
            again[at] = places[grant_id]
            outcomes.append(UnknownGrant())  # its place is taken below
            continue
        row = made[at] = _row(grant_id, wish, stewards[wish.steward_id], terms, now)
        row |= {"expires_on": expires_on, "two_person": terms.takes_two(wish.points, given=given.get(wish.actor.id, 0))}
        row["steps"] = ",".join(terms.steps if row["two_person"] else ("apply", "post"))
        places[grant_id] = at
        if not row["two_person"] and wish.actor.id is not None:
            given[wish.actor.id] = given.get(wish.actor.id, 0) + wish.points
        if note is not None:
            notes.append(NewNote(subject_id=grant_id, author_id=wish.actor.id, text=note))
        outcomes.append(UnknownGrant())  # its place is taken below
    day = f"{today:%y%m%d}"
    for row, count in zip(made.values(), await take_numbers(tx, f"grant {day}", len(made)), strict=True):
        row["number"] = f"G{day}{count:04d}"
    alone = [row for row in made.values() if not row["two_person"]]
    ledger = await post(tx, [credit_of_grant(row, rules, now=now) for row in alone], now=now)
    posted = {row["id"]: outcome for row, outcome in zip(alone, ledger, strict=True)}
    kept: list[dict[str, Any]] = []
    audits = []
    for at, row in made.items():
        found = posted.get(row["id"])
        if isinstance(found, Refusal):
            outcomes[at] = found
            continue
        if isinstance(found, Posted):
            decided(row, "approved", by=row["proposed_by_id"], now=now, posted=found)
        outcomes[at] = grant_outcome(row, found, following=steps_of(row["steps"])[1])
        kept.append(row)
        audits.append(grant_audit(row, "grants.propose", wishes[at].actor))
    ids = {row["id"] for row in kept}
    await tx.insert(Grant, kept)
    await write_notes(tx, [note for note in notes if note.subject_id in ids], now=now)
    await record(tx, audits, now=now)
    await tell_given(tx, kept, posted, terms, now=now)
    for at, first in again.items():
        outcomes[at] = outcomes[first]
    return outcomes


def _clerk_series(clerk: UUID, now: datetime) -> str:
    return f"grants by {clerk.hex} {local_date(now):%y%m}"


async def given_alone(reader: Reader, clerk: UUID, *, now: datetime) -> int:
    """What a clerk gave in this local month without a second person, reversed or not."""
    return (await _given_alone(reader, {clerk}, now)).get(clerk, 0)


async def _given_alone(reader: Reader, clerks: set[UUID], now: datetime) -> dict[UUID | None, int]:
    rows = await reader.fetch(
        "SELECT proposed_by_id, SUM(points) AS points FROM points_grant "
        f"WHERE {reader.one_of('proposed_by_id', 1)} AND proposed_at >= $2 AND state = 'approved' AND NOT two_person "
        "GROUP BY proposed_by_id",
        sorted(clerks),
        day_start(local_date(now).replace(day=1)),
        types={"proposed_by_id": UUID},
    )
    return {row["proposed_by_id"]: int(row["points"]) for row in rows}


def _id_of(wish: GrantProposal) -> UUID:
    return derived_id("grant", str(wish.actor.id), wish.nonce) if wish.nonce else new_id()


def _row(grant_id: UUID, wish: GrantProposal, steward: Row, terms: GrantTerms, now: datetime) -> dict[str, Any]:
    return {
        "id": grant_id,
        "number": "",
        "steward_id": wish.steward_id,
        "street_id": steward["street_id"],
        "community_id": steward["community_id"],
        "reason": wish.reason,
        "points": wish.points,
        "expires_on": None,
        "state": "proposed",
        "two_person": True,
        "steps": ",".join(terms.steps),
        "proposed_by_id": wish.actor.id,
        "proposed_at": now,
        "decided_by_id": None,
        "decided_at": None,
        "operation_id": None,
    }


def _checked(wish: GrantProposal, steward: Row | None, terms: GrantTerms) -> str | None:
    if steward is None or not may(wish.actor, Action.STEWARDS_READ, place_of(steward), wish.steward_id):
        raise StewardUnknown(pointer="/steward_id")
    if wish.actor.kind != "staff" or not may(wish.actor, Action.GRANTS_PROPOSE, place_of(steward)):
        raise NotAllowed
    if steward["status"] not in SERVING:
        raise StewardGone(pointer="/steward_id")
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    terms.check(reason=wish.reason, points=wish.points, has_note=note is not None)
    return note
