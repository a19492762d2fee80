"""The board of streets for a month, and the months that there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from kernel.database import Reader, Row
from rewards.street_scores.models import StreetWeights
from rewards.street_scores.ranking import STANDARD, Scores, StreetLine, Weights, lines_of, ranks_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetBoard:
    """The streets of a month in order, with the weights that hold for it."""

    month: str
    weights: Weights
    lines: tuple[StreetLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFrom:
    """Weights that hold from a month on."""

    from_month: str
    weights: Weights


def month_before(month: str) -> str:
    """The calendar month before one such as 2026-01."""
    year, number = map(int, month.split("-"))
    return f"{year}-{number - 1:02}" if number > 1 else f"{year - 1}-12"


async def months_of(reader: Reader) -> list[str]:
    """The months that were assessed, the newest first."""
    rows = await reader.fetch("SELECT DISTINCT month FROM rewards_street_score ORDER BY month DESC")
    return [row["month"] for row in rows]


async def weights_of(reader: Reader, month: str) -> Weights:
    """The weights of a month: those set last for it or before it."""
    rows = await reader.rows(StreetWeights, "WHERE from_month <= $1 ORDER BY from_month DESC LIMIT 1", month)
    return _weights(rows[0]) if rows else STANDARD


async def all_weights(reader: Reader) -> list[WeightsFrom]:
    """Every setting of the weights, the newest month first."""
    rows = await reader.rows(StreetWeights, "ORDER BY from_month DESC")
    return [WeightsFrom(from_month=row["from_month"], weights=_weights(row)) for row in rows]


def _weights(row: Row) -> Weights:
    return Weights(order=row["order_weight"], safety=row["safety_weight"], environment=row["environment_weight"])


async def _scores(reader: Reader, month: str) -> list[Scores]:
    rows = await reader.fetch(
        "SELECT score.street_id, street.code, street.name, street.name_en, score.order_score, "
        "score.safety_score, score.environment_score FROM rewards_street_score score "
        "JOIN stewards_street street ON street.id = score.street_id WHERE score.month = $1 ORDER BY street.code",
        month,
        types={"street_id": UUID},
    )
    return [
        Scores(
            street_id=row["street_id"],
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            order=row["order_score"],
            safety=row["safety_score"],
            environment=row["environment_score"],
        )
        for row in rows
    ]


async def street_board(reader: Reader, month: str | None) -> StreetBoard | None:
    """The board of a month, or of the newest; None where that month was not assessed.

    Movement compares with the calendar month before, by the weights that held then.
    """
    if month is None:
        months = await months_of(reader)
        if not months:
            return None
        month = months[0]
    scores = await _scores(reader, month)
    if not scores:
        return None
    weights = await weights_of(reader, month)
    earlier = month_before(month)
    former = await _scores(reader, earlier)
    before: Mapping[UUID, int] = ranks_of(former, await weights_of(reader, earlier)) if former else {}
    return StreetBoard(month=month, weights=weights, lines=tuple(lines_of(scores, weights, before)))
