"""Forgotten PINs over the API and on the pages: alike for known and unknown numbers, and a card where codes are off."""

import asyncio

from kernel.outbox_outside import OutsideDispatcher
from stewards.code_senders import ConsoleSender
from stewards.pin_codes import code_handovers
from tests.api.door import Door

HTML = {"Accept": "text/html"}
PIN = "730418"


def carried(door: Door) -> list[str]:
    """From now on codes are carried to this list."""
    served, shown = door.served, []
    served.sender = ConsoleSender(shown.append)
    key = served.settings.secret_key
    served.outside = OutsideDispatcher(door.database, code_handovers(door.database, served.sender, key), served.clock)
    return shown


async def code_of(door: Door, shown: list[str]) -> str:
    """The code that was asked for; the app may be delivering it by itself just now."""
    async with asyncio.timeout(30):
        while not shown:
            await door.served.dispatcher.deliver_due()
            await door.served.outside.deliver_due()
            await asyncio.sleep(0.02)
    return shown[-1].split()[-1]


async def with_phone(door: Door) -> None:
    path = f"/api/v1/stewards/{door.district.zhao}"
    changed = await door.call(
        "community_staff", "PATCH", path, json={"phone": "000-0000-0001"}, headers={"If-Match": "*"}
    )
    assert changed.status_code == 200, changed.text


async def test_a_forgotten_pin_is_set_anew_over_the_api(door: Door) -> None:
    await with_phone(door)
    off = await door.client.post("/api/v1/sessions/codes", json={"name": "0140001"})
    assert (off.status_code, off.json()["code"]) == (409, "codes_off")
    shown = carried(door)
    asked = [await door.client.post("/api/v1/sessions/codes", json={"name": name}) for name in ("0140001", "9900000")]
    assert [(answer.status_code, answer.text) for answer in asked] == [(202, '{"expires_in_s":600}')] * 2
    code = await code_of(door, shown)
    assert len(shown) == 1
    body = {"name": "0140001", "code": code, "pin": PIN}
    wrong = [
        await door.client.post("/api/v1/sessions/code", json={**body, **change})
        for change in ({"code": "000000"}, {"name": "9900000"})
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in wrong] == [(409, "code_refused")] * 2
    assert (await door.client.post("/api/v1/sessions/code", json={**body, "pin": "123456"})).status_code == 400
    opened = await door.client.post("/api/v1/sessions/code", json=body)
    assert opened.status_code == 201
    own = {"Authorization": f"Bearer {opened.json()['token']}"}
    inbox = (await door.client.get("/api/v1/inbox", headers=own)).json()["data"]
    assert inbox[0]["code"] == "pin_reset"


async def test_the_pages_ask_for_a_code_and_set_the_pin(door: Door) -> None:
    await with_phone(door)
    form = {"number": "0140001"}
    office = {"values": {"office_phone": "010-0000 0001"}, "reason": "policy"}
    await door.call("district_admin", "PATCH", "/api/v1/settings", json=office, headers={"If-Match": "*"})
    off = await door.client.get("/sign-in/forgotten", headers=HTML)
    assert ("领一张登录卡" in off.text, "010-0000 0001" in off.text, "发验证码" in off.text) == (True, True, False)
    assert (await door.client.post("/sign-in/forgotten", headers=HTML, data=form)).status_code == 409
    shown = carried(door)
    assert (await door.client.post("/sign-in/forgotten", headers=HTML, data={"number": ""})).status_code == 400
    known = await door.client.post("/sign-in/forgotten", headers=HTML, data=form)
    unknown = await door.client.post("/sign-in/forgotten", headers=HTML, data={"number": "0149999"})
    assert known.text == unknown.text.replace("0149999", "0140001")
    filled = {**form, "code": await code_of(door, shown), "pin": PIN, "again": "962840"}
    differing = await door.client.post("/sign-in/forgotten/pin", headers=HTML, data=filled)
    assert (differing.status_code, 'id="again-error"' in differing.text) == (400, True)
    wrong = {**filled, "again": PIN, "code": "000000"}
    refused = await door.client.post("/sign-in/forgotten/pin", headers=HTML, data=wrong)
    assert (refused.status_code, 'id="code-error"' in refused.text) == (409, True)
    entered = await door.client.post("/sign-in/forgotten/pin", headers=HTML, data={**filled, "again": PIN})
    assert (entered.status_code, entered.headers["location"]) == (303, "/me")
    for _ in range(2):
        await door.client.post("/sign-in/forgotten", headers=HTML, data=form)
    slowed = await door.client.post("/sign-in/forgotten", headers=HTML, data=form)
    assert (slowed.status_code, int(slowed.headers["retry-after"]) > 0) == (429, True)
