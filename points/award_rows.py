"""Awards as rows: how they are read back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from kernel.database import Insert, Reader, Row, Tx
from kernel.outbox import outbox_rows
from points.models import Award

AWARDED = "points.awarded"
"""The outbox topic of awards; its payload names the stewards, whom its consumers read again."""

_MOST_NAMED = 500  # stewards in one payload

AWARD_COLUMNS = (
    "id",
    "steward_id",
    "street_id",
    "lane_id",
    "reason",
    "reference",
    "category",
    "facts",
    "points",
    "entitled",
    "receipt",
    "fingerprint",
    "rule_version_id",
    "operation_id",
    "reverses_id",
    "tops_up_id",
    "occurred_at",
    "recorded_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardRecord:
    """An award as it was recorded. `receipt` is points.receipt.Receipt as JSON."""

    id: UUID
    steward_id: UUID
    street_id: UUID | None
    lane_id: UUID | None
    reason: str
    reference: str
    category: str | None
    facts: str | None  # points.award.further_facts
    points: int
    entitled: int
    receipt: str
    fingerprint: str
    rule_version_id: UUID
    operation_id: UUID | None
    reverses_id: UUID | None
    tops_up_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What is unique about it."""
        return (self.reason, self.reference)

    @property
    def purse(self) -> str:
        """Where its points went: the receipt says so where it is not what can be spent."""
        if '"purse":' not in self.receipt:
            return "spendable"
        found: str = orjson.loads(self.receipt).get("purse", "spendable")
        return found


def _records(rows: Iterable[Row]) -> list[AwardRecord]:
    return [AwardRecord(**row) for row in rows]


async def awards_by_key(reader: Reader, keys: set[tuple[str, str]]) -> dict[tuple[str, str], AwardRecord]:
    """The awards with these (reason, reference)."""
    if not keys:
        return {}
    rows = await reader.rows(
        Award,
        f"WHERE {reader.one_of('reference', 1)} AND {reader.one_of('reason', 2)}",
        sorted({reference for _, reference in keys}),
        sorted({reason for reason, _ in keys}),
    )
    return {award.key: award for award in _records(rows) if award.key in keys}


async def awards_by(reader: Reader, column: str, ids: Iterable[UUID]) -> list[AwardRecord]:
    """The awards whose `column` (id, reverses_id, tops_up_id) is one of these, oldest first."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    return _records(await reader.rows(Award, f"WHERE {reader.one_of(column, 1)} ORDER BY recorded_at, id", wanted))


async def balances_after(reader: Reader, awards: Iterable[AwardRecord]) -> dict[UUID, int]:
    """What could be spent after each of the awards' operations, by operation."""
    operations = sorted(award.operation_id for award in awards if award.operation_id is not None)
    if not operations:
        return {}
    rows = await reader.fetch(
        "SELECT moved.operation_id, CASE WHEN target.kind = 'spendable' THEN moved.to_balance "
        "ELSE moved.from_balance END AS balance FROM points_transfer AS moved "
        "JOIN points_account AS source ON source.id = moved.from_account_id "
        "JOIN points_account AS target ON target.id = moved.to_account_id "
        f"WHERE {reader.one_of('moved.operation_id', 1)} AND 'spendable' IN (source.kind, target.kind) "
        "ORDER BY moved.leg",
        operations,
        types={"operation_id": UUID},
    )
    return {row["operation_id"]: row["balance"] for row in rows}


def awarded_rows(steward_ids: Iterable[UUID], *, now: datetime) -> Insert:
    """What says in the outbox whose awards are written with it: one row for hundreds of stewards."""
    named = [str(steward_id) for steward_id in sorted(set(steward_ids))]
    payloads = [{"steward_ids": named[at : at + _MOST_NAMED]} for at in range(0, len(named), _MOST_NAMED)]
    return outbox_rows(((AWARDED, payload) for payload in payloads), now=now)


async def tell_awarded(tx: Tx, steward_ids: Iterable[UUID], *, now: datetime) -> None:
    """Say in the outbox whose awards have just been written."""
    await tx.write([awarded_rows(steward_ids, now=now)])
