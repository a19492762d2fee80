"""Whole sequences on both databases against the ledger on paper; after each of them every invariant holds."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.database import Database, Reader, Tx
from migrations import APPS
from points.assess import EarningEvent
from points.award import AwardReversal
from points.balances import balance, balances
from points.earning import credit_events, reverse_awards
from points.ledger import post
from points.statement import statement
from tests.points.ledger_builders import STREET, TEAM, assert_sound, publishing
from tests.points.ledger_steps import BEGIN, CAPS, EARNING, EVERYBODY, OWNERS, POSTING, UNDOING, Model, Step, plain

EXAMPLES = int(os.environ.get("JINPAI_EXAMPLES", "40"))
STEPS = st.lists(st.one_of(EARNING, POSTING, POSTING, UNDOING), min_size=1, max_size=12)


class Ground:
    """One database, emptied before each sequence: opening a new one costs more than the sequence."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._database: Database | None = None

    def play(self, steps: list[Step]) -> None:
        """Carry out a sequence from an empty ledger."""
        self._runner.run(self._play(steps))

    async def _play(self, steps: list[Step]) -> None:
        if self._database is None:
            self._database = await Database.open(self._url, APPS, pool_size=2)
        await emptied(self._database)
        await publishing(self._database, caps=CAPS, expiry={"policy": "end_of_next_year"})
        await play(self._database, steps)

    def close(self) -> None:
        """Close the database and the loop."""
        if self._database is not None:
            self._runner.run(self._database.close())
        self._runner.close()


async def emptied(database: Database) -> None:
    """Remove every row. The triggers that refuse it have to stand aside, as only a superuser can make them."""
    if database.dialect == "postgres":
        async with database.client.acquire_connection() as connection:
            await connection.execute("SET session_replication_role = replica")
            tables = await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'points%'"
            )
            await connection.execute(f"TRUNCATE {', '.join(row['tablename'] for row in tables)}")
            await connection.execute("SET session_replication_role = DEFAULT")
        return

    async def sweep(tx: Tx) -> None:
        await tx.execute("PRAGMA defer_foreign_keys = ON")
        kept = await tx.fetch("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for trigger in kept:
            await tx.execute(f"DROP TRIGGER {trigger['name']}")
        tables = await tx.fetch("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'points%'")
        for table in tables:
            await tx.execute(f"DELETE FROM {table['name']}")
        for trigger in kept:
            await tx.execute(trigger["sql"])

    await database.run(sweep)


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground(database_url)
    yield made
    made.close()


async def play(database: Database, steps: list[Step]) -> None:
    """Carry out the steps on a database and on paper, and compare all that can be read, now and as of each step."""
    model, now = Model(), BEGIN
    then: dict[tuple[UUID, datetime], dict[str, Any]] = {}
    for step in steps:
        now += step.after

        async def use_case(tx: Tx, step: Step = step, now: datetime = now) -> list[Any]:
            if isinstance(step.wishes[0], AwardReversal):
                return await reverse_awards(tx, step.wishes, now=now)
            if isinstance(step.wishes[0], EarningEvent):
                return await credit_events(tx, step.wishes, now=now)
            return await post(tx, step.wishes, now=now)

        outcomes = await database.run(use_case)
        assert [plain(outcome) for outcome in outcomes] == model.play(step, now)
        for owner, touched_at in (await _touched(await database.reader())).items():
            then[owner, touched_at] = model.standing(owner)
    reader = await database.reader()
    for owner in EVERYBODY:
        assert await _standing(reader, owner, None) == model.standing(owner)
    for owner in OWNERS:
        assert (await balance(reader, owner, now=now)).lifetime == model.lifetime(owner)
        await _statement_adds_up(reader, owner)
    for (owner, touched_at), standing in then.items():
        assert await _standing(reader, owner, touched_at) == standing
    assert await _standing(reader, OWNERS[0], BEGIN - timedelta(days=1)) == {}
    await assert_sound(database)


async def _touched(reader: Reader) -> dict[UUID, datetime]:
    rows = await reader.fetch(
        "SELECT owner_id, touched_at FROM points_account "
        "WHERE kind IN ('spendable', 'pool', 'budget') AND touched_at IS NOT NULL",
        types={"owner_id": UUID, "touched_at": datetime},
    )
    return {row["owner_id"]: row["touched_at"] for row in rows}


async def _standing(reader: Reader, owner: UUID, at: datetime | None) -> dict[str, Any]:
    """What the ledger says that somebody has, as the model says it."""
    if owner in {TEAM, STREET}:
        purse = "pool" if owner == TEAM else "budget"
        found: dict[str, Any] = {purse: (await balances(reader, [owner], purse=purse, at=at))[owner]}
    else:
        read = await balance(reader, owner, now=BEGIN, at=at)
        found = {
            "spendable": read.spendable,
            "honour": read.honour,
            "services": read.services,
            "donation": read.donation,
            "minutes": read.minutes,
            "held": read.held,
            "owes": read.debt,
            "expiring": {part.on: part.points for part in read.expiring},
        }
    return {name: value for name, value in found.items() if value}


async def _statement_adds_up(reader: Reader, owner: UUID) -> None:
    entries = await statement(reader, owner, limit=10_000)
    running: dict[str, int] = {}
    for before, entry in zip([None, *reversed(entries)], reversed(entries), strict=False):
        running[entry.account] = running.get(entry.account, 0) + entry.sign * entry.points
        assert entry.balance_after == running[entry.account]
        if before is not None and before.operation_id != entry.operation_id:
            assert before.recorded_at < entry.recorded_at
    found = await balance(reader, owner, now=BEGIN)
    assert all(getattr(found, account) == points for account, points in running.items())


@contextmanager
def server_zone(zone: str) -> Iterator[None]:
    """The server's own time zone, on which nothing may depend."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(steps=STEPS, zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]))
def test_every_sequence_goes_as_on_paper_in_every_server_zone(ground: Ground, steps: list[Step], zone: str) -> None:
    with server_zone(zone):
        ground.play(steps)
