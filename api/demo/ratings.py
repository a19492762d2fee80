"""The demo's evaluation: slips, ballots of three sides over the quarters, some of them bought, and quarters closed.

Everything goes the way that real ballots go. Each week is one step: what residents rated at its hall sessions, what
staff judge when a quarter ends, and the close of a quarter whose window is over. A week that was done is not done
again, and the same seed gives the same marks.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

from api.demo.district import DemoDistrict, DemoSteward
from evaluation.casting import BallotCast, SlipBallot, StaffBallot, StaffSource, cast_slips, cast_staff_ballots
from evaluation.closing import close_period
from evaluation.holds import hold_period
from evaluation.periods import Period, period_of
from evaluation.scheme_documents import read_scheme, shipped_scheme
from evaluation.schemes import Scheme, Source
from evaluation.slips import SlipsIssued, SlipWish, issue_slips
from kernel.clock import local_date
from kernel.database import Database, Tx
from kernel.errors import Refusal
from points.multipliers import multipliers_of, settle_multipliers, settled_from
from points.rule_versions import rules_on
from stewards.directory import steward_ids
from stewards.principal import Principal
from stewards.staffing import list_staff

_SESSIONS = 3  # a quarter, at each of which some residents rate
_FEW, _MANY = (3, 9), 24  # ballots a quarter: of most stewards, and of those who are known everywhere
_KNOWN_PERCENT = 4
_JUDGED_BEFORE_END = timedelta(days=14)
_CHUNK = 2_000
_STAFF: tuple[tuple[str, StaffSource], ...] = (("street_admin", "street"), ("community_staff", "community"))
_BOUGHT = {"small": 2, "full": 20}  # stewards a quarter for whom, or against whom, ballots were collected


def demo_scheme(first_day: date) -> dict[str, object]:
    """The district's scheme, in force from the quarter in which the demo begins."""
    document: dict[str, object] = json.loads(shipped_scheme())
    quarter = date(first_day.year, (first_day.month - 1) // 3 * 3 + 1, 1)
    return document | {"effective_on": quarter.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBallot:
    """What a resident will tick at a session; `device` is the browser's pseudonym."""

    steward: str  # number
    session_on: date
    scores: dict[str, int]
    device: str


@dataclass(slots=True, kw_only=True)
class DemoRatings:
    """The evaluation of a demo district."""

    database: Database
    district: DemoDistrict
    by: Principal
    _scheme: Scheme = field(init=False)
    _plans: dict[str, dict[date, list[PlannedBallot]]] = field(default_factory=dict)
    _stewards: dict[str, UUID] = field(default_factory=dict)
    _staff: dict[str, UUID] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)  # months, in this run

    def __post_init__(self) -> None:
        self._scheme = read_scheme(demo_scheme(self.district.first_day))[0]

    async def week(self, monday: datetime) -> None:
        """A week's ballots and what is due, once; `monday` is when its cases were taken in."""
        if not self._stewards:
            reader = await self.database.reader()
            self._stewards = await steward_ids(reader, [steward.number for steward in self.district.stewards])
            self._staff = {member.login: member.id for member in await list_staff(reader)}
        await self.database.run(lambda tx: self._rate(tx, monday))
        await self._settle(monday)
        await self._close(monday)

    async def _rate(self, tx: Tx, now: datetime) -> None:
        if await tx.fetch_one("SELECT id FROM evaluation_ballot WHERE cast_at = $1 LIMIT 1", now):
            return
        period = period_of(now, "quarter")
        today = local_date(now)
        plan = self._plan(period)
        due = [ballot for day in sorted(plan) if today - timedelta(days=7) < day <= today for ballot in plan[day]]
        await self._cast(tx, period, due, now)
        if period.last - today < _JUDGED_BEFORE_END and not await self._judged(tx, period):
            await self._judge(tx, period, now)

    async def _cast(self, tx: Tx, period: Period, ballots: Sequence[PlannedBallot], now: datetime) -> None:
        """Slips for those who rate, handed out and used at the session."""
        by_steward: dict[str, list[PlannedBallot]] = {}
        for ballot in ballots:
            by_steward.setdefault(ballot.steward, []).append(ballot)
        slips = [
            SlipWish(steward_id=self._stewards[number], period=period, count=len(found))
            for number, found in by_steward.items()
        ]
        used: list[SlipBallot] = []
        issued = await issue_slips(tx, slips, by=self.by.actor, now=now)
        for outcome, found in zip(issued, by_steward.values(), strict=True):
            if not isinstance(outcome, SlipsIssued):
                raise outcome
            used += [
                SlipBallot(secret=secret, scores=ballot.scores, device=ballot.device, network=None)
                for secret, ballot in zip(outcome.secrets, found, strict=True)
            ]
        for start in range(0, len(used), _CHUNK):
            _all_cast(await cast_slips(tx, used[start : start + _CHUNK], now=now))

    async def _judged(self, tx: Tx, period: Period) -> bool:
        row = await tx.fetch_one(
            "SELECT id FROM evaluation_ballot WHERE period = $1 AND source = 'street' LIMIT 1", period.name
        )
        return row is not None

    async def _judge(self, tx: Tx, period: Period, now: datetime) -> None:
        """Street and community judge everybody whom they have, each in a way of their own."""
        wishes = []
        for steward in self._serving(period):
            community = steward.lane.community
            for member in self.district.staff:
                of_street = member.role == "street_admin" and member.street == community.street
                if not of_street and (member.role != "community_staff" or member.community != community):
                    continue
                code = dict(_STAFF)[member.role]
                source = self._scheme.source(code)
                if source is None:
                    continue
                random = self._random("staff", period.name, steward.number, member.login)
                severity = self._random("severity", member.login).gauss(0, 5)
                merit = self._merit(steward, period) + severity
                wishes.append(
                    StaffBallot(
                        staff_id=self._staff[member.login],
                        source=code,
                        steward_id=self._stewards[steward.number],
                        period=period,
                        scores={d.code: _within(source, random.gauss(merit, 5)) for d in source.asked},
                    )
                )
        for start in range(0, len(wishes), _CHUNK):
            _all_cast(await cast_staff_ballots(tx, wishes[start : start + _CHUNK], now=now))

    async def _settle(self, now: datetime) -> None:
        """Settle the multipliers of months whose day has come, as the nightly job does."""
        last = local_date(now).replace(day=1) - timedelta(days=1)
        month = last.isoformat()[:7]
        if month in self._settled:
            return

        async def settle(tx: Tx) -> None:
            rules = (await rules_on(tx, [last])).get(last)
            if local_date(now) < settled_from(month, rules):
                return
            self._settled.add(month)
            percents = await multipliers_of(tx, month, list(self._stewards.values()))
            await settle_multipliers(tx, month, sorted(percents), now=now)

        await self.database.run(settle)

    async def _close(self, now: datetime) -> None:
        """Close the quarter whose window is over."""
        before = period_of(period_of(now, "quarter").begins_at - timedelta(days=1), "quarter")
        if before.first < self._scheme.effective_on or now < before.closes_at(self._scheme.window.closes_days_after):
            return
        await hold_period(self.database, before, now=now)
        await close_period(self.database, before, by=self.by.actor, now=now)

    def _plan(self, period: Period) -> dict[date, list[PlannedBallot]]:
        """Every resident's ballot of a quarter, by the day of its session."""
        if period.name not in self._plans:
            planned: dict[date, list[PlannedBallot]] = {}
            bought = self._bought(period)
            for steward in self._serving(period):
                for ballot in self._residents(steward, period, bought.get(steward.number)):
                    planned.setdefault(ballot.session_on, []).append(ballot)
            self._plans = {period.name: planned}  # of one quarter at a time
        return self._plans[period.name]

    def _residents(self, steward: DemoSteward, period: Period, bought: str | None) -> Iterable[PlannedBallot]:
        source = self._scheme.source("residents")
        if source is None:
            return
        random = self._random("residents", period.name, steward.number)
        days = (period.last - period.first).days
        sessions = [period.first + timedelta(days=random.randrange(7, days - 7)) for _ in range(_SESSIONS)]
        known = bought is not None or random.randrange(100) < _KNOWN_PERCENT
        felt = self._merit(steward, period)
        for _ in range(_MANY if known else random.randint(*_FEW)):
            merit = felt + random.gauss(0, 10)
            asked = source.asked if random.random() < 0.45 else source.asked[:1]
            scores = {d.code: _within(source, random.gauss(merit, 10)) for d in asked}
            yield self._planned(steward, random.choice(sessions), scores, random)
        if bought is None:
            return
        mark = source.scale.least if bought == "smear" else source.scale.most
        phones = [f"{random.getrandbits(64):x}" for _ in range(2)]
        for at in range(9):
            scores = {dimension.code: mark for dimension in source.asked}
            phone = phones[at % 2] if bought == "phones" else None
            yield self._planned(steward, sessions[0], scores, random, phone)

    def _planned(
        self, steward: DemoSteward, day: date, scores: dict[str, int], random: Random, phone: str | None = None
    ) -> PlannedBallot:
        device = sha256((phone or f"{random.getrandbits(64):x}").encode()).hexdigest()
        return PlannedBallot(steward=steward.number, session_on=day, scores=scores, device=device)

    def _bought(self, period: Period) -> dict[str, str]:
        """For whom colluders vote in a quarter, and how: from two phones, all on one evening, or against."""
        random = self._random("bought", period.name)
        chosen = random.sample(self._serving(period), _BOUGHT[self.district.size])
        return {steward.number: ("phones", "evening", "smear")[at % 3] for at, steward in enumerate(chosen)}

    def _serving(self, period: Period) -> list[DemoSteward]:
        return [steward for steward in self.district.stewards if steward.joined_on <= period.first]

    def _merit(self, steward: DemoSteward, period: Period) -> float:
        """How good a steward is in a quarter, 0 to 100: much of his own, a little of the season."""
        own = self._random("merit", steward.number).gauss(80, 9)
        return own + min(6, steward.zeal) / 2 + self._random("season", steward.number, period.name).gauss(0, 3)

    def _random(self, *parts: str) -> Random:
        return Random("/".join((str(self.district.seed), "ratings", *parts)))  # noqa: S311 - reproducible on purpose


def _within(source: Source, percent: float) -> int:
    scale = source.scale
    return min(scale.most, max(scale.least, round(scale.least + percent / 100 * (scale.most - scale.least))))


def _all_cast(outcomes: Sequence[BallotCast | Refusal]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome
