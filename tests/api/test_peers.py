"""Stewards judge one another through the doors: whom, what bars them, and that nobody else reads it."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from evaluation.bars import Person, RelationWish, declare_relations
from evaluation.scheme_versions import publish_scheme
from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from tests.api.door import QIAN_LANE, Door
from tests.evaluation.builders import a_document, a_source
from tests.stewards.builders import NOON

HTML = {"Accept": "text/html"}
IN_DECEMBER = NOON + timedelta(days=20)


def peers(**changes: Any) -> dict[str, Any]:
    """Peers are asked how one works together and, if they like, for tips; residents as well."""
    dimensions = [
        {"code": "teamwork", "zh": "协作", "en": "Teamwork", "ask_zh": "和这位管家配合得怎么样？", "weight": 70},
        {"code": "tips", "zh": "传帮带", "en": "Helping others", "weight": 30, "optional": True},
    ]
    return a_source("peers", weight=20, minimum_raters=2, **{"dimensions": dimensions, **changes})


async def asked(door: Door, **changes: Any) -> None:
    """From December on the scheme asks peers, and it is December."""
    sources = [peers(**changes), a_source("residents", weight=80)]
    document = a_document(effective_on="2026-12-01", period="month", sources=sources)
    await door.database.run(lambda tx: publish_scheme(tx, document, by=None, now=NOON))
    door.app.state.district.clock = FixedClock(IN_DECEMBER)


async def judge(door: Door, role: str = "steward", **marks: str) -> httpx.Response:
    path = f"/me/peers/{door.district.qian}"
    return await door.call(role, "POST", path, headers=HTML, data=marks or {"teamwork": "80"})


async def test_a_steward_judges_a_neighbour_on_the_phone_and_changes_it(door: Door) -> None:
    await asked(door)
    listed = await door.call("steward", "GET", "/me/peers?community=014-01", headers=HTML)
    assert "钱**二" in listed.text
    assert "钱样本" not in listed.text
    assert "还没评" in listed.text
    form = (await door.call("steward", "GET", f"/me/peers/{door.district.qian}", headers=HTML)).text
    assert "和这位管家配合得怎么样？" in form
    assert "0 到 100 分，可不填" in form
    refused = await judge(door, teamwork="101", tips="7")
    assert refused.status_code == 400
    assert 'value="101"' in refused.text
    assert 'value="7"' in refused.text
    saved = await judge(door)
    assert saved.headers["location"] == "/me/peers?period=2026-12&community=014-01&done=1"
    assert (await judge(door, teamwork="90", tips="60")).status_code == 303
    assert await door.count("evaluation_ballot") == 1
    listed = await door.call("steward", "GET", saved.headers["location"], headers=HTML)
    assert "已评" in listed.text
    again = (await door.call("steward", "GET", f"/me/peers/{door.district.qian}", headers=HTML)).text
    assert 'value="90"' in again


async def test_a_scale_of_five_is_asked_with_stars(door: Door) -> None:
    words = {"zh": ["很差", "差", "一般", "好", "很好"], "en": ["1", "2", "3", "4", "5"]}
    await asked(door, scale={"least": 1, "most": 5, **words})
    form = (await door.call("steward", "GET", f"/me/peers/{door.district.qian}", headers=HTML)).text
    assert len(re.findall(r'type="radio" name="teamwork"', form)) == 6
    assert (await judge(door, teamwork="4")).status_code == 303
    again = (await door.call("steward", "GET", f"/me/peers/{door.district.qian}", headers=HTML)).text
    assert re.search(r'id="teamwork-4" checked', again)
    assert (await judge(door, teamwork="")).status_code == 400


@pytest.mark.parametrize("relation", ["team_mate", "relative"])
async def test_team_mates_and_relatives_stay_out_on_the_page_and_by_the_api(door: Door, relation: Any) -> None:
    await asked(door)
    wish = RelationWish(steward_id=door.district.qian, other=Person("steward", door.district.zhao), relation=relation)
    await door.database.run(lambda tx: declare_relations(tx, [wish], by=SYSTEM, now=NOON))
    listed = (await door.call("steward", "GET", "/me/peers?community=014-01", headers=HTML)).text
    assert "回避" in listed
    assert str(door.district.qian) not in listed
    form = (await door.call("steward", "GET", f"/me/peers/{door.district.qian}", headers=HTML)).text
    assert "您要回避" in form
    assert '<form method="post" action="/me/peers' not in form
    assert (await judge(door)).status_code == 403
    body = {"steward": str(door.district.qian), "scores": {"teamwork": 80}}
    answer = await door.call("steward", "POST", "/api/v1/evaluation/peer-ballots", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "rater_barred")
    [shown] = (await door.call("steward", "GET", "/api/v1/evaluation/peers")).json()["data"]
    assert shown["barred"] == relation
    assert await door.count("evaluation_ballot") == 0


async def test_nobody_judges_himself_another_street_or_where_nobody_is_asked(door: Door) -> None:
    empty = await door.call("steward", "GET", "/me/peers", headers=HTML)
    assert "现在没有互评" in empty.text
    assert (await judge(door)).status_code == 404
    assert (await door.call("steward", "GET", "/api/v1/evaluation/peers")).json() == {"data": [], "has_more": False}
    await asked(door)
    for other in (door.district.zhao, door.district.sun):
        path = f"/me/peers/{other}"
        assert (await door.call("steward", "GET", path, headers=HTML)).status_code == 404
        answer = await door.call("steward", "POST", path, headers=HTML, data={"teamwork": "80"})
        assert answer.status_code == 404
    assert (await judge(door, "street_admin")).status_code == 403
    assert await door.count("evaluation_ballot") == 0


async def test_each_reads_the_own_marks_alone(door: Door) -> None:
    await asked(door)
    body = {"steward": str(door.district.qian), "scores": {"teamwork": 83}}
    assert (await door.call("steward", "POST", "/api/v1/evaluation/peer-ballots", json=body)).status_code == 200
    [own] = (await door.call("steward", "GET", "/api/v1/evaluation/peers")).json()["data"]
    assert own["scores"] == {"teamwork": 83}
    assert (own["name"], own["lanes"], own["period"]) == ("钱**二", [QIAN_LANE], "2026-12")
    [other] = (await door.call("other_steward", "GET", "/api/v1/evaluation/peers")).json()["data"]
    assert other["scores"] is None
    assert "已评" not in (await door.call("other_steward", "GET", "/me/peers", headers=HTML)).text
