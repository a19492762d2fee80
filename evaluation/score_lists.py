"""Lists of scores of a closed period, narrowed to what a caller may see."""

from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from evaluation.card_documents import read_card_document
from evaluation.cards import ShownSource, scheme_of, shown_sources
from evaluation.closes import Close
from kernel.database import Reader
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_LINES = """
    SELECT card.id, card.steward_id, card.street_id, card.place, card.multiplier_percent, card.coaching, card.card,
           steward.number, steward.name, street.name AS street, street.name_en AS street_en,
           community.name AS community, community.name_en AS community_en
    FROM evaluation_score card
    JOIN stewards_steward steward ON steward.id = card.steward_id
    JOIN stewards_street street ON street.id = card.street_id
    JOIN stewards_community community ON community.id = steward.community_id
    WHERE card.close_id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreEntry:
    """A steward's scores of a period, without what points at single raters. `place` is in the street."""

    steward_id: UUID
    number: str
    name: str
    street: str
    street_en: str
    community: str
    community_en: str
    period: str
    score: Fraction | None
    low: Fraction | None
    high: Fraction | None
    place: int | None
    multiplier_percent: int | None
    coaching: bool
    sources: tuple[ShownSource, ...]


async def list_scores(
    reader: Reader,
    principal: Principal,
    close: Close,
    *,
    street_id: UUID | None = None,
    starting_after: UUID | None = None,
    limit: int | None = None,
) -> list[ScoreEntry]:
    """The scores of a close that a caller may see, by the stewards' numbers. `starting_after` is a steward's id."""
    seen = reach(principal, Action.SCORES_READ)
    where, args = seen.condition(
        reader, 2, street="card.street_id", community="steward.community_id", steward="card.steward_id"
    )
    sql = f"{_LINES} AND {where}"
    bound = [close.id, *args]
    if street_id is not None:
        bound.append(street_id)
        sql += f" AND card.street_id = ${len(bound)}"
    if starting_after is not None:
        bound.append(starting_after)
        sql += f" AND steward.number > (SELECT number FROM stewards_steward WHERE id = ${len(bound)})"
    sql += " ORDER BY steward.number"
    if limit is not None:
        bound.append(limit)
        sql += f" LIMIT ${len(bound)}"
    rows = await reader.fetch(sql, *bound, types={"steward_id": UUID, "street_id": UUID, "coaching": bool})
    scheme = (await scheme_of(reader, close)).scheme
    found = []
    for row in rows:
        card = read_card_document(row["card"], scheme, steward_id=row["steward_id"], street_id=row["street_id"])
        entry = ScoreEntry(
            steward_id=row["steward_id"],
            number=row["number"],
            name=row["name"],
            street=row["street"],
            street_en=row["street_en"],
            community=row["community"],
            community_en=row["community_en"],
            period=close.period,
            score=card.score,
            low=card.low,
            high=card.high,
            place=row["place"],
            multiplier_percent=row["multiplier_percent"],
            coaching=row["coaching"],
            sources=shown_sources(card, scheme),
        )
        found.append(entry)
    return found
