"""Wishes: one vote for each steward, answered by the street, listed by how many want them."""

import asyncio

from kernel.database import Database
from kernel.errors import Refusal
from rewards.wishing import (
    OPEN_AT_ONCE,
    WishAnswer,
    WishProposal,
    WishStands,
    WishState,
    WishVote,
    answer_wishes,
    list_wishes,
    propose_wishes,
    vote_on_wishes,
)
from stewards.enrolment import enrol_stewards
from stewards.inbox import read_inbox
from tests.rewards.scarce import DONGSI_ADMIN, LONGTAN_ADMIN, Shelf, a_shelf, me
from tests.stewards.builders import NOON, a_steward, count, doing


async def proposed(shelf: Shelf, *titles: str, who: int = 0) -> list[WishStands]:
    wishes = [WishProposal(title=title, caller=me(shelf.people[who])) for title in titles]
    outcomes = await shelf.database.run(lambda tx: propose_wishes(tx, wishes, now=NOON))
    assert all(isinstance(outcome, WishStands) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, WishStands)]


async def voting(shelf: Shelf, *votes: WishVote) -> list[object]:
    return list(await shelf.database.run(lambda tx: vote_on_wishes(tx, votes, now=NOON)))


def codes(outcomes: list[object]) -> list[str]:
    return [outcome.code if isinstance(outcome, Refusal) else "ok" for outcome in outcomes]


async def test_whoever_proposes_supports_and_others_vote_once(database: Database) -> None:
    shelf = await a_shelf(database)
    [bikes, lamps] = await proposed(shelf, "修自行车", "台灯")
    second, third = (me(steward_id) for steward_id in shelf.people[1:])
    outcomes = await voting(
        shelf,
        WishVote(wish_id=lamps.wish_id, caller=second),
        WishVote(wish_id=lamps.wish_id, caller=second),
        WishVote(wish_id=lamps.wish_id, caller=third),
        WishVote(wish_id=bikes.wish_id, caller=second),
        WishVote(wish_id=bikes.wish_id, caller=second, support=False),
    )
    assert [(one.votes, one.changed) for one in outcomes if isinstance(one, WishStands)] == [
        (2, True), (2, False), (3, True), (2, True), (1, True),
    ]  # fmt: skip
    lines, more = await list_wishes(await database.reader(), second)
    assert [(line.title, line.votes, line.mine, line.supported) for line in lines] == [
        ("台灯", 3, False, True),
        ("修自行车", 1, False, False),
    ]
    assert not more
    assert await count(database, "rewards_item_wish_vote") == 4


async def test_a_vote_that_is_taken_back_in_a_later_request_is_gone(database: Database) -> None:
    shelf = await a_shelf(database)
    [bikes] = await proposed(shelf, "修自行车")
    await voting(shelf, WishVote(wish_id=bikes.wish_id, caller=me(shelf.people[0]), support=False))
    [line] = (await list_wishes(await database.reader(), me(shelf.people[0])))[0]
    assert (line.votes, line.mine, line.supported) == (0, True, False)


async def test_the_same_vote_from_twenty_requests_at_once_counts_once(database: Database) -> None:
    shelf = await a_shelf(database)
    [bikes] = await proposed(shelf, "修自行车")
    vote = WishVote(wish_id=bikes.wish_id, caller=me(shelf.people[1]))
    found = await asyncio.gather(*(voting(shelf, vote) for _ in range(20)))
    assert sum(one.changed for [one] in found if isinstance(one, WishStands)) == 1
    assert await count(database, "rewards_item_wish_vote") == 2


async def test_the_same_wish_is_supported_not_repeated_and_three_wait_at_a_time(database: Database) -> None:
    shelf = await a_shelf(database)
    await proposed(shelf, *(f"第 {number} 个" for number in range(OPEN_AT_ONCE)))
    wishes = [
        WishProposal(title="第 1 个", caller=me(shelf.people[1])),
        WishProposal(title="再一个", caller=me(shelf.people[0])),
        WishProposal(title="", caller=me(shelf.people[1])),
        WishProposal(title="台灯", caller=LONGTAN_ADMIN),
    ]
    outcomes = await database.run(lambda tx: propose_wishes(tx, wishes, now=NOON))
    assert codes(list(outcomes)) == ["wish_known", "too_many_wishes", "text_missing", "not_allowed"]


async def test_only_the_street_answers_and_whoever_supports_is_told(database: Database) -> None:
    shelf = await a_shelf(database)
    [bikes] = await proposed(shelf, "修自行车")
    await voting(shelf, WishVote(wish_id=bikes.wish_id, caller=me(shelf.people[1])))

    async def answering(state: WishState, by: object = LONGTAN_ADMIN, answer: str | None = None) -> list[object]:
        wish = WishAnswer(wish_id=bikes.wish_id, state=state, caller=by, answer=answer)  # type: ignore[arg-type]
        return list(await database.run(lambda tx: answer_wishes(tx, [wish], now=NOON)))

    assert codes(await answering(WishState.PLANNED, DONGSI_ADMIN)) == ["unknown_wish"]
    assert codes(await answering(WishState.DECLINED)) == ["answer_missing"]
    assert codes(await answering(WishState.PLANNED, answer="下月请师傅来")) == ["ok"]
    [again] = await answering(WishState.PLANNED, answer="下月请师傅来")
    assert isinstance(again, WishStands)
    assert not again.changed
    assert codes(await answering(WishState.DECLINED, answer="没有场地")) == ["ok"]
    assert codes(await voting(shelf, WishVote(wish_id=bikes.wish_id, caller=me(shelf.people[2])))) == ["wish_answered"]
    for steward_id in shelf.people[:2]:
        messages, _ = await read_inbox(await database.reader(), steward_id)
        assert [message.code for message in messages] == ["wish_declined", "wish_planned"]
    assert (await read_inbox(await database.reader(), shelf.people[2]))[0] == []


async def test_wishes_of_another_street_are_unknown(database: Database) -> None:
    shelf = await a_shelf(database)
    [bikes] = await proposed(shelf, "修自行车")
    [sun] = await doing(database, enrol_stewards, [a_steward("0060001", name="孙样本", community_code="006-01")])
    stranger = me(sun.steward_id)
    assert codes(await voting(shelf, WishVote(wish_id=bikes.wish_id, caller=stranger))) == ["unknown_wish"]
    assert (await list_wishes(await database.reader(), stranger))[0] == []
    assert (await list_wishes(await database.reader(), DONGSI_ADMIN))[0] == []
    assert len((await list_wishes(await database.reader(), LONGTAN_ADMIN))[0]) == 1
