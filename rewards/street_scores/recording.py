"""Recording what the grid assessment gave each street, and what each dimension weighs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.audit import AuditEntry, record
from kernel.clock import month_period
from kernel.database import Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id
from kernel.messages import N_
from kernel.text import storable
from rewards.street_scores.models import StreetScore, StreetWeights
from rewards.street_scores.ranking import Weights
from stewards.models import Street
from stewards.principal import Principal

MOST = 10_000
"""The best score, in hundredths."""
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class MonthUnfit(Refusal):
    """A month that is written otherwise than 2026-10, or that is not over yet (月份)."""

    code = "month_unfit"
    kind = Kind.INVALID
    message = N_("月份写成 2026-10 这样，而且要已经结束。")


class UnknownScoredStreet(Refusal):
    """There is no street of this code."""

    code = "unknown_street"
    kind = Kind.INVALID
    message = N_("没有编号为“{code}”的街道。")


class ScoreUnfit(Refusal):
    """A score that is no number from 0 to 100 with at most two decimals."""

    code = "score_unfit"
    kind = Kind.INVALID
    message = N_("分数是 0 到 100，最多两位小数。")


class WeightsUnfit(Refusal):
    """Weights that are negative or do not make 100 together."""

    code = "weights_unfit"
    kind = Kind.INVALID
    message = N_("三项权重都不小于 0，合计 100。")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreStreet:
    """A street's scores of a month, in hundredths; `month` such as 2026-10."""

    month: str
    street_code: str
    order: int
    safety: int
    environment: int
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetScored:
    """The scores stand as wished; `changed` is false where they stood so already."""

    month: str
    street_code: str
    changed: bool


def hundredths(text: str) -> int:
    """A score as it is written in a sheet, in hundredths.

    Raises:
        ScoreUnfit: it is no number from 0 to 100 with at most two decimals.

    """
    found = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2})0*)?", text.strip(), re.ASCII)
    value = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else MOST + 1
    if value > MOST:
        raise ScoreUnfit
    return value


async def score_streets(tx: Tx, wishes: Sequence[ScoreStreet], *, now: datetime) -> list[StreetScored | Refusal]:
    """Write scores down, audited; what is said again changes nothing, a correction takes the place of what stood."""
    codes = sorted({wish.street_code for wish in wishes if storable(wish.street_code)})
    streets = {row["code"]: row for row in await tx.rows(Street, f"WHERE {tx.one_of('code', 1)}", codes)}
    ids = [derived_id("street score", wish.month, wish.street_code) for wish in wishes]
    standing = {row_id: dict(row) for row_id, row in (await tx.lock(StreetScore, ids)).items()}
    there = frozenset(standing)
    touched = {}
    entries = []
    outcomes: list[StreetScored | Refusal] = []
    for wish, score_id in zip(wishes, ids, strict=True):
        refusal = _refusal(wish, wish.street_code in streets, now)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        given = {"order_score": wish.order, "safety_score": wish.safety, "environment_score": wish.environment}
        known = standing.get(score_id)
        changed = known is None or any(known[name] != value for name, value in given.items())
        if changed:
            street_id = streets[wish.street_code]["id"]
            row = {"id": score_id, "month": wish.month, "street_id": street_id, **given, "recorded_at": now}
            standing[score_id] = touched[score_id] = row
            entries.append(
                AuditEntry(
                    actor=wish.caller.actor,
                    action="street_scores.recorded" if known is None else "street_scores.corrected",
                    subject_kind="street",
                    subject_id=street_id,
                    street_id=street_id,
                    detail={"month": wish.month, **given},
                )
            )
        outcomes.append(StreetScored(month=wish.month, street_code=wish.street_code, changed=changed))
    await tx.insert(StreetScore, [row for score_id, row in touched.items() if score_id not in there])
    await tx.update(StreetScore, [row for score_id, row in touched.items() if score_id in there])
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _refusal(wish: ScoreStreet, known: bool, now: datetime) -> Refusal | None:
    if not _MONTH.fullmatch(wish.month) or wish.month >= month_period(now):
        return MonthUnfit(pointer="/month")
    if not known:
        return UnknownScoredStreet(pointer="/street", code=wish.street_code)
    for name in ("order", "safety", "environment"):
        if not 0 <= getattr(wish, name) <= MOST:
            return ScoreUnfit(pointer=f"/{name}")
    return None


async def set_weights(tx: Tx, from_month: str, weights: Weights, *, by: Principal, now: datetime) -> None:
    """Say what each dimension weighs from a month on, audited.

    Raises:
        MonthUnfit: the month is written otherwise than 2026-10.
        WeightsUnfit: they are negative or do not make 100.

    """
    if not _MONTH.fullmatch(from_month):
        raise MonthUnfit(pointer="/from_month")
    given = {
        "order_weight": weights.order,
        "safety_weight": weights.safety,
        "environment_weight": weights.environment,
    }
    if min(given.values()) < 0 or sum(given.values()) != 100:
        raise WeightsUnfit(pointer="/order")
    weights_id = derived_id("street weights", from_month)
    row = {"id": weights_id, "from_month": from_month, **given, "set_by_id": by.id, "set_at": now}
    if await tx.lock(StreetWeights, [weights_id]):
        await tx.update(StreetWeights, [row])
    else:
        await tx.insert(StreetWeights, [row])
    entry = AuditEntry(
        actor=by.actor,
        action="street_scores.weighted",
        subject_kind="street_weights",
        subject_id=weights_id,
        detail={"from_month": from_month, **given},
    )
    await record(tx, [entry], now=now)
