"""The doors of hall screens: from a code on the screen to its board, and out again."""

import re
from datetime import timedelta

import httpx

from kernel.clock import FixedClock
from tests.api.door import BASE, Door

HTML = {"Accept": "text/html"}


def a_screen(door: Door) -> httpx.AsyncClient:
    """A browser of its own, that keeps its cookies."""
    return httpx.AsyncClient(transport=door.client._transport, base_url=BASE, headers=HTML)


async def code_on(screen: httpx.AsyncClient) -> str:
    shown = await screen.get("/display")
    assert shown.status_code == 200
    return "".join(re.findall(r"<span>([2-9A-Z]{4})</span>", shown.text))


async def test_a_screen_shows_a_code_is_paired_and_goes_on_to_its_streets_board(door: Door) -> None:
    async with a_screen(door) as screen:
        code = await code_on(screen)
        assert await code_on(screen) == code, "loading the page again keeps the code"
        assert (await screen.post("/display/claim")).headers["location"] == "/display"
        assert "jinpai_display" not in screen.cookies
        body = {"code": code, "name": "夕照寺大厅", "place": "014-02"}
        paired = await door.call("community_staff", "POST", "/api/v1/displays", json=body)
        assert paired.status_code == 201, paired.text
        claimed = await screen.post("/display/claim")
        cookie = claimed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "Path=/display" in cookie
        onward = await screen.get("/display")
        assert (onward.status_code, onward.headers["location"]) == (303, "/display/points?street=110101014")
        board = await screen.get(onward.headers["location"])
        assert 'data-seen="/display/seen"' in board.text
        assert screen.cookies["jinpai_display"] not in board.text


async def test_operators_see_screens_of_their_own_and_end_them(door: Door) -> None:
    async with a_screen(door) as screen:
        body = {"code": await code_on(screen), "name": "龙潭大厅", "place": "110101014"}
        paired = await door.call("street_admin", "POST", "/api/v1/displays", json=body)
        await screen.post("/display/claim")
        said = {"build": "abc", "showing_at": "2026-11-23T11:59:00+08:00", "screen": "1920x1080"}
        answer = await screen.post("/display/seen", json=said)
        assert answer.json() == {"paired": True, "path": "/display/points?street=110101014"}
        [shown] = (await door.call("street_admin", "GET", "/api/v1/displays")).json()["data"]
        assert (shown["state"], shown["build"], shown["screen"]) == ("live", "abc", "1920x1080")
        assert shown["showing_at"] == "2026-11-23T03:59:00Z"
        assert (await door.call("other_street_admin", "GET", "/api/v1/displays")).json()["data"] == []
        path = f"/api/v1/displays/{paired.json()['id']}/revoke"
        foreign = await door.call("other_street_admin", "POST", path)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_display")
        assert (await door.call("street_admin", "POST", path)).status_code == 200
        assert (await screen.post("/display/seen", json=said)).status_code == 401
        assert (await screen.get("/display")).status_code == 200, "a code again"


async def test_what_a_screen_says_is_short_and_plain(door: Door) -> None:
    async with a_screen(door) as screen:
        body = {"code": await code_on(screen), "name": "龙潭大厅", "place": "110101014"}
        await door.call("street_admin", "POST", "/api/v1/displays", json=body)
        await screen.post("/display/claim")
        for content in (b"{", b"[]", b'"x"', b"\xff", b'{"build": "' + b"a" * 500 + b'"}'):
            assert (await screen.post("/display/seen", content=content)).status_code == 400
        for said in ({}, {"build": 3, "screen": "<b>"}, {"showing_at": "never"}, {"showing_at": "2026-11-23T10:00:00"}):
            assert (await screen.post("/display/seen", json=said)).status_code == 200
        [shown] = (await door.call("street_admin", "GET", "/api/v1/displays")).json()["data"]
        assert (shown["build"], shown["screen"], shown["showing_at"]) == ("", "", None)


async def test_nobody_pairs_with_a_mistyped_code_nor_elsewhere(door: Door) -> None:
    refused = await door.call("street_admin", "POST", "/api/v1/displays", json={"code": "ABCDEFGH", "name": "大厅"})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_display_place")
    body = {"code": "22222223", "name": "大厅", "place": "110101014"}
    mistyped = await door.call("street_admin", "POST", "/api/v1/displays", json=body)
    assert (mistyped.status_code, mistyped.json()["code"]) == (400, "pairing_code_mistyped")


async def test_the_page_of_screens_pairs_says_what_is_wrong_and_ends(door: Door) -> None:
    missing = await door.call("street_admin", "POST", "/admin/displays", headers=HTML, data={"code": "", "name": "x"})
    assert missing.status_code == 422
    assert 'href="#code"' in missing.text
    async with a_screen(door) as screen:
        code = await code_on(screen)
        form = {"code": f"{code[:4].lower()} {code[4:]}", "name": "龙潭大厅", "place": "110101014"}
        answer = await door.call("street_admin", "POST", "/admin/displays", headers=HTML, data=form)
        assert answer.headers["location"] == "/admin/displays", answer.text
        page = (await door.call("street_admin", "GET", "/admin/displays", headers=HTML)).text
        assert "等屏幕来连" in page
        await screen.post("/display/claim")
        page = (await door.call("street_admin", "GET", "/admin/displays", headers=HTML)).text
        assert "在线" in page
        [action] = re.findall(r'action="(/admin/displays/[^"]+/revoke)"', page)
        assert (await door.call("other_street_admin", "POST", action, headers=HTML)).status_code == 404
        assert (await door.call("street_admin", "POST", action, headers=HTML)).status_code == 303
        page = (await door.call("street_admin", "GET", "/admin/displays", headers=HTML)).text
        assert "已停用" in page


async def test_a_code_ends_after_a_quarter_of_an_hour(door: Door, clock: FixedClock) -> None:
    async with a_screen(door) as screen:
        code = await code_on(screen)
        clock.at += timedelta(minutes=15)
        assert await code_on(screen) != code


async def test_a_revoked_screen_that_loads_its_board_is_led_back_to_a_code(door: Door) -> None:
    async with a_screen(door) as screen:
        body = {"code": await code_on(screen), "name": "龙潭大厅", "place": "110101014"}
        paired = await door.call("street_admin", "POST", "/api/v1/displays", json=body)
        await screen.post("/display/claim")
        await door.call("street_admin", "POST", f"/api/v1/displays/{paired.json()['id']}/revoke")
        answer = await screen.get("/display/points?street=110101014")
        assert (answer.status_code, answer.headers["location"]) == (303, "/display")
        assert "jinpai_display" not in screen.cookies
        assert (await screen.get("/display/points?street=110101014")).status_code == 200, "boards are public"
