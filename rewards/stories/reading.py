"""Stories, thanks and honours as everybody sees them: each answer reads consents anew, so that none outlives them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader
from rewards.boards.sums import HIDDEN
from rewards.titles.behind import TEAM_OF_AWARD
from stewards.names import public_name
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach


def _consents(field: str) -> str:
    """SQL: those who consent to a field now."""
    return f"(SELECT steward_id FROM stewards_consent WHERE field = '{field}' AND withdrawn_at IS NULL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryShown:
    """A story. `name` is that of whom it is about, as everybody may see it; `picture` its file, if it may be shown."""

    id: UUID
    title: str
    text: str
    street_id: UUID
    street_code: str
    street_name: str
    street_name_en: str
    name: str | None
    picture: str | None
    told_at: datetime


_SHOWN = f"""
    SELECT story.id, story.title, story.text, story.street_id, street.code AS street_code, street.name AS street_name,
           street.name_en AS street_name_en, story.steward_id, steward.name AS person, story.told_at,
           CASE WHEN steward.id IN {_consents("full_name")} THEN 1 ELSE 0 END AS by_name,
           CASE WHEN story.steward_id IS NULL OR steward.id IN {_consents("photo")} THEN story.picture_id END AS picture
    FROM rewards_story story
    JOIN stewards_street street ON street.id = story.street_id
    LEFT JOIN stewards_steward steward ON steward.id = story.steward_id
    WHERE story.withdrawn_at IS NULL AND (story.steward_id IS NULL OR steward.id IN {_consents("story")})
"""
_TYPES: dict[str, type] = {"id": UUID, "street_id": UUID, "told_at": datetime}


async def list_stories(reader: Reader, *, street_id: UUID | None = None, limit: int) -> list[StoryShown]:
    """The newest stories of the district or a street."""
    within = "AND story.street_id = $2" if street_id else ""
    rows = await reader.fetch(
        f"{_SHOWN} {within} ORDER BY story.told_at DESC, story.id LIMIT $1",
        limit,
        *([street_id] if street_id else []),
        types=_TYPES,
    )
    return [_story(row) for row in rows]


async def show_story(reader: Reader, story_id: UUID) -> StoryShown | None:
    """A story; None where there is none that may be shown now."""
    row = await reader.fetch_one(f"{_SHOWN} AND story.id = $1", story_id, types=_TYPES)
    return _story(row) if row else None


def _story(row: object) -> StoryShown:
    found = dict(row)  # type: ignore[call-overload]
    found.pop("steward_id")
    person, by_name = found.pop("person"), found.pop("by_name")
    name = public_name(person, bool(by_name)) if person else None
    if name is not None:  # whoever wrote it may have written the name out
        found["title"], found["text"] = (found[part].replace(person, name) for part in ("title", "text"))
    return StoryShown(**found, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksShown:
    """Thanks with the name of the steward as everybody may see it."""

    id: UUID
    text: str
    signed: str
    name: str
    street_name: str
    street_name_en: str
    left_at: datetime


_THANKS = f"""
    SELECT note.id, note.text, note.signed, steward.name AS person, street.name AS street_name,
           street.name_en AS street_name_en, note.left_at,
           CASE WHEN steward.id IN {_consents("full_name")} THEN 1 ELSE 0 END AS by_name
    FROM rewards_thank_note note
    JOIN stewards_steward steward ON steward.id = note.steward_id
    JOIN stewards_street street ON street.id = steward.street_id
"""


def _thanks(row: object) -> ThanksShown:
    found = dict(row)  # type: ignore[call-overload]
    person, by_name = found.pop("person"), found.pop("by_name")
    return ThanksShown(**found, name=public_name(person, bool(by_name)))


async def list_thanks(reader: Reader, *, limit: int) -> list[ThanksShown]:
    """The newest thanks that were published, to stewards who still wish them."""
    rows = await reader.fetch(
        f"{_THANKS} WHERE note.state = 'published' AND steward.id IN {_consents('thanks')} "
        "ORDER BY note.left_at DESC, note.id LIMIT $1",
        limit,
        types={"id": UUID, "left_at": datetime},
    )
    return [_thanks(row) for row in rows]


async def waiting_thanks(reader: Reader, principal: Principal, *, limit: int) -> list[ThanksShown]:
    """The thanks within the caller's reach that nobody has looked at, the oldest first."""
    condition, args = reach(principal, Action.THANKS_DECIDE).condition(
        reader, 1, street="steward.street_id", community="steward.community_id"
    )
    rows = await reader.fetch(
        f"{_THANKS} WHERE note.state = 'waiting' AND {condition} ORDER BY note.left_at, note.id LIMIT ${len(args) + 1}",
        *args,
        limit,
        types={"id": UUID, "left_at": datetime},
    )
    return [_thanks(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Honour:
    """A title that somebody holds, or a team, on the wall of its year."""

    title: str
    title_name: str
    title_name_en: str
    period: str
    year: int
    street_code: str
    street_name: str
    street_name_en: str
    name: str
    of_team: bool


async def honour_years(reader: Reader) -> list[int]:
    """The years in which titles were given that are still held, the newest first."""
    rows = await reader.fetch(
        "SELECT DISTINCT year FROM rewards_title_award WHERE revoked_at IS NULL ORDER BY year DESC"
    )
    return [row["year"] for row in rows]


async def honours_of(reader: Reader, year: int) -> list[Honour]:
    """The titles of a year by title, street and number, without those who wish to be on no board.

    A team stands there by its own name, whoever leads it.
    """
    rows = await reader.fetch(
        f"""
        SELECT award.title, award.name AS title_name, award.name_en AS title_name_en, award.period, award.year,
               street.code AS street_code, street.name AS street_name, street.name_en AS street_name_en,
               steward.name AS person, team.name AS team,
               CASE WHEN steward.id IN {_consents("full_name")} THEN 1 ELSE 0 END AS by_name
        FROM rewards_title_award award
        JOIN stewards_steward steward ON steward.id = award.steward_id
        JOIN stewards_street street ON street.id = award.street_id
        {TEAM_OF_AWARD}
        WHERE award.year = $1 AND award.revoked_at IS NULL AND (team.id IS NOT NULL OR steward.id NOT IN {HIDDEN})
        ORDER BY award.period DESC, award.title, street.code, team.number, steward.number
        """,
        year,
    )
    return [
        Honour(
            **{name: row[name] for name in Honour.__dataclass_fields__ if name not in {"name", "of_team"}},
            name=row["team"] or public_name(row["person"], bool(row["by_name"])),
            of_team=row["team"] is not None,
        )
        for row in rows
    ]
