"""Pages ask for the same permissions as the API, count their queries, and believe only their own forms."""

import asyncio
import html
import re

import pytest

from api.access import SESSION_COOKIE
from stewards.sessions import open_session
from tests.api.counted import counted
from tests.api.door import Door, a_case
from tests.stewards.builders import NOON

HTML = {"Accept": "text/html"}
STEWARD_PAGES = (
    "/me",
    "/me/statement",
    "/me/report",
    "/me/cases",
    "/me/inbox",
    "/me/profile",
    "/me/boards",
    "/me/levels",
    "/me/penalties",
    "/me/appeals",
    "/me/evaluation",
    "/me/peers",
    "/me/donate",
    "/me/redeem",
    "/me/orders",
    "/me/draws",
    "/me/waiting",
    "/me/wishes",
    "/me/titles",
    "/me/team",
    "/me/certificates",
    "/me/devices",
    "/me/data",
    "/me/card",
)
STAFF_PAGES = (
    "/admin",
    "/admin/cases",
    "/admin/cases/new",
    "/admin/import",
    "/admin/stewards",
    "/admin/grants",
    "/admin/grants/new",
    "/admin/penalties",
    "/admin/rechecks",
    "/admin/reviews",
    "/admin/sheet",
    "/admin/appeals",
    "/admin/budgets",
    "/admin/reports",
    "/admin/collections",
    "/desk",
    "/admin/appointments",
    "/admin/wishes",
    "/admin/draws",
    "/admin/orders",
    "/admin/collect",
    "/admin/stock",
    "/admin/catalogue",
    "/admin/catalogue/new",
    "/admin/places",
    "/admin/funding",
    "/admin/displays",
    "/admin/titles",
    "/admin/awards",
    "/admin/street-scores",
    "/admin/teams",
    "/admin/stories",
    "/admin/devices",
    "/admin/second-factor",
    "/admin/audit",
    "/admin/sightings",
    "/admin/settings",
    "/admin/keys",
)
PUBLIC_PAGES = (
    *("/", "/rules", "/sign-in", "/lanes", "/lanes?street=110101014", "/lanes/014-02-01", "/display/points"),
    *("/schemes", "/rate/lanes/014-02-01", "/rate/halls/014-02"),
    "/display/points?street=110101014",
    "/display",
    "/sign-in/card",
    "/sign-in/forgotten",
    "/notices",
    "/streets",
    "/verify",
    "/me/offline",
    "/schema/operations",
    "/schema/operations?tag=points",
    *("/honours", "/stories", "/lanes/014-02-01/thanks", "/lanes/014-02-01/report"),
)
MOST_QUERIES = 12
TRIES = 5  # docs/sign-in.md: for a number, from a browser that never signed in
_STEADY = pytest.mark.asyncio(loop_scope="module")  # one district for all tests that leave no row behind


@pytest.mark.parametrize("path", [*STEWARD_PAGES, *STAFF_PAGES])
@_STEADY
async def test_nobody_comes_in_without_signing_in(steady_door: Door, path: str) -> None:
    answer = await steady_door.call(None, "GET", path, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path}"


@pytest.mark.parametrize("path", STAFF_PAGES)
@_STEADY
async def test_stewards_do_not_see_the_pages_of_staff(steady_door: Door, path: str) -> None:
    assert (await steady_door.call("steward", "GET", path, headers=HTML)).status_code == 403


@pytest.mark.parametrize("path", STEWARD_PAGES)
@_STEADY
async def test_staff_have_no_statement_of_their_own(steady_door: Door, path: str) -> None:
    assert (await steady_door.call("street_admin", "GET", path, headers=HTML)).status_code == 403


@pytest.mark.parametrize("path", PUBLIC_PAGES)
@_STEADY
async def test_public_pages_are_open(steady_door: Door, path: str) -> None:
    assert (await steady_door.call(None, "GET", path, headers=HTML)).status_code == 200


async def test_the_demo_door_is_closed_where_there_is_no_demo(door: Door) -> None:
    answer = await door.call(None, "POST", "/demo/sign-in", headers=HTML, data={"as": "street"})
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


async def test_the_style_guide_is_not_for_real_districts(door: Door) -> None:
    assert (await door.call(None, "GET", "/styleguide", headers=HTML)).status_code == 404


async def test_a_foreign_case_and_steward_are_as_if_they_did_not_exist(door: Door) -> None:
    case = await door.reported()
    other = "other_street_admin"
    answer = await door.call(other, "POST", f"/admin/cases/{case['id']}/verify", headers=HTML, data={})
    assert answer.status_code == 404
    assert case["number"] not in answer.text
    assert case["number"] not in (await door.call(other, "GET", f"/admin/cases?open={case['id']}", headers=HTML)).text
    path = f"/admin/stewards/{door.district.zhao}"
    assert (await door.call(other, "GET", path, headers=HTML)).status_code == 404
    assert (await door.call(other, "POST", f"{path}/pin", headers=HTML, data={"pin": "246813"})).status_code == 404
    assert (await door.call("other_steward", "GET", f"/me/cases/{case['id']}", headers=HTML)).status_code == 404
    assert (await door.call("steward", "GET", f"/me/cases/{case['id']}", headers=HTML)).status_code == 200


async def _session(door: Door) -> str:
    opened = await door.database.run(lambda tx: open_session(tx, steward_id=door.district.zhao, now=NOON))
    return opened.secret


async def test_a_form_without_its_page_token_changes_nothing(door: Door) -> None:
    cookies = {"Cookie": f"{SESSION_COOKIE}={await _session(door)}"}
    answer = await door.call(None, "POST", "/me/inbox/read", headers={**HTML, **cookies}, data={"_csrf": "guess"})
    assert answer.status_code == 403
    answer = await door.call(None, "POST", "/sign-out", headers={**HTML, **cookies, "Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert (await door.call(None, "GET", "/me", headers={**HTML, **cookies})).status_code == 200


async def test_a_session_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(door: Door) -> None:
    from tests.api.door import PASSWORD

    form = {"as": "staff", "name": "street_admin", "secret": PASSWORD}
    answer = await door.call(None, "POST", "/sign-in", headers=HTML, data=form)
    assert answer.status_code == 303
    cookies = [value for name, value in answer.headers.multi_items() if name == "set-cookie"]
    assert any(cookie.startswith(f"{SESSION_COOKIE}=") for cookie in cookies)
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


async def test_too_many_tries_say_how_long_to_wait(door: Door) -> None:
    form = {"as": "steward", "name": "0140001", "secret": "111222"}
    for _ in range(TRIES):
        assert (await door.call(None, "POST", "/sign-in", headers=HTML, data=form)).status_code == 401
    answer = await door.call(None, "POST", "/sign-in", headers=HTML, data=form)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "请等 15 分" in answer.text or "请等 16 分" in answer.text


async def test_the_hall_board_is_sent_again_only_when_it_changed(door: Door) -> None:
    first = await door.call(None, "GET", "/display/points/board?lang=zh")
    assert first.status_code == 200
    etag = {"If-None-Match": first.headers["etag"]}
    assert (await door.call(None, "GET", "/display/points/board?lang=zh", headers=etag)).status_code == 304
    await door.verified()
    for _ in range(50):  # ranks follow within five seconds
        again = await door.call(None, "GET", "/display/points/board?lang=zh", headers=etag)
        if "赵*例" in again.text:
            break
        await asyncio.sleep(0.1)
    assert again.status_code == 200
    assert "赵*例" in again.text
    assert "赵示例" not in again.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_page_costs_the_same_however_much_is_on_it(door: Door) -> None:
    paths = {
        "street_admin": (
            "/admin/cases",
            "/admin/stewards",
            "/admin/grants",
            "/admin/reports",
            "/admin/catalogue",
            "/admin/places",
            f"/admin/stewards/{door.district.zhao}",
        ),
        "steward": (
            *("/me", "/me/statement", "/me/cases", "/me/inbox"),
            *("/me/draws", "/me/waiting", "/me/wishes"),
        ),
    }

    async def costs() -> dict[str, int]:
        await door.settle()  # else a delivery might read beside a page
        found = {}
        for role, pages in paths.items():
            for path in pages:
                asked = []
                for _ in range(3):  # what runs beside a page may read in one of its answers, not in each
                    async with counted(door) as statements:
                        assert (await door.call(role, "GET", path, headers=HTML)).status_code == 200
                    asked.append(len(statements))
                found[path] = min(asked)
        return found

    await door.reported()
    await door.verified()
    grant = {"steward_id": str(door.district.zhao), "reason": "outstanding", "points": 30, "note": "帮忙"}
    assert (await door.call("community_staff", "POST", "/api/v1/points/grants", json=grant)).status_code == 201
    await costs()  # fills caches
    few = await costs()
    for at in range(12):
        await door.reported(external_id=f"many-{at}", category=("litter", "road_damage")[at % 2])
        await door.verified(external_id=f"done-{at}", category="small_ads")
        grant = {"steward_id": str(door.district.zhao), "reason": "outstanding", "points": 30 + at, "note": "帮忙"}
        assert (await door.call("community_staff", "POST", "/api/v1/points/grants", json=grant)).status_code == 201
    many = await costs()
    assert many == few
    assert max(many.values()) <= MOST_QUERIES, many


async def test_a_name_with_markup_is_shown_as_text(door: Door) -> None:
    body = a_case(description="<img src=x onerror=alert(1)>", address="<b>门口</b>")
    answer = await door.call("integrator", "POST", "/api/v1/cases", json=body)
    assert answer.status_code == 201
    page = (await door.call("street_admin", "GET", "/admin/cases", headers=HTML)).text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("role", "start"),
    [
        (None, "/"),
        ("steward", "/me"),
        ("district_admin", "/admin/cases?state=all"),
        ("street_admin", "/admin/cases?state=all"),
        ("community_staff", "/admin/cases?state=all"),
        ("lane_chief", "/admin/cases?state=all"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_link_leads_nowhere(door: Door, role: str | None, start: str) -> None:
    await door.verified()
    await door.reported()
    seen: dict[str, str] = {}
    waiting = {start: ""}
    while waiting and len(seen) < 60:
        path, linked_from = waiting.popitem()
        seen[path] = linked_from
        answer = await door.call(role, "GET", path, headers=HTML)
        assert answer.status_code < 400, (path, linked_from, answer.status_code)
        if answer.headers["content-type"].startswith("text/html"):
            for href in re.findall(r'href="(/[^"#]*)', answer.text):
                found = html.unescape(href)
                if found not in seen and not found.startswith(("/static/", "/preferences")):
                    waiting.setdefault(found, path)
    assert len(seen) > 3
