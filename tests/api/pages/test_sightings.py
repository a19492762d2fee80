"""A resident says what is wrong in a lane without an account, and the same browser reads what became of it."""

import re

from tests.api.door import ZHAO_LANE, Door
from tests.api.pages.test_stories import HTML, a_picture

FORM = f"/lanes/{ZHAO_LANE}/report"


async def test_a_resident_reports_and_reads_what_became_of_it(door: Door) -> None:
    form = (await door.call(None, "GET", FORM, headers=HTML)).text
    for number in ("110", "119", "120", "12345"):
        assert f'href="tel:{number}"' in form
    lane = (await door.call(None, "GET", f"/lanes/{ZHAO_LANE}", headers=HTML)).text
    assert f'href="{FORM}"' in lane
    said = {"text": "路灯不亮 <img onerror=alert(1)>", "contact": "000-0000-0001", "contact_agreed": "1"}
    picture = {"picture": ("a.png", a_picture(), "image/png")}
    sent = await door.call(None, "POST", FORM, headers=HTML, data=said, files=picture)
    assert sent.headers["location"] == f"{FORM}?sent=1", sent.text
    cookie = sent.headers["set-cookie"]
    assert "HttpOnly" in cookie
    mine = {**HTML, "Cookie": cookie.split(";")[0]}
    assert "F2611230001" in (await door.call(None, "GET", f"{FORM}?sent=1", headers=mine)).text
    door.client.cookies.clear()
    assert "F2611230001" not in (await door.call(None, "GET", FORM, headers=HTML)).text
    desk = (await door.call("lane_chief", "GET", "/admin/sightings", headers=HTML)).text
    assert "路灯不亮 &lt;img onerror" in desk
    assert "000-0000-0001" in desk
    [address] = re.findall(r'href="(/api/v1/sightings/[^"]+/picture)"', desk)
    assert (await door.call("street_admin", "GET", address)).headers["content-type"] == "image/jpeg"
    [take] = re.findall(r'action="(/admin/sightings/[^"]+/take)"', desk)
    foreign = await door.call("other_street_admin", "POST", take, headers=HTML, data={"category": "light_noise"})
    assert foreign.status_code == 404
    nothing = await door.call("street_admin", "POST", take, headers=HTML, data={})
    assert (nothing.status_code, "请选一个类别" in nothing.text) == (400, True)
    taken = await door.call("street_admin", "POST", take, headers=HTML, data={"category": "light_noise"})
    assert taken.headers["location"].startswith("/admin/cases?open="), taken.text
    again = await door.call("street_admin", "POST", take, headers=HTML, data={"category": "light_noise"})
    assert (again.status_code, "已经有人处理过" in again.text) == (409, True)
    page = (await door.call(None, "GET", FORM, headers=mine)).text
    assert "待核实" in page
    assert "孙样本" not in page


async def test_a_form_with_faults_keeps_the_words_and_says_where(door: Door) -> None:
    for wrong, words in (
        ({"text": ""}, "请写明看到了什么"),
        ({"text": "灯坏了", "contact": "000-0000-0001"}, "请勾选同意"),
        ({"text": "灯" * 501}, "最多 500 个字"),
    ):
        answer = await door.call(None, "POST", FORM, headers=HTML, data=wrong)
        assert (answer.status_code, words in answer.text) == (400, True), answer.text
    no_picture = {"picture": ("a.txt", b"text", "text/plain")}
    answer = await door.call(None, "POST", FORM, headers=HTML, data={"text": "灯坏了"}, files=no_picture)
    assert (answer.status_code, "只收 JPEG" in answer.text, "灯坏了" in answer.text) == (400, True, True)
    assert (await door.call(None, "POST", "/lanes/none/report", headers=HTML, data={"text": "灯"})).status_code == 404
    assert await door.count("cases_sighting") == 0


async def test_one_network_reports_five_times_a_day(door: Door) -> None:
    for _ in range(5):
        assert (await door.call(None, "POST", FORM, headers=HTML, data={"text": "灯"})).status_code == 303
    more = await door.call(None, "POST", FORM, headers=HTML, data={"text": "灯"})
    assert (more.status_code, "12345" in more.text) == (429, True)
    assert int(more.headers["retry-after"]) > 0


async def test_staff_decide_over_the_api(door: Door) -> None:
    for text in ("路灯不亮", "井盖松动"):
        await door.call(None, "POST", FORM, headers=HTML, data={"text": text})
    first, second = (await door.call("community_staff", "GET", "/api/v1/sightings")).json()["data"]
    path = f"/api/v1/sightings/{first['id']}"
    body = {"category": "light_noise", "description": "西口路灯不亮"}
    taken = await door.call("street_admin", "POST", f"{path}/take", json=body, key="take-1")
    assert (taken.status_code, taken.json()["state"]) == (200, "taken"), taken.text
    again = await door.call("street_admin", "POST", f"{path}/take", json=body, key="take-1")
    assert again.content == taken.content
    shown = await door.call("lane_chief", "GET", f"/api/v1/cases/{taken.json()['case']['id']}")
    assert "西口路灯不亮" in shown.text
    assert '"resident"' in shown.text
    aside = await door.call(
        "lane_chief", "POST", f"/api/v1/sightings/{second['id']}/aside", json={"reason": "call_12345"}
    )
    assert aside.json()["state"] == "set_aside"
    assert (await door.call("street_admin", "GET", "/api/v1/sightings")).json()["data"] == []
    assert (await door.call("street_admin", "GET", f"{path}/picture")).status_code == 404
