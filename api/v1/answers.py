"""The shapes of answers, encoded by msgspec: what each resource shows, in the words of docs and OpenAPI."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from kernel.idempotency import Answer
from kernel.messages import Locale
from points.award import AwardOutcome, Reversed
from points.receipt import Receipt, sentence

T = TypeVar("T")

JSON = "application/json"
_encoder = msgspec.json.Encoder(uuid_format="canonical", decimal_format="string")


class Page(msgspec.Struct, Generic[T], kw_only=True):
    """A page of a list; go on with `starting_after` = the last id while `has_more`."""

    data: Sequence[T]
    has_more: bool


class StepShown(msgspec.Struct, kw_only=True):
    """One step of a receipt: a code with what it added or took away."""

    code: str
    points: int
    params: dict[str, Any]


class CategoryShown(msgspec.Struct, kw_only=True):
    """A category as its rule set named it."""

    code: str
    zh: str
    en: str


class ReceiptShown(msgspec.Struct, kw_only=True):
    """Why an award has its points: one sentence in the language asked for, and the codes that it was made of."""

    sentence: str
    kind: str
    rule: int
    event: str | None
    points: int
    steps: list[StepShown]
    category: CategoryShown | None = None


class AwardShown(msgspec.Struct, kw_only=True):
    """What an event was worth."""

    id: UUID
    steward_id: UUID
    points: int
    receipt: ReceiptShown
    balance_after: int | None = None


class ReversedShown(msgspec.Struct, kw_only=True):
    """A credit that was taken back: what came from the balance, what is owed, and what caps gave back to others."""

    award_id: UUID | None
    points_taken: int
    debt: int
    top_ups: list[AwardShown]


class PlaceShown(msgspec.Struct, kw_only=True):
    """A street, community or lane by its names."""

    id: UUID
    code: str
    name: str
    name_en: str


class LinkShown(msgspec.Struct, kw_only=True):
    """Something else by id and human number."""

    id: UUID
    number: str


def receipt_shown(receipt: Receipt, locale: Locale) -> ReceiptShown:
    """A receipt in a language."""
    category = None
    if receipt.category is not None:
        category = CategoryShown(
            code=receipt.category,
            zh=receipt.category_zh or receipt.category,
            en=receipt.category_en or receipt.category,
        )
    return ReceiptShown(
        sentence=sentence(receipt).render(locale),
        kind=receipt.kind,
        rule=receipt.rule_number,
        event=receipt.event.value if receipt.event else None,
        points=receipt.points,
        steps=[StepShown(code=step.code, points=step.points, params=dict(step.params)) for step in receipt.steps],
        category=category,
    )


def award_shown(award: AwardOutcome, locale: Locale) -> AwardShown:
    """An award in a language."""
    return AwardShown(
        id=award.award_id,
        steward_id=award.steward_id,
        points=award.points,
        receipt=receipt_shown(award.receipt, locale),
        balance_after=award.balance_after,
    )


def reversed_shown(taken: Reversed, locale: Locale) -> ReversedShown:
    """A reversal in a language."""
    return ReversedShown(
        award_id=taken.award_id,
        points_taken=taken.points_taken,
        debt=taken.debt,
        top_ups=[
            AwardShown(
                id=top_up.award_id,
                steward_id=top_up.steward_id,
                points=top_up.points,
                receipt=receipt_shown(top_up.receipt, locale),
            )
            for top_up in taken.top_ups
        ],
    )


def encoded(value: Any) -> bytes:
    """An answer's JSON."""
    return _encoder.encode(value)


def answer(value: Any, status: int = 200) -> Answer:
    """An answer as it is sent and kept."""
    return Answer(status=status, media_type=JSON, body=encoded(value))
