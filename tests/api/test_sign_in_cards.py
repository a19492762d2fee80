"""One-time cards and devices at the doors: printed by staff, used once in a browser, sessions seen and ended."""

import html
import re

from api.pages.sign_in_cards import CARD_COOKIE
from api.visits import browser_of
from tests.api.door import PASSWORD, Door

HTML = {"Accept": "text/html"}
PIN = "730418"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; X1) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 "
    "Mobile Safari/537.36 MicroMessenger/8.0"
)


async def a_printed_card(door: Door) -> str:
    """The link of a card for 赵, as the printed page says it."""
    form = {"steward": str(door.district.zhao)}
    page = await door.call("street_admin", "POST", "/admin/sign-in-cards", headers=HTML, data=form)
    assert page.status_code == 200, page.text
    assert "赵示例" in page.text
    assert page.headers["cache-control"] == "no-store"
    found = re.search(r'填： <span class="num">([A-Z2-7-]+)<', page.text)
    assert found is not None, page.text
    return f"/sign-in/card/{found[1].replace('-', '')}"


async def test_a_card_from_the_desk_to_the_stewards_home(door: Door) -> None:
    link = await a_printed_card(door)
    for _ in range(2):  # a preview of the link burns nothing
        landed = await door.client.get(link, headers=HTML)
        assert (landed.status_code, landed.headers["location"]) == (303, "/sign-in/card")
    cookie = next(value for name, value in landed.headers.multi_items() if name == "set-cookie")
    assert cookie.startswith(f"{CARD_COOKIE}=")
    assert "HttpOnly" in cookie
    assert "Path=/sign-in/card" in cookie
    assert landed.headers["referrer-policy"] == "no-referrer"
    sent = {**HTML, "Cookie": cookie.split(";")[0], "User-Agent": PHONE}
    form = await door.client.get("/sign-in/card", headers=sent)
    assert "赵*例" in form.text
    assert "赵示例" not in form.text  # whoever finds a card need not learn whose it is
    differing = await door.client.post("/sign-in/card", headers=sent, data={"pin": PIN, "again": "730419"})
    assert differing.status_code == 400
    easy = await door.client.post("/sign-in/card", headers=sent, data={"pin": "123456", "again": "123456"})
    assert easy.status_code == 400
    entered = await door.client.post("/sign-in/card", headers=sent, data={"pin": PIN, "again": PIN})
    assert (entered.status_code, entered.headers["location"]) == (303, "/me"), entered.text
    session = next(value for value in entered.headers.get_list("set-cookie") if value.startswith("jinpai_session="))
    home = await door.client.get("/me/devices", headers={**HTML, "Cookie": session.split(";")[0]})
    assert "安卓手机" in home.text
    assert "微信" in home.text
    assert "就是这里" in home.text
    again = await door.client.post("/sign-in/card", headers=sent, data={"pin": PIN, "again": PIN})
    assert again.status_code == 401
    door.client.cookies.clear()
    by_pin = {"kind": "steward", "name": "0140001", "secret": PIN}
    assert (await door.client.post("/api/v1/sessions", json=by_pin)).status_code == 201


async def test_a_card_through_the_api(door: Door) -> None:
    path = f"/api/v1/stewards/{door.district.zhao}/sign-in-card"
    card = (await door.call("community_staff", "POST", path)).json()
    assert card["link"].endswith(card["secret"])
    wrong = await door.client.post("/api/v1/sessions/card", json={"card": "A" * 26, "pin": PIN})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "card_refused")
    entered = await door.client.post("/api/v1/sessions/card", json={"card": card["secret"], "pin": PIN})
    assert entered.status_code == 201
    used = await door.client.post("/api/v1/sessions/card", json={"card": card["secret"], "pin": PIN})
    for body in (first := used.json(), second := wrong.json()):
        body.pop("request_id")
    assert first == second


async def test_staff_print_cards_only_for_stewards_of_their_own(door: Door) -> None:
    form = {"steward": [str(door.district.zhao), str(door.district.qian)]}
    for role, status in (("other_street_admin", 404), ("steward", 403), ("lane_chief", 403), ("street_admin", 200)):
        answer = await door.call(role, "POST", "/admin/sign-in-cards", headers=HTML, data=form)
        assert answer.status_code == status, role
    for nothing in ({}, {"steward": "x"}, {"steward": "01a20778-0000-7000-8000-000000000000"}):
        answer = await door.call("street_admin", "POST", "/admin/sign-in-cards", headers=HTML, data=nothing)
        assert answer.status_code == 404
    assert await door.count("stewards_sign_in_card") == 2


async def test_a_clerk_ends_a_forgotten_session_and_nobody_elses(door: Door) -> None:
    body = {"kind": "staff", "name": "street_admin", "secret": PASSWORD}
    here, forgotten = [(await door.client.post("/api/v1/sessions", json=body)).json() for _ in range(2)]
    bearer = {"Authorization": f"Bearer {here['token']}"}
    listed = (await door.client.get("/api/v1/sessions", headers=bearer)).json()["data"]
    assert {entry["id"]: entry["current"] for entry in listed} == {here["id"]: True, forgotten["id"]: False}
    for stranger in ("steward", "community_staff"):
        answer = await door.call(stranger, "DELETE", f"/api/v1/sessions/{forgotten['id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "session_unknown")
    ended = await door.client.delete(f"/api/v1/sessions/{forgotten['id']}", headers=bearer)
    assert ended.status_code == 204
    gone = await door.client.get("/api/v1/me", headers={"Authorization": f"Bearer {forgotten['token']}"})
    assert gone.status_code == 401
    page = await door.client.get("/admin/devices", headers={**HTML, **bearer})
    assert "就是这里" in html.unescape(page.text)


async def test_who_looks_after_a_steward_ends_the_session_of_a_lost_phone(door: Door) -> None:
    link = await a_printed_card(door)
    body = {"card": link.rpartition("/")[2], "pin": PIN}
    opened = (await door.client.post("/api/v1/sessions/card", json=body)).json()
    shown = await door.call("street_admin", "GET", f"/admin/stewards/{door.district.zhao}/devices", headers=HTML)
    path = f"/admin/stewards/{door.district.zhao}/devices/{opened['id']}/end"
    assert path in shown.text
    assert (await door.call("other_street_admin", "POST", path, headers=HTML)).status_code == 404
    assert (await door.call("street_admin", "POST", path, headers=HTML)).status_code == 303
    assert (await door.call("street_admin", "POST", path, headers=HTML)).status_code == 404
    gone = await door.client.get("/api/v1/me", headers={"Authorization": f"Bearer {opened['token']}"})
    assert gone.status_code == 401


def test_a_browser_is_named_coarsely() -> None:
    class Asking:
        def __init__(self, agent: str) -> None:
            self.scope = {"headers": [(b"user-agent", agent.encode())]}

    names = {
        PHONE: "android-wechat",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1": "ios-safari",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/120.0 Safari/537.36 Edg/120.0": "windows-edge",
        "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0": "linux-firefox",
        "curl/8.0": "other-other",
        "x" * 10_000: "other-other",
    }
    assert {agent: browser_of(Asking(agent)) for agent in names} == names  # type: ignore[arg-type]
