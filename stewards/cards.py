"""A steward's card (彩色名片): photo and tip, each shown to everybody only while its own consent stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.text import clean_text
from stewards.models import Steward, StewardCard
from stewards.refusals import StewardUnknown

TIP_LENGTH = 40
PHOTO = "photo"
TIP = "tip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a steward put on the card; `photo` is a stored file's SHA-256."""

    photo: str | None = None
    tip: str = ""

    def shown(self, consents: frozenset[str]) -> "Card":
        """What of it everybody may see."""
        return Card(photo=self.photo if PHOTO in consents else None, tip=self.tip if TIP in consents else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWish:
    """What is to be changed on a card: None leaves a part as it is, an empty text takes it off."""

    steward_id: UUID
    tip: str | None = None
    photo_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSaved:
    """A card as it stands now; `changed` names the parts that are new."""

    steward_id: UUID
    card: Card
    changed: tuple[str, ...]


async def save_cards(tx: Tx, wishes: Sequence[CardWish], *, by: Actor, now: datetime) -> list[CardSaved | Refusal]:
    """Change cards, audited without their words. Photos were stored before (kernel.files).

    Refuses StewardUnknown and unfit tips.
    """
    stewards = await tx.lock(Steward, {wish.steward_id for wish in wishes})
    cards = dict(await cards_of(tx, stewards))
    outcomes: list[CardSaved | Refusal] = []
    entries = []
    for wish in wishes:
        try:
            if wish.steward_id not in stewards:
                raise StewardUnknown(pointer="/steward_id")
            before = cards[wish.steward_id]
            card = _changed(before, wish)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        changed = tuple(part for part in (PHOTO, TIP) if getattr(card, part) != getattr(before, part))
        if changed:
            await _write(tx, wish.steward_id, card, now)
            cards[wish.steward_id] = card
            entries.append(_entry(by, stewards[wish.steward_id], changed))
        outcomes.append(CardSaved(steward_id=wish.steward_id, card=card, changed=changed))
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _changed(card: Card, wish: CardWish) -> Card:
    tip, photo = card.tip, card.photo
    if wish.tip is not None:
        tip = clean_text(wish.tip, max_length=TIP_LENGTH, pointer="/tip", allow_empty=True)
    if wish.photo_sha256 is not None:
        photo = wish.photo_sha256 or None
    return Card(photo=photo, tip=tip)


async def _write(tx: Tx, steward_id: UUID, card: Card, now: datetime) -> None:
    row = {"steward_id": steward_id, "photo_id": card.photo, "tip": card.tip, "changed_at": now}
    await tx.insert(StewardCard, [row], skip_existing=True)
    await tx.update(StewardCard, [row], key="steward_id")


def _entry(by: Actor, steward: Mapping[str, Any], changed: tuple[str, ...]) -> AuditEntry:
    return AuditEntry(
        actor=by,
        action="stewards.card_changed",
        subject_kind="steward",
        subject_id=steward["id"],
        street_id=steward["street_id"],
        detail={"changed": list(changed)},
    )


async def cards_of(reader: Reader, steward_ids: Iterable[UUID]) -> Mapping[UUID, Card]:
    """The cards of these stewards, whole; an empty one for who has none."""
    wanted = sorted(set(steward_ids))
    rows = await reader.rows(StewardCard, f"WHERE {reader.one_of('steward_id', 1)}", wanted)
    found = {row["steward_id"]: Card(photo=row["photo_id"], tip=row["tip"]) for row in rows}
    return {steward_id: found.get(steward_id, Card()) for steward_id in wanted}
