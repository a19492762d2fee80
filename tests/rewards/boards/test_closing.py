"""Periods close a week after their end into boards that nothing changes any more, and whose hashes tell."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.jobs import run_due
from kernel.ranking import MemoryRanks
from rewards.boards.closing import BOARDS_CLOSE, due_periods, frozen_board, verify_closes
from rewards.boards.definitions import Metric
from rewards.boards.reading import Boards, Since
from rewards.periods import Period
from rewards.standing import top
from stewards.roles import DISTRICT, Scope, ScopeKind
from tests.rewards.test_standing import POINTS, Crediting, rules_without_caps
from tests.stewards.builders import DONGSI, FUGUANG, LONGTAN, a_district, a_steward

OCTOBER = datetime(2026, 10, 20, 4, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 7, 19, 0, tzinfo=UTC)  # three in the morning of 8 November in Beijing


def test_a_period_is_due_a_week_after_its_last_day() -> None:
    months = [(first, after) for period, first, after in due_periods(date(2026, 11, 7)) if period is Period.MONTH]
    assert months[-1] == (date(2026, 9, 1), date(2026, 10, 1))
    months = [(first, after) for period, first, after in due_periods(date(2026, 11, 8)) if period is Period.MONTH]
    assert months[-1] == (date(2026, 10, 1), date(2026, 11, 1))
    assert [first for period, first, _ in due_periods(date(2026, 11, 8)) if period is Period.YEAR] == [date(2025, 1, 1)]


async def a_closed_october(database: Database) -> Crediting:
    homes = ["014-01", "014-02", "006-01"]
    ids = await a_district(database, *(a_steward(f"{at:07}", community_code=homes[at % 3]) for at in range(9)))
    await rules_without_caps(database)
    chance = random.Random(7)
    books = Crediting(database)
    deeds = [(chance.choice(ids), chance.choice(sorted(POINTS)), OCTOBER, FUGUANG) for _ in range(40)]
    books.awards.clear()
    await books.credit(deeds, at=OCTOBER)
    assert await run_due(database, [BOARDS_CLOSE], FixedClock(AFTER)) == ["boards-close"]
    return books


async def test_a_closed_board_is_what_sql_said_and_stays_so(database: Database) -> None:
    books = await a_closed_october(database)
    reader = await database.reader()
    places = (DISTRICT, Scope(ScopeKind.STREET, LONGTAN), Scope(ScopeKind.STREET, DONGSI))
    before = {}
    for place in places:
        for metric in (Metric.POINTS, Metric.CASES):
            frozen = await frozen_board(reader, metric, Period.MONTH, place, OCTOBER.date())
            live = await top(reader, place, Period.MONTH, 100, now=OCTOBER, metric=metric)
            assert frozen is not None
            assert list(frozen.lines) == [(line.rank, line.steward_id, line.points) for line in live.lines]
            before[place, metric] = frozen
    await books.reverse(list(books.awards)[:10], at=AFTER)
    assert await run_due(database, [BOARDS_CLOSE], FixedClock(AFTER + timedelta(days=1))) == ["boards-close"]
    for (place, metric), frozen in before.items():
        assert await frozen_board(reader, metric, Period.MONTH, place, OCTOBER.date()) == frozen
    assert await frozen_board(reader, Metric.POINTS, Period.MONTH, DISTRICT, date(2026, 11, 7)) is None
    assert await verify_closes(reader) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rewards_board_close SET body = replace(body, '1', '2')",
        "UPDATE rewards_board_close SET total = total + 1",
        "DELETE FROM rewards_board_close",
    ],
)
async def test_the_database_refuses_to_change_a_closed_board(database: Database, change: str) -> None:
    await a_closed_october(database)
    with pytest.raises(Exception, match="append-only"):
        await database.run(lambda tx: tx.execute(change))


@pytest.mark.parametrize(
    "change",
    [
        "SET body = replace(body, '\"lines\":[[1,', '\"lines\":[[2,')",
        "SET total = total + 1",
        "SET lines = lines - 1",
        "SET body_sha256 = 'f' || substr(body_sha256, 2), body = body",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_a_superuser_changed_is_found(database: Database, change: str) -> None:
    await a_closed_october(database)

    async def tamper(tx: Tx) -> None:
        await tx.execute("DROP TRIGGER rewards_board_close_no_update")
        await tx.execute(f"UPDATE rewards_board_close {change}")

    await database.run(tamper)
    [found] = await verify_closes(await database.reader())
    assert found.code == "board_close"


async def test_movement_can_be_told_since_the_last_close_and_since_a_week_ago(database: Database) -> None:
    books = await a_closed_october(database)
    reader = await database.reader()
    now = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    frozen = await frozen_board(reader, Metric.POINTS, Period.MONTH, DISTRICT, OCTOBER.date())
    assert frozen is not None
    last, first = frozen.lines[-1][1], frozen.lines[0][1]
    early, late = now - timedelta(days=9), now - timedelta(days=1)
    await books.credit([(first, max(POINTS, key=POINTS.__getitem__), early, FUGUANG)], at=early)
    await books.credit([(last, max(POINTS, key=POINTS.__getitem__), late, FUGUANG)] * 3, at=late)
    ranks = MemoryRanks()
    boards = Boards(database, ranks, FixedClock(now))
    since_close = await boards.top_since(Since.CLOSE, Metric.POINTS, Period.MONTH, DISTRICT, 10)
    assert [(line.steward_id, line.rank, line.rank_then) for line in since_close.lines] == [
        (last, 1, frozen.lines[-1][0]),
        (first, 2, frozen.lines[0][0]),
    ]
    since_week = await boards.top_since(Since.WEEK, Metric.POINTS, Period.MONTH, DISTRICT, 10)
    assert [(line.steward_id, line.rank_then) for line in since_week.lines] == [(last, None), (first, 1)]
