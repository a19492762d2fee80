"""Group commit: whoever waits while a commit is at the disk is committed together, in order, and hears of it after."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from kernel.database import Database
from kernel.errors import Busy
from kernel.group_commit import GroupCommit
from kernel.models import Counter
from tests.kernel.rows import a_counter, counted, inserting


class Disk:
    """A slow place to write to: holds every batch until it is let go, and remembers what was written."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.turning = asyncio.Event()
        self.turning.set()

    async def write(self, wishes: Sequence[int]) -> list[str]:
        await self.turning.wait()
        await asyncio.sleep(0)
        self.batches.append(list(wishes))
        return [f"done {wish}" for wish in wishes]


def submitting(group: GroupCommit[int, str], wishes: Sequence[int], shard: int = 0) -> list["asyncio.Task[str]"]:
    return [asyncio.ensure_future(group.submit(wish, shard=shard)) for wish in wishes]


async def test_a_lone_caller_is_written_at_once() -> None:
    disk = Disk()
    assert await asyncio.wait_for(GroupCommit(disk.write).submit(1), 1) == "done 1"
    assert disk.batches == [[1]]


async def test_those_that_arrive_during_a_commit_share_the_next_in_order_of_arrival() -> None:
    disk = Disk()
    disk.turning.clear()
    asked = submitting(GroupCommit(disk.write), range(100))
    await asyncio.sleep(0.01)
    disk.turning.set()
    assert await asyncio.gather(*asked) == [f"done {wish}" for wish in range(100)]
    assert [wish for batch in disk.batches for wish in batch] == list(range(100))
    assert len(disk.batches) <= 2


async def test_no_batch_is_larger_than_allowed() -> None:
    disk = Disk()
    await asyncio.gather(*submitting(GroupCommit(disk.write, batch_size=8), range(100)))
    assert max(len(batch) for batch in disk.batches) == 8
    assert [wish for batch in disk.batches for wish in batch] == list(range(100))


async def test_a_full_queue_refuses_and_does_nothing() -> None:
    disk = Disk()
    disk.turning.clear()
    group = GroupCommit(disk.write, batch_size=4, queue_size=10)
    accepted = submitting(group, range(4))
    await asyncio.sleep(0.01)  # these four are at the disk
    accepted += submitting(group, range(4, 14))
    await asyncio.sleep(0.01)
    with pytest.raises(Busy):
        await group.submit(99)
    disk.turning.set()
    await asyncio.gather(*accepted)
    assert sorted(wish for batch in disk.batches for wish in batch) == list(range(14))
    assert await group.submit(15) == "done 15"


class Desk:
    """Writes batches when told to, and remembers what was under way together."""

    def __init__(self) -> None:
        self.under_way: list[list[int]] = []
        self.written: list[list[int]] = []
        self.doors: list[asyncio.Event] = []

    async def write(self, wishes: Sequence[int]) -> list[str]:
        shards = {wish % 10 for wish in wishes}
        assert not any(shards & {wish % 10 for wish in other} for other in self.under_way)
        self.under_way.append(list(wishes))
        door = asyncio.Event()
        self.doors.append(door)
        await door.wait()
        self.under_way.remove(list(wishes))
        self.written.append(list(wishes))
        return [f"done {wish}" for wish in wishes]

    async def turn(self) -> None:
        """Let the oldest batch through, and whoever follows take its place."""
        for _ in range(10):
            await asyncio.sleep(0)
        self.doors.pop(0).set()
        for _ in range(10):
            await asyncio.sleep(0)


async def test_batches_that_are_written_together_have_no_shard_in_common_and_each_shard_keeps_its_order() -> None:
    desk = Desk()
    group = GroupCommit(desk.write, at_once=2)
    asked = [asyncio.ensure_future(group.submit(wish, shard=wish % 10)) for wish in (3, 13, 4, 23, 5, 33, 14, 6, 43)]
    while not all(task.done() for task in asked):
        assert len(desk.under_way) <= 2
        await desk.turn()
    assert [task.result() for task in asked] == [f"done {wish}" for wish in (3, 13, 4, 23, 5, 33, 14, 6, 43)]
    in_order = [wish for batch in desk.written for wish in batch]
    assert [wish for wish in in_order if wish % 10 == 3] == [3, 13, 23, 33, 43]
    assert [wish for wish in in_order if wish % 10 == 4] == [4, 14]


async def test_whoever_comes_while_one_batch_is_written_is_shared_out_evenly() -> None:
    desk = Desk()
    group = GroupCommit(desk.write, at_once=2)
    callers = [asyncio.ensure_future(_asking_again(group, first)) for first in range(10)]
    for _ in range(30):
        await desk.turn()
    sizes = [len(batch) for batch in desk.under_way]
    for caller in callers:
        caller.cancel()
    assert sorted(sizes) == [5, 5]


async def _asking_again(group: GroupCommit[int, str], first: int) -> None:
    wish = first
    while True:
        await group.submit(wish, shard=first)
        wish += 10


async def test_a_slow_shard_does_not_hold_another() -> None:
    stuck = asyncio.Event()

    async def write(wishes: Sequence[int]) -> list[str]:
        if wishes[0] < 0:
            await stuck.wait()
        return [f"done {wish}" for wish in wishes]

    group = GroupCommit(write, at_once=2)
    slow = submitting(group, [-1], shard=0)
    assert await asyncio.wait_for(group.submit(1, shard=1), 1) == "done 1"
    stuck.set()
    assert await asyncio.gather(*slow) == ["done -1"]


async def test_a_caller_that_is_cancelled_harms_no_other_and_its_wish_is_still_carried_out() -> None:
    disk = Disk()
    disk.turning.clear()
    group = GroupCommit(disk.write)
    asked = submitting(group, range(50))
    await asyncio.sleep(0.01)
    for task in asked[::2]:
        task.cancel()
    disk.turning.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[1::2] == [f"done {wish}" for wish in range(1, 50, 2)]
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    assert sorted(wish for batch in disk.batches for wish in batch) == list(range(50))


async def test_closing_commits_what_was_accepted_and_refuses_the_rest() -> None:
    disk = Disk()
    disk.turning.clear()
    group = GroupCommit(disk.write)
    asked = submitting(group, range(20))
    await asyncio.sleep(0.01)
    closing = asyncio.ensure_future(group.close())
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await group.submit(99)
    disk.turning.set()
    await closing
    assert all(task.done() for task in asked)


async def test_a_failure_that_is_not_a_refusal_reaches_every_caller_of_its_batch_and_nobody_after() -> None:
    failing = True

    async def write(wishes: Sequence[int]) -> list[str]:
        if failing:
            raise LookupError("no disk")
        return [f"done {wish}" for wish in wishes]

    group = GroupCommit(write)
    answers = await asyncio.gather(*submitting(group, range(3)), return_exceptions=True)
    assert all(isinstance(answer, LookupError) for answer in answers)
    failing = False
    assert await group.submit(7) == "done 7"


async def test_a_batch_that_the_database_refuses_is_halved_until_only_the_bad_row_is_left_out(
    database: Database,
) -> None:
    async def write(wishes: Sequence[int]) -> list[str]:
        await database.run(
            inserting(Counter, *[a_counter(f"row {wish}", -1 if wish == 11 else wish) for wish in wishes])
        )
        return [f"done {wish}" for wish in wishes]

    answers = await asyncio.gather(*submitting(GroupCommit(write), range(16)), return_exceptions=True)
    assert [at for at, answer in enumerate(answers) if isinstance(answer, Exception)] == [11]
    assert "kernel_counter_positive" in str(answers[11])
    stored = [await counted(database, f"row {wish}") for wish in range(16)]
    assert stored == [None if wish == 11 else wish for wish in range(16)]


async def test_an_answer_comes_after_its_commit(database: Database) -> None:
    async def write(wishes: Sequence[int]) -> list[str]:
        await database.run(inserting(Counter, *[a_counter(f"row {wish}", wish) for wish in wishes]))
        return [f"done {wish}" for wish in wishes]

    group = GroupCommit(write, at_once=2)

    async def submit_and_look(wish: int) -> int | None:
        await group.submit(wish, shard=wish)
        return await counted(database, f"row {wish}")

    assert await asyncio.gather(*map(submit_and_look, range(40))) == list(range(40))


async def test_a_verb_that_answers_too_few_leaves_nobody_waiting() -> None:
    async def forgetful(wishes: Sequence[int]) -> list[str]:
        return ["done"] * (len(wishes) - 1)

    with pytest.raises(ValueError, match="shorter"):
        await asyncio.wait_for(GroupCommit(forgetful).submit(1), 1)


async def test_a_batch_runs_in_nobody_s_context() -> None:
    request: ContextVar[str] = ContextVar("request", default="nobody's")
    seen: list[str] = []

    async def write(wishes: Sequence[int]) -> list[str]:
        seen.append(request.get())
        return ["done"] * len(wishes)

    request.set("the first caller's")
    await GroupCommit(write).submit(1)
    assert seen == ["nobody's"]


async def test_wishes_whose_shard_has_to_be_asked_for_are_asked_about_together_and_keep_their_order() -> None:
    asked: list[list[int]] = []
    batches: list[list[int]] = []

    async def write(wishes: Sequence[int]) -> list[str]:
        batches.append(list(wishes))
        await asyncio.sleep(0)
        return [f"done {wish}" for wish in wishes]

    async def shards_of(wishes: Sequence[int]) -> list[int]:
        asked.append(list(wishes))
        await asyncio.sleep(0)
        return [wish % 2 for wish in wishes]

    group = GroupCommit(write, at_once=2, shards_of=shards_of)
    assert await asyncio.gather(*submitting(group, range(100))) == [f"done {wish}" for wish in range(100)]
    assert len(asked) <= 2
    for shard in (0, 1):
        assert [wish for batch in batches for wish in batch if wish % 2 == shard] == list(range(shard, 100, 2))
    await group.close()


async def test_wishes_are_written_though_nobody_can_say_where_they_belong() -> None:
    async def shards_of(wishes: Sequence[int]) -> list[int]:
        raise ConnectionError

    group = GroupCommit(Disk().write, at_once=2, shards_of=shards_of)
    asked = submitting(group, range(5))
    await asyncio.sleep(0)
    await group.close()
    assert await asyncio.gather(*asked) == [f"done {wish}" for wish in range(5)]
    with pytest.raises(Busy):
        await group.submit(6)


async def test_a_queue_that_is_full_behind_the_question_refuses_too() -> None:
    disk = Disk()
    disk.turning.clear()

    async def shards_of(wishes: Sequence[int]) -> list[int]:
        return [0] * len(wishes)

    group = GroupCommit(disk.write, at_once=2, batch_size=4, queue_size=10, shards_of=shards_of)
    accepted = submitting(group, range(4))
    await asyncio.sleep(0.01)  # these four are at the disk
    accepted += submitting(group, range(4, 14))
    await asyncio.sleep(0.01)
    with pytest.raises(Busy):
        await group.submit(99)
    disk.turning.set()
    assert len(await asyncio.gather(*accepted)) == 14
