"""Levels and stars of stewards (等级与星级): derived from lifetime minutes and points, their changes kept and told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.database import Reader, Tx
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from kernel.messages import N_, Text
from points.accounts import purse_account
from points.cheating import barred_until
from points.levels import Level, LevelFacts, idle_rungs, level_of
from points.models import LevelChange
from points.receipt import Label
from points.rule_versions import rules_on
from points.rules import Ladder, Rules, RuleSet
from stewards.inbox import NewMessage, post_messages, register_message

LadderName = Literal["levels", "stars"]
LADDERS: tuple[LadderName, ...] = ("levels", "stars")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class _Held:
    """What was kept of a steward on a ladder: the newest number, the highest, rungs lost to idle years."""

    number: int = 0
    highest: int = 0
    idle: int = 0


def _changed(params: Mapping[str, Any]) -> Text:
    name = Label(params["zh"], english=params["en"])
    if params["number"] > params["before"]:
        return Text(N_("恭喜，您已升为{name}。"), {"name": name})
    if params["cause"] == "idle":
        return Text(N_("上一年服务不够，您的等级降为{name}。"), {"name": name})
    return Text(N_("您的等级现在是{name}。"), {"name": name})


register_message("level_changed", _changed)


async def levels_of(
    reader: Reader, steward_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, dict[LadderName, Level]]:
    """Where stewards stand on each ladder of today's rules, and what the next rung takes."""
    today = local_date(now)
    rules = (await rules_on(reader, [today])).get(today)
    found: dict[UUID, dict[LadderName, Level]] = {steward_id: {} for steward_id in steward_ids}
    if rules is None or not steward_ids:
        return found
    minutes, points = await lifetime_of(reader, steward_ids)
    barred = await barred_until(reader, steward_ids)
    for name, ladder in _ladders(rules.document):
        held = await _held(reader, name, steward_ids)
        for steward_id in steward_ids:
            facts = _facts(steward_id, minutes, points, held, barred)
            found[steward_id][name] = level_of(facts, ladder, on=today)
    return found


async def lifetime_of(reader: Reader, steward_ids: Collection[UUID]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Lifetime minutes of service and lifetime points of stewards; never what is left of them."""
    by_account = {purse_account(steward_id, "minutes"): steward_id for steward_id in steward_ids}
    accounts = await reader.fetch(
        f"SELECT id, balance FROM points_account WHERE {reader.one_of('id', 1)}",
        sorted(by_account),
        types={"id": UUID},
    )
    awards = await reader.fetch(
        f"SELECT steward_id, SUM(points) AS points FROM points_award WHERE {reader.one_of('steward_id', 1)} "
        "GROUP BY steward_id",
        sorted(steward_ids),
        types={"steward_id": UUID},
    )
    minutes = {by_account[row["id"]]: int(row["balance"]) for row in accounts}
    return minutes, {row["steward_id"]: max(0, int(row["points"])) for row in awards}


async def settle_levels(tx: Tx, steward_ids: Sequence[UUID], *, now: datetime) -> int:
    """Keep who rose and who fell since the last time, and tell them; answers how many changes there were.

    In a new year those whose last calendar year was idle lose rungs where the ladder says so, and a year that was
    not idle gives them back. What is found again changes nothing.
    """
    today = local_date(now)
    rules = (await rules_on(tx, [today])).get(today)
    if rules is None or not steward_ids:
        return 0
    minutes, points = await lifetime_of(tx, steward_ids)
    barred = await barred_until(tx, steward_ids)
    rows: list[dict[str, Any]] = []
    messages: list[NewMessage] = []
    for name, ladder in _ladders(rules.document):
        held = await _held(tx, name, steward_ids)
        idle = await _idle(tx, name, ladder, held, today)
        for steward_id in sorted(steward_ids):
            before = held.get(steward_id, _Held())
            after = idle.get(steward_id, before)
            level = level_of(_facts(steward_id, minutes, points, {**held, steward_id: after}, barred), ladder, on=today)
            if level.number == before.number and after.idle == before.idle:
                continue
            cause = "idle" if after.idle > before.idle else "restored" if after.idle < before.idle else ""
            cause = cause or ("reached" if level.number > before.number else "below")
            rows.append(_row(steward_id, name, level, before, after, cause, rules, today, now, minutes, points))
            if level.number != before.number and level.rung is not None:
                messages.append(_message(rows[-1], level))
    await tx.insert(LevelChange, rows, skip_existing=True)
    await post_messages(tx, messages, now=now)
    return len(rows)


def _row(  # noqa: PLR0917 - one row from what is at hand
    steward_id: UUID,
    name: LadderName,
    level: Level,
    before: _Held,
    after: _Held,
    cause: str,
    rules: Rules,
    today: date,
    now: datetime,
    minutes: Mapping[UUID, int],
    points: Mapping[UUID, int],
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "steward_id": steward_id,
        "ladder": name,
        "number": level.number,
        "before": before.number,
        "cause": cause,
        "idle_rungs": after.idle,
        "minutes": minutes.get(steward_id, 0),
        "points": points.get(steward_id, 0),
        "rule_version_id": rules.version_id,
        "changed_on": today,
        "recorded_at": now,
    }


def _message(row: Mapping[str, Any], level: Level) -> NewMessage:
    rung = level.rung
    return NewMessage(
        steward_id=row["steward_id"],
        code="level_changed",
        params={
            "ladder": row["ladder"],
            "number": row["number"],
            "before": row["before"],
            "cause": row["cause"],
            "zh": rung.zh if rung else "",
            "en": rung.en if rung else "",
        },
        cause=f"level {row['ladder']} {row['steward_id']} {row['changed_on']} {row['cause']}",
    )


def _ladders(rules: RuleSet) -> list[tuple[LadderName, Ladder]]:
    found = [("levels", rules.levels), ("stars", rules.stars)]
    return [(name, ladder) for name, ladder in found if ladder is not None]  # type: ignore[misc]


def _facts(
    steward_id: UUID,
    minutes: Mapping[UUID, int],
    points: Mapping[UUID, int],
    held: Mapping[UUID, _Held],
    barred: Mapping[UUID, date],
) -> LevelFacts:
    kept = held.get(steward_id, _Held())
    return LevelFacts(
        minutes=minutes.get(steward_id, 0),
        points=points.get(steward_id, 0),
        highest=kept.highest,
        idle_rungs=kept.idle,
        barred_until=barred.get(steward_id),
    )


async def _held(reader: Reader, ladder: LadderName, steward_ids: Collection[UUID]) -> dict[UUID, _Held]:
    rows = await reader.rows(
        LevelChange,
        f"WHERE ladder = $1 AND {reader.one_of('steward_id', 2)} ORDER BY changed_on, id",
        ladder,
        sorted(steward_ids),
    )
    found: dict[UUID, _Held] = {}
    for row in rows:
        before = found.get(row["steward_id"], _Held())
        # What idle years cost is taken off what was reached, so the height that was held is number + idle.
        highest = max(before.highest, row["number"] + row["idle_rungs"])
        found[row["steward_id"]] = _Held(number=row["number"], highest=highest, idle=row["idle_rungs"])
    return found


async def _idle(
    reader: Reader, name: LadderName, ladder: Ladder, held: Mapping[UUID, _Held], today: date
) -> dict[UUID, _Held]:
    """What the calendar year that has ended did to those who held a rung through it, once a year."""
    if ladder.demotion is None or ladder.demotion.when != "idle" or not held:
        return {}
    first, after = date(today.year - 1, 1, 1), date(today.year, 1, 1)
    judged = await reader.fetch(
        "SELECT steward_id, "
        "SUM(CASE WHEN changed_on >= $2 AND cause IN ('idle', 'restored') THEN 1 ELSE 0 END) AS done, "
        f"MIN(changed_on) AS since FROM points_level_change WHERE ladder = $1 AND {reader.one_of('steward_id', 3)} "
        "GROUP BY steward_id",
        name,
        after,
        sorted(held),
        types={"steward_id": UUID, "since": date},
    )
    due = [row["steward_id"] for row in judged if not row["done"] and row["since"] < first]
    if not due:
        return {}
    minutes, points = await _year_of(reader, due, day_start(first), day_start(after))
    found: dict[UUID, _Held] = {}
    for steward_id in due:
        kept = held[steward_id]
        lost = idle_rungs(ladder, minutes=minutes.get(steward_id, 0), points=points.get(steward_id, 0))
        if lost:
            found[steward_id] = _Held(kept.number, kept.highest, min(kept.idle + lost, kept.highest))
        elif kept.idle:
            found[steward_id] = _Held(kept.number, kept.highest, max(0, kept.idle - ladder.demotion.rungs))
    return found


async def _year_of(
    reader: Reader, steward_ids: Sequence[UUID], begins: datetime, ends: datetime
) -> tuple[dict[UUID, int], dict[UUID, int]]:
    by_account = {purse_account(steward_id, "minutes"): steward_id for steward_id in steward_ids}
    timed = await reader.fetch(
        "SELECT moved.to_account_id AS id, SUM(moved.points) AS figure FROM points_transfer AS moved "
        "JOIN points_operation AS made ON made.id = moved.operation_id "
        f"WHERE {reader.one_of('moved.to_account_id', 1)} AND made.occurred_at >= $2 AND made.occurred_at < $3 "
        "AND NOT EXISTS (SELECT 1 FROM points_operation AS undone WHERE undone.reverses_id = made.id) "
        "GROUP BY moved.to_account_id",
        sorted(by_account),
        begins,
        ends,
        types={"id": UUID},
    )
    earned = await reader.fetch(
        f"SELECT steward_id, SUM(points) AS figure FROM points_award WHERE {reader.one_of('steward_id', 1)} "
        "AND occurred_at >= $2 AND occurred_at < $3 GROUP BY steward_id",
        sorted(steward_ids),
        begins,
        ends,
        types={"steward_id": UUID},
    )
    return (
        {by_account[row["id"]]: int(row["figure"]) for row in timed},
        {row["steward_id"]: int(row["figure"]) for row in earned},
    )


async def _settle(run: JobRun) -> None:
    """Every steward who ever earned, some hundred at a time, from where the run was cut off."""
    while True:
        last = UUID(run.cursor) if run.cursor else UUID(int=0)
        reader = await run.database.reader()
        rows = await reader.fetch(
            f"SELECT id FROM stewards_steward WHERE id > $1 ORDER BY id LIMIT {_CHUNK}", last, types={"id": UUID}
        )
        ids = [row["id"] for row in rows]
        if not ids:
            return

        async def step(tx: Tx, ids: Sequence[UUID] = ids) -> None:
            await settle_levels(tx, ids, now=run.now())
            await run.save(tx, str(ids[-1]))

        await run.database.run(step)


LEVEL_JOB = Job(name="levels", every=timedelta(days=1), offset=timedelta(hours=3), run=_settle)
"""Once a day: promotions and demotions are kept and told."""
