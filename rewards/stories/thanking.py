"""Thanks of residents: left without an account, looked at by staff, shown only for stewards who wish it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import clean_text
from rewards.stories.models import ThankNote
from rewards.stories.refusals import ThanksDecided, ThanksNotWished, UnknownThanks
from stewards.consents import consents_of
from stewards.models import Steward
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

THANKS = "thanks"
"""The wish to receive thanks in public."""
TEXT_LENGTH = 200
SIGNED_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveThanks:
    """What a resident writes to a steward, signed as he or she likes."""

    steward_id: UUID
    text: str
    signed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideThanks:
    """Show thanks, or leave them unseen."""

    thanks_id: UUID
    publish: bool
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksStand:
    """Where thanks stand now: waiting, published or rejected."""

    thanks_id: UUID
    state: str


async def leave_thanks(tx: Tx, wishes: Sequence[LeaveThanks], *, now: datetime) -> list[ThanksStand | Refusal]:
    """Take thanks for stewards who wish them; they wait to be looked at."""
    asked = sorted({wish.steward_id for wish in wishes})
    active = await tx.fetch(
        f"SELECT id FROM stewards_steward WHERE {tx.one_of('id', 1)} AND status = 'active'", asked, types={"id": UUID}
    )
    consents = await consents_of(tx, [row["id"] for row in active])
    outcomes: list[ThanksStand | Refusal] = []
    rows = []
    for wish in wishes:
        if THANKS not in consents.get(wish.steward_id, frozenset()):
            outcomes.append(ThanksNotWished(pointer="/steward"))
            continue
        try:
            note_id = new_id()
            row = {
                "id": note_id,
                "steward_id": wish.steward_id,
                "text": clean_text(wish.text, max_length=TEXT_LENGTH, pointer="/text"),
                "signed": clean_text(wish.signed, max_length=SIGNED_LENGTH, pointer="/signed", allow_empty=True),
                "state": "waiting",
                "left_at": now,
            }
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        rows.append(row)
        outcomes.append(ThanksStand(thanks_id=note_id, state="waiting"))
    await tx.insert(ThankNote, rows)
    return outcomes


async def decide_thanks(tx: Tx, wishes: Sequence[DecideThanks], *, now: datetime) -> list[ThanksStand | Refusal]:
    """Publish or reject thanks, audited; the same decision again changes nothing."""
    notes = await tx.lock(ThankNote, {wish.thanks_id for wish in wishes})
    people = await tx.rows(
        Steward, f"WHERE {tx.one_of('id', 1)}", sorted({note["steward_id"] for note in notes.values()})
    )
    places = {row["id"]: Place(street_id=row["street_id"], community_id=row["community_id"]) for row in people}
    states = {note_id: note["state"] for note_id, note in notes.items()}
    outcomes: list[ThanksStand | Refusal] = []
    for wish in wishes:
        note = notes.get(wish.thanks_id)
        if note is None or not may(wish.caller, Action.THANKS_DECIDE, places[note["steward_id"]]):
            outcomes.append(UnknownThanks())
            continue
        state = "published" if wish.publish else "rejected"
        if states[wish.thanks_id] not in {"waiting", state}:
            outcomes.append(ThanksDecided())
            continue
        if states[wish.thanks_id] == "waiting":
            states[wish.thanks_id] = state
            row = {"id": note["id"], "state": state, "decided_at": now, "decided_by_id": wish.caller.id}
            await tx.update(ThankNote, [row])
            entry = AuditEntry(
                actor=wish.caller.actor,
                action=f"thanks.{state}",
                subject_kind="thank_note",
                subject_id=note["id"],
                street_id=places[note["steward_id"]].street_id,
            )
            await record(tx, [entry], now=now)
        outcomes.append(ThanksStand(thanks_id=wish.thanks_id, state=state))
    return outcomes
