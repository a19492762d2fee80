"""The counter without a browser: orders made ready, handed over, cancelled and refunded, each once."""

import re
from typing import Any
from urllib.parse import urlencode

from api.code_tries import CODE_TRIES
from tests.api.door import Door
from tests.api.test_scarce import a_shop
from tests.api.things import an_item, an_order

HTML = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


async def posted(door: Door, path: str, role: str = "street_admin", **fields: str) -> tuple[int, str, str]:
    answer = await door.call(role, "POST", path, headers=HTML, content=urlencode(fields))
    return answer.status_code, answer.headers.get("location", ""), answer.text


async def shown(door: Door, path: str, role: str = "street_admin") -> str:
    answer = await door.call(role, "GET", path, headers=HTML)
    assert answer.status_code == 200, path
    return answer.text


def hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[-1]


async def an_open_order(door: Door) -> dict[str, Any]:
    await a_shop(door)
    return await an_order(door)


async def test_the_queue_makes_ready_with_one_click_and_keeps_its_filters(door: Door) -> None:
    order = await an_open_order(door)
    queue = await shown(door, "/admin/orders?q=zsl")
    assert order["number"] in queue
    assert order["number"] not in await shown(door, "/admin/orders?q=nobody")
    assert order["number"] not in await shown(door, "/admin/orders", "other_street_admin")
    path = f"/admin/orders/{order['id']}"
    status, there, _ = await posted(door, f"{path}/ready", queue="1", back="q=zsl")
    assert (status, there) == (303, f"/admin/orders?q=zsl&done={order['number']}")
    assert "可领取" in await shown(door, there)
    status, _, text = await posted(door, f"{path}/ready", queue="1", back="q=zsl")
    assert (status, "note--error" in text) == (409, True)


async def test_a_foreign_order_is_as_if_there_were_none(door: Door) -> None:
    order = await an_open_order(door)
    path = f"/admin/orders/{order['id']}"
    assert (await door.call("other_street_admin", "GET", path, headers=HTML)).status_code == 404
    for step in ("ready", "cancel", "refund"):
        assert (await posted(door, f"{path}/{step}", "other_street_admin", q1="1"))[0] == 404
        assert (await posted(door, f"{path}/{step}", "steward", q1="1"))[0] == 403
    assert (await posted(door, f"{path}/refund", "community_staff", q1="1"))[0] == 403


async def test_a_code_shows_first_hands_over_once_and_is_named_as_used_after(door: Door) -> None:
    order = await an_open_order(door)
    code = order["code"]["digits"]
    status, _, found = await posted(door, "/admin/collect", code=code, step="look")
    assert (status, order["number"] in found) == (200, True)
    assert await door.count("rewards_order_event") == 1
    form = {name: hidden(found, name) for name in ("code", "seen", "nonce", "order")}
    status, there, _ = await posted(door, "/admin/collect", **form, q1="1", step="confirm")
    assert (status, there) == (303, f"/admin/collect?done={order['id']}")
    assert "已经发给" in await shown(door, there)
    # Pressed twice it is one hand-over, and the code does nothing more.
    assert (await posted(door, "/admin/collect", **form, q1="1", step="confirm"))[0] == 303
    status, _, text = await posted(door, "/admin/collect", code=code, step="look")
    assert status == 409
    assert "这个码用过了" in text
    assert order["number"] in text
    assert await door.count("rewards_order_event") == 2


async def test_wrong_and_foreign_codes_change_nothing(door: Door) -> None:
    order = await an_open_order(door)
    for role, code, status in (
        ("street_admin", "", 400),
        ("street_admin", "1234", 400),
        ("street_admin", "00000000", 409),
        ("other_street_admin", order["code"]["digits"], 409),
        ("other_street_admin", order["code"]["qr"], 409),
    ):
        answered, _, text = await posted(door, "/admin/collect", role, code=code, step="look")
        assert (answered, "什么也没有变" in text) == (status, True), (role, code)
        assert order["number"] not in text.replace(code or "-", "")
    form = {"code": "00000000", "order": order["id"], "q1": "1", "step": "confirm"}
    assert (await posted(door, "/admin/collect", **form))[0] == 409
    assert (await posted(door, "/admin/collect", **{**form, "q1": "many"}))[0] == 400
    form["code"] = order["code"]["digits"]
    status, _, text = await posted(door, "/admin/collect", **form, collector="other")
    assert (status, "没有同意代领" in text) == (409, True)
    assert await door.count("rewards_order_event") == 1


async def test_tries_at_codes_end_for_pages_as_for_the_api(door: Door) -> None:
    await a_shop(door)
    for _ in range(CODE_TRIES):
        assert (await posted(door, "/admin/collect", code="00000000", step="look"))[0] == 409
    status, _, text = await posted(door, "/admin/collect", code="00000001", step="look")
    assert (status, "试的次数太多了" in text) == (429, True)


async def test_what_is_collected_in_part_is_cancelled_and_refunded_by_quantity_once(door: Door) -> None:
    await a_shop(door)
    body = {"place": "LT01", "lines": [{"item": await an_item(door), "quantity": 2}]}
    placed = await door.call("steward", "POST", "/api/v1/redemptions", json=body)
    assert placed.status_code == 201, placed.text
    order = placed.json()
    path = f"/admin/orders/{order['id']}"
    found = (await posted(door, "/admin/collect", code=order["code"]["digits"], step="look"))[2]
    form = {name: hidden(found, name) for name in ("code", "seen", "nonce", "order")}
    assert (await posted(door, "/admin/collect", **form, q1="1", step="confirm"))[0] == 303
    page = await shown(door, path)
    assert "部分领取" in page
    refund, cancel = hidden(page, "nonce"), re.findall(r'name="nonce" value="([^"]*)"', page)[0]
    for _ in range(2):
        asked = {"nonce": refund, "q1": "1", "reason": "faulty", "restock": "1"}
        assert (await posted(door, f"{path}/refund", **asked))[:2] == (303, f"{path}?done=refund")
    assert "有质量问题" in await shown(door, f"{path}?done=refund")
    status, _, text = await posted(door, f"{path}/refund", q1="2", reason="faulty")
    assert (status, "note--error" in text) == (409, True)
    assert (await posted(door, f"{path}/cancel", nonce=cancel, q1="0", reason="closed"))[0] == 400
    assert (await posted(door, f"{path}/cancel", nonce=cancel, q1="1", reason="closed"))[0] == 303
    assert "已退还" in await shown(door, path)
    assert await door.count("rewards_order_event") == 4


async def test_a_count_sheet_and_a_delivery_are_recorded_once_with_their_reasons(door: Door) -> None:
    await a_shop(door)
    soap, rice = await an_item(door, low_stock=5), await an_item(door, stock=3)
    page = await shown(door, "/admin/stock")
    assert "快没有了" in page
    assert "快没有了" in await shown(door, "/admin/stock?place=LT01&low=1")
    count, move = re.findall(r'name="nonce" value="([^"]*)"', page)
    sheet = {"place": "LT01", "nonce": count, f"c-{soap}": "4", f"c-{rice}": ""}
    for _ in range(2):
        assert (await posted(door, "/admin/stock/count", **sheet))[:2] == (303, "/admin/stock?place=LT01&done=count")
    came = {"place": "LT01", "nonce": move, "item": rice, "what": "received:delivery", "quantity": "10"}
    for _ in range(2):
        assert (await posted(door, "/admin/stock", **came))[:2] == (303, "/admin/stock?place=LT01&done=move")
    moves = await shown(door, f"/admin/stock/{rice}")
    assert moves.count("<small>到货</small>") == 2
    assert "13" in moves
    assert await door.count("rewards_stock_move") == 4


async def test_stock_that_cannot_be_is_refused_beside_its_field(door: Door) -> None:
    await a_shop(door)
    order = await an_order(door)
    item = order["lines"][0]["item_id"]
    before = await door.count("rewards_stock_move")
    fits = {"place": "LT01", "item": item, "what": "lost:damaged", "quantity": "1"}
    for wrong, status, field in (
        ({"quantity": "-1"}, 400, "quantity"),
        ({"quantity": "999"}, 409, "quantity"),
        ({"item": ""}, 400, "item"),
        ({"what": "counted:count"}, 400, "what"),
    ):
        answered, _, text = await posted(door, "/admin/stock", **{**fits, **wrong})
        assert (answered, f'href="#{field}"' in text) == (status, True), wrong
    for counted, status in (("0", 409), ("many", 400)):
        answered, _, text = await posted(door, "/admin/stock/count", place="LT01", **{f"c-{item}": counted})
        assert (answered, f'href="#c-{item}"' in text) == (status, True)
        assert f'value="{counted}"' in text
    assert (await posted(door, "/admin/stock/count", place="LT01"))[0] == 400
    assert (await posted(door, "/admin/stock", "other_street_admin", **fits))[0] == 404
    assert (await door.call("other_street_admin", "GET", "/admin/stock?place=LT01", headers=HTML)).status_code == 404
    assert await door.count("rewards_stock_move") == before
