"""Telling stories: by staff of their own streets, about stewards who consent; withdrawn at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import clean_text, storable
from rewards.stories.models import Story
from rewards.stories.refusals import StoryNeedsConsent, UnknownStory, UnknownStoryPerson, UnknownStoryStreet
from stewards.consents import consents_of
from stewards.models import Steward, Street
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

STORY = "story"
"""The consent to stories about oneself."""
TITLE_LENGTH = 64
TEXT_LENGTH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TellStory:
    """A story of a street; `steward_number` names whom it is about, `picture_sha256` a stored file."""

    title: str
    text: str
    street_code: str
    steward_number: str | None
    picture_sha256: str | None
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawStory:
    """A story is to be shown no more."""

    story_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChanged:
    """A story that was told or withdrawn."""

    story_id: UUID
    withdrawn_at: datetime | None


async def tell_stories(tx: Tx, wishes: Sequence[TellStory], *, now: datetime) -> list[StoryChanged | Refusal]:
    """Tell stories, audited without their words."""
    codes = sorted({wish.street_code for wish in wishes if storable(wish.street_code)})
    numbers = sorted({wish.steward_number for wish in wishes if wish.steward_number and storable(wish.steward_number)})
    streets = {row["code"]: row for row in await tx.rows(Street, f"WHERE {tx.one_of('code', 1)}", codes)}
    people = {row["number"]: row for row in await tx.rows(Steward, f"WHERE {tx.one_of('number', 1)}", numbers)}
    consents = await consents_of(tx, [row["id"] for row in people.values()])
    agreed = {steward_id for steward_id, fields in consents.items() if STORY in fields}
    outcomes: list[StoryChanged | Refusal] = []
    rows: list[Row] = []
    entries = []
    for wish in wishes:
        try:
            person = people.get(wish.steward_number) if wish.steward_number else None
            row = _told(wish, streets.get(wish.street_code), person, agreed, now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        rows.append(row)
        entries.append(_entry(wish.caller, "stories.told", row))
        outcomes.append(StoryChanged(story_id=row["id"], withdrawn_at=None))
    await tx.insert(Story, rows)
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _told(wish: TellStory, street: Row | None, person: Row | None, agreed: set[UUID], now: datetime) -> Row:
    title = clean_text(wish.title, max_length=TITLE_LENGTH, pointer="/title")
    text = clean_text(wish.text, max_length=TEXT_LENGTH, pointer="/text", lines=True)
    if street is None or not may(wish.caller, Action.STORIES_EDIT, Place(street_id=street["id"])):
        raise UnknownStoryStreet(pointer="/street")
    if wish.steward_number:
        if person is None or person["street_id"] != street["id"]:
            raise UnknownStoryPerson(pointer="/steward", number=wish.steward_number[:32])
        if person["id"] not in agreed:
            raise StoryNeedsConsent(pointer="/steward")
    return {
        "id": new_id(),
        "title": title,
        "text": text,
        "street_id": street["id"],
        "steward_id": person["id"] if person else None,
        "picture_id": wish.picture_sha256,
        "told_by_id": wish.caller.id,
        "told_at": now,
    }


async def withdraw_stories(tx: Tx, wishes: Sequence[WithdrawStory], *, now: datetime) -> list[StoryChanged | Refusal]:
    """Withdraw stories; one that was withdrawn stays as it is."""
    found = await tx.lock(Story, {wish.story_id for wish in wishes})
    outcomes: list[StoryChanged | Refusal] = []
    for wish in wishes:
        row = found.get(wish.story_id)
        if row is None or not may(wish.caller, Action.STORIES_EDIT, Place(street_id=row["street_id"])):
            outcomes.append(UnknownStory())
            continue
        ended = row["withdrawn_at"]
        if ended is None:
            ended = now
            await tx.update(Story, [{"id": row["id"], "withdrawn_at": now}])
            await record(tx, [_entry(wish.caller, "stories.withdrawn", row)], now=now)
        outcomes.append(StoryChanged(story_id=row["id"], withdrawn_at=ended))
    return outcomes


def _entry(caller: Principal, action: str, row: Row) -> AuditEntry:
    return AuditEntry(
        actor=caller.actor, action=action, subject_kind="story", subject_id=row["id"], street_id=row["street_id"]
    )
