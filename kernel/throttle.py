"""Throttling that counts across processes: so many per window, in rows of the database."""

import hashlib
import math
from datetime import datetime, timedelta

from kernel.database import Tx
from kernel.errors import Kind, Refusal
from kernel.models import Budget

_LONGEST_KEY = 128


class Throttled(Refusal):
    """Too many tries in this window; `retry_after_s` says when the next one counts."""

    code = "throttled"
    kind = Kind.THROTTLED
    message = "试的次数太多了，请 {retry_after_s} 秒后再试。"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


def budget_key(key: str) -> str:
    """A key as it is stored: long ones by their hash."""
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


async def spend(tx: Tx, key: str, *, limit: int, window: timedelta, now: datetime) -> None:
    """Take one of `limit` tries per `window`.

    To be committed before the work that it guards: a refusal raised later in the same transaction would give the
    try back.

    Raises:
        Throttled: none is left; nothing was taken.

    """
    row_key = budget_key(key)
    # One statement makes the row or locks it: between two, the right password elsewhere could delete it.
    row = await tx.fetch_one(
        "INSERT INTO kernel_budget (key, window_started_at, window_ends_at, used) VALUES ($1, $2, $3, 0) "
        "ON CONFLICT (key) DO UPDATE SET used = kernel_budget.used RETURNING window_started_at, used",
        row_key,
        now,
        now + window,
        types={"window_started_at": datetime},
    )
    assert row is not None  # noqa: S101 - RETURNING answers the row that was written
    started, used = row["window_started_at"], row["used"]
    if now >= started + window or now < started:  # a clock that was set back must not lock anybody out
        started, used = now, 0
    if used >= limit:
        raise Throttled(max(1, math.ceil((started + window - now).total_seconds())))
    taken = {"key": row_key, "window_started_at": started, "window_ends_at": started + window, "used": used + 1}
    await tx.update(Budget, [taken], key="key")


async def refund(tx: Tx, key: str) -> None:
    """Give the last try of a key back, after the right password. Those before it may be somebody else's and stay."""
    await tx.execute("UPDATE kernel_budget SET used = used - 1 WHERE key = $1 AND used > 0", budget_key(key))


async def give_back(tx: Tx, key: str) -> None:
    """Forget all tries of a key, after the password was changed."""
    await tx.execute("DELETE FROM kernel_budget WHERE key = $1", budget_key(key))
