"""Standings, on both databases, against a model that counts by hand."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from kernel.database import Database
from kernel.ids import new_id
from points.award import AwardOutcome, Reversed
from rewards.periods import Period, period_bounds
from rewards.standing import Ranked, Standing, standing_of, top
from stewards.names import mask_name
from stewards.roles import DISTRICT, Scope, ScopeKind
from tests.points.ledger_builders import crediting, publishing, reversing
from tests.points.rule_builders import an_event
from tests.stewards.builders import (
    DONGSI,
    ERTIAO,
    FUGUANG,
    GUANGMING,
    LONGTAN,
    SITIAO,
    XILI,
    XIZHAOSI,
    a_district,
    a_steward,
)

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # noon in Beijing, a Monday
YESTERDAYS_END = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
POINTS = {"litter": 1, "bike_order": 2, "clutter": 3, "road_damage": 6}


async def rules_without_caps(database: Database) -> None:
    categories = {code: {"points": points, "zh": code, "en": code} for code, points in POINTS.items()}
    await publishing(database, effective_on="2020-01-01", categories=categories)


@dataclass(kw_only=True)
class Deed:
    """What the model knows of an award or its reversal."""

    steward_id: UUID
    lane_id: UUID
    points: int
    occurred_at: datetime
    recorded_at: datetime


class Crediting:
    """Credits through the ledger and keeps the books for the model."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.deeds: list[Deed] = []
        self.awards: dict[UUID, Deed] = {}

    async def credit(
        self, deeds: Sequence[tuple[UUID, str, datetime, UUID]], *, at: datetime, reference: str = "batch"
    ) -> list[UUID]:
        events = [
            an_event(
                "case_verified",
                steward_id=steward_id,
                street_id=LONGTAN,
                lane_id=lane_id,
                category=category,
                occurred_at=occurred_at,
                reference=f"{reference} {at.isoformat()} {turn}",
            )
            for turn, (steward_id, category, occurred_at, lane_id) in enumerate(deeds)
        ]
        ids = []
        for event, outcome in zip(events, await crediting(self.database, *events, now=at), strict=True):
            assert isinstance(outcome, AwardOutcome), outcome
            assert event.lane_id is not None
            deed = Deed(
                steward_id=event.steward_id,
                lane_id=event.lane_id,
                points=outcome.points,
                occurred_at=event.occurred_at,
                recorded_at=at,
            )
            self.deeds.append(deed)
            self.awards[outcome.award_id] = deed
            ids.append(outcome.award_id)
        return ids

    async def reverse(self, award_ids: Sequence[UUID], *, at: datetime) -> None:
        for award_id, outcome in zip(award_ids, await reversing(self.database, *award_ids, now=at), strict=True):
            assert isinstance(outcome, Reversed), outcome
            deed = self.awards[award_id]
            self.deeds.append(
                Deed(
                    steward_id=deed.steward_id,
                    lane_id=deed.lane_id,
                    points=-deed.points,
                    occurred_at=deed.occurred_at,
                    recorded_at=at,
                )
            )


def ranks(points: dict[UUID, int]) -> dict[UUID, int]:
    """One more than how many have more, for those who have any."""
    return {
        steward_id: 1 + sum(other > mine for other in points.values())
        for steward_id, mine in points.items()
        if mine > 0
    }


def model_board(
    deeds: Sequence[Deed], numbers: dict[UUID, str], period: Period
) -> list[tuple[UUID, int, int, int | None]]:
    """The lines of a board by hand: steward, rank, points, rank at yesterday's end."""
    begins_at, ends_at = period_bounds(period, NOW)
    now: defaultdict[UUID, int] = defaultdict(int)
    then: defaultdict[UUID, int] = defaultdict(int)
    reached: dict[UUID, datetime] = {}
    for deed in deeds:
        if not begins_at <= deed.occurred_at < ends_at:
            continue
        now[deed.steward_id] += deed.points
        reached[deed.steward_id] = max(reached.get(deed.steward_id, deed.occurred_at), deed.occurred_at)
        if deed.recorded_at < YESTERDAYS_END:
            then[deed.steward_id] += deed.points
    current, former = ranks(now), ranks(then)
    order = sorted(current, key=lambda steward_id: (current[steward_id], reached[steward_id], numbers[steward_id]))
    return [(steward_id, current[steward_id], now[steward_id], former.get(steward_id)) for steward_id in order]


def line(ranked: Ranked) -> tuple[UUID, int, int, int | None]:
    return ranked.steward_id, ranked.rank, ranked.points, ranked.rank_then


async def test_every_board_and_every_standing_is_what_counting_by_hand_gives(database: Database) -> None:
    chance = random.Random(20261123)
    homes = ["014-01", "014-02", "006-01"]
    wishes = [a_steward(f"{at:07}", community_code=homes[at % 3]) for at in range(12)]
    ids = await a_district(database, *wishes)
    await rules_without_caps(database)
    numbers = {steward_id: wish.number for steward_id, wish in zip(ids, wishes, strict=True)}
    home = {steward_id: homes[at % 3] for at, steward_id in enumerate(ids)}
    books = Crediting(database)
    borders = [period_bounds(period, NOW)[0] for period in Period if period is not Period.ALL]
    for turn, at in enumerate((NOW - timedelta(days=400), NOW - timedelta(days=2), YESTERDAYS_END, NOW)):
        deeds = []
        for _ in range(70):
            occurred_at = chance.choice(
                [
                    at - timedelta(seconds=chance.randrange(60 * 86_400)),
                    min(at, chance.choice(borders)),
                    min(at, chance.choice(borders) - timedelta(microseconds=1)),
                ]
            )
            # The last steward never earns anything.
            deeds.append(
                (
                    chance.choice(ids[:-1]),
                    chance.choice(sorted(POINTS)),
                    occurred_at,
                    chance.choice([FUGUANG, XILI, SITIAO]),
                )
            )
        made = await books.credit(deeds, at=at, reference=f"turn {turn}")
        await books.reverse(chance.sample(made, 12), at=at)
    scopes = {
        DISTRICT: lambda _deed: True,
        Scope(ScopeKind.STREET, LONGTAN): lambda deed: home[deed.steward_id].startswith("014"),
        Scope(ScopeKind.STREET, DONGSI): lambda deed: home[deed.steward_id].startswith("006"),
        Scope(ScopeKind.COMMUNITY, GUANGMING): lambda deed: home[deed.steward_id] == "014-01",
        Scope(ScopeKind.COMMUNITY, XIZHAOSI): lambda deed: home[deed.steward_id] == "014-02",
        Scope(ScopeKind.COMMUNITY, ERTIAO): lambda deed: home[deed.steward_id] == "006-01",
        Scope(ScopeKind.LANE, FUGUANG): lambda deed: deed.lane_id == FUGUANG,
        Scope(ScopeKind.LANE, SITIAO): lambda deed: deed.lane_id == SITIAO,
        Scope(ScopeKind.LANE, new_id()): lambda _deed: False,
    }
    reader = await database.reader()
    for scope, within in scopes.items():
        inside = [deed for deed in books.deeds if within(deed)]
        for period in Period:
            begins_at, ends_at = period_bounds(period, NOW)
            board = model_board(inside, numbers, period)
            assert [line(found) for found in (await top(reader, scope, period, 100, now=NOW)).lines] == board
            lines = {steward_id: at for at, (steward_id, *_) in enumerate(board)}
            for steward_id in ids:
                found = await standing_of(reader, steward_id, period, scope, now=NOW)
                at = lines.get(steward_id, len(board))
                assert found.of_how_many == len(board)
                assert [line(above) for above in found.above] == board[max(0, at - 2) : at]
                assert [line(below) for below in found.below] == board[at + 1 : at + 3]
                if steward_id in lines:
                    _, rank, points, then = board[at]
                    assert (found.rank, found.points) == (rank, points)
                    assert found.movement == (None if then is None else rank - then)
                else:
                    mine = [deed for deed in inside if deed.steward_id == steward_id]
                    earned = sum(deed.points for deed in mine if begins_at <= deed.occurred_at < ends_at)
                    assert (found.rank, found.movement, found.points) == (None, None, earned)


async def the_standing(database: Database, steward_id: UUID, period: Period = Period.MONTH) -> Standing:
    return await standing_of(await database.reader(), steward_id, period, DISTRICT, now=NOW)


async def test_equals_share_a_rank_and_the_next_rank_is_left_out(database: Database) -> None:
    ids = await a_district(database, *(a_steward(f"014000{at}") for at in range(4)))
    await rules_without_caps(database)
    early, late = NOW - timedelta(days=3), NOW - timedelta(days=2)
    await Crediting(database).credit(
        [
            (ids[0], "clutter", late, FUGUANG),
            (ids[1], "clutter", early, FUGUANG),
            (ids[2], "road_damage", late, FUGUANG),
            (ids[3], "litter", late, FUGUANG),
        ],
        at=NOW,
    )
    board = (await top(await database.reader(), DISTRICT, Period.MONTH, 10, now=NOW)).lines
    assert [(found.steward_id, found.rank) for found in board] == [(ids[2], 1), (ids[1], 2), (ids[0], 2), (ids[3], 4)]
    assert [found.rank for found in (await top(await database.reader(), DISTRICT, Period.MONTH, 2, now=NOW)).lines] == [
        1,
        2,
    ]
    last = await the_standing(database, ids[3])
    assert (last.rank, last.of_how_many, [above.steward_id for above in last.above]) == (4, 4, [ids[1], ids[0]])


async def test_movement_tells_what_today_changed(database: Database) -> None:
    zhao, qian, sun = await a_district(database, *(a_steward(f"014000{at}") for at in range(3)))
    await rules_without_caps(database)
    books = Crediting(database)
    before = NOW - timedelta(days=1)
    await books.credit([(zhao, "clutter", before, FUGUANG), (qian, "litter", before, FUGUANG)], at=before)
    await books.credit([(qian, "road_damage", NOW, FUGUANG), (sun, "litter", NOW, FUGUANG)], at=NOW)
    assert [(await the_standing(database, who)).movement for who in (zhao, qian, sun)] == [1, -1, None]


async def test_an_empty_board_is_empty_and_nobody_has_a_rank_on_it(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward())
    found = await the_standing(database, zhao)
    assert (found.rank, found.points, found.of_how_many, found.above, found.below) == (None, 0, 0, (), ())
    assert (await top(await database.reader(), DISTRICT, Period.MONTH, 10, now=NOW)).lines == ()


async def test_a_reversed_award_leaves_the_period_in_which_it_was_earned(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward())
    await rules_without_caps(database)
    books = Crediting(database)
    october = datetime(2026, 10, 20, 4, 0, tzinfo=UTC)
    awards = await books.credit([(zhao, "road_damage", october, FUGUANG)], at=october)
    await books.credit([(zhao, "litter", NOW, FUGUANG)], at=NOW)
    await books.reverse(awards, at=NOW)
    assert (await the_standing(database, zhao, Period.MONTH)).points == 1
    assert (await the_standing(database, zhao, Period.YEAR)).points == 1


@pytest.mark.parametrize(("consents", "shown"), [((), mask_name("赵示例")), (("full_name",), "赵示例")])
async def test_names_are_masked_unless_consented(database: Database, consents: tuple[str, ...], shown: str) -> None:
    (zhao,) = await a_district(database, a_steward(consents=consents))
    await rules_without_caps(database)
    await Crediting(database).credit([(zhao, "litter", NOW, FUGUANG)], at=NOW)
    (found,) = (await top(await database.reader(), DISTRICT, Period.ALL, 10, now=NOW)).lines
    assert found.name == shown


async def test_a_board_begins_at_midnight_in_beijing(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward(joined_on=date(2020, 1, 1)))
    await rules_without_caps(database)
    midnight = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    await Crediting(database).credit(
        [
            (zhao, "road_damage", midnight - timedelta(microseconds=1), FUGUANG),
            (zhao, "litter", midnight, FUGUANG),
        ],
        at=NOW,
    )
    assert (await the_standing(database, zhao, Period.MONTH)).points == 1
    assert (await the_standing(database, zhao, Period.QUARTER)).points == 7
