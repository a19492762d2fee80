"""A quarter with ballots and cases, ready to be closed, on a real database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from evaluation.casting import BallotCast, SlipBallot, StaffBallot, StaffSource, cast_slips, cast_staff_ballots
from evaluation.closing import Closed, close_period
from evaluation.periods import Period, period_named
from evaluation.slips import SlipsIssued, SlipWish, issue_slips
from kernel.audit import SYSTEM, Actor
from kernel.ids import derived_id
from tests.cases.district import MORNING, District, a_report, a_step
from tests.stewards.builders import NOON

Q4 = period_named("2026-Q4")
AFTER = datetime(2027, 1, 11, 2, tzinfo=UTC)  # the window ends ten days after the quarter
ADMIN = Actor("staff", derived_id("staff", "admin"))


async def slip_marks(
    district: District, steward: UUID, marks: Sequence[Mapping[str, int]], *, period: Period = Q4, now: datetime = NOON
) -> None:
    """Each set of marks from a slip and a browser of its own, an hour apart."""
    for start in range(0, len(marks), 50):
        part = marks[start : start + 50]
        wish = SlipWish(steward_id=steward, period=period, count=len(part))
        [issued] = await district.database.run(lambda tx, wish=wish: issue_slips(tx, [wish], by=SYSTEM, now=now))  # type: ignore[misc]
        assert isinstance(issued, SlipsIssued), issued
        for at, (secret, scores) in enumerate(zip(issued.secrets, part, strict=True)):
            vote = SlipBallot(secret=secret, scores=scores, device=f"{secret:.<64}", network=None)
            when = now + timedelta(hours=at)
            [cast] = await district.database.run(lambda tx, vote=vote, when=when: cast_slips(tx, [vote], now=when))  # type: ignore[misc]
            assert isinstance(cast, BallotCast), cast


async def staff_marks(
    district: District,
    steward: UUID,
    source: StaffSource,
    scores: Mapping[str, int],
    *,
    by: str = "clerk",
    period: Period = Q4,
    now: datetime = NOON,
) -> None:
    """Marks of a member of staff."""
    wish = StaffBallot(staff_id=derived_id(by), source=source, steward_id=steward, period=period, scores=scores)
    [cast] = await district.database.run(lambda tx: cast_staff_ballots(tx, [wish], now=now))
    assert isinstance(cast, BallotCast), cast


async def a_judged_quarter(district: District) -> None:
    """赵 was judged by all three sides, 钱 by too few residents, 孙 by nobody; 赵 and 钱 have cases."""
    whole = {"satisfaction": 5, "change": 4, "manner": 5, "recognition": 4}
    await slip_marks(district, district.zhao, [whole, *({"satisfaction": mark} for mark in (5, 4, 5, 3, 4, 5))])
    await slip_marks(district, district.qian, [{"satisfaction": 3}, {"satisfaction": 4}])
    for steward, mark in ((district.zhao, 90), (district.qian, 70)):
        await staff_marks(district, steward, "street", {"whistle": mark, "conduct": mark - 2})
        community = {"patrol": mark, "deliberation": mark - 5, "records": mark - 3, "teamwork": mark + 1}
        await staff_marks(district, steward, "community", community)
    lanes = ["014-02-01"] * 4 + ["014-01-01"] * 2
    cases = await district.reported(*(a_report(lane_code=lane, reported_at=MORNING) for lane in lanes))
    await district.handled(*(a_step(case, "verify") for case in cases[:-1]), a_step(cases[-1], "reject"))


async def close(district: District, period: Period = Q4, *, now: datetime = AFTER, by: Actor = ADMIN) -> Closed:
    """Close a period."""
    return await close_period(district.database, period, by=by, now=now)


async def frozen(district: District) -> list[dict[str, Any]]:
    """Every kept card, without ids that differ by database."""
    rows = await (await district.database.reader()).fetch(
        "SELECT steward.number, card.score, card.low, card.high, card.place, card.multiplier_percent, "
        "card.coaching, "
        "card.facts, card.card FROM evaluation_score card "
        "JOIN stewards_steward steward ON steward.id = card.steward_id "
        "ORDER BY steward.number, card.id",
        types={"coaching": bool},
    )
    return [dict(row) for row in rows]
