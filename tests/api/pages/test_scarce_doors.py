"""Draws, waiting lists and wishes on stewards' pages, and partners on theirs, without a browser."""

import re
from urllib.parse import urlencode

from kernel.clock import FixedClock
from tests.api.door import Door
from tests.api.pages.page_forms import form_of
from tests.api.pages.test_counter_doors import HTML, posted, shown
from tests.api.test_scarce import a_shop, later
from tests.api.things import a_draw, a_slot, an_item


async def test_a_steward_takes_part_withdraws_wins_and_sees_how_to_check_it(door: Door, clock: FixedClock) -> None:
    await a_shop(door)
    draw = await a_draw(door, places=1)
    path = f"/me/draws/{draw['id']}"
    assert path in await shown(door, "/me/draws", "steward")
    assert (await posted(door, f"{path}/apply", "steward"))[:2] == (303, path)
    assert (await posted(door, f"{path}/apply", "steward"))[0] == 303
    assert "您已报名" in await shown(door, path, "steward")
    assert (await posted(door, f"{path}/withdraw", "steward"))[0] == 303
    assert "我要报名" in await shown(door, path, "steward")
    for role in ("steward", "other_steward"):
        assert (await posted(door, f"{path}/apply", role))[0] == 303
    before = await door.count("points_transfer")
    await later(door, clock, days=3)
    pages = [await shown(door, path, role) for role in ("steward", "other_steward")]
    assert sorted("中签了" in page for page in pages) == [False, True]
    assert sorted("积分一分没动" in page for page in pages) == [False, True]
    seeds = {re.findall(r"<dt>种子</dt><dd class=\"num\">([0-9a-f]{64})", page)[0] for page in pages}
    assert len(seeds) == 1
    assert all("与公布的规则一致" in page for page in pages)
    assert await door.count("points_transfer") == before + 1  # the winner's hold
    status, _, text = await posted(door, f"{path}/apply", "steward")
    assert (status, "note--error" in text) == (409, True)
    assert path in await shown(door, "/me/draws?show=past", "steward")
    assert (await posted(door, "/me/draws/00000000-0000-7000-8000-000000000000/apply", "steward"))[0] == 404


async def test_a_steward_waits_in_line_takes_what_comes_in_once_and_leaves(door: Door, clock: FixedClock) -> None:
    await a_shop(door)
    item = await an_item(door, stock=1)
    stock = f"/api/v1/catalogue/items/{item}/stock"
    move = {"place": "LT01", "kind": "lost", "quantity": 1, "reason": "damaged"}
    assert (await door.call("street_admin", "POST", stock, json=move)).status_code == 200
    page = await shown(door, f"/me/redeem/{item}", "other_steward")
    fields = {**form_of(page, "/me/waiting"), "step": "join"}
    for role in ("other_steward", "steward", "steward"):
        assert (await posted(door, "/me/waiting", role, **fields))[:2] == (303, "/me/waiting?joined=1")
    assert "前面还有 1 人" in await shown(door, "/me/waiting", "steward")
    assert "您已在候补" in await shown(door, f"/me/redeem/{item}", "steward")
    assert (await posted(door, "/me/waiting", "other_steward", **{**fields, "step": "leave"}))[0] == 303
    assert "您排在最前面" in await shown(door, "/me/waiting", "steward")
    status, _, text = await posted(door, "/me/waiting", "other_steward", **{**fields, "step": "leave"})
    assert (status, "没有候补" in text) == (409, True)
    move = {"place": "LT01", "kind": "received", "quantity": 1, "reason": "delivery"}
    assert (await door.call("street_admin", "POST", stock, json=move)).status_code == 200
    await later(door, clock, minutes=2)
    page = await shown(door, "/me/waiting", "steward")
    take = re.findall(r'action="(/me/waiting/[0-9a-f-]+/take)"', page)[0]
    offer = form_of(page, take)
    assert (await posted(door, take, "other_steward", **offer))[0] == 404
    first, second = [await posted(door, take, "steward", **offer) for _ in range(2)]
    assert (first[0], second[:2]) == (303, (303, "/me/orders"))
    assert "placed=1" in first[1]
    assert await door.count("rewards_order") == 1
    assert (await posted(door, "/me/waiting", "steward", item="x", place="y", step="join"))[0] == 404


async def test_wishes_are_proposed_once_and_supported_with_one_vote(door: Door) -> None:
    page = await shown(door, "/me/wishes", "steward")
    fields = {**form_of(page, "/me/wishes"), "title": "修自行车"}
    for _ in range(2):
        assert (await posted(door, "/me/wishes", "steward", **fields))[:2] == (303, "/me/wishes?said=1")
    assert await door.count("rewards_item_wish") == 1
    page = await shown(door, "/me/wishes", "other_steward")
    vote = re.findall(r'action="(/me/wishes/[0-9a-f-]+/vote)"', page)[0]
    for _ in range(2):
        assert (await posted(door, vote, "other_steward", support="1"))[:2] == (303, "/me/wishes")
    assert "2 人支持" in await shown(door, "/me/wishes", "steward")
    assert (await posted(door, vote, "other_steward", support="0"))[0] == 303
    assert "1 人支持" in await shown(door, "/me/wishes", "steward")
    status, _, text = await posted(door, "/me/wishes", "other_steward", title="修自行车")
    assert (status, 'id="title-error"' in text) == (409, True)
    assert form_of(text, "/me/wishes")["title"] == "修自行车"
    assert (await posted(door, "/me/wishes", "steward", title=""))[0] == 400


async def test_a_partner_confirms_its_own_items_by_code_and_reads_its_own_sheet(door: Door) -> None:
    await a_shop(door)
    cut = await an_item(door, name="理发", kind="service", partner="lixian")
    towel = await an_item(door, name="毛巾")
    body = {"place": "LT01", "lines": [{"item": cut}, {"item": towel}]}
    placed = (await door.call("steward", "POST", "/api/v1/redemptions", json=body)).json()
    code = placed["code"]["digits"]
    status, _, found = await posted(door, "/partner", "partner", code=code)
    assert (status, "理发" in found, "毛巾" in found, "赵" in found) == (200, True, False, False)
    form = {**form_of(found, "/partner"), "step": "confirm"}
    for _ in range(2):
        status, there, _ = await posted(door, "/partner", "partner", **form)
        assert (status, there.startswith("/partner")) == (303, True)
    page = await shown(door, "/partner", "partner")
    assert placed["number"] in page
    status, _, text = await posted(door, "/partner", "partner", code=code)
    assert (status, "没有确认" in text) == (409, True)
    other = await door.call("steward", "POST", "/api/v1/redemptions", json={**body, "lines": [{"item": towel}]})
    assert (await posted(door, "/partner", "partner", code=other.json()["code"]["digits"]))[0] == 409
    assert (await posted(door, "/partner", "street_admin", code=code))[0] == 403
    assert (await posted(door, "/partner", "partner", code=""))[0] == 400


async def test_a_partners_token_is_shown_once_opens_its_page_and_ends_with_a_click(door: Door) -> None:
    saved = await posted(door, "/admin/partners", "district_admin", code="wanfu", name="万福示例店")
    assert saved[:2] == (303, "/admin/partners")
    page = await shown(door, "/admin/partners", "district_admin")
    issue = re.findall(r'action="(/admin/partners/[0-9a-f-]+/keys)"', page)[-1]
    assert (await posted(door, issue, "district_admin", label=""))[0] == 400
    status, _, issued = await posted(door, issue, "district_admin", label="收银台")
    assert status == 200
    secret = re.findall(r'id="secret">([^<]+)<', issued)[0]
    assert secret not in await shown(door, "/admin/partners", "district_admin")
    wrong = await door.call(None, "POST", "/sign-in", headers=HTML, content=urlencode({"as": "partner", "secret": "x"}))
    assert wrong.status_code == 401
    steward = urlencode({"as": "partner", "secret": door.tokens["steward"]})
    assert (await door.call(None, "POST", "/sign-in", headers=HTML, content=steward)).status_code == 401
    entered = await door.call(
        None, "POST", "/sign-in", headers=HTML, content=urlencode({"as": "partner", "secret": secret})
    )
    assert (entered.status_code, entered.headers["location"]) == (303, "/partner")
    cookie = {"Cookie": entered.headers["set-cookie"].split(";")[0], "Accept": "text/html"}
    assert (await door.call(None, "GET", "/partner", headers=cookie)).status_code == 200
    assert (await door.call(None, "GET", "/admin/cases", headers=cookie)).status_code == 403
    assert (await posted(door, issue, "street_admin", label="收银台"))[0] == 403
    page = await shown(door, "/admin/partners", "district_admin")
    revoke = next(each for each in re.findall(r'action="([^"]+/revoke)"', page) if issue in each)
    assert (await posted(door, revoke, "district_admin"))[0] == 303
    assert (await door.call(None, "GET", "/partner", headers=cookie)).status_code == 303
    assert (await posted(door, revoke.replace(issue[16:52], "0" * 36), "district_admin"))[0] == 404


async def test_a_steward_comes_at_another_half_day(door: Door) -> None:
    await a_shop(door)
    service = await an_item(door, name="理发", kind="service")
    first, second = await a_slot(door, service), await a_slot(door, service, half="pm")
    body = {"place": "LT01", "lines": [{"item": service, "slot": first}]}
    placed = (await door.call("steward", "POST", "/api/v1/redemptions", json=body)).json()
    path = f"/me/orders/{placed['id']}"
    page = await shown(door, path, "steward")
    assert (first in page, second in page) == (False, True)
    fields = form_of(page, f"{path}/move")
    assert (await posted(door, f"{path}/move", "steward", **fields))[0] == 400
    assert (await posted(door, f"{path}/move", "other_steward", **{**fields, "slot": second}))[0] == 404
    assert (await posted(door, f"{path}/move", "steward", **{**fields, "slot": second}))[:2] == (303, path)
    assert "下午</strong>" in await shown(door, path, "steward")
    booked = (await door.call("street_admin", "GET", f"/api/v1/slots?item={service}&place=LT01")).json()["data"]
    assert [slot["booked"] for slot in booked] == [0, 1]
