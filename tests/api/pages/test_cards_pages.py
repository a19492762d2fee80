"""A steward's card on its pages: drawing, figures, reasons; before anything is closed a plain page."""

from typing import Any

import pytest

from api.pages.radar import interval_of, radar_of
from evaluation.cards import read_card
from evaluation.closing import close_period
from tests.api.door import Door
from tests.evaluation.closed import ADMIN, AFTER, Q4, a_judged_quarter

HTML = {"Accept": "text/html"}


async def shown(door: Door, role: str, path: str, **headers: str) -> Any:
    return await door.call(role, "GET", path, headers=HTML | headers)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_card_says_the_score_why_and_how_sure(door: Door) -> None:
    assert "还没有评价结果" in (await shown(door, "steward", "/me/evaluation")).text
    await a_judged_quarter(door.district)
    await close_period(door.database, Q4, by=ADMIN, now=AFTER)
    card = await read_card(await door.database.reader(), door.district.zhao, Q4)
    assert card is not None
    radar, interval = radar_of(card), interval_of(card)
    assert radar is not None
    assert interval is not None
    assert interval.low <= interval.score <= interval.high
    assert len(radar.axes) == len(radar.own.split())
    own = (await shown(door, "steward", "/me/evaluation")).text
    assert f"{float(card.score or 0):.2f}" in own
    assert own.count("<polygon") == 6
    assert "2026-Q4 总分" in own
    assert "/me/appeals?kind=score&amp;period=2026-Q4" in own
    english = (await shown(door, "steward", "/me/evaluation", **{"Accept-Language": "en"})).text
    assert "Why this score" in english
    path = f"/admin/stewards/{door.district.zhao}/evaluation"
    assert "2026-Q4 总分" in (await shown(door, "street_admin", path)).text
    assert (await shown(door, "other_street_admin", path)).status_code == 404
    few = (await shown(door, "street_admin", f"/admin/stewards/{door.district.qian}/evaluation")).text
    assert "不到 5" in few
