"""The desk without a browser: found by card, ordered with consent once, printed; refusals stand beside their line."""

import re
from urllib.parse import urlencode

from tests.api.door import Door
from tests.api.test_scarce import a_shop
from tests.api.things import a_draw, an_item, an_order

HTML = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


async def posted(door: Door, path: str, role: str = "street_admin", **fields: str) -> tuple[int, str, str]:
    answer = await door.call(role, "POST", path, headers=HTML, content=urlencode(fields))
    return answer.status_code, answer.headers.get("location", ""), answer.text


async def test_a_card_leads_to_its_steward_and_a_name_to_a_list(door: Door) -> None:
    await a_shop(door)
    zhao = f"/desk/{door.district.zhao}"
    card = await door.call("street_admin", "GET", "/desk?q=0140001", headers=HTML)
    assert (card.status_code, card.headers["location"]) == (303, zhao)
    assert zhao in (await door.call("street_admin", "GET", "/desk?q=zsl", headers=HTML)).text
    assert zhao not in (await door.call("other_street_admin", "GET", "/desk?q=zsl", headers=HTML)).text
    for path in (zhao, f"{zhao}/passbook"):
        assert (await door.call("street_admin", "GET", path, headers=HTML)).status_code == 200
        assert (await door.call("other_street_admin", "GET", path, headers=HTML)).status_code == 404


async def test_an_order_at_the_desk_needs_consent_and_is_placed_once(door: Door) -> None:
    await a_shop(door)
    item = await an_item(door)
    path = f"/desk/{door.district.zhao}"
    shown = (await door.call("street_admin", "GET", path, headers=HTML)).text
    [nonce] = re.findall(r'name="nonce" value="([^"]+)"', shown)
    [place] = re.findall(r'name="place" value="([^"]+)"', shown)
    asked = {"nonce": nonce, "place": place, f"units-{item}": "2"}
    status, _, text = await posted(door, path, **asked)
    assert (status, 'href="#consent"' in text) == (400, True)
    status, _, text = await posted(door, path, **{**asked, f"units-{item}": "999"}, consent="present")
    assert (status, "note--error" in text) == (409, True)
    status, receipt, _ = await posted(door, path, **asked, consent="letter")
    assert status == 303
    assert receipt.startswith("/desk/receipts/")
    printed = (await door.call("street_admin", "GET", receipt, headers=HTML)).text
    assert "家人持本人签字的委托书" in printed
    assert (await door.call("other_street_admin", "GET", receipt, headers=HTML)).status_code == 404
    again = await posted(door, path, **asked, consent="letter")
    assert again[:2] == (303, path)
    assert await door.count("rewards_order") == 1
    assert await door.count("rewards_desk_act") == 1


async def test_a_draw_is_announced_once_from_its_form_and_called_off(door: Door) -> None:
    await a_shop(door)
    draw = await a_draw(door)
    await an_item(door)
    shown = (await door.call("street_admin", "GET", "/admin/draws", headers=HTML)).text
    [nonce] = re.findall(r'name="nonce" value="([^"]+)"', shown)
    stock = re.findall(r'<option value="([0-9a-f-]{36})"', shown)[0]
    form = {"nonce": nonce, "stock": stock, "places": "2", "opens_at": "2026-11-23T12:00"}
    status, _, text = await posted(door, "/admin/draws", **form, closes_at="")
    assert (status, 'href="#closes_at"' in text) == (400, True)
    status, there, _ = await posted(door, "/admin/draws", **form, closes_at="2026-11-30T12:00")
    assert (status, there.endswith("?announced=1")) == (303, True)
    assert (await posted(door, "/admin/draws", **form, closes_at="2026-11-30T12:00"))[0] == 303
    assert await door.count("rewards_draw") == 2
    path = f"/admin/draws/{draw['id']}"
    assert (await posted(door, f"{path}/settle"))[0] == 409
    assert (await posted(door, f"{path}/cancel", "other_street_admin"))[0] == 404
    assert (await posted(door, f"{path}/cancel"))[0] == 303
    assert "已取消" in (await door.call("street_admin", "GET", path, headers=HTML)).text


async def test_reports_open_with_what_the_address_asks_for(door: Door) -> None:
    await a_shop(door)
    await an_order(door)
    for role, path in (
        ("street_admin", "/admin/funding?from_day=2026-11-01&to_day=2026-11-30"),
        ("district_admin", "/admin/funding?street=110101014"),
        ("district_admin", "/admin/settlements"),
        ("district_admin", "/admin/settlements?partner=lixian&from_day=2026-12-01&to_day=2026-11-01"),
    ):
        answer = await door.call(role, "GET", path, headers=HTML)
        assert answer.status_code == 200, path


async def test_half_days_are_opened_for_several_days_and_wishes_answered(door: Door) -> None:
    await a_shop(door)
    await an_item(door, kind="service", name="理发")
    shown = (await door.call("street_admin", "GET", "/admin/appointments", headers=HTML)).text
    stock = re.findall(r'<option value="([0-9a-f-]{36})"', shown)[0]
    form = {"stock": stock, "from_day": "2026-11-24", "days": "3", "capacity": "5"}
    status, _, text = await posted(door, "/admin/appointments", **form)
    assert (status, 'href="#am"' in text) == (400, True)
    status, there, _ = await posted(door, "/admin/appointments", **form, am="1", pm="1")
    assert (status, there) == (303, "/admin/appointments?day=2026-11-24")
    assert await door.count("rewards_slot") == 6
    wish = (await door.call("steward", "POST", "/api/v1/wishes", json={"title": "台灯"})).json()
    path = f"/admin/wishes/{wish['id']}"
    assert (await posted(door, path, state="declined"))[0] == 400
    assert (await posted(door, path, state="offered"))[:2] == (303, "/admin/wishes")
    assert "已上架" in (await door.call("street_admin", "GET", "/admin/wishes", headers=HTML)).text
