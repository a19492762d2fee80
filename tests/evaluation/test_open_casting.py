"""Open ballots: by a public code, one for each browser, capped by place, network and day, with no address kept."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from evaluation.casting import BallotCast
from evaluation.open_casting import OpenBallot, OpenPlace, cast_open_ballots, forget_tallies
from evaluation.scheme_versions import publish_scheme
from kernel.clock import local_date
from kernel.database import Database
from kernel.errors import Refusal
from tests.cases.district import District, a_case_district
from tests.evaluation.builders import a_document
from tests.stewards.builders import NOON, XILI, XIZHAOSI

LANE, HALL = OpenPlace(kind="lane", id=XILI), OpenPlace(kind="hall", id=XIZHAOSI)
CAPS = {"weight_percent": 20, "most_share_percent": 20, "per_lane_day": 4, "per_network_day": 3}


def a_browser(number: int) -> str:
    return f"{number:064x}"


def a_wish(district: District, browser: int = 1, network: int = 1, **changes: Any) -> OpenBallot:
    facts: dict[str, Any] = {
        "place": LANE,
        "steward_id": district.zhao,
        "scores": {"satisfaction": 4},
        "device": a_browser(browser),
        "network": a_browser(1_000 + network),
        **changes,
    }
    return OpenBallot(**facts)


async def cast(district: District, *wishes: OpenBallot, now: Any = NOON) -> list[str]:
    outcomes = await district.database.run(lambda tx: cast_open_ballots(tx, wishes, now=now))
    return said(outcomes)


def said(outcomes: Sequence[BallotCast | Refusal]) -> list[str]:
    return [
        outcome.code if isinstance(outcome, Refusal) else "changed" if outcome.changed else "cast"
        for outcome in outcomes
    ]


@pytest.fixture
async def capped(database: Database) -> District:
    """A district whose scheme takes four open ballots a lane and day, three a network and day."""
    district = await a_case_district(database)
    document = a_document(effective_on="2026-11-24", period="month")
    document["sources"][2]["open_ballots"] = CAPS
    await database.run(lambda tx: publish_scheme(tx, document, by=None, now=NOON))
    return district


LATER = NOON + timedelta(days=10)


async def test_a_browser_has_one_ballot_for_a_steward_wherever_it_scans(district: District) -> None:
    assert await cast(district, a_wish(district)) == ["cast"]
    assert await cast(district, a_wish(district, scores={"satisfaction": 2}), a_wish(district, place=HALL)) == [
        "changed",
        "changed",
    ]
    assert await cast(district, a_wish(district, browser=2)) == ["cast"]
    assert await district.count("evaluation_ballot") == 2


async def test_only_stewards_of_the_place_are_rated_there(district: District) -> None:
    assert await cast(district, a_wish(district, steward_id=district.qian)) == ["steward_not_here"]
    assert await cast(district, a_wish(district, place=OpenPlace(kind="lane", id=UUID(int=5)))) == ["steward_unknown"]
    assert await cast(district, a_wish(district, scores={"manner": 3})) == ["mark_missing"]
    assert await district.count("evaluation_ballot") == 0
    assert await district.count("evaluation_open_tally") == 0


async def test_a_scheme_without_open_ballots_takes_none(database: Database) -> None:
    district = await a_case_district(database)
    document = a_document(effective_on="2026-11-24", period="month")
    del document["sources"][2]["open_ballots"]
    await database.run(lambda tx: publish_scheme(tx, document, by=None, now=NOON))
    assert await cast(district, a_wish(district), now=LATER) == ["open_ballots_not_taken"]


async def test_a_place_and_a_network_are_full_for_a_day_and_changes_use_nothing_up(capped: District) -> None:
    for browser in (1, 2, 3):
        assert await cast(capped, a_wish(capped, browser), now=LATER) == ["cast"]
    assert await cast(capped, a_wish(capped, 4), now=LATER) == ["network_full_today"]
    assert await cast(capped, a_wish(capped, 1), now=LATER) == ["changed"]
    assert await cast(capped, a_wish(capped, 4, network=2), now=LATER) == ["cast"]
    assert await cast(capped, a_wish(capped, 5, network=3), now=LATER) == ["place_full_today"]
    assert await cast(capped, a_wish(capped, 5, network=3), now=LATER + timedelta(days=1)) == ["cast"]


async def test_many_browsers_at_once_pass_no_cap(capped: District) -> None:
    outcomes = await asyncio.gather(*[cast(capped, a_wish(capped, at, network=at), now=LATER) for at in range(1, 17)])
    assert sorted(code for one in outcomes for code in one).count("cast") == CAPS["per_lane_day"]
    assert await capped.count("evaluation_ballot") == CAPS["per_lane_day"]


async def test_one_browser_fifty_times_at_once_is_one_ballot(district: District) -> None:
    outcomes = await asyncio.gather(*[cast(district, a_wish(district)) for _ in range(50)])
    assert sorted(code for one in outcomes for code in one) == ["cast"] + ["changed"] * 49
    assert await district.count("evaluation_ballot") == 1


async def test_the_counts_of_past_days_are_forgotten(district: District) -> None:
    await cast(district, a_wish(district))
    assert await district.count("evaluation_open_tally") == 2
    later = NOON + timedelta(days=5)
    assert await district.database.run(lambda tx: forget_tallies(tx, now=later)) == 2
    assert local_date(later) > local_date(NOON)
