"""Manual awards on both databases: proposed, decided by somebody else, posted once, taken back once."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.database import Database
from kernel.errors import Refusal
from points.grant_deciding import GrantStep, decide_grants
from points.grant_reading import count_waiting, list_grants
from points.grant_rows import GrantOutcome
from points.grant_terms import DEFAULT_TERMS, GrantTerms
from points.grants import GrantProposal, propose_grants
from points.ledger import post
from points.notes import erase_notes
from stewards.inbox import read_inbox
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind
from tests.cases.district import (
    DISTRICT_ADMIN,
    DONGSI_ADMIN,
    GUANGMING_STAFF,
    LONGTAN_ADMIN,
    District,
    a_case_district,
    as_steward,
    staff,
)
from tests.points.ledger_builders import a_funding
from tests.stewards.builders import LONGTAN, NOON

OTHER_ADMIN = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="another")
ALONE, TWO = DEFAULT_TERMS.alone_up_to, DEFAULT_TERMS.alone_up_to + 1


@pytest.fixture
async def district(database: Database) -> District:
    return await a_case_district(database)


def wish(steward_id: UUID, points: int = TWO, actor: Principal = LONGTAN_ADMIN, **more: Any) -> GrantProposal:
    return GrantProposal(
        **{"steward_id": steward_id, "reason": "outstanding", "points": points, "actor": actor, **more}
    )


async def proposing(district: District, *wishes: GrantProposal) -> list[GrantOutcome | Refusal]:
    return await district.database.run(lambda tx: propose_grants(tx, wishes, now=NOON))


async def proposed(district: District, *wishes: GrantProposal) -> list[GrantOutcome]:
    outcomes = await proposing(district, *wishes)
    assert all(isinstance(outcome, GrantOutcome) for outcome in outcomes), outcomes
    return outcomes  # type: ignore[return-value]


async def deciding(
    district: District, grant: GrantOutcome | UUID, action: str, actor: Principal = OTHER_ADMIN, **more: Any
) -> GrantOutcome | Refusal:
    grant_id = grant if isinstance(grant, UUID) else grant.grant_id
    step = GrantStep(grant_id=grant_id, action=action, actor=actor, **more)
    [outcome] = await district.database.run(lambda tx: decide_grants(tx, [step], now=NOON))
    return outcome


def code(outcome: GrantOutcome | Refusal) -> str:
    return outcome.code if isinstance(outcome, Refusal) else outcome.state


async def test_up_to_the_threshold_one_person_gives_and_the_steward_is_told_why(district: District) -> None:
    [given_now] = await proposed(district, wish(district.zhao, ALONE, note="帮独居老人搬家"))

    assert (given_now.state, given_now.two_person, given_now.number) == ("approved", False, "G2611230001")
    assert await district.balance(district.zhao) == ALONE
    [message], _ = await read_inbox(await district.database.reader(), district.zhao)
    assert message.text.render("zh") == "给您加分 20 分，事由：突出贡献（G2611230001）。现有可用积分 20 分。"
    assert message.text.render("en") == (
        "You were given 20 points: Outstanding help (G2611230001). You now have 20 points to spend."
    )
    await district.check()


async def test_above_it_nothing_moves_until_somebody_else_approves_and_then_once(district: District) -> None:
    [grant] = await proposed(district, wish(district.zhao))
    assert (grant.state, await district.balance(district.zhao)) == ("proposed", 0)
    assert code(await deciding(district, grant, "approve", LONGTAN_ADMIN)) == "own_proposal"
    reader = await district.database.reader()
    assert [await count_waiting(reader, actor) for actor in (LONGTAN_ADMIN, OTHER_ADMIN, DONGSI_ADMIN)] == [0, 1, 0]

    assert code(await deciding(district, grant, "approve")) == "approved"
    assert code(await deciding(district, grant, "approve")) == "grant_decided"
    assert code(await deciding(district, grant, "reject")) == "grant_decided"
    assert await district.balance(district.zhao) == TWO
    await district.check()


async def test_of_two_who_approve_at_once_one_does(district: District) -> None:
    [grant] = await proposed(district, wish(district.zhao))
    outcomes = await asyncio.gather(
        *(deciding(district, grant, "approve", actor) for actor in (OTHER_ADMIN, DISTRICT_ADMIN))
    )
    assert sorted(map(code, outcomes)) == ["approved", "grant_decided"]
    assert await district.balance(district.zhao) == TWO
    await district.check()


async def test_what_is_rejected_or_withdrawn_moves_nothing(district: District) -> None:
    first, second = await proposed(district, wish(district.zhao), wish(district.zhao))
    assert code(await deciding(district, first, "withdraw")) == "not_your_proposal"
    assert code(await deciding(district, first, "withdraw", LONGTAN_ADMIN)) == "withdrawn"
    assert code(await deciding(district, second, "reject", note="没有材料")) == "rejected"
    assert code(await deciding(district, second, "reverse", cause="mistake")) == "grant_not_posted"
    assert await district.count("points_transfer") == 0
    assert await district.count("stewards_inbox_message") == 0


async def test_it_is_taken_back_once_and_what_was_spent_is_owed(district: District) -> None:
    from points.balances import balance
    from points.wishes import Debit

    [grant] = await proposed(district, wish(district.zhao, ALONE))
    spent = Debit(
        owner_id=district.zhao, points=15, to_kind="redeemed", reason="redeem", reference="r", occurred_at=NOON
    )
    await district.database.run(lambda tx: post(tx, [spent], now=NOON))
    assert code(await deciding(district, grant, "reverse", cause="because")) == "reversal_cause_unknown"
    taken = await deciding(district, grant, "reverse", cause="mistake")
    assert isinstance(taken, GrantOutcome)
    assert taken.posted is not None
    assert (taken.posted.taken, taken.posted.debt_added) == (5, 15)
    assert code(await deciding(district, grant, "reverse", cause="twice")) == "already_reversed"
    reader = await district.database.reader()
    standing = await balance(reader, district.zhao, now=NOON)
    assert (standing.spendable, standing.debt) == (0, 15)
    messages, _ = await read_inbox(reader, district.zhao)
    assert "其中 15 分已用掉" in messages[0].text.render("zh")
    [entry], _ = await list_grants(reader, LONGTAN_ADMIN)
    assert entry.reversed_at is not None
    await district.check()


async def test_whoever_is_out_of_reach_does_not_exist(district: District) -> None:
    [grant] = await proposed(district, wish(district.zhao))
    outcomes = await proposing(
        district,
        wish(district.zhao, actor=DONGSI_ADMIN),
        wish(UUID(int=1)),
        wish(district.zhao, actor=GUANGMING_STAFF),
        wish(district.zhao, actor=as_steward(district.zhao)),
    )
    assert [code(outcome) for outcome in outcomes] == ["steward_unknown"] * 3 + ["not_allowed"]
    assert code(await deciding(district, grant, "approve", DONGSI_ADMIN)) == "unknown_grant"
    assert code(await deciding(district, UUID(int=1), "approve")) == "unknown_grant"
    reader = await district.database.reader()
    assert [len((await list_grants(reader, actor))[0]) for actor in (DISTRICT_ADMIN, LONGTAN_ADMIN, DONGSI_ADMIN)] == [
        1, 1, 0,
    ]  # fmt: skip


async def test_a_refused_row_harms_no_other_and_a_form_sent_twice_is_one_proposal(district: District) -> None:
    outcomes = await proposing(
        district,
        wish(district.zhao, reason="unheard_of"),
        wish(district.zhao, reason="other"),
        wish(district.zhao, DEFAULT_TERMS.most + 1),
        wish(district.zhao, note="x\x00"),
        wish(district.zhao, 5, nonce="form-1"),
    )
    again = await proposing(district, wish(district.zhao, 5, nonce="form-1"))
    assert [code(outcome) for outcome in (*outcomes, *again)] == [
        "grant_reason_unknown",
        "grant_note_missing",
        "grant_out_of_range",
        "text_character_not_allowed",
        "approved",
        "approved",
    ]
    assert await district.balance(district.zhao) == 5
    await district.check()


async def test_who_has_left_earns_no_more(district: District) -> None:
    sql = "UPDATE stewards_steward SET status = 'left', left_on = joined_on WHERE id = $1"
    await district.database.run(lambda tx: tx.execute(sql, district.zhao))
    assert [code(outcome) for outcome in await proposing(district, wish(district.zhao))] == ["steward_gone"]


async def test_who_leaves_before_it_is_approved_gets_nothing_and_what_is_approved_late_ends_as_if_given_then(
    district: District,
) -> None:
    late = NOON.replace(year=NOON.year + 1)
    first, second = await proposed(district, wish(district.zhao), wish(district.qian))
    sql = "UPDATE stewards_steward SET status = 'left', left_on = joined_on WHERE id = $1"
    await district.database.run(lambda tx: tx.execute(sql, district.zhao))
    steps = [GrantStep(grant_id=one.grant_id, action="approve", actor=OTHER_ADMIN) for one in (first, second)]
    outcomes = await district.database.run(lambda tx: decide_grants(tx, steps, now=late))
    assert [code(outcome) for outcome in outcomes] == ["steward_gone", "approved"]
    assert code(await deciding(district, first, "reject")) == "rejected"
    entries, _ = await list_grants(await district.database.reader(), LONGTAN_ADMIN, state="approved")
    assert [entry.expires_on for entry in entries] == [date(late.year + 1, 12, 31)]
    await district.check()


async def test_beyond_a_month_s_limit_a_clerk_s_small_awards_take_a_second_person_too(district: District) -> None:
    most = DEFAULT_TERMS.alone_a_month // ALONE
    outcomes = await proposed(district, *(wish(district.zhao, ALONE) for _ in range(most + 1)))
    assert [outcome.two_person for outcome in outcomes] == [False] * most + [True]
    [other] = await proposed(district, wish(district.zhao, ALONE, actor=OTHER_ADMIN))
    assert (other.state, outcomes[-1].state) == ("approved", "proposed")
    next_month = NOON.replace(month=12)
    [fresh] = await district.database.run(lambda tx: propose_grants(tx, [wish(district.zhao, ALONE)], now=next_month))
    assert code(fresh) == "approved"
    await district.check()


async def test_of_many_small_awards_at_once_no_more_than_the_limit_is_given_by_one_hand(district: District) -> None:
    most = DEFAULT_TERMS.alone_a_month // ALONE
    batches = [proposed(district, *(wish(district.zhao, ALONE) for _ in range(4))) for _ in range(4)]
    outcomes = [outcome for batch in await asyncio.gather(*batches) for outcome in batch]
    assert sum(not outcome.two_person for outcome in outcomes) == most
    await district.check()


async def test_the_rules_steps_are_taken_one_after_another_by_different_hands(database: Database) -> None:
    programme = (Path(__file__).parents[2] / "docs/examples/programmes/street-budget.json").read_bytes()
    district = await a_case_district(database, programme)
    await district.database.run(lambda tx: post(tx, [a_funding(500, budget_id=LONGTAN)], now=NOON))
    [grant] = await proposed(district, wish(district.zhao, 50, reason="monthly"))
    checker = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="checker")
    assert (grant.state, grant.next) == ("proposed", "check")
    assert [
        code(await deciding(district, grant, action, actor, **more))
        for action, actor, more in [
            ("approve", OTHER_ADMIN, {}),
            ("committee", OTHER_ADMIN, {"note": "11 月例会"}),
            ("check", LONGTAN_ADMIN, {}),
            ("check", checker, {}),
            ("check", OTHER_ADMIN, {}),
            ("committee", checker, {"note": "11 月例会"}),
            ("committee", OTHER_ADMIN, {}),
            ("committee", OTHER_ADMIN, {"note": "11 月例会"}),
            ("approve", LONGTAN_ADMIN, {}),
            ("approve", OTHER_ADMIN, {}),
        ]
    ] == [
        "grant_step_out_of_turn",
        "grant_step_out_of_turn",
        "own_proposal",
        "proposed",
        "grant_step_out_of_turn",
        "grant_same_hands",
        "committee_note_missing",
        "proposed",
        "own_proposal",
        "approved",
    ]
    assert await district.balance(district.zhao) == 50
    [entry], _ = await list_grants(await district.database.reader(), LONGTAN_ADMIN)
    assert [taken.step for taken in entry.checks] == ["check", "committee"]
    await district.check()


async def test_several_steps_on_one_award_in_a_batch_are_taken_in_their_order(district: District) -> None:
    first, second = await proposed(district, wish(district.zhao), wish(district.qian))
    steps = [
        GrantStep(grant_id=first.grant_id, action="approve", actor=OTHER_ADMIN),
        GrantStep(grant_id=second.grant_id, action="reject", actor=OTHER_ADMIN),
        GrantStep(grant_id=first.grant_id, action="approve", actor=OTHER_ADMIN),
        GrantStep(grant_id=first.grant_id, action="reverse", cause="mistake", actor=OTHER_ADMIN),
        GrantStep(grant_id=second.grant_id, action="approve", actor=OTHER_ADMIN),
    ]
    outcomes = await district.database.run(lambda tx: decide_grants(tx, steps, now=NOON))
    assert [code(outcome) for outcome in outcomes] == [
        "approved", "rejected", "grant_decided", "approved", "grant_decided",
    ]  # fmt: skip
    assert await district.balance(district.zhao) == 0
    await district.check()


async def test_a_note_is_erased_and_what_was_decided_stays(district: District) -> None:
    [grant] = await proposed(district, wish(district.zhao, note="他的母亲住院"))
    assert await district.database.run(lambda tx: erase_notes(tx, [grant.grant_id])) == 1
    [entry], _ = await list_grants(await district.database.reader(), LONGTAN_ADMIN)
    assert (entry.notes, entry.points, entry.state) == ((), TWO, "proposed")


async def test_lists_go_on_where_the_page_before_ended(district: District) -> None:
    await proposed(district, *(wish(district.zhao, TWO + at) for at in range(5)))
    reader = await district.database.reader()
    seen: list[str] = []
    after, more = None, True
    while more:
        page, more = await list_grants(reader, LONGTAN_ADMIN, state="proposed", starting_after=after, limit=2)
        seen += [entry.number for entry in page]
        after = page[-1].id
    assert seen == [f"G261123000{at}" for at in (5, 4, 3, 2, 1)]


@given(
    points=st.integers(-5, 600),
    reason=st.sampled_from(["outstanding", "other", "none"]),
    note=st.booleans(),
    faces=st.sampled_from([(), (5, 10, 50)]),
)
def test_the_terms_allow_exactly_what_they_say(points: int, reason: str, note: bool, faces: tuple[int, ...]) -> None:
    terms = GrantTerms(reasons=DEFAULT_TERMS.reasons, alone_up_to=10, alone_a_month=100, most=100, face_values=faces)
    expected = reason != "none" and (reason != "other" or note) and 1 <= points <= 100
    expected = expected and (not faces or points % 5 == 0)
    try:
        terms.check(reason=reason, points=points, has_note=note)
    except Refusal:
        assert not expected
    else:
        assert expected
