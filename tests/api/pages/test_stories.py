"""The wall, stories, thanks and the feed: what is consented to and nothing else, gone at once when it is withdrawn."""

import io
import re
from xml.etree import ElementTree as ET

from PIL import Image

from tests.api.door import Door
from tests.api.test_credentials import a_title

HTML = {"Accept": "text/html"}
FORM = {"title": "雨天守坑", "text": "守了一小时 <b>", "street": "110101014", "steward": "0140001"}


async def consent(door: Door, field: str, *, granted: bool = True) -> None:
    path = f"/api/v1/stewards/{door.district.zhao}/consents"
    answer = await door.call("street_admin", "POST", path, json={"field": field, "granted": granted})
    assert answer.status_code == 200, answer.text


async def number_of(door: Door) -> str:
    shown = await door.call("street_admin", "GET", f"/api/v1/stewards/{door.district.zhao}")
    return str(shown.json()["number"])


def a_picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(out, "PNG")
    out.seek(0)
    return out


async def test_a_story_with_a_picture_is_gone_everywhere_at_once_when_consent_is_withdrawn(door: Door) -> None:
    form = {**FORM, "steward": await number_of(door)}
    refused = await door.call("street_admin", "POST", "/admin/stories", headers=HTML, data=form)
    assert refused.status_code == 409
    assert "还没有同意讲自己的故事" in refused.text
    for field in ("story", "photo"):
        await consent(door, field)
    picture = {"picture": ("a.png", a_picture(), "image/png")}
    told = await door.call("street_admin", "POST", "/admin/stories", headers=HTML, data=form, files=picture)
    assert told.headers["location"] == "/admin/stories", told.text
    page = (await door.call(None, "GET", "/stories", headers=HTML)).text
    assert "守了一小时 &lt;b&gt;" in page
    assert "赵示例" not in page
    [address] = re.findall(r'src="(/stories/[^"]+/picture)"', page)
    shown = await door.call(None, "GET", address)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    feed = ET.fromstring((await door.call(None, "GET", "/stories/feed.atom")).content)
    assert [entry.text for entry in feed.iter("{http://www.w3.org/2005/Atom}content")] == ["守了一小时 <b>"]
    hall = "/display/points/board?street=110101014"
    assert "雨天守坑" in (await door.call(None, "GET", hall)).text
    await consent(door, "photo", granted=False)
    assert (await door.call(None, "GET", address)).status_code == 404
    assert "雨天守坑" in (await door.call(None, "GET", "/stories", headers=HTML)).text
    await consent(door, "story", granted=False)
    for path in ("/stories", "/stories/feed.atom", hall, "/api/v1/stories"):
        role = "steward" if path.startswith("/api") else None
        assert "雨天守坑" not in (await door.call(role, "GET", path)).text, path


async def test_a_resident_thanks_a_steward_and_staff_let_it_be_seen(door: Door) -> None:
    lane = "/lanes/014-02-01/thanks"
    assert "没有开通居民感谢" in (await door.call(None, "GET", lane, headers=HTML)).text
    await consent(door, "thanks")
    steward = str(door.district.zhao)
    form = {"steward": steward, "text": "谢谢您帮忙搬花", "signed": "邻居"}
    for wrong in ({**form, "text": ""}, {**form, "steward": "nobody"}, {**form, "steward": str(door.district.qian)}):
        assert (await door.call(None, "POST", lane, headers=HTML, data=wrong)).status_code == 422
    for _ in range(3):
        sent = await door.call(None, "POST", lane, headers=HTML, data=form)
        assert sent.headers["location"] == f"{lane}?sent=1"
    assert (await door.call(None, "POST", lane, headers=HTML, data=form)).status_code == 429
    assert "谢谢您帮忙搬花" not in (await door.call(None, "GET", "/stories", headers=HTML)).text
    desk = (await door.call("street_admin", "GET", "/admin/stories", headers=HTML)).text
    first, second, _ = re.findall(r'action="(/admin/thanks/[^"]+)"', desk)
    foreign = await door.call("other_street_admin", "POST", first, headers=HTML, data={"decision": "publish"})
    assert foreign.status_code == 404
    await door.call("community_staff", "POST", first, headers=HTML, data={"decision": "publish"})
    await door.call("community_staff", "POST", second, headers=HTML, data={"decision": "reject"})
    page = (await door.call(None, "GET", "/stories", headers=HTML)).text
    assert page.count("谢谢您帮忙搬花") == 1


async def test_the_wall_names_titles_by_year_with_a_text_to_copy(door: Door) -> None:
    assert "还没有称号" in (await door.call(None, "GET", "/honours", headers=HTML)).text
    await a_title(door, "2025")
    await a_title(door, "2024", door.district.qian)
    page = (await door.call(None, "GET", "/honours", headers=HTML)).text
    assert "【喜报】" in page
    assert "赵*例" in page
    assert "赵示例" not in page
    assert 'href="/honours?year=2024"' in page
    assert "钱**二" in (await door.call(None, "GET", "/honours?year=2024", headers=HTML)).text
    assert (await door.call(None, "GET", "/honours?year=1999", headers=HTML)).status_code == 404
    await consent(door, "off_boards")
    assert "赵*例" not in (await door.call(None, "GET", "/honours", headers=HTML)).text
