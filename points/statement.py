"""A steward's statement: every transfer that touched what he has or owes, newest first (积分明细)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from kernel.database import Reader, Row
from kernel.errors import Kind, Refusal
from kernel.messages import N_
from points.accounts import purse_account
from points.receipt import Receipt

Shown = Literal["spendable", "debt", "honour", "services", "donation"]
"""The accounts whose transfers a statement lists. What leaves escrow left the purse when it was held."""

ACCOUNT_NAMES: Mapping[Shown, str] = {
    "spendable": N_("可用积分"),
    "debt": N_("欠分"),
    "honour": N_("荣誉积分"),
    "services": N_("服务积分"),
    "donation": N_("公益积分"),
}
_SHOWN: tuple[Shown, ...] = get_args(Shown)
_CURSOR = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18}){4}", re.ASCII)
_NEWEST = 2**62


class CursorUnfit(Refusal):
    """A cursor that no statement gave out."""

    code = "cursor_unfit"
    kind = Kind.INVALID
    message = "游标“{cursor}”无效，请从第一页重新开始。"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One transfer as its steward sees it, from the side of `account`. Of debt, `sign` +1 owes more, -1 repaid."""

    id: UUID  # of the transfer
    operation_id: UUID
    leg: int  # of the operation
    account: Shown
    sign: Literal[1, -1]
    points: int
    balance_after: int  # of `account`
    counterpart: str  # the kind of the other account: issued, redeemed, escrow, owed, ...
    reason: str
    reference: str
    award_id: UUID | None
    category: str | None
    receipt: Receipt | None  # of the operation's award
    reverses_id: UUID | None  # the operation that this one reversed
    reverses: tuple[str, str] | None  # its (reason, reference)
    reversed_by_id: UUID | None  # the operation that reversed this one
    actor_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    cursor: str  # starting_after for the next page


async def statement(
    reader: Reader, steward_id: UUID, *, starting_after: str | None = None, limit: int = 50
) -> list[StatementEntry]:
    """Up to `limit` entries, newest first, after the entry whose cursor is given.

    A cursor holds the versions of the accounts down to which entries were shown, so that a page costs the same
    however long the history is.

    Raises:
        CursorUnfit: no statement gave out this cursor.

    """
    below = _parse(starting_after)
    rows = await reader.fetch(
        _NEWEST_OF_ALL,
        *(purse_account(steward_id, account) for account in _SHOWN),
        *(below[account] for account in _SHOWN),
        limit,
        types={"id": UUID, "operation_id": UUID, "recorded_at": datetime},
    )
    shown: dict[Shown, int] = dict.fromkeys(_SHOWN, 1)
    for row in rows:
        # What is recorded between two pages is newer than both, and stays out of the second.
        shown[row["account"]] = max(shown[row["account"]], row["version"] + 1)
    page = rows[:limit]
    linked = await _linked(reader, {row["operation_id"] for row in page})
    entries = []
    for row in page:
        shown[row["account"]] = row["version"]
        cursor = ".".join(str(shown[account]) for account in _SHOWN)
        entries.append(_entry(row, linked[row["operation_id"]], cursor=cursor))
    return entries


def _parse(cursor: str | None) -> dict[Shown, int]:
    if cursor is None:
        return dict.fromkeys(_SHOWN, _NEWEST)
    if not _CURSOR.fullmatch(cursor):
        raise CursorUnfit(pointer="/starting_after", cursor=cursor[:40])
    return dict(zip(_SHOWN, map(int, cursor.split(".")), strict=True))


def _newest_of(account: Shown, number: int, most: str) -> str:
    """The newest transfers of an account below a version, from either side's index of versions."""
    account_id, below = f"${number}", f"${number + len(_SHOWN)}"
    sides = " UNION ALL ".join(
        f"SELECT * FROM (SELECT id, operation_id, leg, points, recorded_at, {sign} AS sign, {other}_account_id AS "
        f"other_id, {side}_version AS version, {side}_balance AS balance FROM points_transfer "
        f"WHERE {side}_account_id = {account_id} AND {side}_version < {below} "
        f"ORDER BY {side}_version DESC LIMIT {most}) AS {account}_{side}"
        for side, other, sign in (("to", "from", 1), ("from", "to", -1))
    )
    return (
        f"SELECT * FROM (SELECT '{account}' AS account, sides.* FROM ({sides}) AS sides "
        f"ORDER BY version DESC LIMIT {most}) AS {account}_newest"
    )


def _newest_of_all() -> str:
    most = f"${2 * len(_SHOWN) + 1}"
    accounts = " UNION ALL ".join(_newest_of(account, number, most) for number, account in enumerate(_SHOWN, 1))
    return (
        f"SELECT page.*, other.kind AS counterpart FROM ({accounts}) AS page "
        "JOIN points_account AS other ON other.id = page.other_id ORDER BY recorded_at DESC, leg DESC, sign DESC"
    )


_NEWEST_OF_ALL = _newest_of_all()


async def _linked(reader: Reader, operation_ids: Collection[UUID]) -> dict[UUID, Row]:
    """The operations of a page with their awards and with their reversals, both ways."""
    if not operation_ids:
        return {}
    rows = await reader.fetch(
        "SELECT made.id, made.reason, made.reference, made.actor_id, made.occurred_at, made.reverses_id, "
        "before.reason AS reversed_reason, before.reference AS reversed_reference, undone.id AS reversed_by_id, "
        "award.id AS award_id, award.category, award.receipt "
        "FROM points_operation AS made "
        "LEFT JOIN points_operation AS before ON before.id = made.reverses_id "
        "LEFT JOIN points_operation AS undone ON undone.reverses_id = made.id "
        # An operation and its award have the same reason and reference.
        "LEFT JOIN points_award AS award ON award.reason = made.reason AND award.reference = made.reference "
        "AND award.operation_id = made.id "
        f"WHERE {reader.one_of('made.id', 1)}",
        sorted(operation_ids),
        types={
            "id": UUID,
            "actor_id": UUID,
            "occurred_at": datetime,
            "reverses_id": UUID,
            "reversed_by_id": UUID,
            "award_id": UUID,
        },
    )
    return {row["id"]: row for row in rows}


def _entry(row: Row, operation: Row, *, cursor: str) -> StatementEntry:
    return StatementEntry(
        id=row["id"],
        operation_id=row["operation_id"],
        leg=row["leg"],
        account=row["account"],
        sign=row["sign"],
        points=row["points"],
        balance_after=row["balance"],
        counterpart=row["counterpart"],
        reason=operation["reason"],
        reference=operation["reference"],
        award_id=operation["award_id"],
        category=operation["category"],
        receipt=Receipt.from_json(operation["receipt"]) if operation["receipt"] else None,
        reverses_id=operation["reverses_id"],
        reverses=(operation["reversed_reason"], operation["reversed_reference"]) if operation["reverses_id"] else None,
        reversed_by_id=operation["reversed_by_id"],
        actor_id=operation["actor_id"],
        occurred_at=operation["occurred_at"],
        recorded_at=row["recorded_at"],
        cursor=cursor,
    )
