"""Closing a period (结账): its cards are frozen with the hash of their inputs, multipliers published, levels derived.

What takes long is computed before the transaction; inside it the inputs are read again, and if anything changed in
between, it is computed anew. Closing a closed period answers what stands and adds nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from evaluation.closes import Close, newest_close
from evaluation.freezing import Frozen, freeze
from evaluation.inputs import read_inputs, set_aside_document
from evaluation.models import ClosingPeriod, PeriodClose, Score
from evaluation.periods import Period, period_after
from evaluation.reopening import reopened
from evaluation.scheme_versions import scheme_for
from evaluation.scorecards import METHOD
from kernel.audit import Actor, AuditEntry, record
from kernel.database import Database, Reader, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.messages import N_, Text
from kernel.outbox import emit
from points.levelling import settle_levels
from points.multipliers import publish_multipliers
from stewards.inbox import NewMessage, post_messages, register_message

SCORES_FROZEN = "scores.frozen"
"""The outbox topic of a period that was closed: its scores are other than before."""
_CHUNK = 500
_TRIES = 5


class WindowStillOpen(Refusal):
    """The period still takes ballots."""

    code = "window_still_open"
    message = N_("{period} 的评价 {closes_on} 才截止，现在还不能结账。")


class BusyPeriod(Refusal):
    """Ballots or cases of the period kept changing while it was being closed."""

    code = "busy_period"
    message = N_("{period} 的票或案件正在变动，请稍后再结账。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A closed period. `fresh` is false where it was closed before; then nothing was added."""

    close: Close
    fresh: bool
    multipliers: int = 0  # newly published, one for each steward and month
    level_changes: int = 0


def _told(params: Any) -> Text:
    return Text(
        N_("{period} 的评价结果出来了：{score} 分，可在“我的评价”里查看依据，有不同意见可以申诉。"),
        {"period": params["period"], "score": f"{params['score'] / 100:.2f}"},
    )


register_message("period_scored", _told)


async def close_period(database: Database, period: Period, *, by: Actor, now: datetime) -> Closed:
    """Close a period, unless it is closed already.

    Raises:
        NoSchemeInForce: nothing is judged in such a period.
        WindowStillOpen: ballots are still taken.
        BusyPeriod: its inputs changed again and again meanwhile.

    """
    for _ in range(_TRIES):
        frozen = await prepare_close(database, period, now=now)

        async def use_case(tx: Tx, frozen: Frozen | None = frozen) -> Closed | None:
            return await keep_close(tx, period, frozen, by=by, now=now)

        closed = await database.run(use_case)
        if closed is not None:
            return closed
    raise BusyPeriod(pointer="/period", period=period.name)


async def prepare_close(database: Database, period: Period, *, now: datetime) -> Frozen | None:
    """Compute what closing a period would freeze; None where it is closed and was not reopened.

    Raises:
        NoSchemeInForce, WindowStillOpen: it cannot be closed.

    """
    await check_window(await database.reader(), period, now=now)
    if await standing_close(await database.reader(), period) is not None:
        return None
    inputs = await database.snapshot(lambda tx: read_inputs(tx, period))
    return await asyncio.to_thread(freeze, inputs)  # seconds of arithmetic, during which others are served


async def keep_close(tx: Tx, period: Period, frozen: Frozen | None, *, by: Actor, now: datetime) -> Closed | None:
    """Keep what was computed; None where its inputs are no longer those of now, so that it has to be computed again."""
    await tx.insert(ClosingPeriod, [{"name": period.name}], skip_existing=True)
    await tx.lock(ClosingPeriod, [period.name], key="name")  # two that close at once wait for each other here
    standing = await standing_close(tx, period)
    if standing is not None:
        return Closed(close=standing, fresh=False)
    if frozen is None:
        return None
    if (await read_inputs(tx, period, guards=frozen.inputs.guards)).sha256() != frozen.inputs_sha256:
        return None
    before = await newest_close(tx, period)
    run = before.run + 1 if before else 1
    close_id = derived_id("evaluation close", period.name, str(run))
    await _insert(tx, close_id, run, frozen, by, now)
    published = 0
    for month_or_quarter in period_after(period).steps():
        published += await publish_multipliers(
            tx, month_or_quarter, frozen.multipliers, by=by.id, now=now, replacing=run > 1
        )
    changes = 0
    stewards = [row["steward_id"] for row in frozen.rows]
    for start in range(0, len(stewards), _CHUNK):
        changes += await settle_levels(tx, stewards[start : start + _CHUNK], now=now)
    await _tell(tx, period, run, frozen, now)
    close = await newest_close(tx, period)
    assert close is not None  # noqa: S101 - inserted above
    return Closed(close=close, fresh=True, multipliers=published, level_changes=changes)


async def check_window(reader: Reader, period: Period, *, now: datetime) -> None:
    """Whether a period's window is over.

    Raises:
        NoSchemeInForce: nothing is judged in such a period.
        WindowStillOpen: ballots are still taken.

    """
    closes_at = period.closes_at((await scheme_for(reader, period)).scheme.window.closes_days_after)
    if now < closes_at:
        raise WindowStillOpen(pointer="/period", period=period.name, closes_on=closes_at.date().isoformat())


async def standing_close(reader: Reader, period: Period) -> Close | None:
    """The close of a period, unless two people reopened it since."""
    close = await newest_close(reader, period)
    return None if close is None or await reopened(reader, close.id) else close


async def _insert(  # noqa: PLR0917 - one row and its cards
    tx: Tx, close_id: UUID, run: int, frozen: Frozen, by: Actor, now: datetime
) -> None:
    inputs = frozen.inputs
    scored = sum(row["score"] is not None for row in frozen.rows)
    held = sum(vote.id in inputs.held for vote in inputs.votes)
    made = {
        "id": close_id,
        "period": inputs.period.name,
        "run": run,
        "scheme_id": inputs.scheme.version_id,
        "method": METHOD,
        "stewards": scored,
        "ballots": len(inputs.votes),
        "held": held,
        "cases": inputs.cases,
        "set_aside": orjson.dumps(
            set_aside_document(inputs.held, inputs.weights), option=orjson.OPT_SORT_KEYS
        ).decode(),
        "inputs_sha256": frozen.inputs_sha256,
        "scores_sha256": frozen.scores_sha256,
        "closed_by_kind": by.kind,
        "closed_by_id": by.id,
        "closed_at": now,
    }
    await tx.insert(PeriodClose, [made])
    rows: Sequence[dict[str, Any]] = [
        {"id": derived_id("score", str(close_id), str(row["steward_id"])), "close_id": close_id, **row}
        for row in frozen.rows
    ]
    await tx.insert(Score, rows)
    await emit(tx, SCORES_FROZEN, [{"period": inputs.period.name}], now=now)
    entry = AuditEntry(
        actor=by,
        action="periods.close",
        subject_kind="evaluation_close",
        subject_id=close_id,
        detail={"period": inputs.period.name, "run": run, "stewards": scored, "inputs": frozen.inputs_sha256},
    )
    await record(tx, [entry], now=now)


async def _tell(tx: Tx, period: Period, run: int, frozen: Frozen, now: datetime) -> None:
    messages = [
        NewMessage(
            steward_id=row["steward_id"],
            code="period_scored",
            params={"period": period.name, "score": row["score"]},
            cause=f"evaluation {period.name}/{run} {row['steward_id']}",
        )
        for row in frozen.rows
        if row["score"] is not None
    ]
    await post_messages(tx, messages, now=now)
