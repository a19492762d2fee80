"""Reopening a closed period (重开): one person asks, another allows it; both stay on record, as does the old close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from evaluation.closes import newest_close
from evaluation.models import ClosingPeriod, Reopening
from evaluation.periods import Period
from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_

ReopeningState = Literal["asked", "allowed", "refused"]

REASONS: Mapping[str, str] = {
    "appeal_upheld": N_("申诉成立"),
    "ballots_reviewed": N_("评价票复核后有变动"),
    "cases_corrected": N_("案件有更正"),
    "mistake": N_("结账有误"),
}


class NotClosed(Refusal):
    """The period was not closed, or is reopened already."""

    code = "period_not_closed"
    message = N_("{period} 还没有结账，或者已经重开。")


class ReopeningAsked(Refusal):
    """Somebody asked for the same, and it is not decided yet."""

    code = "reopening_asked"
    message = N_("{period} 的重开申请正在等另一个人决定。")


class ReopeningUnknown(Refusal):
    """No such request."""

    code = "reopening_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这个重开申请。")


class ReopeningDecided(Refusal):
    """The request was decided already."""

    code = "reopening_decided"
    message = N_("这个重开申请已经有了决定。")


class OwnReopening(Refusal):
    """Who asked may not allow it."""

    code = "own_reopening"
    kind = Kind.FORBIDDEN
    message = N_("重开要由另一个人同意。")


class ReopeningReasonUnknown(Refusal):
    """Not one of the reasons."""

    code = "reopening_reason_unknown"
    kind = Kind.INVALID
    message = N_("请选择重开的原因。")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopeningWish:
    """Somebody asks for a period to be closed anew. `reason` is a code of REASONS."""

    period: Period
    reason: str
    asked_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopeningDecision:
    """Somebody else allows it, or anybody refuses it."""

    reopening_id: UUID
    allowed: bool
    decided_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopeningRecord:
    """A request to reopen a period as it stands."""

    id: UUID
    close_id: UUID
    period: str
    run: int
    reason: str
    state: ReopeningState
    asked_by: UUID
    asked_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


_COLUMNS = """
    SELECT asked.id, asked.close_id, made.period, made.run, asked.reason, asked.state, asked.asked_by, asked.asked_at,
           asked.decided_by, asked.decided_at
    FROM evaluation_reopening asked JOIN evaluation_close made ON made.id = asked.close_id
"""
_TYPES: dict[str, type] = {
    "id": UUID,
    "close_id": UUID,
    "asked_by": UUID,
    "asked_at": datetime,
    "decided_by": UUID,
    "decided_at": datetime,
}


async def ask_reopenings(tx: Tx, wishes: Sequence[ReopeningWish], *, now: datetime) -> list[ReopeningRecord | Refusal]:
    """Ask for closed periods to be reopened. Refuses ReopeningReasonUnknown, NotClosed, ReopeningAsked."""
    outcomes: list[ReopeningRecord | Refusal] = []
    for wish in wishes:  # a handful a year
        try:
            outcomes.append(await _ask(tx, wish, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _ask(tx: Tx, wish: ReopeningWish, now: datetime) -> ReopeningRecord:
    if wish.reason not in REASONS:
        raise ReopeningReasonUnknown(pointer="/reason")
    await tx.lock(ClosingPeriod, [wish.period.name], key="name")
    close = await newest_close(tx, wish.period)
    if close is None:
        raise NotClosed(pointer="/period", period=wish.period.name)
    standing = await _of_close(tx, close.id)
    if any(one["state"] == "allowed" for one in standing):
        raise NotClosed(pointer="/period", period=wish.period.name)
    if any(one["state"] == "asked" for one in standing):
        raise ReopeningAsked(pointer="/period", period=wish.period.name)
    made: dict[str, Any] = {
        "id": new_id(),
        "close_id": close.id,
        "reason": wish.reason,
        "state": "asked",
        "asked_by": wish.asked_by,
        "asked_at": now,
        "decided_by": None,
        "decided_at": None,
    }
    await tx.insert(Reopening, [made])
    await _audit(tx, "periods.reopen_ask", made["id"], wish.asked_by, wish.period.name, wish.reason, now)
    return _record({**made, "period": close.period, "run": close.run})


async def decide_reopenings(
    tx: Tx, decisions: Sequence[ReopeningDecision], *, now: datetime
) -> list[ReopeningRecord | Refusal]:
    """Allow or refuse requests. Refuses ReopeningUnknown, ReopeningDecided, OwnReopening (whoever asked may withdraw
    it by refusing).
    """
    rows = await tx.lock(Reopening, [decision.reopening_id for decision in decisions])
    named = await tx.fetch(f"{_COLUMNS} WHERE {tx.one_of('asked.id', 1)}", sorted(rows), types=_TYPES)
    known = {row["id"]: row for row in named}
    outcomes: list[ReopeningRecord | Refusal] = []
    decided: set[UUID] = set()
    for decision in decisions:
        row = known.get(decision.reopening_id)
        refused = _refused(row, decision, decided)
        if row is None or refused is not None:
            outcomes.append(refused or ReopeningUnknown())
            continue
        decided.add(row["id"])
        change = {
            "id": row["id"],
            "state": "allowed" if decision.allowed else "refused",
            "decided_by": decision.decided_by,
            "decided_at": now,
        }
        await tx.update(Reopening, [change])
        action = "periods.reopen" if decision.allowed else "periods.reopen_refuse"
        await _audit(tx, action, row["id"], decision.decided_by, row["period"], row["reason"], now)
        outcomes.append(_record({**row, **change}))
    return outcomes


def _refused(row: Row | None, decision: ReopeningDecision, decided: set[UUID]) -> Refusal | None:
    if row is None:
        return ReopeningUnknown()
    if row["state"] != "asked" or row["id"] in decided:
        return ReopeningDecided()
    if decision.allowed and row["asked_by"] == decision.decided_by:
        return OwnReopening()
    return None


async def reopened(reader: Reader, close_id: UUID) -> bool:
    """Whether two people reopened a close."""
    return any(row["state"] == "allowed" for row in await _of_close(reader, close_id))


async def reopenings_of(reader: Reader, period: Period) -> list[ReopeningRecord]:
    """Every request about a period, the newest first."""
    rows = await reader.fetch(
        f"{_COLUMNS} WHERE made.period = $1 ORDER BY asked.asked_at DESC, asked.id", period.name, types=_TYPES
    )
    return [_record(row) for row in rows]


async def _of_close(reader: Reader, close_id: UUID) -> list[Row]:
    return await reader.rows(Reopening, "WHERE close_id = $1", close_id)


async def _audit(  # noqa: PLR0917 - one row
    tx: Tx, action: str, reopening_id: UUID, by: UUID, period: str, reason: str, now: datetime
) -> None:
    entry = AuditEntry(
        actor=Actor("staff", by),
        action=action,
        subject_kind="reopening",
        subject_id=reopening_id,
        detail={"period": period, "reason": reason},
    )
    await record(tx, [entry], now=now)


def _record(row: Row) -> ReopeningRecord:
    return ReopeningRecord(**{name: row[name] for name in ReopeningRecord.__dataclass_fields__})
