"""Slips and ballots: one slip one ballot, whatever is sent and however often."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from evaluation.casting import BallotCast, SlipBallot, StaffBallot, cast_slips, cast_staff_ballots
from evaluation.models import Ballot
from evaluation.periods import PeriodUnknown, period_named, period_of
from evaluation.slips import SlipsIssued, SlipWish, issue_slips, read_slip
from kernel.audit import SYSTEM
from kernel.errors import Refusal
from kernel.ids import derived_id
from tests.cases.district import District
from tests.stewards.builders import NOON

Q4 = period_named("2026-Q4")
GOOD = {"satisfaction": 5}
REPLAYS = int(os.environ.get("JINPAI_REPLAYS", "400"))


async def issue(district: District, *, count: int = 1, period: str = "2026-Q4", steward: UUID | None = None) -> Any:
    wish = SlipWish(steward_id=steward or district.zhao, period=period_named(period), count=count)
    [outcome] = await district.database.run(lambda tx: issue_slips(tx, [wish], by=SYSTEM, now=NOON))
    return outcome


async def a_slip(district: District) -> str:
    issued = await issue(district)
    assert isinstance(issued, SlipsIssued)
    return issued.secrets[0]


async def cast(
    district: District, secret: str, scores: dict[str, int] | None = None, *, device: str = "a", now: datetime = NOON
) -> BallotCast | Refusal:
    wish = SlipBallot(secret=secret, scores=scores or GOOD, device=device * 64, network=None)
    [outcome] = await district.database.run(lambda tx: cast_slips(tx, [wish], now=now))
    return outcome


async def ballots(district: District) -> list[dict[str, int]]:
    rows = await (await district.database.reader()).rows(Ballot, "ORDER BY cast_at, id")
    return [orjson.loads(row["scores"]) for row in rows]


def code(outcome: object) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def test_periods_are_known_by_name() -> None:
    assert (Q4.first.isoformat(), Q4.last.isoformat()) == ("2026-10-01", "2026-12-31")
    assert Q4.closes_at(10) == datetime(2027, 1, 10, 16, tzinfo=UTC)
    assert period_of(datetime(2026, 12, 31, 16, tzinfo=UTC), "quarter").name == "2027-Q1"
    assert [period_named(name).last.isoformat() for name in ("2026-02", "2028-02", "2026")] == [
        "2026-02-28", "2028-02-29", "2026-12-31",
    ]  # fmt: skip
    for name in ("", "2026-Q5", "2026-13", "1999-Q1", "2026-Q4 ", "２０２６"):
        with pytest.raises(PeriodUnknown):
            period_named(name)


async def test_a_slip_has_128_bits_and_only_its_hash_is_kept(district: District) -> None:
    issued = await issue(district, count=20)
    assert len(set(issued.secrets)) == 20
    assert {len(secret) for secret in issued.secrets} == {22}
    reader = await district.database.reader()
    stored = await reader.fetch("SELECT secret_sha256 FROM evaluation_slip")
    assert not {row["secret_sha256"] for row in stored} & set(issued.secrets)


async def test_slips_are_for_open_periods_and_known_stewards(district: District) -> None:
    refused = [
        await issue(district, count=0),
        await issue(district, count=61),
        await issue(district, period="2027-Q1"),
        await issue(district, period="2026-Q3"),
        await issue(district, period="2026-10"),
        await issue(district, steward=derived_id("nobody")),
    ]
    assert [code(one) for one in refused] == [
        "slip_count_unfit", "slip_count_unfit", "window_not_open", "window_closed", "no_scheme_in_force",
        "steward_unknown",
    ]  # fmt: skip
    assert await district.count("evaluation_slip") == 0


async def test_the_same_browser_changes_its_ballot_and_another_does_not(district: District) -> None:
    secret = await a_slip(district)
    first = await cast(district, secret, {"satisfaction": 2})
    assert isinstance(first, BallotCast)
    assert not first.changed
    changed = await cast(district, secret, {"satisfaction": 4, "manner": 5}, now=NOON + timedelta(days=3))
    assert isinstance(changed, BallotCast)
    assert (changed.changed, changed.ballot_id) == (True, first.ballot_id)
    assert code(await cast(district, secret, {"satisfaction": 1}, device="b")) == "slip_used"
    assert await ballots(district) == [{"manner": 5, "satisfaction": 4}]


async def test_guessed_and_expired_slips_make_no_vote(district: District) -> None:
    secret = await a_slip(district)
    assert code(await cast(district, secret[:-1] + ("A" if secret[-1] != "A" else "B"))) == "slip_unknown"
    assert code(await cast(district, "")) == "slip_unknown"
    closes = Q4.closes_at(10)
    assert code(await cast(district, secret, now=closes)) == "window_closed"
    assert await ballots(district) == []
    assert isinstance(await cast(district, secret, now=closes - timedelta(seconds=1)), BallotCast)


async def test_a_look_burns_nothing(district: District) -> None:
    secret = await a_slip(district)
    for _ in range(3):
        shown = await read_slip(await district.database.reader(), secret)
        assert shown is not None
        assert not shown.used
    assert isinstance(await cast(district, secret), BallotCast)
    used = await read_slip(await district.database.reader(), secret)
    assert used is not None
    assert used.used


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"manner": 5}, "mark_missing"),
        ({"satisfaction": 0}, "mark_unfit"),
        ({"satisfaction": 6}, "mark_unfit"),
        ({"satisfaction": 5, "conduct": 5}, "dimension_unknown"),
    ],
)
async def test_marks_have_to_fit_the_scheme(district: District, scores: dict[str, int], expected: str) -> None:
    secret = await a_slip(district)
    assert code(await cast(district, secret, scores)) == expected
    assert await ballots(district) == []


async def test_50_uses_of_a_slip_at_once_make_one_ballot(district: District) -> None:
    secret = await a_slip(district)
    outcomes = await asyncio.gather(*[cast(district, secret, device="abcde"[at % 5]) for at in range(50)])
    made = [outcome for outcome in outcomes if isinstance(outcome, BallotCast)]
    assert sum(not outcome.changed for outcome in made) == 1
    assert {code(outcome) for outcome in outcomes if isinstance(outcome, Refusal)} == {"slip_used"}
    assert len(made) == 10
    assert await ballots(district) == [GOOD]


async def test_replays_from_other_browsers_make_no_second_vote(district: District) -> None:
    issued = await issue(district, count=20)
    for secret in issued.secrets:
        assert isinstance(await cast(district, secret), BallotCast)
    before = await ballots(district)
    for start in range(0, REPLAYS, 500):
        numbers = range(start, min(REPLAYS, start + 500))
        batches = [
            [
                SlipBallot(
                    secret=issued.secrets[number % 20],
                    scores={"satisfaction": 1},
                    device=f"{number:064x}" if number % 3 else None,
                    network=None,
                )
                for number in numbers
                if number % 4 == batch
            ]
            for batch in range(4)
        ]
        outcomes = await asyncio.gather(
            *[district.database.run(lambda tx, wishes=wishes: cast_slips(tx, wishes, now=NOON)) for wishes in batches]  # type: ignore[misc]
        )
        assert {code(outcome) for batch in outcomes for outcome in batch} == {"slip_used"}
    assert await ballots(district) == before
    assert len(before) == 20


async def test_several_uses_in_one_batch_leave_the_last(district: District) -> None:
    secret = await a_slip(district)
    wishes = [
        SlipBallot(secret=secret, scores={"satisfaction": mark}, device="a" * 64, network=None) for mark in (1, 2, 3)
    ]
    outcomes = await district.database.run(lambda tx: cast_slips(tx, wishes, now=NOON))
    assert [isinstance(outcome, BallotCast) and outcome.changed for outcome in outcomes] == [False, True, True]
    assert await ballots(district) == [{"satisfaction": 3}]


async def test_staff_cast_one_ballot_for_a_steward_and_may_change_it(district: District) -> None:
    def wish(mark: int, **changes: Any) -> StaffBallot:
        facts: dict[str, Any] = {
            "staff_id": derived_id("clerk"),
            "source": "street",
            "steward_id": district.zhao,
            "period": Q4,
            "scores": {"whistle": mark, "conduct": 70},
        }
        return StaffBallot(**{**facts, **changes})

    async def judge(*wishes: StaffBallot) -> list[BallotCast | Refusal]:
        return await district.database.run(lambda tx: cast_staff_ballots(tx, wishes, now=NOON))

    await judge(wish(60), wish(61))
    await asyncio.gather(*[judge(wish(80)) for _ in range(8)])
    assert await ballots(district) == [{"conduct": 70, "whistle": 80}]
    refused = await judge(
        wish(80, steward_id=derived_id("nobody")),
        wish(80, period=period_named("2026-Q3")),
        wish(101),
        wish(80, scores={"accuracy": 100, "whistle": 80, "conduct": 80}),
    )
    assert [code(one) for one in refused] == ["steward_unknown", "window_closed", "mark_unfit", "dimension_unknown"]
