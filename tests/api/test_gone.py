"""Whoever leaves is gone at once from every board, feed, page and screen; what was frozen still verifies."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from api.cli.verifying import every_break
from rewards.boards.closing import close_boards, verify_closes
from rewards.boards.definitions import BOARDS
from rewards.boards.definitions import Metric as BoardMetric
from rewards.periods import Period
from tests.api.door import Door
from tests.api.pages.test_stories import FORM, HTML, consent, number_of
from tests.api.test_credentials import a_title, issued
from tests.api.test_personal_data import left
from tests.stewards.builders import NOON

CLOSED = "/api/v1/boards/points?period=month&on=2026-11-23"
NAMED = (
    "/api/v1/boards/points?period=month&limit=5",
    "/api/v1/boards/cases?period=all&scope=street:110101014&limit=5",
    CLOSED,
    "/api/v1/stories",
    "/display/points?lang=zh",
    "/display/points/board?street=110101014&lang=zh",
    "/honours",
    "/stories",
    "/stories/feed.atom",
)


def _tells(text: str) -> bool:
    return "赵示例" in text or str(FORM["title"]) in text


async def _texts(door: Door) -> dict[str, str]:
    others = [f"/api/v1/boards/{metric}?period={period}" for metric in BoardMetric for period in BOARDS[metric].periods]
    found = {}
    for path in (*NAMED, *others, "/notices", "/streets"):
        headers = {} if path.startswith("/api") else HTML
        answer = await door.call("street_admin" if path.startswith("/api") else None, "GET", path, headers=headers)
        assert answer.status_code == 200, path
        found[path] = answer.text
    return found


async def _opts_out(door: Door) -> None:
    for field in ("full_name", "story"):
        await consent(door, field, granted=False)
    await consent(door, "off_boards")


async def _is_erased(door: Door) -> None:
    """赵 asked for it and left; the district carries it out."""
    asked = await door.call("steward", "POST", f"/api/v1/stewards/{door.district.zhao}/erasure")
    assert asked.status_code == 201, asked.text
    await left(door)
    [waiting] = (await door.call("district_admin", "GET", "/api/v1/erasures")).json()["data"]
    done = await door.call("district_admin", "POST", f"/api/v1/erasures/{waiting['id']}/carry-out")
    assert done.status_code == 201, done.text


@pytest.mark.parametrize("engine", ["ranks", "sql"])
@pytest.mark.parametrize("leaves", [_opts_out, _is_erased])
async def test_who_leaves_is_gone_everywhere_at_once_and_what_was_frozen_still_verifies(
    door: Door, engine: str, leaves: Callable[[Door], Awaitable[None]]
) -> None:
    form = {**FORM, "steward": await number_of(door)}
    for field in ("full_name", "story"):
        await consent(door, field)
    await door.verified()
    certificate = await issued(door, await a_title(door))
    verified = f"/verify/{certificate['id'].removeprefix('urn:uuid:')}"
    told = await door.call("street_admin", "POST", "/admin/stories", headers=HTML, data=form)
    assert told.status_code == 303, told.text
    await door.database.run(lambda tx: close_boards(tx, Period.MONTH, BoardMetric.POINTS, date(2026, 11, 1), now=NOON))
    if engine == "ranks":
        await _texts(door)  # now the boards are wanted
        await door.served.boards.projector.catch_up()
    before = await _texts(door)
    assert [path for path in NAMED if not _tells(before[path])] == []
    stands = await door.call(None, "GET", verified, headers=HTML)
    assert stands.status_code == 200
    await leaves(door)
    after = await _texts(door)
    shown = (await door.call(None, "GET", verified, headers=HTML)).text
    assert not _tells(shown)
    assert leaves is not _is_erased or "赵*例" not in shown  # who shows a certificate is known by a masked name
    assert [path for path, text in after.items() if _tells(text) or "赵*例" in text] == []
    assert str(door.district.zhao) not in "".join(after[path] for path in after if path.startswith("/api"))
    assert await verify_closes(await door.database.reader()) == []
    assert await door.database.snapshot(every_break) == []
