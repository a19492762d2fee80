"""Giving away on the steward's page and by the API, and the desk where two sign."""

from tests.api.door import Door

HTML = {"Accept": "text/html"}


async def test_a_steward_sees_the_balance_after_before_giving_and_gives_once(door: Door) -> None:
    await door.verified()
    page = await door.call("steward", "GET", "/me/donate", headers=HTML)
    assert "2027 年 12 月 31 日" in page.text
    form = {"nonce": "n-1", "points": "4", "purpose": "hardship"}
    too_many = await door.call("steward", "POST", "/me/donate", headers=HTML, data={**form, "points": "7"})
    assert (too_many.status_code, "1 到 6 之间" in too_many.text) == (400, True)
    preview = await door.call("steward", "POST", "/me/donate", headers=HTML, data={**form, "step": "preview"})
    assert "捐后还有 2 分可用" in preview.text
    assert await door.district.balance(door.district.zhao) == 6
    for _ in range(2):
        done = await door.call("steward", "POST", "/me/donate", headers=HTML, data={**form, "step": "confirm"})
        assert done.headers["location"] == "/me/inbox"
    assert await door.district.balance(door.district.zhao) == 2
    assert "谢谢您捐出 4 分" in (await door.call("steward", "GET", "/me/inbox", headers=HTML)).text
    assert "捐赠" in (await door.call("steward", "GET", "/me/statement", headers=HTML)).text


async def test_the_api_gives_away_only_ones_own(door: Door) -> None:
    await door.verified()
    path = f"/api/v1/stewards/{door.district.zhao}/donate"
    body = {"points": 2, "purpose": "greening"}
    assert (await door.call("other_steward", "POST", path, json=body)).status_code == 404
    assert (await door.call("street_admin", "POST", path, json=body)).status_code == 403
    given = await door.call("steward", "POST", path, json=body, key="k")
    assert (given.status_code, given.json()["balance_after"]) == (200, 4)
    assert (await door.call("steward", "POST", path, json=body, key="k")).content == given.content
    ending = (await door.call("street_admin", "GET", "/api/v1/points/expiring")).json()["data"]
    assert [(line["on"], line["points"], line["stewards"]) for line in ending] == [("2027-12-31", 4, 1)]


async def test_a_family_collects_at_the_desk(door: Door) -> None:
    await door.verified()
    sql = "UPDATE stewards_steward SET status = 'deceased', left_on = joined_on WHERE id = $1"
    await door.database.run(lambda tx: tx.execute(sql, door.district.zhao))
    form = {"steward": "0140001", "points": "5", "note": "女儿来领，米一袋"}
    desk = "/admin/collections"
    assert (await door.call("other_street_admin", "POST", desk, headers=HTML, data=form)).status_code == 400
    assert (await door.call("community_staff", "POST", desk, headers=HTML, data=form)).status_code == 303
    [taken] = (await door.call("street_admin", "GET", "/api/v1/points/collections")).json()["data"]
    own = await door.call("community_staff", "POST", f"{desk}/{taken['id']}/sign", headers=HTML)
    assert (own.status_code, "另一位工作人员签字" in own.text) == (403, True)
    assert (
        await door.call("other_street_admin", "POST", f"{desk}/{taken['id']}/sign", headers=HTML)
    ).status_code == 404
    assert (await door.call("street_admin", "POST", f"{desk}/{taken['id']}/sign", headers=HTML)).status_code == 303
    assert await door.district.balance(door.district.zhao) == 1
    assert "已领取" in (await door.call("street_admin", "GET", desk, headers=HTML)).text
