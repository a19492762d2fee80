"""Who is too near to a steward does not judge: oneself, declared relatives, team-mates, as the scheme says."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from evaluation.bars import Person, RelationWish, declare_relations, end_relation, relations_of
from evaluation.casting import (
    PeerBallot,
    SlipBallot,
    StaffBallot,
    cast_peer_ballots,
    cast_slips,
    cast_staff_ballots,
)
from evaluation.periods import period_named
from evaluation.scheme_versions import publish_scheme
from evaluation.slips import SlipsIssued, SlipWish, issue_slips
from kernel.audit import SYSTEM
from kernel.errors import Refusal
from kernel.ids import derived_id
from stewards.own_stewards import link_steward
from stewards.staffing import NewStaff, save_staff
from tests.cases.district import District
from tests.evaluation.builders import a_document, a_source
from tests.stewards.builders import NOON

Q4 = period_named("2026-Q4")


async def a_clerk(district: District, login: str = "clerk") -> UUID:
    [saved] = await district.database.run(
        lambda tx: save_staff(tx, [NewStaff(login=login, name="李样本")], by=SYSTEM, now=NOON)
    )
    return saved.staff_id


async def judge(district: District, clerk: UUID, steward: UUID) -> str:
    wish = StaffBallot(
        staff_id=clerk, source="street", steward_id=steward, period=Q4, scores={"whistle": 80, "conduct": 80}
    )
    [outcome] = await district.database.run(lambda tx: cast_staff_ballots(tx, [wish], now=NOON))
    return outcome.code if isinstance(outcome, Refusal) else "cast"


async def declare(district: District, steward: UUID, other: Person, relation: Any = "relative") -> UUID | Refusal:
    wish = RelationWish(steward_id=steward, other=other, relation=relation)
    outcome, again = await district.database.run(lambda tx: declare_relations(tx, [wish, wish], by=SYSTEM, now=NOON))
    assert type(outcome) is type(again)
    return outcome


async def test_staff_judge_neither_themselves_nor_those_whom_they_are_near(district: District) -> None:
    clerk = await a_clerk(district)
    await district.database.run(lambda tx: link_steward(tx, clerk, "0140001", by=SYSTEM, now=NOON))
    assert await judge(district, clerk, district.zhao) == "rater_barred"
    assert await judge(district, clerk, district.qian) == "cast"
    # The clerk is 赵; who is in a team with 赵 is in a team with the clerk.
    await declare(district, district.qian, Person("steward", district.zhao), "team_mate")
    assert await judge(district, clerk, district.qian) == "rater_barred"


async def test_a_relation_bars_until_it_ends_and_stands_once(district: District) -> None:
    clerk = await a_clerk(district)
    first = await declare(district, district.zhao, Person("staff", clerk))
    assert first == await declare(district, district.zhao, Person("staff", clerk))
    assert await judge(district, clerk, district.zhao) == "rater_barred"
    [entry] = await relations_of(await district.database.reader(), district.zhao)
    assert (entry.other_name, entry.relation) == ("李样本", "relative")
    assert isinstance(first, UUID)
    await district.database.run(lambda tx: end_relation(tx, district.zhao, first, by=SYSTEM, now=NOON))
    assert await judge(district, clerk, district.zhao) == "cast"
    assert await relations_of(await district.database.reader(), district.zhao) == []
    again = await declare(district, district.zhao, Person("staff", clerk))
    assert again == first
    assert await judge(district, clerk, district.zhao) == "rater_barred"


async def test_relations_are_between_two_people_who_exist(district: District) -> None:
    nobody = await declare(district, district.zhao, Person("staff", derived_id("nobody")))
    oneself = await declare(district, district.zhao, Person("steward", district.zhao))
    unknown = await declare(district, derived_id("nobody"), Person("steward", district.zhao))
    codes = [outcome.code for outcome in (nobody, oneself, unknown) if isinstance(outcome, Refusal)]
    assert codes == ["relation_unfit", "relation_unfit", "steward_unknown"]


async def test_a_steward_who_is_signed_in_does_not_rate_himself_from_a_slip(district: District) -> None:
    wish = SlipWish(steward_id=district.zhao, period=Q4, count=1)
    [issued] = await district.database.run(lambda tx: issue_slips(tx, [wish], by=SYSTEM, now=NOON))
    assert isinstance(issued, SlipsIssued)
    ballot = SlipBallot(secret=issued.secrets[0], scores={"satisfaction": 5}, device="a" * 64, network=None)
    own = replace(ballot, person=Person("steward", district.zhao))
    [refused] = await district.database.run(lambda tx: cast_slips(tx, [own], now=NOON))
    assert isinstance(refused, Refusal)
    assert refused.code == "rater_barred"
    neighbour = replace(ballot, person=Person("steward", district.qian))
    [cast] = await district.database.run(lambda tx: cast_slips(tx, [neighbour], now=NOON))
    assert not isinstance(cast, Refusal)  # a barred try burnt nothing


async def test_a_scheme_without_bars_bars_nobody_and_peers_are_asked_where_it_says_so(district: District) -> None:
    peers = a_source("peers", weight=100)
    document = a_document(effective_on="2026-12-01", period="month", sources=[peers], conflicts=["self"])
    await district.database.run(lambda tx: publish_scheme(tx, document, by=None, now=NOON))
    await declare(district, district.zhao, Person("steward", district.qian), "team_mate")
    december = period_named("2026-12")
    in_december = december.begins_at

    async def rate(rater: UUID, steward: UUID, period: Any = december, now: Any = in_december) -> str:
        wish = PeerBallot(rater_id=rater, steward_id=steward, period=period, scores={"overall": 50})
        [outcome] = await district.database.run(lambda tx: cast_peer_ballots(tx, [wish], now=now))
        return outcome.code if isinstance(outcome, Refusal) else "changed" if outcome.changed else "cast"

    assert await rate(district.qian, district.zhao) == "cast"
    assert await rate(district.qian, district.zhao) == "changed"
    assert await rate(district.zhao, district.zhao) == "rater_barred"
    assert await rate(district.sun, district.zhao, Q4, NOON) == "source_not_asked"
