"""A state machine on both databases beside the ledger on paper: whatever was done and whenever, the two agree."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kernel.clock import local_date
from kernel.database import Database, Reader, Tx
from migrations import APPS
from points.assess import EarningEvent
from points.award import AwardReversal
from points.balances import balance, balances
from points.earning import credit_events, reverse_awards
from points.ledger import post
from points.statement import statement
from points.wishes import Expire, Wish
from tests.cases.examples import examples
from tests.points import ledger_strategies as steps
from tests.points.ledger_builders import STREET, TEAM, assert_sound, publishing
from tests.points.ledger_steps import Model, next_border, plain
from tests.points.ledger_strategies import BEGIN, CAPS, EVERYBODY, OWNERS

SEQUENCES = examples(30)
OPERATIONS = int(os.environ.get("JINPAI_OPERATIONS", "20"))  # in a sequence


class Ground:
    """One database, emptied before each sequence: opening a new one costs more than the sequence."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        assert self._database is not None
        return self._database

    def run(self, coroutine: Any) -> Any:
        """Wait for something on this database's own loop."""
        return self._runner.run(coroutine)

    async def begin(self) -> None:
        """An empty ledger under published rules."""
        if self._database is None:
            self._database = await Database.open(self._url, APPS, pool_size=2)
        await emptied(self._database)
        await publishing(self._database, caps=CAPS, expiry={"policy": "end_of_next_year"})

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
            await connection.execute(f"TRUNCATE {', '.join(row['tablename'] for row in tables)} CASCADE")
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


class LedgerMachine(RuleBasedStateMachine):
    """The ledger on a database beside the one on paper. Every rule carries out a batch on both and compares answers."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        self.paper = Model()
        self.now = BEGIN
        self.zone_before = os.environ.get("TZ")
        self.runs = 0
        self.then: dict[tuple[UUID, datetime], dict[str, Any]] = {}

    @initialize(zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]))
    def a_server_stands_somewhere(self, zone: str) -> None:
        """The server's own time zone, on which nothing may depend."""
        set_server_zone(zone)
        self.ground.run(self.ground.begin())

    @rule(shift=steps.SHIFTS)
    def time_passes(self, shift: timedelta) -> None:
        """Or a clock is put back by a second."""
        self.now += shift

    @rule(border=steps.BORDERS, after=st.booleans())
    def time_comes_to_a_border(self, border: str, after: bool) -> None:
        """To the last instant before a day, month, year or leap day begins in Beijing, or to the first of it."""
        self.now = next_border(self.now, border) - (timedelta(0) if after else steps.MICROSECOND)

    @rule(events=steps.EVENTS, at_once=st.booleans())
    def stewards_earn(self, events: Sequence[EarningEvent], at_once: bool) -> None:
        """By events of now, or of one of the borders that are fixed."""
        self.carry_out([_of(event, self.now) if at_once else event for event in events])

    @rule(wishes=steps.UNDOINGS)
    def awards_are_taken_back(self, wishes: Sequence[AwardReversal]) -> None:
        """With their top-ups; what their caps had cut from others is topped up."""
        self.carry_out(wishes)

    @rule(wishes=steps.GRANTS)
    def points_and_minutes_are_granted(self, wishes: Sequence[Wish]) -> None:
        """To every purse, from the world or a budget, some beyond a ceiling, so that they overflow."""
        self.carry_out(wishes)

    @rule(wishes=steps.SPENDINGS)
    def points_are_spent_or_donated(self, wishes: Sequence[Wish]) -> None:
        """Or owed where there are too few."""
        self.carry_out(wishes)

    @rule(wishes=steps.HOLDS)
    def points_are_held(self, wishes: Sequence[Wish]) -> None:
        """For orders."""
        self.carry_out(wishes)

    @precondition(lambda self: any(done.held is not None for done in self.paper.ledger.done.values()))
    @rule(wishes=steps.SETTLEMENTS)
    def holds_are_settled(self, wishes: Sequence[Wish]) -> None:
        """Captured, released, refunded or donated, whole or in parts."""
        self.carry_out(wishes)

    @rule(wishes=steps.SHARES)
    def points_move_between_a_team_and_its_stewards(self, wishes: Sequence[Wish]) -> None:
        """They keep their last days."""
        self.carry_out(wishes)

    @rule(wishes=steps.BUDGETS)
    def budgets_are_funded_and_taken_back(self, wishes: Sequence[Wish]) -> None:
        """Up to their ceiling."""
        self.carry_out(wishes)

    @rule(wishes=steps.EXPIRIES)
    def points_expire(self, wishes: Sequence[Wish]) -> None:
        """Those that ended before a given day."""
        self.carry_out(wishes)

    @rule()
    def the_day_s_expiry_runs(self) -> None:
        """For everybody, as of the local day that it is now."""
        self.runs += 1
        today = local_date(self.now)
        self.carry_out(
            [
                Expire(
                    owner_id=owner,
                    owner_kind="team" if owner == TEAM else "steward",
                    before=today,
                    reason="daily",
                    reference=f"{self.runs} {owner}",
                    occurred_at=self.now,
                )
                for owner in (*OWNERS, TEAM)
            ]
        )

    @rule(wishes=steps.CLOSINGS)
    def accounts_are_closed(self, wishes: Sequence[Wish]) -> None:
        """All that can be spent is forfeited."""
        self.carry_out(wishes)

    @precondition(lambda self: bool(self.paper.ledger.done))
    @rule(wishes=steps.REVERSALS)
    def operations_are_reversed(self, wishes: Sequence[Wish]) -> None:
        """Of any sort, also twice, also reversals."""
        self.carry_out(wishes)

    @rule(wishes=steps.MIXED)
    def many_things_happen_in_one_batch(self, wishes: Sequence[Wish]) -> None:
        """Each on what those before it left."""
        self.carry_out(wishes)

    def carry_out(self, wishes: Sequence[Any]) -> None:
        """A batch on the database and on paper: both answer the same."""
        answered = self.ground.run(self.ground.database.run(lambda tx: _carry_out(tx, wishes, self.now)))
        assert [plain(outcome) for outcome in answered] == self.paper.play(wishes, self.now)
        self.ground.run(self._keep())

    async def _keep(self) -> None:
        for owner, touched_at in (await _touched(await self.ground.database.reader())).items():
            self.then[owner, touched_at] = self.paper.standing(owner)

    @invariant()
    def balances_budgets_debts_and_lots_agree(self) -> None:
        """Every stored balance, and what is left of every lot with its last day."""
        assert self.ground.run(_rows(self.ground.database)) == self.paper.rows()

    def teardown(self) -> None:
        """All that can be read agrees, now and as of every instant at which somebody was touched; verify holds."""
        try:
            self.ground.run(self._compare())
        finally:
            set_server_zone(self.zone_before)

    async def _compare(self) -> None:
        reader = await self.ground.database.reader()
        for owner in EVERYBODY:
            assert await _standing(reader, owner, None) == self.paper.standing(owner)
        for owner in OWNERS:
            assert (await balance(reader, owner, now=self.now)).lifetime == self.paper.lifetime(owner)
            await _statement_adds_up(reader, owner)
        for (owner, touched_at), standing in self.then.items():
            assert await _standing(reader, owner, touched_at) == standing
        assert await _standing(reader, OWNERS[0], BEGIN - timedelta(days=1)) == {}
        await assert_sound(self.ground.database)


def set_server_zone(zone: str | None) -> None:
    """Let the process believe that it stands somewhere; None for where the machine says."""
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    time.tzset()


def _of(event: EarningEvent, now: datetime) -> EarningEvent:
    return EarningEvent(
        steward_id=event.steward_id,
        street_id=event.street_id,
        lane_id=event.lane_id,
        event=event.event,
        reference=event.reference,
        occurred_at=now,
        category=event.category,
    )


async def _carry_out(tx: Tx, wishes: Sequence[Any], now: datetime) -> list[Any]:
    if isinstance(wishes[0], AwardReversal):
        return await reverse_awards(tx, wishes, now=now)
    if isinstance(wishes[0], EarningEvent):
        return await credit_events(tx, wishes, now=now)
    return await post(tx, wishes, now=now)


async def _rows(database: Database) -> tuple[dict[tuple[UUID, str], int], dict[tuple[UUID, str], list[Any]]]:
    """The balances and lots as they are stored, named as the paper names them."""
    reader = await database.reader()
    accounts = await reader.fetch(
        "SELECT owner_id, kind, balance FROM points_account WHERE owner_kind <> 'world' AND balance <> 0",
        types={"owner_id": UUID},
    )
    parts = await reader.fetch(
        "SELECT account.owner_id, account.kind, lot.expires_on, lot.remaining FROM points_lot AS lot "
        "JOIN points_account AS account ON account.id = lot.account_id WHERE lot.remaining > 0",
        types={"owner_id": UUID, "expires_on": date},
    )
    lots: dict[tuple[UUID, str], list[Any]] = {}
    for part in parts:
        lots.setdefault((part["owner_id"], part["kind"]), []).append(
            (part["expires_on"] or date.max, part["remaining"])
        )
    named = {"escrow": "held", "debt": "owes"}
    sums = {(row["owner_id"], named.get(row["kind"], row["kind"])): row["balance"] for row in accounts}
    return sums, {key: sorted(found) for key, found in lots.items()}


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


def test_the_ledger_goes_as_on_paper_across_every_border_of_time_in_every_server_zone(ground: Ground) -> None:
    run_state_machine_as_test(
        lambda: LedgerMachine(ground),
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=OPERATIONS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
