"""The demo's titles: past winners, a year's rounds of stewards and teams, and what a public notice looks like.

Three stewards are planted to be left out, each for a reason of its own: one who won twice in a row, one for whom a
false report was upheld, and one who joined two months before the end (see district.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from api.demo.district import DemoDistrict, DemoSteward, DemoStreet
from kernel.database import Database, Reader, Tx
from kernel.errors import Refusal
from kernel.working_days import read_calendar
from points.penalties import propose_penalties, take_due
from points.penalty_steps import PenaltyProposal
from rewards.titles.awards import PastTitle, import_titles
from rewards.titles.committee import Review, review_lists
from rewards.titles.drafting import NewRound, RoundStep, draft_rounds, step_rounds
from rewards.titles.lists import list_id_of
from rewards.titles.models import TitleRound
from rewards.titles.noticing import NoticeWish, publish_notices
from rewards.titles.proposing import Proposal, propose_rounds
from stewards.principal import Principal
from stewards.staffing import list_staff

GOLD, SILVER, GOLD_TEAM = "gold_steward", "silver_steward", "gold_team"
_PAST_WINNERS = 3  # of each street, for the year before
_APPEAL = timedelta(days=8)  # a penalty that nobody objects to is taken after seven days


def third_year_winner(district: DemoDistrict) -> DemoSteward:
    """Who won the two years before: the busiest of the first street."""
    return _busiest(district, district.streets[0])[0]


def vetoed(district: DemoDistrict) -> DemoSteward:
    """For whom a false report is upheld: the busiest of the second street."""
    return _busiest(district, district.streets[1])[0]


def _busiest(district: DemoDistrict, street: DemoStreet) -> list[DemoSteward]:
    of_street = [
        steward
        for steward in district.stewards
        if steward.lane.community.street == street and steward.joined_on <= district.first_day
    ]
    return sorted(of_street, key=lambda steward: (-steward.zeal, steward.number))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTitles:
    """The title rounds of a demo district."""

    database: Database
    district: DemoDistrict
    by: Principal

    async def open(self, *, now: datetime) -> None:
        """Enter past winners, and publish the year's rules on its first day; again changes nothing."""
        await self.database.run(lambda tx: self._open(tx, now))

    async def _open(self, tx: Tx, now: datetime) -> None:
        if await tx.rows(TitleRound, "LIMIT 1"):
            return
        ids = await _ids(tx, self.district.stewards)
        year = self.district.last_day.year
        wishes = [
            PastTitle(steward_id=ids[steward.number], title=GOLD, period=str(past), awarded_on=on, caller=self.by)
            for steward, past, on in self._past(year, now)
        ]
        _all_well(await import_titles(tx, wishes, now=now))
        rounds = [
            NewRound(
                title=title,
                period=str(year),
                begins_on=self.district.first_day,
                ends_on=self.district.last_day,
                caller=self.by,
            )
            for title in (GOLD, SILVER, GOLD_TEAM)
        ]
        drafted = _all_well(await draft_rounds(tx, rounds, now=now))
        steps = [RoundStep(round_id=one.round_id, action="publish", caller=self.by) for one in drafted]
        _all_well(await step_rounds(tx, steps, now=now))

    def _past(self, year: int, now: datetime) -> Iterable[tuple[DemoSteward, int, date]]:
        """Past winners with the year and the day; each was given within its own year."""
        winner = third_year_winner(self.district)
        yield winner, year - 2, date(year - 2, 12, 20)
        last = min(date(year - 1, 11, 20), now.date())
        for street in self.district.streets:
            for steward in _busiest(self.district, street)[:_PAST_WINNERS]:
                if steward == winner or steward == vetoed(self.district):
                    continue
                yield steward, year - 1, last
        yield winner, year - 1, last

    async def punish(self, *, now: datetime) -> None:
        """Have a false report upheld against the one who is vetoed; again changes nothing."""
        await self.database.run(lambda tx: self._punish(tx, now))

    async def _punish(self, tx: Tx, now: datetime) -> None:
        steward = vetoed(self.district)
        [steward_id] = (await _ids(tx, [steward])).values()
        if await tx.fetch("SELECT id FROM points_penalty WHERE steward_id = $1", steward_id):
            return
        clerk = await self._clerk(tx, steward.lane.community.street)
        wish = PenaltyProposal(
            steward_id=steward_id, item="false_report", actor=clerk, about="示例案件", note="现场核对，没有这处问题"
        )
        _all_well(await propose_penalties(tx, [wish], now=now - _APPEAL))
        await take_due(tx, now=now)

    async def finish(self, *, now: datetime) -> None:
        """Compute the year's rounds, gold first, and announce the first street's gold lists; again changes nothing."""
        await self.punish(now=now)
        for title in (GOLD, SILVER, GOLD_TEAM):
            await self.database.run(partial(self._propose, title, now))
        await self.database.run(lambda tx: self._announce(tx, now))

    async def _propose(self, title: str, now: datetime, tx: Tx) -> None:
        [found] = await tx.rows(TitleRound, "WHERE title = $1", title)
        _all_well(await propose_rounds(tx, [Proposal(round_id=found["id"], caller=self.by)], now=now))

    async def _announce(self, tx: Tx, now: datetime) -> None:
        if await tx.fetch("SELECT id FROM rewards_title_notice LIMIT 1"):
            return
        for title in (GOLD, GOLD_TEAM):
            await self._announce_first(tx, title, now)

    async def _announce_first(self, tx: Tx, title: str, now: datetime) -> None:
        [found] = await tx.rows(TitleRound, "WHERE title = $1", title)
        street = self.district.streets[0]
        clerk = await self._clerk(tx, street)
        list_id = list_id_of(found["id"], clerk.grants[0].scope_id)
        reviews = [Review(list_id=list_id, version=1, caller=caller) for caller in (clerk, self.by)]
        _all_well(await review_lists(tx, reviews, now=now))
        notice = NoticeWish(
            list_id=list_id,
            version=1,
            unit=f"{street.name}街道办事处",
            address=f"{street.name}街道便民服务中心一层（演示）",
            phone="010-0000 0001",
            caller=clerk,
        )
        _all_well(await publish_notices(tx, [notice], calendar=await read_calendar(tx), now=now))

    async def _clerk(self, reader: Reader, street: DemoStreet) -> Principal:
        """The street's administrator as a caller."""
        login = f"street-{street.code[-3:]}"
        person = next(person for person in await list_staff(reader) if person.login == login)
        return Principal(kind="staff", id=person.id, name=person.name, grants=person.grants)


async def _ids(reader: Reader, stewards: Sequence[DemoSteward]) -> dict[str, UUID]:
    rows = await reader.fetch(
        f"SELECT id, number FROM stewards_steward WHERE {reader.one_of('number', 1)}",
        sorted(steward.number for steward in stewards),
        types={"id": UUID},
    )
    return {row["number"]: row["id"] for row in rows}


def _all_well(outcomes: Sequence[Any]) -> list[Any]:
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome
    return list(outcomes)
