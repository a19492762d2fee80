"""Demo districts as tests build them, and what their closed quarters hold, without ids that differ by database."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from api.demo.building import build_demo
from api.demo.district import Size
from evaluation.closes import list_closes
from evaluation.closing import close_period
from evaluation.models import Score
from evaluation.periods import period_named
from evaluation.reopening import (
    ReopeningDecision,
    ReopeningRecord,
    ReopeningWish,
    ask_reopenings,
    decide_reopenings,
)
from evaluation.verifying import verify_evaluation
from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database, Reader, Tx
from kernel.files import FileStore
from kernel.ids import derived_id

LAST_DAY = date(2026, 11, 22)


async def built(
    database: Database, folder: Path, clock: FixedClock, *, size: Size = "small", seed: int = 1
) -> dict[str, Any]:
    """A demo in an empty, migrated database: how everybody signs in, and whether it was built now."""
    demo = await build_demo(
        database,
        FileStore(folder / "files"),
        folder,
        size=size,
        seed=seed,
        last_day=LAST_DAY,
        base_url="http://127.0.0.1:8000",
        clock=clock,
    )
    read: dict[str, Any] = orjson.loads(demo.credentials.read_bytes())
    return {**read, "fresh": demo.fresh}


async def closed_twice(database: Database, clock: FixedClock) -> dict[str, Any]:
    """What the quarters hold: the same when computed again, and when each is reopened and closed again."""
    assert await database.snapshot(verify_evaluation) == []
    first = await database.snapshot(closed_quarters)
    before = await list_closes(await database.reader())
    for close in before:
        await database.run(lambda tx, name=close.period: _reopen(tx, name, clock))  # type: ignore[misc]
        again = await close_period(database, period_named(close.period), by=SYSTEM, now=clock.now())
        assert (again.fresh, again.close.run) == (True, 2)
    assert await database.snapshot(closed_quarters) == first
    return first


async def _reopen(tx: Tx, name: str, clock: FixedClock) -> None:
    wish = ReopeningWish(period=period_named(name), reason="mistake", asked_by=derived_id("asker"))
    [asked] = await ask_reopenings(tx, [wish], now=clock.now())
    assert isinstance(asked, ReopeningRecord), asked
    decision = ReopeningDecision(reopening_id=asked.id, allowed=True, decided_by=derived_id("other"))
    [decided] = await decide_reopenings(tx, [decision], now=clock.now())
    assert isinstance(decided, ReopeningRecord), decided


async def closed_quarters(reader: Reader) -> dict[str, dict[str, Any]]:
    """Of every closed quarter its counts, and a hash of all its cards by the stewards' numbers."""
    numbers = await _names(reader, "SELECT id, number AS name FROM stewards_steward")
    streets = await _names(reader, "SELECT id, code AS name FROM stewards_street")
    found = {}
    for close in await list_closes(reader):
        rows = await reader.rows(Score, "WHERE close_id = $1", close.id)
        cards = sorted(
            [
                numbers[row["steward_id"]],
                streets[row["street_id"]],
                *(row[name] for name in ("score", "low", "high", "place", "multiplier_percent")),
                bool(row["coaching"]),
                row["facts"],
                row["card"],
            ]
            for row in rows
        )
        found[close.period] = {
            "cards": len(cards),
            "scored": close.stewards,
            "ballots": close.ballots,
            "held": close.held,
            "cases": close.cases,
            "sha256": _hash(cards),
        }
    return found


async def _names(reader: Reader, sql: str) -> dict[UUID, str]:
    return {row["id"]: row["name"] for row in await reader.fetch(sql, types={"id": UUID})}


def _hash(cards: Sequence[Any]) -> str:
    return sha256(b"\n".join(orjson.dumps(card) for card in cards)).hexdigest()
