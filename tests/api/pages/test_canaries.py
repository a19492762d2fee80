"""What people write stays text, and what is personal stays with those who may see it: looked for on every page.

One served district in which every free text is a mark: markup that would run if any page let it, with a number that
tells where it came from. Chromium opens every page; each caller's answers, exports, streams and the log are searched.
"""

import html
import io
import itertools
import json
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import ConsoleMessage, Error, Page, async_playwright

from kernel.clock import FixedClock
from tests.api.door import QIAN_LANE, ZHAO_LANE, Door, a_door, in_a_task_of_its_own
from tests.api.pages.conftest import BROWSER_ARGS, CHROMIUM
from tests.api.routes import declared
from tests.api.servers import Server, a_free_port
from tests.api.things import things_of
from tests.points.rule_builders import a_document
from tests.stewards.builders import NOON

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = "000-0000-0777"
CONTACT = "000-0000-0778"
HTML = {"Accept": "text/html"}
LOUD = "img[src=x], [onerror], [onload], script:not([src]):not([type='application/json'])"
LOOKS = re.compile(r"\.(css|svg|png|woff2)(\?|$)")  # styles and pictures change nothing here
STRANGERS = (None, "other_steward", "other_street_admin", "display", "partner")
ENDLESS = ("/stream", "/static/")
KINDS = {
    "/admin/signs/{kind}/{code}": "lanes",
    "/rate/{kind}/{code}": "lanes",
    "/rate/{kind}/{code}/{steward_id}": "lanes",
}


@dataclass
class Marks:
    """Texts that would be heard if they were not text, by what they were written into."""

    made: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(100))

    def __call__(self, what: str, before: str = "") -> str:
        """A mark of up to 40 characters."""
        self.made[what] = f"{before}<img src=x onerror=alert({next(self.numbers)})>"
        return self.made[what]

    def long(self, what: str) -> str:
        """A mark that closes whatever it might stand in, with very many emoji."""
        self.made[what] = f"\"'></script></textarea><script>alert({next(self.numbers)})</script>"
        return self.made[what] + "\U0001f600" * 900


@dataclass
class Marked:
    """The district, its server, and what was written where."""

    server: Server
    marks: dict[str, str]
    pages: list[str]
    answers: list[str]
    things: dict[str, str]


async def done(door: Door, role: str, method: str, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = await door.call(role, method, f"/api/v1{path}", json=body, headers=headers)
    assert answer.status_code in {200, 201}, (path, answer.text)
    found: dict[str, Any] = answer.json()
    return found


async def write_everywhere(door: Door, things: dict[str, str], mark: Marks) -> None:
    """Every free text of the district is a mark."""
    zhao = things["steward_id"]
    await done(
        door,
        "street_admin",
        "PATCH",
        f"/stewards/{zhao}",
        {"name": mark("steward", "赵"), "phone": PHONE},
        **{"If-Match": "*"},
    )
    await done(door, "steward", "PATCH", f"/stewards/{zhao}/card", {"tip": mark("tip")})
    await done(door, "district_admin", "POST", "/staff", {"login": "marked", "name": mark("staff")})
    partner = await done(
        door,
        "district_admin",
        "POST",
        "/partners",
        {"code": "marked", "name": mark("partner"), "name_en": mark("partner_en")},
    )
    await done(door, "district_admin", "POST", f"/partners/{partner['id']}/keys", {"label": mark("key")})
    place = {"code": "LT09", "area": "110101014"}
    texts = {name: mark(f"place {name}") for name in ("name", "name_en", "address", "hours", "hours_en")}
    await done(door, "district_admin", "POST", "/catalogue/places", {**place, **texts})
    item = {
        "code": "MARKED", "kind": "goods", "price": 1, "partner": "marked", "tags": ["<b>tag</b>"],
        **{name: mark(f"item {name}") for name in ("name", "name_en", "provider")},
        **{name: mark.long(f"item {name}") for name in ("description", "description_en")},
    }  # fmt: skip
    things["item_id"] = (await done(door, "district_admin", "POST", "/catalogue/items", item))["id"]
    move = {"place": "LT09", "kind": "received", "quantity": 5, "reason": "delivery"}
    await done(door, "district_admin", "POST", f"/catalogue/items/{things['item_id']}/stock", move)
    report = {"external_id": mark("case external"), "description": mark.long("case"), "address": mark("address")}
    things["case_id"] = (await door.reported(**report))["id"]
    back = {"reason": "photo_missing", "note": mark("return note")}
    await done(door, "street_admin", "POST", f"/cases/{things['case_id']}/return", back)
    await door.reported(lane=QIAN_LANE, description=mark("case of another"))
    grant = {"steward_id": zhao, "reason": "outstanding", "points": 30, "note": mark("grant note")}
    await done(door, "community_staff", "POST", "/points/grants", grant)
    penalty = {"steward_id": zhao, "item": "false_report", "note": mark("penalty note"), "about": mark("penalty about")}
    penalty_id = (await done(door, "street_admin", "POST", "/points/penalties", penalty))["id"]
    await done(door, "steward", "POST", f"/points/penalties/{penalty_id}/object", {"note": mark("objection")})
    await door.verified(external_id="appealed")
    line = (await door.call("steward", "GET", f"/api/v1/stewards/{zhao}/statement")).json()["data"][0]
    appeal = {"kind": "award", "award_id": line["award_id"], "reason": mark("appeal")}
    things["appeal_id"] = (await done(door, "steward", "POST", "/appeals", appeal))["id"]
    wish = await done(door, "other_steward", "POST", "/wishes", {"title": mark("wish")})
    await done(
        door,
        "street_admin",
        "POST",
        f"/wishes/{wish['id']}/answer",
        {"state": "planned", "answer": mark("wish answer")},
    )
    later = {"document": a_document(effective_on="2027-01-01", name=mark("rules"))}
    things["draft_id"] = (await done(door, "district_admin", "POST", "/points/rules/drafts", later))["id"]
    consult = f"/points/rules/drafts/{things['draft_id']}"
    await done(door, "district_admin", "POST", f"{consult}/consult", {"until": "2026-12-31"})
    comment = await done(door, "steward", "POST", f"{consult}/comments", {"text": mark.long("comment")})
    await done(
        door,
        "district_admin",
        "POST",
        f"{consult}/comments/{comment['id']}/answer",
        {"text": mark.long("comment answer")},
    )
    holiday = {"days": [{"day": "2026-12-30", "works": False, "name": mark("holiday")}]}
    await done(door, "district_admin", "POST", "/calendar", holiday)
    await done(
        door,
        "street_admin",
        "POST",
        "/stories",
        {"title": mark("story title"), "text": mark.long("story"), "street": "110101014"},
    )
    await done(door, "steward", "POST", f"/stewards/{zhao}/consents", {"field": "thanks", "granted": True})
    form = {"text": mark("thanks"), "signed": "<b>signed</b>", "steward": zhao}
    left = await door.call(None, "POST", f"/lanes/{ZHAO_LANE}/thanks", headers=HTML, data=form)
    assert left.status_code == 303, left.text
    seen = {"text": mark("sighting"), "address": mark("sighting address"), "contact": CONTACT, "contact_agreed": "1"}
    sent = await door.call(None, "POST", f"/lanes/{ZHAO_LANE}/report", headers=HTML, data=seen)
    assert sent.status_code == 303, sent.text
    await door.settle()


def paths_of(door: Door, things: dict[str, str], *, api: bool) -> list[str]:
    """Every address that can be read, with things of 赵's in it."""
    found = []
    for method, path in declared(door.app):
        plain = path.replace(":uuid", "").replace(":int", "").replace(":str", "")
        if method == "GET" and path.startswith("/api/") == api and not any(part in path for part in ENDLESS):
            found.append(plain.format_map(_Any({**things, "code": ZHAO_LANE, "kind": KINDS.get(plain, "xlsx")})))
    return sorted(found)


class _Any(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def marked(tmp_path_factory: pytest.TempPathFactory, sqlite_templates: Any) -> AsyncIterator[Marked]:
    folder: Path = tmp_path_factory.mktemp("marked")
    url, mark = sqlite_templates.fresh(folder), Marks()
    async with in_a_task_of_its_own(a_door(url, folder, FixedClock(NOON))) as door:
        things = await things_of(door)
        await write_everywhere(door, things, mark)
        pages, answers = paths_of(door, things, api=False), paths_of(door, things, api=True)
        tokens = dict(door.tokens)
    server = Server(
        url=url, folder=folder, workers=1, tokens=tokens, steward_id=things["steward_id"], port=a_free_port()
    )
    await server.start()
    yield Marked(server, mark.made, pages, answers, things)
    await server.stop()


def text_of(answer: httpx.Response) -> str:
    """All that an answer says: also what is packed in a workbook, and what stands there for HTML or JSON."""
    said = [str(answer.headers)]
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            said += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    else:
        said.append(answer.text)
    plain = "\n".join(said)
    return "\n".join((plain, html.unescape(plain), plain.replace('\\"', '"')))


async def first_event(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> str:
    async with client.stream("GET", path, headers=headers) as stream:
        said = ""
        async for part in stream.aiter_text():
            said += part
            if "data:" in said and said.endswith("\n\n"):
                break
            if stream.status_code >= 400 and len(said) > 20:
                break
        return said


async def test_what_is_personal_never_reaches_whom_it_is_none_of_their_business(marked: Marked) -> None:
    hidden = {
        "phone": PHONE,
        "contact": CONTACT,
        **{name: marked.marks[name] for name in (
            "steward", "case", "address", "return note", "grant note", "penalty note", "penalty about", "objection",
            "appeal", "sighting", "sighting address", "case of another",
        )},
    }  # fmt: skip
    async with marked.server.client() as client:
        for role in STRANGERS:
            own = {"case of another"} if role == "other_steward" else set()
            headers = marked.server.headers(role) if role else {}
            for path in (*marked.answers, *marked.pages, "/nowhere", f"/lanes/{ZHAO_LANE}?lang=en"):
                said = text_of(await client.get(path, headers={**headers, "Accept": "text/html, */*;q=0.5"}))
                assert [what for what in hidden.keys() - own if hidden[what] in said] == [], (role, path)
            for path in ("/api/v1/boards/points/stream", "/display/points/stream"):
                said = await first_event(client, path, headers)
                assert [what for what, text in hidden.items() if text in said] == [], (role, path)
        for path in (*marked.answers, *marked.pages):
            said = text_of(await client.get(path, headers=marked.server.headers("integrator")))
            assert [text for text in (PHONE, CONTACT) if text in said] == [], path
        clerk = marked.server.headers("street_admin")
        seen = text_of(await client.get(f"/admin/stewards/{marked.server.steward_id}", headers={**clerk, **HTML}))
        assert PHONE in seen, "whom it is the business of may read it"
    log = (marked.server.folder / "server.log").read_text(encoding="utf-8")
    assert [what for what, text in hidden.items() if text in log or json.dumps(text)[1:-1] in log] == []


async def look(page: Page, base: str, path: str, heard: list[str]) -> str:
    """Open a page and say all that it shows; nothing on it may have come alive."""
    heard.clear()
    try:
        answer = await page.goto(base + path, wait_until="domcontentloaded")
    except Error as error:
        assert "Download is starting" in error.message, path  # noqa: PT017 - a file, and nothing to look at
        return ""
    assert answer is not None
    if "text/html" not in answer.headers.get("content-type", ""):
        return ""
    assert answer.status < 500, path
    assert await page.locator(LOUD).count() == 0, path
    shown: str = await page.evaluate(
        "[document.title, document.body.innerText, ...[...document.querySelectorAll('input, textarea, option')]"
        ".map(one => one.value + one.textContent), ...[...document.querySelectorAll('details, dialog, template')]"
        ".map(one => one.textContent + (one.content ? one.content.textContent : ''))].join('\\n')"
    )
    assert heard == [], (path, heard)
    return shown


VISITS = (
    ("steward", "zh-CN", ("/me",)),
    ("district_admin", "zh-CN", ("/admin", "/desk")),
    (None, "zh-CN", ("/",)),
    ("other_steward", "en", ("/me/redeem", "/me/wishes")),
    ("street_admin", "en", ("/admin/partners", "/admin/places", "/admin/catalogue", "/admin/holidays")),
    ("district_admin", "en", ("/admin/partners", "/admin/places", "/admin/holidays")),
)
OF_PEOPLE = ("/me", "/admin", "/desk", "/partner")
BY_API_ALONE = {"case external"}


@pytest.mark.browser
async def test_markup_that_people_write_is_text_on_every_page(marked: Marked) -> None:
    shown: list[str] = []
    heard: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            heard.append(said.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGS)
        for role, locale, begins in VISITS:
            headers = {"Authorization": f"Bearer {marked.server.tokens[role]}"} if role else {}
            context = await browser.new_context(extra_http_headers=headers, locale=locale)
            await context.add_init_script("window.alert = () => console.error('came alive')")
            await context.route(LOOKS, lambda route: route.abort())
            page = await context.new_page()
            page.on("console", hear)
            page.on("dialog", lambda said: heard.append(said.message))
            page.on("pageerror", lambda said: heard.append(str(said)))
            for path in marked.pages:
                if path.startswith(begins) and (role is not None or not path.startswith(OF_PEOPLE)):
                    shown += [await look(page, marked.server.base, path, heard)]
            await context.close()
        await browser.close()
    everything = "\n".join(shown)
    missing = {what for what, text in marked.marks.items() if text not in everything}
    assert missing == BY_API_ALONE, "shown nowhere as it was written"
