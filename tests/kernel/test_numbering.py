"""Human numbers are gapless among what was committed, whoever takes them."""

import asyncio
from functools import partial

import pytest

from kernel.database import Database, Tx
from kernel.numbering import take_many, take_numbers


async def test_many_at_once_get_different_numbers_without_a_gap(database: Database) -> None:
    taken = await asyncio.gather(*(database.run(lambda tx: take_numbers(tx, "261123", 3)) for _ in range(30)))
    assert sorted(number for numbers in taken for number in numbers) == list(range(1, 91))


async def test_a_number_of_a_transaction_that_was_undone_is_given_again(database: Database) -> None:
    async def take_and_fail(tx: Tx) -> None:
        await take_numbers(tx, "261123", 5)
        raise LookupError

    with pytest.raises(LookupError):
        await database.run(take_and_fail)
    assert list(await database.run(lambda tx: take_numbers(tx, "261123", 2))) == [1, 2]


@pytest.mark.parametrize("names", ["ab", "abcdef"], ids=["few", "many"])
async def test_many_who_take_of_several_series_at_once_wait_in_one_order(database: Database, names: str) -> None:
    wishes = [dict.fromkeys(reversed(names), 1), dict.fromkeys(names, 2)] * 10
    taken = await asyncio.gather(*(database.run(partial(take_many, counts=wish)) for wish in wishes))
    for series in names:
        assert sorted(number for numbers in taken for number in numbers[series]) == list(range(1, 31))


async def test_none_are_none_and_series_are_apart(database: Database) -> None:
    assert list(await database.run(lambda tx: take_numbers(tx, "a", 0))) == []
    assert list(await database.run(lambda tx: take_numbers(tx, "a", 1))) == [1]
    assert list(await database.run(lambda tx: take_numbers(tx, "b", 1))) == [1]
