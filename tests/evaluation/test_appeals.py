"""Appeals: by the steward alone, answered by somebody not involved, put right by new entries, never rewritten."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson

from evaluation.appeal_reading import AppealEntry, count_open_appeals, list_appeals, read_appeal
from evaluation.appeals import AppealOutcome, AppealStep, AppealWish, answer_appeals, open_appeals, redate_appeals
from evaluation.holds import list_holds
from evaluation.reopening import reopenings_of
from kernel.audit import SYSTEM
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.working_days import DayWish, save_days
from stewards.inbox import read_inbox
from stewards.principal import Principal
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, LONGTAN_ADMIN, District, a_report, a_step, as_steward
from tests.evaluation.closed import AFTER, Q4, a_judged_quarter, close, slip_marks
from tests.stewards.builders import NOON, TODAY

OTHER = replace(LONGTAN_ADMIN, id=derived_id("staff", "another"))
NATIONAL_DAY = tuple(date(2026, 11, day) for day in (24, 25, 26))


async def an_award(district: District) -> UUID:
    """An award of 赵's, verified by the street's administrator."""
    [case] = await district.reported(a_report())
    await district.handled(a_step(case, "verify"))
    reader = await district.database.reader()
    row = await reader.fetch_one("SELECT id FROM points_award", types={"id": UUID})
    assert row is not None
    found: UUID = row["id"]
    return found


async def appeal(
    district: District, *, now: Any = NOON, by: UUID | None = None, **changes: Any
) -> AppealOutcome | Refusal:
    steward = by or district.zhao
    facts = {"steward_id": steward, "kind": "award", "reason": "少算了", "actor": as_steward(steward), **changes}
    [outcome] = await district.database.run(lambda tx: open_appeals(tx, [AppealWish(**facts)], now=now))
    return outcome


async def answer(
    district: District,
    appeal_id: UUID,
    action: Any = "uphold",
    *,
    by: Principal = OTHER,
    now: Any = NOON,
    **changes: Any,
) -> AppealOutcome | Refusal:
    step = AppealStep(**{"appeal_id": appeal_id, "action": action, "actor": by, "answer": "核对过了", **changes})
    [outcome] = await district.database.run(lambda tx: answer_appeals(tx, [step], now=now))
    return outcome


async def shown(district: District, outcome: AppealOutcome | Refusal, today: date = TODAY) -> AppealEntry:
    assert isinstance(outcome, AppealOutcome), outcome
    reader = await district.database.reader()
    found = await read_appeal(reader, DISTRICT_ADMIN, outcome.appeal_id, today=today)
    assert found is not None
    return found


def code(outcome: object) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def opened(outcome: AppealOutcome | Refusal) -> AppealOutcome:
    assert isinstance(outcome, AppealOutcome), outcome
    return outcome


async def test_an_appeal_has_a_number_and_a_working_day_and_the_same_is_appealed_once(district: District) -> None:
    award = await an_award(district)
    first = opened(await appeal(district, award_id=award))
    assert first.number == "A2611230001"
    assert first.due_on == date(2026, 12, 7)  # ten working days from Tuesday the 24th on
    assert code(await appeal(district, award_id=award)) == "appeal_twice"
    assert code(await appeal(district, award_id=award, by=district.qian)) == "nothing_to_appeal"
    assert code(await appeal(district, award_id=derived_id("none"))) == "nothing_to_appeal"
    assert code(await appeal(district, award_id=award, actor=as_steward(district.qian))) == "not_allowed"
    assert await district.count("evaluation_appeal") == 1
    entries, _ = await read_inbox(await district.database.reader(), district.zhao)
    assert "2026-12-07" in entries[0].text.render("zh")


async def test_holidays_move_the_last_day_of_open_appeals(district: District) -> None:
    first = opened(await appeal(district, award_id=await an_award(district)))
    days = [
        *(DayWish(day=day, works=False, name="放假") for day in NATIONAL_DAY),
        DayWish(day=date(2026, 11, 28), works=True),
    ]

    async def edit(tx: Any, wishes: Any) -> int:
        await save_days(tx, wishes, by=SYSTEM, now=NOON)
        return await redate_appeals(tx, now=NOON)

    assert await district.database.run(lambda tx: edit(tx, days)) == 1
    assert (await shown(district, first)).due_on == date(2026, 12, 9)  # three days lost, one Saturday worked
    plain = [DayWish(day=wish.day, works=None) for wish in days]
    assert await district.database.run(lambda tx: edit(tx, plain)) == 1
    assert (await shown(district, first)).due_on == first.due_on


async def test_whoever_had_a_part_does_not_answer(district: District) -> None:
    first = opened(await appeal(district, award_id=await an_award(district)))
    assert code(await answer(district, first.appeal_id, "dismiss", by=LONGTAN_ADMIN)) == "appeal_involved"
    assert code(await answer(district, first.appeal_id, "dismiss", by=DONGSI_ADMIN)) == "unknown_appeal"
    assert code(await answer(district, first.appeal_id, "dismiss", by=as_steward(district.zhao))) == "not_allowed"
    done = opened(await answer(district, first.appeal_id, "dismiss"))
    assert (done.state, done.moved) == ("dismissed", 0)
    assert code(await answer(district, first.appeal_id, "dismiss")) == "appeal_decided"
    found = await shown(district, first)
    assert (found.reason, found.answer) == ("少算了", "核对过了")


async def test_points_are_added_by_a_new_entry(district: District) -> None:
    award = await an_award(district)
    before = await district.balance(district.zhao)
    first = opened(await appeal(district, award_id=award))
    assert code(await answer(district, first.appeal_id, outcome="recount")) == "outcome_unfit"
    assert code(await answer(district, first.appeal_id, outcome="credit", points=0)) == "appeal_points_unfit"
    assert code(await answer(district, first.appeal_id, outcome="credit", points=1_001)) == "appeal_points_unfit"
    done = opened(await answer(district, first.appeal_id, outcome="credit", points=4))
    assert (done.state, done.outcome, done.moved) == ("upheld", "credit", 4)
    assert await district.balance(district.zhao) == before + 4
    entries, _ = await read_inbox(await district.database.reader(), district.zhao)
    assert any("补 4 分" in entry.text.render("zh") for entry in entries)
    await district.check()


async def test_an_award_is_taken_back_once_with_its_reversal(district: District) -> None:
    first = opened(await appeal(district, award_id=await an_award(district), reason="这件不是我报的"))
    done = opened(await answer(district, first.appeal_id, outcome="reverse"))
    assert done.moved == -6
    assert await district.balance(district.zhao) == 0
    assert code(await answer(district, first.appeal_id, outcome="reverse")) == "appeal_decided"
    assert await district.count("points_operation") == 2
    await district.check()


async def test_an_appeal_comes_within_its_days_and_may_be_withdrawn_for_good(district: District) -> None:
    award = await an_award(district)
    late = NOON + timedelta(days=61)
    assert code(await appeal(district, award_id=award, now=late)) == "appeal_too_late"
    first = opened(await appeal(district, award_id=award))
    assert code(await answer(district, first.appeal_id, "withdraw", by=as_steward(district.qian))) == "unknown_appeal"
    assert code(await answer(district, first.appeal_id, "withdraw", by=OTHER)) == "not_allowed"
    assert (
        opened(await answer(district, first.appeal_id, "withdraw", by=as_steward(district.zhao))).state == "withdrawn"
    )
    assert code(await appeal(district, award_id=award)) == "appeal_twice"


async def test_an_upheld_appeal_on_a_score_asks_for_the_period_to_be_reopened(district: District) -> None:
    await a_judged_quarter(district)
    assert code(await appeal(district, kind="score", period="2026-Q4")) == "appeal_too_early"
    assert code(await appeal(district, kind="score", period="2026-Q4", now=AFTER)) == "nothing_to_appeal"
    await close(district)
    first = opened(await appeal(district, kind="score", period="2026-Q4", now=AFTER))
    assert code(await answer(district, first.appeal_id, outcome="credit", points=1, now=AFTER)) == "outcome_unfit"
    done = opened(await answer(district, first.appeal_id, outcome="recount", now=AFTER))
    assert done.state == "upheld"
    [asked] = await reopenings_of(await district.database.reader(), Q4)
    assert (asked.reason, asked.state, asked.asked_by) == ("appeal_upheld", "asked", OTHER.id)
    second = opened(await appeal(district, kind="score", period="2026-Q4", by=district.qian, now=AFTER))
    assert opened(await answer(district, second.appeal_id, outcome="recount", now=AFTER)).state == "upheld"


async def test_doubtful_ballots_are_set_aside_for_two_people(district: District) -> None:
    await slip_marks(district, district.zhao, [{"satisfaction": 1}, {"satisfaction": 5}])
    await slip_marks(district, district.qian, [{"satisfaction": 1}])
    reader = await district.database.reader()
    rows = await reader.fetch(
        "SELECT id, steward_id, scores FROM evaluation_ballot", types={"id": UUID, "steward_id": UUID}
    )
    worst = [row for row in rows if orjson.loads(row["scores"])["satisfaction"] == 1]
    own = [row["id"] for row in worst if row["steward_id"] == district.zhao]
    foreign = [row["id"] for row in worst if row["steward_id"] == district.qian]
    first = opened(await appeal(district, kind="ballots", period="2026-Q4", now=AFTER))
    assert code(await answer(district, first.appeal_id, outcome="review", now=AFTER)) == "outcome_unfit"
    wrong = await answer(district, first.appeal_id, outcome="review", ballots=tuple(foreign), now=AFTER)
    assert code(wrong) == "ballot_not_of_appeal"
    opened(await answer(district, first.appeal_id, outcome="review", ballots=tuple(own), now=AFTER))
    [held], _ = await list_holds(reader, LONGTAN_ADMIN)
    assert (held.guard, held.marks) == ("appeal", {"satisfaction": 1})
    assert first.number in held.reason.render("zh")


async def test_what_is_overdue_is_listed_apart(district: District) -> None:
    first = opened(await appeal(district, award_id=await an_award(district)))
    reader = await district.database.reader()
    after = first.due_on + timedelta(days=1)
    for today, overdue in ((first.due_on, 0), (after, 1)):
        assert await count_open_appeals(reader, LONGTAN_ADMIN, today=today) == (1, overdue)
        found, _ = await list_appeals(reader, LONGTAN_ADMIN, today=today, overdue=True)
        assert len(found) == overdue
    assert (await list_appeals(reader, DONGSI_ADMIN, today=after))[0] == []
    assert len((await list_appeals(reader, as_steward(district.zhao), today=after))[0]) == 1
    assert (await list_appeals(reader, as_steward(district.qian), today=after))[0] == []
