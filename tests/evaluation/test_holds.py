"""Guards at work: suspicious ballots are held after the window, reviewed by two people, and nothing is lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from evaluation.ballot_audit import BallotsHidden, audit_ballots
from evaluation.ballot_notes import NoteDecision, approved_notes, decide_notes, list_notes
from evaluation.bars import Person, RelationWish, declare_relations
from evaluation.casting import SlipBallot, StaffBallot, cast_slips, cast_staff_ballots
from evaluation.guards import Verdict
from evaluation.holds import (
    GUARDS_JOB,
    HoldReviewed,
    HoldStep,
    HoldVerdict,
    hold_period,
    list_holds,
    review_holds,
    reviewed_verdict,
)
from evaluation.periods import period_named
from evaluation.slips import SlipsIssued, SlipWish, issue_slips
from evaluation.stored_votes import read_votes
from evaluation.votes import Held
from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.jobs import run_due
from stewards.enrolment import Enrolled, enrol_stewards
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind
from stewards.staffing import NewStaff, save_staff
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, LONGTAN_ADMIN, District, a_case_district, staff
from tests.stewards.builders import LONGTAN, NOON, a_steward

Q4 = period_named("2026-Q4")
CLOSED = Q4.closes_at(10)
SECOND = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="second")
THIRD = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="third")


async def resident_ballots(district: District, *ballots: tuple[int, str], note: str | None = None) -> None:
    """Ballots about 赵: (mark, device), one from each slip, a minute apart."""
    wish = SlipWish(steward_id=district.zhao, period=Q4, count=len(ballots))
    [issued] = await district.database.run(lambda tx: issue_slips(tx, [wish], by=SYSTEM, now=NOON))
    assert isinstance(issued, SlipsIssued)
    for at, (secret, (mark, device)) in enumerate(zip(issued.secrets, ballots, strict=True)):
        cast = SlipBallot(
            secret=secret,
            scores={"satisfaction": mark},
            device=device * 64,
            network=None,
            note=note if not at else None,
        )
        now = NOON + timedelta(minutes=at)
        await district.database.run(lambda tx, cast=cast, now=now: cast_slips(tx, [cast], now=now))


@pytest.fixture
async def phone(district: District) -> District:
    """A district in which one phone cast five ballots about 赵, more than a household does."""
    await resident_ballots(district, *[(5, "a")] * 5, (3, "b"))
    return district


async def review(district: District, hold: UUID, verdict: HoldVerdict, by: Principal) -> str:
    wish = HoldStep(hold_id=hold, verdict=verdict, actor=by)
    [outcome] = await district.database.run(lambda tx: review_holds(tx, [wish], now=CLOSED))
    assert isinstance(outcome, HoldReviewed | Refusal)
    return outcome.code if isinstance(outcome, Refusal) else outcome.state


async def held(district: District, state: Any = "open", by: Principal = LONGTAN_ADMIN) -> list[UUID]:
    found, more = await list_holds(await district.database.reader(), by, state=state)
    assert not more
    return [entry.id for entry in found]


async def test_nothing_is_held_before_the_window_closes_and_each_period_once(phone: District) -> None:
    assert await hold_period(phone.database, Q4, now=CLOSED - timedelta(seconds=1)) is None
    assert await hold_period(phone.database, Q4, now=CLOSED) == 2
    assert await hold_period(phone.database, Q4, now=CLOSED) is None
    assert await phone.count("evaluation_hold") == 2
    assert await phone.count("evaluation_ballot") == 6
    [first, _], _ = await list_holds(await phone.database.reader(), LONGTAN_ADMIN)
    assert (first.guard, first.marks) == ("same_device", {"satisfaction": 5})
    assert "第 3 票以后" in first.reason.render("zh")
    assert "after the 3" in first.reason.render("en")


async def test_the_job_finds_what_has_closed_by_itself(phone: District) -> None:
    await run_due(phone.database, [GUARDS_JOB], FixedClock(NOON))
    assert await phone.count("evaluation_guard_run") == 0
    await run_due(phone.database, [GUARDS_JOB], FixedClock(CLOSED + timedelta(days=1)))
    assert await phone.count("evaluation_guard_run") == 1
    assert len(await held(phone)) == 2


async def test_two_people_decide_and_a_third_where_they_differ(phone: District) -> None:
    await hold_period(phone.database, Q4, now=CLOSED)
    one, other = await held(phone)
    assert await review(phone, one, "count", LONGTAN_ADMIN) == "open"
    assert await review(phone, one, "count", LONGTAN_ADMIN) == "reviewed_before"
    assert await review(phone, one, "count", SECOND) == "counted"
    assert await review(phone, one, "leave_out", THIRD) == "hold_decided"
    assert await review(phone, other, "count", LONGTAN_ADMIN) == "open"
    assert await review(phone, other, "leave_out", SECOND) == "open"
    assert await review(phone, other, "leave_out", THIRD) == "left_out"
    assert await phone.count("evaluation_hold_review") == 5
    assert (await held(phone), await held(phone, "counted"), await held(phone, "left_out")) == ([], [one], [other])


async def test_strangers_find_no_held_ballot_and_the_near_do_not_review(phone: District) -> None:
    await hold_period(phone.database, Q4, now=CLOSED)
    one, _ = await held(phone)
    assert await held(phone, by=DONGSI_ADMIN) == []
    assert await review(phone, one, "count", DONGSI_ADMIN) == "unknown_hold"
    [near] = await phone.database.run(
        lambda tx: save_staff(tx, [NewStaff(login="near", name="李样本")], by=SYSTEM, now=NOON)
    )
    related = RelationWish(steward_id=phone.zhao, other=Person("staff", near.staff_id), relation="relative")
    await phone.database.run(lambda tx: declare_relations(tx, [related], by=SYSTEM, now=NOON))
    reviewer = Principal(kind="staff", id=near.staff_id, name="李样本", grants=LONGTAN_ADMIN.grants)
    assert await review(phone, one, "count", reviewer) == "reviewer_involved"
    assert await review(phone, derived_id("none"), "count", LONGTAN_ADMIN) == "unknown_hold"


async def test_cards_follow_what_two_people_decided(phone: District) -> None:
    await hold_period(phone.database, Q4, now=CLOSED)
    one, other = await held(phone)
    for by in (LONGTAN_ADMIN, SECOND):
        await review(phone, one, "count", by)
    reader = await phone.database.reader()
    votes = await read_votes(reader, Q4)
    both = await reader.fetch("SELECT id, ballot_id FROM evaluation_hold", types={"id": UUID, "ballot_id": UUID})
    ballot = {row["id"]: row["ballot_id"] for row in both}
    guards = Verdict()
    guards.hold(ballot.values(), Held("same_device", {"most": 3}))
    found = await reviewed_verdict(reader, Q4, guards)
    assert found.held.keys() == {ballot[other]}
    assert len(votes) == 6
    assert guards.held.keys() == set(ballot.values())  # what the guards said stays as it was


async def test_a_note_waits_is_approved_hidden_or_erased(district: District) -> None:
    await resident_ballots(district, (5, "a"), note="巷口干净多了")
    reader = await district.database.reader()
    [entry], _ = await list_notes(reader, LONGTAN_ADMIN)
    assert entry.text == "巷口干净多了"
    assert await approved_notes(reader, district.zhao, "2026-Q4") == []
    assert (await list_notes(reader, DONGSI_ADMIN))[0] == []

    async def decide(verdict: Any, by: Principal = LONGTAN_ADMIN) -> str | None:
        wish = NoteDecision(note_id=entry.id, verdict=verdict, actor=by)
        [outcome] = await district.database.run(lambda tx: decide_notes(tx, [wish], now=NOON))
        return outcome.code if isinstance(outcome, Refusal) else outcome.state

    assert await decide("approve", DONGSI_ADMIN) == "unknown_ballot_note"
    assert await decide("approve") == "approved"
    assert await approved_notes(reader, district.zhao, "2026-Q4") == ["巷口干净多了"]
    assert await decide("hide") == "hidden"
    assert await approved_notes(reader, district.zhao, "2026-Q4") == []
    assert await decide("erase") is None
    assert await district.count("evaluation_ballot_note") == 0
    assert await district.count("evaluation_ballot") == 1
    assert await decide("approve") == "unknown_ballot_note"


async def test_reading_ballots_by_name_waits_for_the_window_and_leaves_a_trace(phone: District) -> None:
    by = DISTRICT_ADMIN.actor
    read = lambda tx, now: audit_ballots(tx, phone.zhao, Q4, "appeal", by=by, now=now)  # noqa: E731
    with pytest.raises(BallotsHidden):
        await phone.database.run(lambda tx: read(tx, NOON))
    ballots = await phone.database.run(lambda tx: read(tx, CLOSED))
    assert [ballot.kind for ballot in ballots] == ["slip"] * 6
    assert {ballot.device for ballot in ballots} == {"a" * 8, "b" * 8}
    assert {ballot.rater_name for ballot in ballots} == {None}
    rows = await (await phone.database.reader()).fetch("SELECT detail FROM kernel_audit WHERE action = 'ballots.read'")
    assert [orjson.loads(row["detail"]) for row in rows] == [{"ballots": 6, "period": "2026-Q4", "reason": "appeal"}]


async def test_straight_lines_of_staff_are_held(database: Database) -> None:
    """A clerk with one mark for everything and everybody says nothing about anyone."""
    district = await a_case_district(database)
    wishes = [a_steward(f"01401{at:02}", name="周示例") for at in range(9)]
    enrolled = await database.run(lambda tx: enrol_stewards(tx, wishes, by=SYSTEM, now=NOON))
    ids = [one.steward_id for one in enrolled if isinstance(one, Enrolled)]
    marks = dict.fromkeys(("patrol", "deliberation", "records", "teamwork"), 90)
    clerk = LONGTAN_ADMIN.id
    assert clerk is not None
    ballots = [
        StaffBallot(staff_id=clerk, source="community", steward_id=steward, period=Q4, scores=marks) for steward in ids
    ]
    await database.run(lambda tx: cast_staff_ballots(tx, ballots, now=NOON))
    assert await hold_period(database, Q4, now=CLOSED) == 9
    one = (await held(district))[0]
    assert await review(district, one, "count", LONGTAN_ADMIN) == "reviewer_involved"
