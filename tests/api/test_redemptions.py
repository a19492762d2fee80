"""The catalogue, stock and orders through the doors: what each role may do, what is refused and how."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from points.verifying import verify_points
from rewards.verifying import verify_rewards
from tests.api.door import Door
from tests.api.routes import UNKNOWN
from tests.api.things import a_counter, a_picture, an_item

ITEMS = "/api/v1/catalogue/items"


async def sound(door: Door) -> None:
    assert await door.database.snapshot(verify_points) == []
    assert await door.database.snapshot(verify_rewards) == []


async def points_for_zhao(door: Door, cases: int = 3) -> None:
    for _ in range(cases):
        await door.verified()


async def order(door: Door, *items: str, role: str = "steward", **body: Any) -> Any:
    wanted = {"place": "LT01", "lines": [{"item": item} for item in items], **body}
    return await door.call(role, "POST", "/api/v1/redemptions", json=wanted)


async def test_a_steward_orders_shows_the_code_and_the_clerk_hands_over(one_point_door: Door) -> None:
    door = one_point_door
    await points_for_zhao(door)
    await a_counter(door)
    towel = await an_item(door, name="毛巾", name_en="Towel")
    listed = (await door.call("steward", "GET", ITEMS)).json()["data"]
    assert [(item["id"], item["affordable"]["now"]) for item in listed] == [(towel, True)]
    placed = (await order(door, towel)).json()
    assert (placed["points"], placed["balance_after"], placed["state"]) == (1, 2, "reserved")
    path = f"/api/v1/redemptions/{placed['id']}"
    shown = (await door.call("steward", "GET", path)).json()
    assert shown["order"]["code"] == placed["code"]
    assert placed["code"]["qr"] == f"JP1/{placed['number']}/{placed['code']['digits']}"
    for_clerk = (await door.call("street_admin", "GET", path)).json()
    assert for_clerk["order"]["code"] is None
    assert (await door.call("street_admin", "POST", f"{path}/ready")).json()["state"] == "ready"
    scanned = {"code": placed["code"]["qr"]}
    handed = await door.call("street_admin", "POST", "/api/v1/redemptions/collect", json=scanned)
    assert (handed.status_code, handed.json()["state"], handed.json()["points"]) == (200, "collected", 1)
    again = await door.call("street_admin", "POST", "/api/v1/redemptions/collect", json=scanned)
    assert (again.status_code, again.json()["code"]) == (409, "code_wrong")
    history = (await door.call("steward", "GET", path)).json()["history"]
    assert [event["action"] for event in history] == ["reserve", "ready", "collect"]
    await sound(door)


async def test_prices_and_edits_go_by_the_version_that_was_read(door: Door) -> None:
    await a_counter(door)
    towel = await an_item(door)
    shown = await door.call("district_admin", "GET", f"{ITEMS}/{towel}")
    etag = {"If-Match": shown.headers["etag"]}
    edited = await door.call(
        "district_admin", "PATCH", f"{ITEMS}/{towel}", json={"desk_quota": 2, "tags": ["日用"]}, headers=etag
    )
    assert (edited.status_code, edited.json()["changed"]) == (200, ["desk_quota", "tags"])
    stale = await door.call("district_admin", "PATCH", f"{ITEMS}/{towel}", json={"low_stock": 2}, headers=etag)
    assert (stale.status_code, stale.json()["code"]) == (412, "item_changed")
    missing = await door.call("district_admin", "PATCH", f"{ITEMS}/{towel}", json={"low_stock": 2})
    assert missing.status_code == 428
    street = await door.call(
        "street_admin", "PATCH", f"{ITEMS}/{towel}", json={"low_stock": 2}, headers={"If-Match": "*"}
    )
    assert (street.status_code, street.json()["code"]) == (403, "not_allowed")
    own = await door.call(
        "street_admin",
        "POST",
        ITEMS,
        json={"code": "LT-1", "kind": "goods", "name": "香皂", "price": 5, "streets": ["110101014"]},
    )
    assert own.status_code == 201
    later = {"points": 6, "effective_from": "2026-12-01T00:00:00+08:00"}
    priced = await door.call("street_admin", "POST", f"{ITEMS}/{own.json()['id']}/prices", json=later)
    assert priced.status_code == 201
    past = {"points": 6, "effective_from": "2020-01-01T00:00:00+08:00"}
    refused = await door.call("street_admin", "POST", f"{ITEMS}/{own.json()['id']}/prices", json=past)
    assert (refused.status_code, refused.json()["code"]) == (400, "price_in_the_past")
    prices = (await door.call("steward", "GET", f"{ITEMS}/{own.json()['id']}/prices")).json()["data"]
    assert sorted(price["points"] for price in prices) == [5, 6]


async def test_pictures_are_made_small_and_lose_where_they_were_taken(door: Door) -> None:
    await a_counter(door)
    towel = await an_item(door, stock=0)
    files = {"file": ("a.png", a_picture(), "image/png")}
    saved = await door.call("district_admin", "POST", f"{ITEMS}/{towel}/picture", files=files)
    assert (saved.status_code, saved.json()["changed"]) == (200, ["picture_id"])
    shown = await door.call("steward", "GET", f"{ITEMS}/{towel}/picture")
    assert shown.headers["content-type"] == "image/jpeg"
    assert not Image.open(io.BytesIO(shown.content)).getexif()
    none = await door.call("steward", "GET", f"{ITEMS}/{UNKNOWN}/picture")
    assert none.status_code == 404


@pytest.mark.parametrize("quantity", [-1, 0, 10**9, 10**30, 1.5, "1", True, None])
async def test_a_quantity_that_is_none_is_refused_clearly_and_changes_nothing(
    one_point_door: Door, quantity: Any
) -> None:
    door = one_point_door
    await points_for_zhao(door, 1)
    await a_counter(door)
    towel = await an_item(door)
    tables = ("rewards_order", "rewards_stock_move", "points_operation")
    before = [await door.count(table) for table in tables]
    lines = [{"item": towel, "quantity": quantity}]
    placed = await order(door, towel, lines=lines)
    assert placed.status_code == 400, placed.text
    assert placed.json()["errors"][0]["pointer"] == "/lines/0/quantity"
    move = {"place": "LT01", "kind": "received", "quantity": quantity, "reason": "delivery"}
    moved = await door.call("street_admin", "POST", f"{ITEMS}/{towel}/stock", json=move)
    assert moved.status_code == 400, moved.text
    assert moved.json()["errors"][0]["pointer"] == "/quantity"
    assert [await door.count(table) for table in tables] == before


async def test_a_repeated_key_has_one_effect_and_the_same_answer(one_point_door: Door) -> None:
    door = one_point_door
    await points_for_zhao(door)
    await a_counter(door)
    towel = await an_item(door)
    body = {"place": "LT01", "lines": [{"item": towel}]}
    answers = await asyncio.gather(
        *(door.call("steward", "POST", "/api/v1/redemptions", json=body, key="once") for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await door.count("rewards_order") == 1
    placed = answers[0].json()
    cancels = await asyncio.gather(
        *(door.call("steward", "POST", f"/api/v1/redemptions/{placed['id']}/cancel", key="stop") for _ in range(5))
    )
    assert {answer.status_code for answer in cancels} == {200}
    await sound(door)


async def test_refusals_say_what_is_missing_in_both_languages(one_point_door: Door) -> None:
    door = one_point_door
    await points_for_zhao(door, 1)
    await a_counter(door)
    dear = await an_item(door, price=9)
    watch = await an_item(door, gates={"lifetime_points": 40})
    few = await an_item(door, stock=1)
    one = await an_item(door, limit_count=1, limit_period="month")
    short = (await order(door, dear)).json()
    assert (short["code"], "9" in short["detail"], "1" in short["detail"]) == ("not_enough_points", True, True)
    gated = (await order(door, watch)).json()
    assert gated["code"] == "not_eligible"
    assert {name: gated["missing"][0][name] for name in ("needed", "have", "more")} == {
        "needed": 40,
        "have": 1,
        "more": 39,
    }
    two = [{"item": few, "quantity": 2}]
    assert (await order(door, few, lines=two)).json()["code"] == "out_of_stock"
    assert (await order(door, one, lines=[{"item": one, "quantity": 2}])).json()["code"] == "limit_reached"
    english = await door.call(
        "steward",
        "POST",
        "/api/v1/redemptions",
        json={"place": "LT01", "lines": [{"item": watch}]},
        headers={"Accept-Language": "en"},
    )
    assert english.json()["missing"][0]["detail"] == "lifetime points needs 40, now 1, 39 to go"
    foreign = await order(door, UNKNOWN)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_item")
    assert await door.count("rewards_order") == 0
    await sound(door)


async def test_the_count_sheet_corrects_what_is_there_and_names_what_runs_low(door: Door) -> None:
    await a_counter(door)
    towel = await an_item(door, stock=9, low_stock=3)
    soap = await an_item(door, stock=5)
    sheet = {"place": "LT01", "lines": [{"item": towel, "quantity": 2}, {"item": UNKNOWN, "quantity": 1}]}
    counted = await door.call("community_staff", "POST", "/api/v1/catalogue/stock/count", json=sheet)
    assert {row["status"] for row in counted.json()["data"]} == {400}  # a street's counter is not a community's
    counted = await door.call("street_admin", "POST", "/api/v1/catalogue/stock/count", json=sheet)
    assert [row["status"] for row in counted.json()["data"]] == [200, 404]
    assert counted.json()["data"][0]["stock"]["low"] is True
    low = (await door.call("street_admin", "GET", "/api/v1/catalogue/stock?low=true")).json()["data"]
    assert [line["item_id"] for line in low] == [towel]
    assert len((await door.call("street_admin", "GET", "/api/v1/catalogue/stock")).json()["data"]) == 2
    assert (await door.call("other_street_admin", "GET", "/api/v1/catalogue/stock")).json()["data"] == []
    moves = (await door.call("street_admin", "GET", f"{ITEMS}/{towel}/stock")).json()["data"]
    assert [(move["kind"], move["available_change"]) for move in moves] == [("counted", -7), ("received", 9)]
    assert (await door.call("other_street_admin", "GET", f"{ITEMS}/{soap}/stock")).json()["data"] == []
    await sound(door)


async def test_a_clerk_orders_at_the_desk_and_refunds_by_quantity(one_point_door: Door) -> None:
    door = one_point_door
    await points_for_zhao(door)
    await a_counter(door)
    towel = await an_item(door, desk_quota=5)
    assert (await order(door, towel)).json()["code"] == "out_of_stock"  # the rest is for the desk
    zhao = str(door.district.zhao)
    lines = [{"item": towel, "quantity": 2}]
    placed = (await order(door, towel, role="street_admin", steward=zhao, lines=lines)).json()
    path = f"/api/v1/redemptions/{placed['id']}"
    body = {"code": placed["code"]["spoken"], "lines": [{"number": 1, "quantity": 1}]}
    part = await door.call("street_admin", "POST", f"{path}/collect", json=body)
    assert part.json()["state"] == "partly"
    refund = {"reason": "faulty", "restock": True, "lines": [{"number": 1, "quantity": 1}]}
    refused = await door.call("community_staff", "POST", f"{path}/refund", json=refund)
    assert refused.status_code == 403
    given = await door.call("street_admin", "POST", f"{path}/refund", json=refund)
    assert (given.status_code, given.json()["points"]) == (200, 1)
    own = (await door.call("steward", "GET", "/api/v1/redemptions?state=partly")).json()["data"]
    assert [one["id"] for one in own] == [placed["id"]]
    assert (await door.call("other_steward", "GET", "/api/v1/redemptions")).json()["data"] == []
    found = (await door.call("street_admin", "GET", "/api/v1/redemptions?q=0140001")).json()["data"]
    assert [one["id"] for one in found] == [placed["id"]]
    await sound(door)


async def test_codes_cannot_be_found_by_asking_for_all_of_them(one_point_door: Door) -> None:
    door = one_point_door
    await a_counter(door)
    answers = [
        await door.call("street_admin", "POST", "/api/v1/redemptions/collect", json={"code": f"{number:08}"})
        for number in range(61)
    ]
    assert {answer.status_code for answer in answers[:60]} == {409}
    assert answers[60].status_code == 429
