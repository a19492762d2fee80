"""Whole sequences on both databases against the ledger on paper; after each of them every invariant holds."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.database import Database, Tx
from migrations import APPS
from points.assess import EarningEvent
from points.award import AwardReversal
from points.balances import balance
from points.earning import credit_events, reverse_awards
from points.ledger import post
from points.statement import statement
from tests.points.ledger_builders import assert_sound, publishing
from tests.points.ledger_steps import BEGIN, CAPS, EARNING, MICROSECOND, OWNERS, POSTING, UNDOING, Model, Step, plain

EXAMPLES = int(os.environ.get("JINPAI_EXAMPLES", "40"))
STEPS = st.lists(st.one_of(EARNING, POSTING, UNDOING), min_size=1, max_size=12)


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
    """Carry out the steps on a database and on paper, and compare all that can be read."""
    model, now = Model(), BEGIN
    for step in steps:
        now += step.after

        async def use_case(tx: Tx, step: Step = step, now: object = now) -> list[object]:
            if isinstance(step.wishes[0], AwardReversal):
                return await reverse_awards(tx, step.wishes, now=now)
            if isinstance(step.wishes[0], EarningEvent):
                return await credit_events(tx, step.wishes, now=now)
            return await post(tx, step.wishes, now=now)

        outcomes = await database.run(use_case)
        assert [plain(outcome) for outcome in outcomes] == model.play(step)
    await _compare(database, model)
    await assert_sound(database)


async def _compare(database: Database, model: Model) -> None:
    reader = await database.reader()
    for owner in OWNERS:
        found = await balance(reader, owner, now=BEGIN)
        expiring = {lot.on: lot.points for lot in found.expiring}
        assert (found.spendable, found.debt, found.held, expiring) == model.standing(owner)
        assert found.lifetime == model.lifetime(owner)
        entries = await statement(reader, owner, limit=10_000)
        spendable = debt = 0
        for at, entry in enumerate(reversed(entries)):
            if entry.account == "spendable":
                spendable += entry.sign * entry.points
                assert entry.balance_after == spendable
            else:
                debt += entry.sign * entry.points
                assert entry.balance_after == debt
            following = entries[len(entries) - 2 - at] if at + 1 < len(entries) else None
            if following is None or following.operation_id != entry.operation_id:
                then = await balance(reader, owner, now=BEGIN, at=entry.recorded_at)
                assert (then.spendable, then.debt) == (spendable, debt)
            if following is not None and following.operation_id != entry.operation_id:
                assert following.recorded_at > entry.recorded_at
        assert (spendable, debt) == (found.spendable, found.debt)
        if entries:
            first = await balance(reader, owner, now=BEGIN, at=entries[-1].recorded_at - MICROSECOND)
            assert (first.spendable, first.debt, first.held, first.lifetime, first.expiring) == (0, 0, 0, 0, ())
            last = await balance(reader, owner, now=BEGIN, at=entries[0].recorded_at)
            assert last.expiring == found.expiring
            assert last.held == found.held


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(steps=STEPS)
def test_every_sequence_goes_as_on_paper(ground: Ground, steps: list[Step]) -> None:
    ground.play(steps)
