"""One-time cards (一次性登录卡): printed by staff, with a secret of 128 bits as QR, by which a steward sets a PIN.

Looking at a card uses nothing up, so that a link's preview burns none; only setting the PIN does.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.tokens import hash_secret
from stewards.callers import ENTERING
from stewards.models import SignInCard, Steward
from stewards.refusals import StewardUnknown

CARD_KEPT = timedelta(days=14)
"""How long a card may lie before it is used."""

_SECRET_BYTES = 16
_LONGEST_TYPED = 80  # with blanks and hyphens
_SHOWN = """
    SELECT card.id, card.steward_id, steward.name, steward.number, steward.status, card.expires_at
    FROM stewards_sign_in_card card JOIN stewards_steward steward ON steward.id = card.steward_id
    WHERE card.secret_sha256 = $1 AND card.ended_at IS NULL AND card.expires_at > $2
"""
_TYPES = {"id": UUID, "steward_id": UUID, "expires_at": datetime}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIssued:
    """A new card: its secret, said once."""

    card_id: UUID
    steward_id: UUID
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardShown:
    """A card that can still be used, and whose it is."""

    card_id: UUID
    steward_id: UUID
    name: str
    number: str
    expires_at: datetime


def typed_secret(text: str) -> str:
    """A card's secret as somebody typed or scanned it: blanks, hyphens and small letters do not matter."""
    return "".join(text[:_LONGEST_TYPED].split()).replace("-", "").upper()


def spoken_secret(secret: str) -> str:
    """A card's secret in groups of four, to be typed."""
    return "-".join(secret[at : at + 4] for at in range(0, len(secret), 4))


async def issue_cards(tx: Tx, steward_ids: Sequence[UUID], *, by: Actor, now: datetime) -> list[CardIssued | Refusal]:
    """Issue a card to each steward, audited; a card that was not used yet ends. The PIN of before holds until then.

    Refuses StewardUnknown, also for who may not sign in any more.
    """
    known = await tx.lock(Steward, steward_ids)
    outcomes: list[CardIssued | Refusal] = []
    for steward_id in steward_ids:
        if steward_id not in known or known[steward_id]["status"] not in ENTERING["steward"]:
            outcomes.append(StewardUnknown(pointer="/steward_id"))
            continue
        secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().rstrip("=")
        outcomes.append(CardIssued(card_id=new_id(), steward_id=steward_id, secret=secret, expires_at=now + CARD_KEPT))
    issued = [outcome for outcome in outcomes if isinstance(outcome, CardIssued)]
    await replace_cards(tx, [card.steward_id for card in issued], now=now)
    await tx.insert(
        SignInCard,
        [
            {
                "id": card.card_id,
                "secret_sha256": hash_secret(card.secret),
                "steward_id": card.steward_id,
                "issued_at": now,
                "expires_at": card.expires_at,
            }
            for card in issued
        ],
    )
    await record(
        tx,
        [
            AuditEntry(
                actor=by,
                action="stewards.card_issued",
                subject_kind="steward",
                subject_id=card.steward_id,
                street_id=known[card.steward_id]["street_id"],
                detail={"card": str(card.card_id)},
            )
            for card in issued
        ],
        now=now,
    )
    return outcomes


async def replace_cards(tx: Tx, steward_ids: Sequence[UUID], *, now: datetime) -> None:
    """End the cards of these stewards that were not used: a newer one, or a PIN set by staff, takes their place."""
    if steward_ids:
        await tx.execute(
            "UPDATE stewards_sign_in_card SET ended_at = $2, ended_as = 'replaced' "
            f"WHERE {tx.one_of('steward_id', 1)} AND ended_at IS NULL",
            sorted(set(steward_ids)),
            now,
        )


async def read_card(reader: Reader, secret: str, *, now: datetime) -> CardShown | None:
    """The card of a secret; None when it is unknown, used, replaced or too old, or its holder may not enter."""
    typed = typed_secret(secret)
    if not typed.isascii():
        return None
    row = await reader.fetch_one(_SHOWN, hash_secret(typed), now, types=_TYPES)
    if row is None or row["status"] not in ENTERING["steward"]:
        return None
    return CardShown(
        card_id=row["id"],
        steward_id=row["steward_id"],
        name=row["name"],
        number=row["number"],
        expires_at=row["expires_at"],
    )


async def use_card(tx: Tx, card_id: UUID, *, now: datetime) -> bool:
    """End a card as used; false where somebody was quicker. Of two at once one is first."""
    return (
        await tx.execute(
            "UPDATE stewards_sign_in_card SET ended_at = $2, ended_as = 'used' "
            "WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
            card_id,
            now,
        )
        == 1
    )


async def forget_cards(tx: Tx, *, now: datetime, keep: timedelta = timedelta(days=30)) -> int:
    """Delete cards that ended or grew too old a while ago (a job's work); answers how many."""
    return await tx.execute("DELETE FROM stewards_sign_in_card WHERE expires_at < $1", now - keep)
