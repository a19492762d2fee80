"""The second factor at the doors: the password, then the code; set up at an administrator's first sign-in."""

import html
import re

import pyotp

from tests.api.door import PASSWORD, Door

HTML = {"Accept": "text/html"}


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, text
    return html.unescape(found[1])


async def test_an_administrator_sets_it_up_and_signs_in_with_it(door: Door) -> None:
    form = {"as": "staff", "name": "district_admin", "secret": PASSWORD, "next": "/admin/stewards"}
    asked = await door.client.post("/sign-in", headers=HTML, data=form)
    assert asked.status_code == 200
    assert "jinpai_session" not in str(asked.headers)
    secret = re.search(r'slip__link">([A-Z2-7]{32})<', asked.text)
    assert secret is not None, asked.text
    kept = {name: field(asked.text, name) for name in ("challenge", "sealed", "next")}
    wrong = await door.client.post("/sign-in/enrol", headers=HTML, data={**kept, "code": "000000"})
    assert wrong.status_code == 401
    assert field(wrong.text, "sealed") == kept["sealed"]  # the phone's app keeps what it has scanned
    now = door.served.clock.now()
    totp = pyotp.TOTP(secret[1])
    done = await door.client.post("/sign-in/enrol", headers=HTML, data={**kept, "code": totp.at(now)})
    assert done.status_code == 200, done.text
    codes = re.findall(r"<li>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</li>", done.text)
    assert len(codes) == 10
    assert 'href="/admin/stewards"' in done.text
    assert any(value.startswith("jinpai_session=") for value in done.headers.get_list("set-cookie"))

    shown = await door.client.post("/sign-in", headers=HTML, data=form)
    kept = {name: field(shown.text, name) for name in ("challenge", "next")}
    used = await door.client.post("/sign-in/code", headers=HTML, data={**kept, "code": totp.at(now)})
    assert used.status_code == 401
    entered = await door.client.post("/sign-in/code", headers=HTML, data={**kept, "code": codes[0]})
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin/stewards")
    made_up = await door.client.post("/sign-in/code", headers=HTML, data={"challenge": "x", "code": codes[1]})
    assert made_up.headers["location"] == "/sign-in?as=staff"


async def test_the_api_asks_for_the_code_and_says_so(door: Door) -> None:
    body = {"kind": "staff", "name": "district_admin", "secret": PASSWORD}
    missing = await door.client.post("/api/v1/sessions", json=body)
    assert (missing.status_code, missing.json()["code"]) == (401, "second_factor_missing")
    wrong = await door.client.post("/api/v1/sessions", json={**body, "secret": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")


async def test_a_clerk_sets_one_of_his_own_accord_and_a_colleague_resets_it(door: Door) -> None:
    page = await door.call("street_admin", "GET", "/admin/second-factor", headers=HTML)
    secret = re.search(r'slip__link">([A-Z2-7]{32})<', page.text)
    assert secret is not None
    now = door.served.clock.now()
    form = {"sealed": field(page.text, "sealed"), "code": pyotp.TOTP(secret[1]).at(now)}
    done = await door.call("street_admin", "POST", "/admin/second-factor", headers=HTML, data=form)
    assert done.status_code == 200
    assert len(re.findall(r"<li>[A-Z2-7]{4}-", done.text)) == 10
    body = {"kind": "staff", "name": "street_admin", "secret": PASSWORD}
    needed = await door.client.post("/api/v1/sessions", json=body)
    assert (needed.status_code, needed.json()["code"]) == (401, "second_factor_needed")
    own = f"/api/v1/staff/{door.staff_ids['district_admin']}/second-factor"
    assert (await door.call("district_admin", "DELETE", own)).status_code == 403
    path = f"/api/v1/staff/{door.staff_ids['street_admin']}/second-factor"
    assert (await door.call("district_admin", "DELETE", path)).status_code == 204
    assert (await door.client.post("/api/v1/sessions", json=body)).status_code == 201
