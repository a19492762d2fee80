"""Stewards' cards: changed part by part, audited without words, shown as far as each consent goes."""

import pytest

from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.models import AuditRow, StoredFile
from stewards.cards import Card, CardSaved, CardWish, cards_of, save_cards
from tests.stewards.builders import NOON, a_district, a_steward

PHOTO = "cd" * 32


async def save(database: Database, *wishes: CardWish) -> list[CardSaved | Refusal]:
    return await database.run(lambda tx: save_cards(tx, wishes, by=SYSTEM, now=NOON))


async def test_a_card_changes_part_by_part_and_a_refused_one_harms_no_other(database: Database) -> None:
    file = {"sha256": PHOTO, "media_type": "image/jpeg", "size_bytes": 1, "stored_at": NOON}
    await database.run(lambda tx: tx.insert(StoredFile, [file]))
    zhao, qian = await a_district(database, a_steward(), a_steward("0140002", name="钱样本"))
    outcomes = await save(
        database,
        CardWish(steward_id=zhao, tip=" 有事您说话 "),
        CardWish(steward_id=new_id(), tip="谁"),
        CardWish(steward_id=qian, tip="字" * 41),
        CardWish(steward_id=qian, tip="\u202e反"),
        CardWish(steward_id=zhao, photo_sha256=PHOTO),
        CardWish(steward_id=zhao, tip="有事您说话"),
    )
    refused = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert refused == ["steward_unknown", "text_too_long", "text_character_not_allowed"]
    saved = [outcome for outcome in outcomes if isinstance(outcome, CardSaved)]
    assert [outcome.changed for outcome in saved] == [("tip",), ("photo",), ()]
    reader = await database.reader()
    assert await cards_of(reader, [zhao, qian]) == {zhao: Card(photo=PHOTO, tip="有事您说话"), qian: Card()}
    entries = await reader.rows(AuditRow, "WHERE action = 'stewards.card_changed'")
    assert len(entries) == 2
    assert "有事" not in str([dict(entry) for entry in entries])
    await save(database, CardWish(steward_id=zhao, tip="", photo_sha256=""))
    assert (await cards_of(reader, [zhao]))[zhao] == Card()


@pytest.mark.parametrize(
    ("consents", "shown"),
    [
        (set(), Card()),
        ({"photo"}, Card(photo=PHOTO)),
        ({"tip", "phone"}, Card(tip="您好")),
        ({"photo", "tip"}, Card(photo=PHOTO, tip="您好")),
    ],
)
def test_each_part_is_shown_by_its_own_consent(consents: set[str], shown: Card) -> None:
    assert Card(photo=PHOTO, tip="您好").shown(frozenset(consents)) == shown
