"""A period's cards as the rows that freeze them: pure, so that recomputing a close is the same sum."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from evaluation.card_documents import card_document
from evaluation.figures import to_hundredths
from evaluation.inputs import Inputs, facts_document
from evaluation.scorecards import Card, compute_cards, places

ScoreRow = Mapping[str, Any]
"""What evaluation_score holds of a card, but for its id and close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """The cards of a period, ready to be kept: rows by steward, and what inputs and rows hash to."""

    inputs: Inputs
    rows: tuple[ScoreRow, ...]
    inputs_sha256: str
    scores_sha256: str

    @property
    def multipliers(self) -> dict[UUID, int]:
        """By how many percent case points count after this period, for who has a score and the scheme has bands."""
        return {
            row["steward_id"]: row["multiplier_percent"] for row in self.rows if row["multiplier_percent"] is not None
        }


def freeze(inputs: Inputs) -> Frozen:
    """Compute the cards of a period. The same inputs give the same rows and hashes, on every machine."""
    scheme = inputs.scheme.scheme
    cards = compute_cards(
        scheme,
        inputs.stewards,
        inputs.votes,
        inputs.facts,
        held=inputs.held,
        weights=inputs.weights,
        hazards=inputs.hazards,
    )
    by_street: dict[UUID, list[Card]] = {}
    for card in cards.values():
        by_street.setdefault(card.street_id, []).append(card)
    place = {steward: at for of_street in by_street.values() for steward, at in places(of_street, scheme).items()}
    rows = tuple(
        score_row(card, place.get(steward), facts_document(inputs, steward)) for steward, card in sorted(cards.items())
    )
    return Frozen(inputs=inputs, rows=rows, inputs_sha256=inputs.sha256(), scores_sha256=scores_sha256(rows))


def score_row(card: Card, place: int | None, facts: Mapping[str, Any]) -> ScoreRow:
    """A card as it is kept."""
    return {
        "steward_id": card.steward_id,
        "street_id": card.street_id,
        "score": to_hundredths(card.score),
        "low": to_hundredths(card.low),
        "high": to_hundredths(card.high),
        "place": place,
        "multiplier_percent": card.band.multiplier_percent if card.band else None,
        "coaching": card.band.coaching if card.band else False,
        "facts": orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode(),
        "card": card_document(card),
    }


def scores_sha256(rows: Sequence[ScoreRow]) -> str:
    """The hash of kept cards, whatever their order."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row["steward_id"]):
        plain = [str(row["steward_id"]), str(row["street_id"]), row["score"], row["low"], row["high"], row["place"]]
        digest.update(orjson.dumps([*plain, row["multiplier_percent"], bool(row["coaching"]), row["card"]]) + b"\n")
    return digest.hexdigest()
