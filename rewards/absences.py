"""No-shows (爽约): counted from what staff recorded and did not excuse, and what the rules make of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from points.rules import NoShows
from rewards.periods import Period, period_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """How often somebody stayed away in a period, and through which local day nothing is redeemed for it."""

    no_shows: int
    until: date


def suspension(days: Iterable[date], rule: NoShows) -> Suspension | None:
    """What the rule makes of the days on which somebody did not come: pure.

    The absence that reaches the limit of its period suspends for `suspend_days` after it, and so does each further one
    in that period. None where the limit was never reached, or reaching it does not suspend.
    """
    if rule.then != "suspend":
        return None
    counts: dict[date, int] = {}
    found: Suspension | None = None
    for day in sorted(days):
        begins, _ = period_days(Period(rule.period), day) or (day, day)
        counts[begins] = counts.get(begins, 0) + 1
        if rule.reached(counts[begins]):
            found = Suspension(no_shows=counts[begins], until=day + timedelta(days=rule.suspend_days))
    return found


async def no_show_days(
    reader: Reader, steward_ids: Collection[UUID], *, since: date | None = None
) -> dict[UUID, list[date]]:
    """The days on which stewards did not come without an excuse, in order; those who always came are absent."""
    args: list[object] = [sorted(steward_ids)]
    condition = ""
    if since is not None:
        args.append(since)
        condition = "AND day >= $2"
    rows = await reader.fetch(
        f"SELECT steward_id, day FROM rewards_no_show WHERE {reader.one_of('steward_id', 1)} "
        f"AND excused_at IS NULL {condition} ORDER BY day, id",
        *args,
        types={"steward_id": UUID, "day": date},
    )
    found: dict[UUID, list[date]] = {}
    for row in rows:
        found.setdefault(row["steward_id"], []).append(row["day"])
    return found


async def suspensions(
    reader: Reader, steward_ids: Collection[UUID], rule: NoShows | None, *, now: datetime
) -> Mapping[UUID, Suspension]:
    """Who may redeem nothing today for not having come, as the rule says; nobody where there is no such rule."""
    if rule is None or rule.then != "suspend" or not steward_ids:
        return {}
    today = local_date(now)
    # What suspends today happened so long ago at most; its period began up to a year before.
    since = today - timedelta(days=rule.suspend_days + 366)
    found = {
        steward_id: suspension(days, rule)
        for steward_id, days in (await no_show_days(reader, steward_ids, since=since)).items()
    }
    return {steward_id: held for steward_id, held in found.items() if held is not None and today <= held.until}


def reached_now(days: Sequence[date], rule: NoShows, day: date) -> int | None:
    """How many absences there are in the period of a day, where they have reached the rule's limit; None else."""
    begins, ends = period_days(Period(rule.period), day) or (day, day)
    count = sum(begins <= each < ends for each in days)
    return count if rule.reached(count) else None
