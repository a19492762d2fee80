"""Closing a period: frozen once, the same again, by its own scheme for ever."""

import pytest

from evaluation.cards import read_card
from evaluation.closing import WindowStillOpen
from tests.cases.district import District
from tests.evaluation.closed import AFTER, Q4, a_judged_quarter, close, frozen
from tests.stewards.builders import NOON


async def test_closing_twice_gives_the_same_and_adds_nothing(district: District) -> None:
    await a_judged_quarter(district)
    first = await close(district)
    kept = await frozen(district)
    counted = [await district.count(t) for t in ("evaluation_close", "evaluation_score", "points_multiplier")]
    again = await close(district)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.close == first.close
    assert await frozen(district) == kept
    assert counted == [1, 2, 6]
    assert [await district.count(t) for t in ("evaluation_close", "evaluation_score", "points_multiplier")] == counted


async def test_a_window_that_takes_ballots_is_not_closed(district: District) -> None:
    with pytest.raises(WindowStillOpen):
        await close(district, now=NOON)
    assert await district.count("evaluation_close") == 0


async def test_a_card_says_which_source_did_not_count(district: District) -> None:
    await a_judged_quarter(district)
    await close(district, now=AFTER)
    reader = await district.database.reader()
    card = await read_card(reader, district.qian, Q4)
    assert card is not None
    assert {source.code: source.reason for source in card.sources} == {
        "street": None, "community": None, "residents": "below_minimum",
    }  # fmt: skip
    assert await read_card(reader, district.sun, Q4) is None
