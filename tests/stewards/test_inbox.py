"""The inbox tells each cause once and reads in the reader's language."""

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.database import Database
from kernel.messages import Text
from stewards.inbox import (
    NewMessage,
    count_unread,
    mark_read,
    post_messages,
    read_inbox,
    register_message,
    render_message,
)
from tests.stewards.builders import NOON, a_district, a_steward

register_message("test.reopened", "案件 {number} 重新打开，收回 {points} 分。")
register_message("test.nested", lambda params: Text("{why}", {"why": Text(f"第 {params['turn']} 次")}))


def a_message(steward_id: UUID, cause: str, points: int = 6) -> NewMessage:
    return NewMessage(
        steward_id=steward_id, code="test.reopened", params={"number": "20261123-0001", "points": points}, cause=cause
    )


async def test_one_cause_is_told_once_however_often_it_is_delivered(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward())
    for _ in range(3):
        batch = [a_message(zhao, "case 1/reopened/2"), a_message(zhao, "case 1/reopened/2", points=7)]
        await database.run(lambda tx, batch=batch: post_messages(tx, batch, now=NOON))
    entries, more = await read_inbox(await database.reader(), zhao)
    assert [entry.text.render("zh") for entry in entries] == ["案件 20261123-0001 重新打开，收回 6 分。"]
    assert not more


async def test_pages_run_from_the_newest_to_the_oldest(database: Database) -> None:
    zhao, qian = await a_district(database, a_steward(), a_steward("0140002"))
    for at in range(5):
        # Two of one instant, so that the order within it is tested too.
        now = NOON + timedelta(minutes=at // 2)
        await database.run(
            lambda tx, at=at, now=now: post_messages(
                tx, [a_message(zhao, f"case {at}", points=at), a_message(qian, f"case {at} of another")], now=now
            )
        )
    reader = await database.reader()
    seen: list[int] = []
    after: UUID | None = None
    more = True
    while more:
        page, more = await read_inbox(reader, zhao, starting_after=after, limit=2)
        seen += [entry.params["points"] for entry in page]
        after = page[-1].id
    assert seen == [4, 3, 2, 1, 0]
    foreign, _ = await read_inbox(reader, qian)
    top, _ = await read_inbox(reader, zhao, starting_after=foreign[2].id)
    assert len(top) == 5


async def test_reading_marks_only_ones_own_messages(database: Database) -> None:
    zhao, qian = await a_district(database, a_steward(), a_steward("0140002"))
    messages = [a_message(zhao, "a"), a_message(zhao, "b"), a_message(qian, "c")]
    await database.run(lambda tx: post_messages(tx, messages, now=NOON))
    reader = await database.reader()
    (foreign,), _ = await read_inbox(reader, qian)
    assert await database.run(lambda tx: mark_read(tx, zhao, ids=[foreign.id], now=NOON)) == 0
    first, *_ = (await read_inbox(reader, zhao))[0]
    assert await database.run(lambda tx: mark_read(tx, zhao, ids=[first.id], now=NOON)) == 1
    assert await count_unread(reader, zhao) == 1
    unread, _ = await read_inbox(reader, zhao, unread_only=True)
    assert first.id not in {entry.id for entry in unread}
    assert await database.run(lambda tx: mark_read(tx, zhao, now=NOON)) == 1
    assert (await count_unread(reader, zhao), await count_unread(reader, qian)) == (0, 1)


def test_a_code_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered already"):
        register_message("test.reopened", "另一句")


def test_a_code_that_nobody_knows_any_more_still_says_something() -> None:
    assert render_message("gone", {}).render("zh") == "有一条新消息（gone）。"
    assert render_message("gone", {}).render("en") == "There is a new message (gone)."


def test_a_message_may_be_put_together_by_its_package() -> None:
    assert render_message("test.nested", {"turn": 2}).render("zh") == "第 2 次"
