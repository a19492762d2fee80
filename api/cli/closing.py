"""`jinpai close`: a period's scores are frozen; looked at before (--dry-run) and computed again after (--check)."""

import re
import time
from collections import Counter
from datetime import datetime
from typing import Any

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, both, give, give_json, give_table, say
from evaluation.closes import Close, all_closes
from evaluation.closing import close_period, prepare_close
from evaluation.freezing import Frozen
from evaluation.periods import Period, period_named
from evaluation.verifying import check_close, recomputed
from kernel.audit import SYSTEM
from kernel.clock import SystemClock
from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.settings import Settings
from points.verifying import Break
from rewards.titles.proposing import Proposed, propose_next

_WITHOUT_DASH = re.compile(r"(20[0-9]{2})Q([1-4])", re.ASCII)


def named_period(text: str) -> Period:
    """The period that was typed: 2026-Q3, 2026Q3, 2026-09 or 2026.

    Raises:
        CommandFailed: there is none of this name.

    """
    found = _WITHOUT_DASH.fullmatch(text)
    try:
        return period_named(f"{found[1]}-Q{found[2]}" if found else text)
    except Refusal as refusal:
        raise CommandFailed(both(refusal.text), Exit.USAGE) from refusal


async def close(settings: Settings, period: Period, *, dry_run: bool, as_json: bool) -> None:
    """Close a period, or say what closing it would freeze.

    Raises:
        CommandFailed: its window is open, or nothing is judged in it.

    """
    started = time.perf_counter()
    now = SystemClock().now()
    async with opened(settings) as database:
        try:
            if dry_run:
                _tell_plan(period, await prepare_close(database, period, now=now), as_json=as_json)
                return
            done = await close_period(database, period, by=SYSTEM, now=now)
            proposed = await _propose(database, period, now)
        except Refusal as refusal:
            raise CommandFailed(both(refusal.text)) from refusal
    seconds = round(time.perf_counter() - started, 1)
    facts = _facts(done.close) | {
        "fresh": done.fresh,
        "multipliers": done.multipliers,
        "level_changes": done.level_changes,
        "titles": [
            {"round": str(one.round_id), "candidates": one.candidates, "lists": one.lists, "winners": one.winners}
            for one in proposed
        ],
    }
    if as_json:
        give_json(facts | {"seconds": seconds})
    elif not done.fresh:
        give(f"{period.name} was closed before (run {done.close.run}); nothing was added")
    else:
        made = done.close
        give(
            f"{period.name} closed, run {made.run}: {made.stewards:,} stewards scored from {made.ballots:,} ballots "
            f"({made.held:,} held out) and {made.cases:,} cases under scheme {made.scheme_number}"
        )
        give(f"{done.multipliers:,} multipliers published, {done.level_changes:,} level changes; {seconds} s")
        give(f"inputs {made.inputs_sha256}\nscores {made.scores_sha256}")
    for one in proposed:
        say(f"titles: {one.winners} of {one.candidates} put forward in {one.lists} lists (round {one.round_id})")


async def _propose(database: Database, period: Period, now: datetime) -> list[Proposed]:
    """Compute the title rounds that ended with the period or before it: their evaluation is frozen now."""
    found: list[Proposed] = []

    async def step(tx: Tx) -> Proposed | None:
        return await propose_next(tx, until=period.last, now=now)

    while (proposed := await database.run(step)) is not None:
        found.append(proposed)
    return found


async def check(settings: Settings, period: Period | None, *, as_json: bool) -> Exit:
    """Compute closed periods again, each under its own scheme, and compare with what was frozen."""
    found: list[dict[str, Any]] = []
    async with opened(settings) as database:

        async def compare(tx: Tx) -> None:
            for row in await all_closes(tx):
                if period is None or row["period"] == period.name:
                    say(f"{row['period']}, run {row['run']} …")
                    breaks: list[Break] = list(check_close(row, *await recomputed(tx, row)))
                    found.append(
                        {
                            "period": row["period"],
                            "run": row["run"],
                            "stewards": row["stewards"],
                            "ballots": row["ballots"],
                            "same": not breaks,
                            "breaks": [broken.code for broken in breaks],
                        }
                    )

        await database.snapshot(compare)
    if not found:
        raise CommandFailed(f"{period.name} is not closed" if period else "no period is closed")
    if as_json:
        give_json(found)
    else:
        lines = [(one["period"], one["run"], one["stewards"], one["ballots"], _verdict(one)) for one in found]
        give_table(("period", "run", "stewards", "ballots", "computed again"), lines)
    return Exit.DONE if all(one["same"] for one in found) else Exit.FAILED


def _verdict(one: dict[str, Any]) -> str:
    return "the same" if one["same"] else "other figures: " + ", ".join(one["breaks"])


def _tell_plan(period: Period, frozen: Frozen | None, *, as_json: bool) -> None:
    if frozen is None:
        give_json({"period": period.name, "closed": True}) if as_json else give(f"{period.name} is closed")
        return
    inputs = frozen.inputs
    held = Counter(reason.code for reason in inputs.held.values())
    scored = [row["score"] / 100 for row in frozen.rows if row["score"] is not None]
    bands = Counter(row["multiplier_percent"] for row in frozen.rows if row["score"] is not None)
    facts = {
        "period": period.name,
        "closed": False,
        "stewards": len(scored),
        "ballots": len(inputs.votes),
        "held": dict(sorted(held.items())),
        "cases": inputs.cases,
        "least": min(scored, default=None),
        "most": max(scored, default=None),
        "multipliers": {str(percent): count for percent, count in sorted(bands.items(), key=str)},
        "inputs_sha256": frozen.inputs_sha256,
        "scores_sha256": frozen.scores_sha256,
    }
    if as_json:
        give_json(facts)
    else:
        give_table(("what", "figure"), [(name, str(value)) for name, value in facts.items()])


def _facts(made: Close) -> dict[str, Any]:
    return {
        "period": made.period,
        "run": made.run,
        "scheme": made.scheme_number,
        "stewards": made.stewards,
        "ballots": made.ballots,
        "held": made.held,
        "cases": made.cases,
        "inputs_sha256": made.inputs_sha256,
        "scores_sha256": made.scores_sha256,
        "closed_at": made.closed_at,
    }
