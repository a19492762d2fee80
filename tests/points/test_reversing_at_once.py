"""Awards taken back by two processes at once: a top-up never outlives the award that it topped up."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.database import Database, Tx
from kernel.errors import Refusal
from migrations import APPS
from points.assess import EarningEvent
from points.award import AwardReversal, Reversed
from points.earning import reverse_awards
from tests.points.ledger_builders import NOON, assert_sound, codes, crediting, publishing, reversing
from tests.points.rule_builders import a_cap, an_event


def a_case(number: int) -> EarningEvent:
    """A verified case of road damage, worth 6."""
    return an_event(reference=f"case {number}/verified/1")


def key(number: int) -> tuple[str, str]:
    return ("case_verified", f"case {number}/verified/1")


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """Another process's view of the same database."""
    opened = await Database.open(database.url, APPS)
    yield opened
    await opened.close()


@pytest.mark.parametrize(("limit", "given"), [(10, 4), (6, 0)], ids=["cut in part", "cut to nothing"])
async def test_a_top_up_that_is_being_committed_is_taken_back_with_its_award(
    database: Database, other: Database, limit: int, given: int
) -> None:
    await publishing(database, caps=[a_cap(limit=limit)])
    _, cut = await crediting(database, a_case(1), a_case(2))
    assert not isinstance(cut, Refusal)
    assert cut.points == given
    topped_up, seen = asyncio.Event(), asyncio.Event()

    async def free_the_cap(tx: Tx) -> list[Any]:
        outcomes = await reverse_awards(tx, [AwardReversal(award=key(1), cause="reopened")], now=NOON)
        topped_up.set()
        await seen.wait()
        return outcomes

    freeing = asyncio.ensure_future(database.run(free_the_cap))
    await topped_up.wait()
    taking_back = asyncio.ensure_future(reversing(other, key(2)))
    # Long enough for it to have looked at everything and to wait for what the first one holds.
    await asyncio.wait([taking_back], timeout=0.5)
    seen.set()
    [freed], [outcome] = await freeing, await taking_back

    assert isinstance(freed, Reversed)
    assert [top_up.points for top_up in freed.top_ups] == [6 - given]
    assert isinstance(outcome, Reversed)
    assert outcome.points_taken == 6
    await assert_sound(database)


async def test_two_at_once_take_an_award_back_once(database: Database, other: Database) -> None:
    await publishing(database, caps=[a_cap(limit=10)])
    await crediting(database, a_case(1), a_case(2))
    outcomes = await asyncio.gather(*(reversing((database, other)[at % 2], key(1), key(2)) for at in range(8)))
    assert sorted(codes([outcome for [outcome, _] in outcomes])) == ["done", *["replayed"] * 7]
    await assert_sound(database)
