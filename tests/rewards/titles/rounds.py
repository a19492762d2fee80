"""Rounds to test with: a rule, entrants and inputs as prose, and a district whose year has been worked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import derived_id
from points.rule_documents import parse_rules, shipped_programme
from points.rule_versions import publish_rules
from points.rules import TitleRule
from points.rules.titles import Source
from rewards.titles.committee import Review, review_lists
from rewards.titles.drafting import NewRound, RoundStep, draft_rounds, step_rounds
from rewards.titles.inputs import Entrant, Inputs
from rewards.titles.list_reading import ListInFull, list_in_full
from rewards.titles.lists import list_id_of
from rewards.titles.noticing import Noticed, NoticeWish, publish_notices
from rewards.titles.objecting import Objected, ObjectionWish, object_to_titles
from rewards.titles.own_reading import ticket_of
from rewards.titles.proposing import Proposal, Proposed, propose_rounds
from rewards.titles.working_days import PLAIN_WEEKS
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind
from tests.cases.district import DISTRICT_ADMIN, LONGTAN_ADMIN, District, a_report, a_step, staff
from tests.stewards.builders import LONGTAN, NOON, a_district, a_steward

GOLD = parse_rules(shipped_programme()).titles[0]


def a_rule(**changes: Any) -> TitleRule:
    """The gold steward of Dongcheng, changed."""
    return GOLD.model_copy(update=changes)


def an_entrant(number: int, *, verified_cases: int = 12, months_served: int = 6, **changes: Any) -> Entrant:
    """Somebody who is eligible."""
    facts: dict[str, Any] = {
        "ticket": derived_id("ticket", str(number)),
        "street": "A",
        "community": "A-1",
        "marks": {"evaluation": 8_000, "points_percentile": 5_000, "difficulty": 5_000},
        "measures": {"verified_cases": verified_cases, "months_served": months_served},
    }
    return Entrant(**facts | changes)


def some_inputs(
    entrants: Sequence[Entrant], *, rule: TitleRule = GOLD, without: tuple[Source, ...] = (), period: str = "2026"
) -> Inputs:
    """The inputs of a yearly round."""
    return Inputs(
        round_id=derived_id("round", period),
        title=rule.code,
        period=period,
        begins_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        rule=rule,
        rules=orjson.loads(rule.model_dump_json(exclude_unset=True)),
        without=without,
        entrants=tuple(entrants),
    )


DECEMBER = NOON + timedelta(days=8)  # 1 December 2026, noon in Beijing
CHECKER = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="second")
OFFICE = {"unit": "龙潭街道办事处", "address": "示例路 1 号", "phone": "010-0000 0001"}


@dataclass
class Year:
    """A district whose stewards have worked until 30 November, with a round of gold stewards about it."""

    district: District
    people: dict[str, UUID]
    round_id: UUID

    @property
    def database(self) -> Database:
        """The open database."""
        return self.district.database

    async def run(self, verb: Any, wish: Any, *, now: datetime = DECEMBER, **more: Any) -> Any:
        """What came of one wish."""
        [outcome] = await self.database.run(lambda tx: verb(tx, [wish], now=now, **more))
        return outcome

    async def done(self, verb: Any, wish: Any, *, now: datetime = DECEMBER, **more: Any) -> Any:
        """What came of one wish that was not refused."""
        outcome = await self.run(verb, wish, now=now, **more)
        assert not isinstance(outcome, Refusal), (outcome.code, outcome.params)
        return outcome

    async def proposed(self, *, now: datetime = DECEMBER) -> Proposed:
        """The round, computed."""
        found: Proposed = await self.done(
            propose_rounds, Proposal(round_id=self.round_id, caller=DISTRICT_ADMIN), now=now
        )
        return found

    async def listed(self, caller: Principal = DISTRICT_ADMIN, *, street: UUID = LONGTAN) -> ListInFull:
        """A street's list as it stands."""
        return await list_in_full(await self.database.reader(), caller, list_id_of(self.round_id, street))

    async def names(self) -> list[str]:
        """Who is put forward in 龙潭, in order."""
        found = await self.listed()
        return [found.people[line.ticket].name for line in found.winners]

    async def ticket(self, name: str) -> UUID:
        """Somebody's ticket."""
        found = await ticket_of(await self.database.reader(), self.round_id, self.people[name])
        assert found is not None
        return found

    async def reviewed(self, version: int = 1) -> None:
        """龙潭's list, agreed to by two."""
        list_id = list_id_of(self.round_id, LONGTAN)
        for caller in (LONGTAN_ADMIN, CHECKER):
            await self.done(review_lists, Review(list_id=list_id, version=version, caller=caller))

    async def noticed(self, version: int = 1, *, now: datetime = DECEMBER) -> Noticed:
        """龙潭's list, announced."""
        wish = NoticeWish(list_id=list_id_of(self.round_id, LONGTAN), version=version, caller=LONGTAN_ADMIN, **OFFICE)
        found: Noticed = await self.done(publish_notices, wish, now=now, calendar=PLAIN_WEEKS)
        return found

    async def objected(self, notice: Noticed, name: str, caller: Principal = LONGTAN_ADMIN) -> Objected:
        """An objection to somebody, taken down at a desk."""
        wish = ObjectionWish(
            notice_id=notice.notice_id,
            ticket=await self.ticket(name),
            text="六月起没有见过他巡巷",
            objector="吴示例",
            contact="000-0000-0009",
            caller=caller,
        )
        found: Objected = await self.done(object_to_titles, wish, calendar=PLAIN_WEEKS)
        return found


async def a_year(database: Database, **rule: Any) -> Year:
    """Six stewards of 龙潭 with one to six cases of rising difficulty, one of 东四; a published round of two places."""
    home = ("014-01", "014-02")
    names = ("赵示例", "钱样本二", "孙演示", "李样本", "周示例", "吴演示")
    ids = await a_district(
        database,
        *(
            a_steward(f"014000{at}", name=name, community_code=home[at % 2], lanes=(f"{home[at % 2]}-01",))
            for at, name in enumerate(names)
        ),
        a_steward("0060001", name="单示例", community_code="006-01", lanes=("006-01-01",)),
    )
    await database.run(lambda tx: publish_rules(tx, shipped_programme(), by=None, now=NOON))
    district = District(database, ids[0], ids[1], ids[6])
    reports = [
        a_report(external_id=f"Y-{at}-{count}", steward_id=ids[at], lane_code=f"{home[at % 2]}-01")
        for at in range(6)
        for count in range(at + 1)
    ]
    for reported in await district.reported(*reports):
        await district.handled(a_step(reported.case_id, "verify", LONGTAN_ADMIN))
    document = {
        **orjson.loads(GOLD.model_dump_json(exclude_unset=True)),
        "quota": 2,
        "most_per_community": 1,
        "weights": {"points_percentile": 100},
        "gates": [{"code": "two_cases", "of": "title", "measure": "verified_cases", "at_least": 2}],
        **rule,
    }
    wish = NewRound(
        title="gold_steward", period="2026", caller=DISTRICT_ADMIN, ends_on=date(2026, 11, 30), rules=document
    )
    year = Year(district, dict(zip((*names, "单示例"), ids, strict=True)), LONGTAN)
    drafted = await year.done(draft_rounds, wish, now=NOON)
    year.round_id = drafted.round_id
    await year.done(step_rounds, RoundStep(round_id=year.round_id, action="publish", caller=DISTRICT_ADMIN), now=NOON)
    return year
