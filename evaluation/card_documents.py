"""Cards as JSON, for keeping: every figure exact, so that what is read back is what was computed."""

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson

from evaluation.figures import from_hundredths, to_hundredths
from evaluation.schemes import Scheme
from evaluation.scorecards import Card, DimensionScore, SourceScore

_DECIMALS = 6  # of a standard error: the last bits of a binary fraction say nothing


def card_document(card: Card) -> str:
    """A card as canonical JSON: hundredths of points as integers, weights as exact fractions."""
    plain = {
        "score": to_hundredths(card.score),
        "low": to_hundredths(card.low),
        "high": to_hundredths(card.high),
        "deviation": round(card.deviation, _DECIMALS),
        "bonus": to_hundredths(card.bonus),
        "sources": [_source(source) for source in card.sources],
    }
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def read_card_document(document: str, scheme: Scheme, *, steward_id: UUID, street_id: UUID) -> Card:
    """The card that such JSON was made of."""
    plain = orjson.loads(document)
    score = from_hundredths(plain["score"])
    return Card(
        steward_id=steward_id,
        street_id=street_id,
        score=score,
        low=from_hundredths(plain["low"]),
        high=from_hundredths(plain["high"]),
        deviation=plain["deviation"],
        bonus=from_hundredths(plain["bonus"]) or Fraction(0),
        sources=tuple(_read_source(source) for source in plain["sources"]),
        band=None if score is None else scheme.band(score),
    )


_SOURCE_POINTS = {"score", "open_mean"}
_SOURCE_WEIGHTS = {"weight", "counted_weight"}
_DIMENSION_POINTS = {"score", "plain_mean", "street_mean", "expected"}


def _source(source: SourceScore) -> dict[str, Any]:
    plain: dict[str, Any] = {field.name: getattr(source, field.name) for field in fields(source)}
    plain["dimensions"] = [_dimension(one) for one in source.dimensions]
    return _written(plain, _SOURCE_POINTS, _SOURCE_WEIGHTS)


def _dimension(dimension: DimensionScore) -> dict[str, Any]:
    plain = {field.name: getattr(dimension, field.name) for field in fields(dimension)}
    return _written(plain, _DIMENSION_POINTS, {"weight"})


def _written(plain: dict[str, Any], points: set[str], weights: set[str]) -> dict[str, Any]:
    return plain | {name: to_hundredths(plain[name]) for name in points} | {name: str(plain[name]) for name in weights}


def _read_source(plain: Mapping[str, Any]) -> SourceScore:
    dimensions = tuple(DimensionScore(**_read(found, _DIMENSION_POINTS, {"weight"})) for found in plain["dimensions"])
    return SourceScore(**_read(plain, _SOURCE_POINTS, _SOURCE_WEIGHTS) | {"dimensions": dimensions})


def _read(plain: Mapping[str, Any], points: set[str], weights: set[str]) -> dict[str, Any]:
    return (
        dict(plain)
        | {name: from_hundredths(plain[name]) for name in points}
        | {name: Fraction(plain[name]) for name in weights}
    )
