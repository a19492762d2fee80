"""What gates look at: each measure is read only where a gate asks for it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader, Row
from points.accounts import purse_account
from points.gates import GateFacts
from points.levelling import levels_of
from points.rules import Gate, Measure, Period
from rewards.absences import no_show_days
from rewards.periods import Period as BoardPeriod
from rewards.periods import period_bounds, period_days
from rewards.titles.awards import titles_of

Figures = dict[UUID, int]
_COUNTED = "('cancelled', 'expired')"


async def measures_of(
    reader: Reader,
    stewards: Sequence[Row],
    gates: Collection[Gate],
    spendable: Mapping[UUID, int],
    *,
    now: datetime,
) -> dict[UUID, GateFacts]:
    """The facts of stewards (rows with id and joined_on) as far as gates ask for them."""
    ids = [row["id"] for row in stewards]
    asked: set[Measure] = {gate.measure for gate in gates if gate.measure is not None and gate.per is None}
    periods: set[Period] = {gate.per for gate in gates if gate.per is not None and gate.measure == "redemptions"}
    missed: set[Period] = {gate.per for gate in gates if gate.per is not None and gate.measure == "no_shows"}
    figures: dict[Measure, Mapping[UUID, int]] = {}
    for measure in asked & _READ.keys():
        figures[measure] = await _READ[measure](reader, ids, now)
    if "spendable" in asked:
        figures["spendable"] = spendable
    if "months_served" in asked:
        figures["months_served"] = {row["id"]: _months(row, now) for row in stewards}
    if "level" in asked:
        figures["level"] = await _levels(reader, ids, now)
    used = {period: await _orders_since(reader, ids, period_bounds(BoardPeriod(period), now)[0]) for period in periods}
    today = local_date(now)
    absent = {
        period: await no_show_days(reader, ids, since=(period_days(BoardPeriod(period), today) or (today,))[0])
        for period in missed
    }
    firsts = await _redemptions(reader, ids, now) if any(gate.first_only for gate in gates) else None
    return {
        steward_id: GateFacts(
            measures={measure: found.get(steward_id, 0) for measure, found in figures.items()},
            used={period: counts.get(steward_id, 0) for period, counts in used.items()},
            counted={("no_shows", period): len(days.get(steward_id, ())) for period, days in absent.items()},
            first=firsts is not None and firsts.get(steward_id, 0) == 0,
        )
        for steward_id in ids
    }


def _months(row: Row, now: datetime) -> int:
    """Whole months from the day of joining to today."""
    today, joined = local_date(now), row["joined_on"]
    months: int = (today.year - joined.year) * 12 + today.month - joined.month - (today.day < joined.day)
    return max(0, months)


async def _counted(reader: Reader, sql: str, *args: object) -> Figures:
    rows = await reader.fetch(sql, *args, types={"steward_id": UUID})
    return {row["steward_id"]: int(row["figure"]) for row in rows}


async def _lifetime_points(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    return await _counted(
        reader,
        "SELECT steward_id, SUM(points) AS figure FROM points_award "
        f"WHERE {reader.one_of('steward_id', 1)} GROUP BY steward_id",
        list(ids),
    )


async def _minutes(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    by_account = {purse_account(steward_id, "minutes"): steward_id for steward_id in ids}
    rows = await reader.fetch(
        f"SELECT id, balance FROM points_account WHERE {reader.one_of('id', 1)}", sorted(by_account), types={"id": UUID}
    )
    return {by_account[row["id"]]: int(row["balance"]) for row in rows}


async def _verified_cases(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    return await _counted(
        reader,
        "SELECT steward_id, COUNT(*) AS figure FROM cases_case "
        f"WHERE {reader.one_of('steward_id', 1)} AND state IN ('verified', 'solved') GROUP BY steward_id",
        list(ids),
    )


async def _redemptions(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    return await _counted(
        reader,
        "SELECT steward_id, COUNT(*) AS figure FROM rewards_order "
        f"WHERE {reader.one_of('steward_id', 1)} AND state NOT IN {_COUNTED} GROUP BY steward_id",
        list(ids),
    )


async def _courses(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    return await _counted(
        reader,
        "SELECT steward_id, COUNT(*) AS figure FROM points_award WHERE reason = 'course' AND reverses_id IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM points_award undone WHERE undone.reverses_id = points_award.id) "
        f"AND {reader.one_of('steward_id', 1)} GROUP BY steward_id",
        list(ids),
    )


async def _deductions(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    return await _counted(
        reader,
        "SELECT steward_id, SUM(points) AS figure FROM points_penalty WHERE state = 'taken' "
        f"AND {reader.one_of('steward_id', 1)} GROUP BY steward_id",
        list(ids),
    )


async def _no_shows(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    """How often stewards did not come, without an excuse, in a lifetime."""
    return {steward_id: len(days) for steward_id, days in (await no_show_days(reader, ids)).items()}


async def _titles(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    """How many titles stewards hold; those that were taken back do not count."""
    return {steward_id: len(held) for steward_id, held in (await titles_of(reader, ids)).items()}


async def _levels(reader: Reader, ids: Sequence[UUID], now: datetime) -> Figures:
    """Where stewards stand on the ladder of the rules in force."""
    found = await levels_of(reader, ids, now=now)
    return {steward_id: by_ladder["levels"].number for steward_id, by_ladder in found.items() if "levels" in by_ladder}


async def _orders_since(reader: Reader, ids: Sequence[UUID], begins: datetime) -> Figures:
    return await _counted(
        reader,
        "SELECT steward_id, COUNT(*) AS figure FROM rewards_order "
        f"WHERE {reader.one_of('steward_id', 1)} AND state NOT IN {_COUNTED} AND reserved_at >= $2 "
        "GROUP BY steward_id",
        list(ids),
        begins,
    )


_READ: Mapping[Measure, Callable[[Reader, Sequence[UUID], datetime], Awaitable[Figures]]] = {
    "lifetime_points": _lifetime_points,
    "minutes": _minutes,
    "verified_cases": _verified_cases,
    "redemptions": _redemptions,
    "courses": _courses,
    "deductions": _deductions,
    "no_shows": _no_shows,
    "titles": _titles,
}
