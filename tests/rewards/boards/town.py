"""A town whose boards change by anything that can happen, and what SQL says of them."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

from api.composition import HANDLERS
from evaluation.closing import SCORES_FROZEN
from evaluation.models import PeriodClose, SchemeVersion, Score
from evaluation.scheme_documents import shipped_scheme
from evaluation.scheme_versions import publish_scheme
from kernel.clock import FixedClock, local_date
from kernel.database import Database, Tx
from kernel.ids import derived_id, new_id
from kernel.outbox import Dispatcher, emit
from kernel.ranking import Ranks
from points.expiring import expire_owners
from rewards.boards.closing import close_boards
from rewards.boards.definitions import BOARDS, League, Metric
from rewards.boards.reading import Boards
from rewards.periods import Period
from rewards.standing import Standing, Top, standing_of, top
from rewards.teams.keeping import TeamEnding, TeamWish, end_teams, keep_teams
from stewards.consents import OFF_BOARDS, ConsentWish, save_consents
from stewards.editing import EditSteward, edit_steward
from stewards.places import save_lanes
from stewards.principal import system_principal
from stewards.roles import DISTRICT, Scope, ScopeKind
from tests.rewards.test_standing import POINTS, Crediting, rules_without_caps
from tests.stewards.builders import (
    DONGSI,
    FUGUANG,
    GUANGMING,
    LONGTAN,
    NOON,
    SITIAO,
    XILI,
    a_district,
    a_lane,
    a_steward,
    doing,
)

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOMES = ("014-01", "014-02", "006-01")
AMONG: tuple[Scope | League, ...] = (
    DISTRICT,
    Scope(ScopeKind.STREET, LONGTAN),
    Scope(ScopeKind.STREET, DONGSI),
    Scope(ScopeKind.COMMUNITY, GUANGMING),
    Scope(ScopeKind.LANE, XILI),
    Scope(ScopeKind.LANE, SITIAO),
    League.SHORT,
    League.MIDDLE,
)
EVERY_BOARD = [
    (metric, period, among)
    for metric, among in product(Metric, AMONG)
    for period in sorted(BOARDS[metric].periods)
    if BOARDS[metric].kept_among("league" if isinstance(among, League) else among.kind)
]


@dataclass
class Town:
    """Twelve stewards, their awards, and boards that follow them."""

    database: Database
    boards: Boards
    clock: FixedClock
    ids: list[UUID]
    books: Crediting
    chance: random.Random
    standing_awards: list[UUID] = field(default_factory=list)
    turns: int = 0

    async def credit(self, count: int = 5) -> None:
        self.turns += 1
        now = self.clock.now()
        deeds = [
            (
                self.chance.choice(self.ids[:-1]),
                self.chance.choice(sorted(POINTS)),
                now - timedelta(seconds=self.chance.choice([0, 3_600, 90_000, 700_000, 3_000_000, 9_000_000])),
                self.chance.choice([FUGUANG, XILI, SITIAO]),
            )
            for _ in range(count)
        ]
        self.standing_awards += await self.books.credit(deeds, at=now, reference=f"turn {self.turns}")

    async def reverse(self) -> None:
        if self.standing_awards:
            award = self.standing_awards.pop(self.chance.randrange(len(self.standing_awards)))
            await self.books.reverse([award], at=self.clock.now())

    async def consent(self) -> None:
        wish = ConsentWish(
            steward_id=self.chance.choice(self.ids),
            field=self.chance.choice(["full_name", OFF_BOARDS]),
            granted=self.chance.random() < 0.5,
        )
        await doing(self.database, save_consents, [wish], now=self.clock.now())

    async def move_house(self) -> None:
        wish = EditSteward(steward_id=self.chance.choice(self.ids), community_code=self.chance.choice(HOMES))
        await doing(self.database, edit_steward, wish, now=self.clock.now())

    async def regroup(self) -> None:
        """A team is founded, or members come and go, or it is dissolved: what is refused changes nothing."""
        reader, now = await self.database.reader(), self.clock.now()
        code, street = self.chance.choice([("110101014", LONGTAN), ("110101014", LONGTAN), ("110101006", DONGSI)])
        rows = await reader.fetch("SELECT number FROM stewards_steward WHERE street_id = $1 ORDER BY number", street)
        members = tuple(row["number"] for row in self.chance.sample(rows, min(len(rows), self.chance.randint(3, 5))))
        number, by = f"{code[-2:]}-{self.chance.randrange(2)}", system_principal()
        on = local_date(now - timedelta(days=self.chance.choice([0, 0, 1, 9, 40])))
        wish = TeamWish(
            number=number,
            name=f"管家团{self.chance.randrange(9)}",
            street_code=code,
            on=on,
            members=members,
            leader=members[0] if members else "",
            caller=by,
        )

        async def change(tx: Tx) -> None:
            await keep_teams(tx, [wish], now=now)
            if self.chance.random() < 0.05:
                await end_teams(tx, [TeamEnding(number=number, on=local_date(now), caller=by)], now=now)

        await self.database.run(change)

    async def measure(self) -> None:
        await doing(self.database, save_lanes, [a_lane(length_m=self.chance.choice([100, 340]))], now=self.clock.now())

    async def judge(self) -> None:
        """A period of the evaluation is closed, or closed again."""
        period, now = self.chance.choice(["2026-Q3", "2026-08", "2025-Q2", "2025"]), self.clock.now()
        self.turns += 1
        close_id = derived_id("close", period, str(self.turns))

        async def close(tx: Tx) -> None:
            [scheme] = await tx.rows(SchemeVersion, "LIMIT 1")
            made = {
                "id": close_id,
                "period": period,
                "run": self.turns,
                "scheme_id": scheme["id"],
                "method": 1,
                "stewards": 0,
                "ballots": 0,
                "held": 0,
                "cases": 0,
                "set_aside": "{}",
                "inputs_sha256": "0" * 64,
                "scores_sha256": "0" * 64,
                "closed_by_kind": "system",
                "closed_by_id": None,
                "closed_at": now,
            }
            chosen = {one: self.chance.choice([8_000, 8_000, 9_155]) for one in self.chance.sample(self.ids[:-1], 9)}
            cards = [
                {
                    "id": new_id(),
                    "close_id": close_id,
                    "steward_id": steward_id,
                    "street_id": LONGTAN,
                    "score": score,
                    "low": score,
                    "high": score,
                    "place": 1,
                    "multiplier_percent": None,
                    "coaching": False,
                    "facts": "{}",
                    "card": "{}",
                }
                for steward_id, score in chosen.items()
            ]
            await tx.insert(PeriodClose, [made])
            await tx.insert(Score, cards)
            await emit(tx, SCORES_FROZEN, [{"period": period}], now=now)

        await self.database.run(close)

    async def expire(self) -> None:
        """What was earned long ago ends: no board takes it away."""
        owners = [(steward_id, "steward") for steward_id in self.ids]
        now = self.clock.now()
        await self.database.run(lambda tx: expire_owners(tx, owners, today=date(2027, 12, 31), now=now))

    async def close(self) -> None:
        """A period that is over is closed, or stays as it was closed before."""
        period, first = self.chance.choice([(Period.MONTH, date(2026, 10, 1)), (Period.WEEK, date(2026, 11, 9))])
        metric, now = self.chance.choice([Metric.POINTS, Metric.CASES]), self.clock.now()
        await self.database.run(lambda tx: close_boards(tx, period, metric, first, now=now))

    async def deliver(self) -> None:
        dispatcher = Dispatcher(self.database, HANDLERS, self.clock)
        while await dispatcher.deliver_due():
            pass

    async def settle(self) -> None:
        await self.deliver()
        await self.boards.projector.catch_up()


async def a_town(database: Database, ranks: Ranks, seed: int = 1) -> Town:
    ids = await a_district(database, *(a_steward(f"{at:07}", community_code=HOMES[at % 3]) for at in range(12)))
    await rules_without_caps(database)
    await database.run(lambda tx: publish_scheme(tx, shipped_scheme(), by=None, now=NOON))
    clock = FixedClock(NOW)
    return Town(database, Boards(database, ranks, clock), clock, ids, Crediting(database), random.Random(seed))


def same(answer: Top | Standing, truth: Top | Standing) -> bool:
    """Whether two answers say the same, but for the instant that they are as of."""
    fields = answer.__struct_fields__ if isinstance(answer, Standing) else answer.__slots__
    names = [name for name in fields if name != "as_of"]
    return all(getattr(answer, name) == getattr(truth, name) for name in names)


async def equals_sql(town: Town, boards: int = 20) -> None:
    """Some boards and standings of theirs, row by row."""
    reader = await town.database.reader()
    now = town.clock.now()
    for metric, period, among in town.chance.sample(EVERY_BOARD, boards):
        found = await town.boards.top(metric, period, among, 50)
        truth = await top(reader, among, period, 50, now=now, metric=metric)
        assert same(found, truth), (metric, period, among)
    for steward_id in town.chance.sample(town.ids, 4):
        for metric, period, among in (
            (Metric.POINTS, Period.YEAR, DISTRICT),
            (Metric.CASES, Period.MONTH, Scope(ScopeKind.STREET, LONGTAN)),
            (Metric.PROGRESS, Period.WEEK, League.MIDDLE),
            (Metric.WEEKS, Period.ALL, DISTRICT),
            (Metric.SCORE, Period.QUARTER, Scope(ScopeKind.STREET, LONGTAN)),
        ):
            mine = await town.boards.standing_of(steward_id, metric, period, among)
            assert same(mine, await standing_of(reader, steward_id, period, among, now=now, metric=metric))
    for team in await reader.fetch("SELECT id FROM rewards_team", types={"id": UUID}):
        ours = await town.boards.standing_of(team["id"], Metric.TEAMS, Period.YEAR, DISTRICT)
        assert same(ours, await standing_of(reader, team["id"], Period.YEAR, DISTRICT, now=now, metric=Metric.TEAMS))
