"""The page of budgets and liability: staff see the streets within their reach."""

from typing import Any

import orjson
import pytest

from kernel.ids import new_id
from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from tests.api.door import Door
from tests.stewards.builders import LONGTAN, NOON

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_street_sees_its_budget_its_liability_and_what_ends_when(door: Door) -> None:
    page = (await door.call("street_admin", "GET", "/admin/budgets", headers=HTML)).text
    assert "没有街道预算" in page
    document = orjson.loads(shipped_programme())
    document |= {"effective_on": "2026-11-23", "budget": {"paid_by": "street", "period": "month", "most": 100}}
    await door.database.run(lambda tx: publish_rules(tx, document, by=None, now=NOON))
    path = f"/api/v1/points/budgets/{LONGTAN}/fund"
    assert (await door.call("district_admin", "POST", path, json={"points": 60})).status_code == 200
    await door.verified()
    grant = {"steward_id": str(door.district.zhao), "reason": "activity", "points": 10}
    assert (await door.call("street_admin", "POST", "/api/v1/points/grants", json=grant)).status_code == 201
    page = (await door.call("street_admin", "GET", "/admin/budgets", headers=HTML)).text
    assert ("龙潭" in page, "东四" in page, ">44<" in page, ">16<" in page, "2027 年 12 月 31 日" in page) == (
        True, False, True, True, True,
    )  # fmt: skip


async def a_bounded_street(door: Door) -> None:
    document = orjson.loads(shipped_programme())
    document |= {"effective_on": "2026-11-23", "budget": {"paid_by": "street", "period": "month", "most": 100}}
    await door.database.run(lambda tx: publish_rules(tx, document, by=None, now=NOON))


async def send(door: Door, role: str = "district_admin", **changes: str) -> Any:
    fields = {
        "nonce": str(new_id()),
        "street": "110101014",
        "points": "60",
        "why": "fund/annual",
        "note": "",
        **changes,
    }
    return await door.call(role, "POST", "/admin/budgets", headers=HTML, data=fields)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_district_funds_and_takes_back_on_the_page_once_for_each_form(door: Door) -> None:
    await a_bounded_street(door)
    nonce = str(new_id())
    answers = [await send(door, nonce=nonce, note="年初<b>下达</b>") for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [
        "/admin/budgets?done=changed",
        "/admin/budgets?done=again",
    ]
    assert (await send(door, points="20", why="defund/unused")).status_code == 303
    page = (await door.call("district_admin", "GET", "/admin/budgets?done=again", headers=HTML)).text
    assert "没有再办" in page
    assert ("年度预算 · 年初&lt;b&gt;下达" in page, "用不完收回" in page, ">+60<" in page) == (True, True, True)
    audit = await (await door.database.reader()).fetch(
        "SELECT action, detail FROM kernel_audit WHERE action LIKE 'budgets.%' ORDER BY id"
    )
    assert {row["action"]: orjson.loads(row["detail"])["reason"] for row in audit} == {
        "budgets.fund": "annual",
        "budgets.defund": "unused",
    }
    shown = (await door.call("district_admin", "GET", "/admin/budgets?lang=en", headers=HTML)).text
    assert "Fund a budget or take back" in shown
    assert (
        'action="/admin/budgets"' not in (await door.call("street_admin", "GET", "/admin/budgets", headers=HTML)).text
    )
    assert (await send(door, role="street_admin")).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"points": "101"}, 409, "最多还能增加 100 分"),
        ({"points": "1.5"}, 400, "积分要填"),
        ({"points": "0"}, 400, "积分要填"),
        ({"points": "1", "why": "defund/unused"}, 409, "街道积分预算不足"),
        ({"why": "fund/unused"}, 400, "请选拨入或收回的原因"),
        ({"why": "fund/other"}, 400, "选“其他”时请写明原因"),
        ({"street": "110101099"}, 400, "请选街道"),
        ({"note": "x\x00"}, 400, "字符"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_wrong_is_said_beside_its_field_and_moves_nothing(
    door: Door, changes: dict[str, str], status: int, said: str
) -> None:
    await a_bounded_street(door)
    answer = await send(door, **changes)
    assert (answer.status_code, said in answer.text, 'aria-invalid="true"' in answer.text) == (status, True, True)
    assert await door.count("points_budget_move") == 0
