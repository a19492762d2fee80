"""The hall screen: live within seconds, through restarts, offline, at night, with one piece of good news at a time."""

import asyncio
import os
import re
from collections.abc import Coroutine
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cases.handling import CaseStep, handle_cases
from cases.intake import report_cases
from cases.wording import CaseAction
from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.ids import new_id
from migrations import APPS
from stewards.consents import OFF_BOARDS, ConsentWish, save_consents
from stewards.models import Steward
from stewards.principal import system_principal
from tests.api.pages.conftest import DESK, Hall, visiting
from tests.api.pages.live import STEWARD_NUMBER, settings_of
from tests.cases.district import MORNING, a_report
from tests.stewards.builders import NOON

RESTARTS = int(os.environ.get("JINPAI_RESTARTS", "2"))
HALL, HALL_4K = (1920, 1080), (3840, 2160)

pytestmark = pytest.mark.browser


def beside(work: Coroutine[Any, Any, None]) -> None:
    """Do something in a loop of its own: the browser holds this thread's."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert not failures, failures


async def a_credit(folder: Path, port: int, lane_code: str, *, category: str = "illegal_build") -> None:
    """A case reported and verified by another process than the server."""
    database = await Database.open(settings_of(folder, port).database_url, APPS)
    try:
        report = a_report(external_id=f"beside-{new_id()}", lane_code=lane_code, category=category, reported_at=MORNING)
        [reported] = await database.run(lambda tx: report_cases(tx, [report], now=NOON))
        step = CaseStep(case_id=reported.case_id, action=CaseAction.VERIFY, actor=system_principal("test"))
        await database.run(lambda tx: handle_cases(tx, [step], now=NOON))
    finally:
        await database.close()


def points_of(page: Page, who: str) -> int:
    line = page.locator(".page").first.locator("[data-who]", has_text=who).first
    return int(re.sub(r"\D", "", line.locator(".champ__pts, .rows__pts").inner_text().split("\n")[0]))


def shows(page: Page, who: str, points: int, *, within_s: float) -> None:
    """The screen shows somebody with so many points before long."""
    line = page.locator(".page").first.locator("[data-who]", has_text=who).first
    expect(line.locator(".champ__pts, .rows__pts")).to_contain_text(str(points), timeout=within_s * 1000)


def test_a_credit_by_another_process_is_on_the_screen_within_five_seconds_also_after_restarts(
    browser: Browser, hall: Hall
) -> None:
    with visiting(browser, hall.base, HALL) as visitor:
        page = visitor.open("/display/points?lang=zh")
        points = points_of(page, "赵*例")
        beside(a_credit(hall.folder, hall.port, "014-02-01", category="litter"))
        points += 2  # so little that ten restarts stay below the month's cap
        shows(page, "赵*例", points, within_s=5)
        for _ in range(RESTARTS):
            hall.stop()
            beside(a_credit(hall.folder, hall.port, "014-02-01", category="litter"))
            points += 2
            hall.start()
            shows(
                page, "赵*例", points, within_s=15
            )  # a screen comes back after three to six seconds, never all at once
            expect(page.locator("body")).to_have_attribute("data-feed", "live")
        visitor.faults.clear()  # the browser notes each poll that failed


def test_good_news_takes_the_stage_once_and_leaves_it(browser: Browser, hall: Hall) -> None:
    with visiting(browser, hall.base, HALL) as visitor:
        page = visitor.open("/display/points?lang=zh")
        page.wait_for_timeout(1_500)
        beside(a_credit(hall.folder, hall.port, "014-01-01"))
        expect(page.locator("#cheer")).to_be_visible(timeout=8_000)
        expect(page.locator(".toast__who")).to_have_text("钱**二")
        expect(page.locator(".toast__kind")).to_have_text(re.compile(r"喜报 · 本月升到第 \d 名"))
        expect(page.locator("#cheer")).to_be_hidden(timeout=15_000)


SHIFTS = """
window.shifted = 0; window.moved = [];
new PerformanceObserver(list => list.getEntries().filter(entry => !entry.hadRecentInput).forEach(entry => {
  window.shifted += entry.value;
  entry.sources.forEach(source => window.moved.push(`${entry.value} ${source.node && source.node.className}`));
})).observe({ type: "layout-shift", buffered: true });
"""


def moved(page: Page) -> tuple[float, list[str]]:
    """The cumulative layout shift of a page so far, and what moved."""
    page.wait_for_timeout(300)  # a shift is told after the frame in which it happened
    return page.evaluate("window.shifted"), page.evaluate("window.moved")


def test_nothing_on_a_page_jumps_when_it_is_brought_up_to_date(browser: Browser, hall: Hall) -> None:
    with visiting(browser, hall.base, HALL) as visitor, visiting(browser, hall.base, DESK) as clerk:
        page = visitor.page
        page.add_init_script(SHIFTS)
        visitor.open("/display/points?lang=zh")
        points = points_of(page, "赵*例")
        beside(a_credit(hall.folder, hall.port, "014-02-01", category="litter"))
        shows(page, "赵*例", points + 2, within_s=30)
        beside(a_credit(hall.folder, hall.port, "014-01-01"))  # somebody rises, and good news takes the stage
        expect(page.locator("#cheer")).to_be_visible(timeout=30_000)
        expect(page.locator("#cheer")).to_be_hidden(timeout=30_000)
        assert moved(page)[0] == 0, moved(page)
        queue = clerk.page
        queue.add_init_script(SHIFTS)
        clerk.signs_in_as_clerk()
        with queue.expect_response(lambda answer: answer.url.endswith("/verify")):
            queue.keyboard.press("a")
        expect(queue.locator("#undo button")).to_be_visible(timeout=30_000)
        assert moved(queue)[0] < 0.01, moved(queue)  # the case that was decided leaves the list


# The page comes into the cache after its files.
KEPT = """caches.open('jinpai-display').then(c => c.keys()).then(
    kept => kept.some(one => new URL(one.url).pathname === '/display/points'))"""


def test_a_screen_boots_without_network_with_the_last_board(browser: Browser, hall: Hall) -> None:
    with visiting(browser, hall.base, HALL) as visitor:
        page = visitor.open("/display/points?lang=zh")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        visitor.waits_until(KEPT)
        points = points_of(page, "赵*例")
        hall.stop()
        page.reload()
        expect(page.locator("h1")).to_have_text("小巷管家光荣榜")
        assert points_of(page, "赵*例") == points
        size = page.locator("h1").evaluate("title => getComputedStyle(title).fontSize")
        assert size == "80px", "the stylesheet came from the cache"
        visitor.faults.clear()  # the browser notes what did not answer


def test_a_screen_is_paired_boots_offline_from_its_first_address_and_forgets_when_revoked(
    browser: Browser, hall: Hall
) -> None:
    with visiting(browser, hall.base, DESK) as clerk, visiting(browser, hall.base, HALL, refused=401) as visitor:
        screen = visitor.open("/display")
        visitor.finds_no_barrier()
        code = screen.locator("#code").inner_text()
        clerk.signs_in_as_clerk()
        form = clerk.open("/admin/displays")
        clerk.finds_no_barrier()
        form.fill("#code", code.lower())
        form.fill("#name", "光明社区大厅")
        form.click("main button.b--go")
        screen.wait_for_url("**/display/points?street=110101014", timeout=30_000)
        visitor.waits_until(KEPT)
        seen = form.locator("tbody tr", has_text="在线")
        form.reload()
        expect(seen).to_contain_text("光明社区大厅")
        hall.stop()
        screen.goto(f"{hall.base}/display")
        expect(screen.locator("h1")).to_have_text("小巷管家光荣榜")
        assert "/display/points" in screen.url
        hall.start()
        clerk.open("/admin/displays")
        form.click("tbody .b--danger")
        screen.reload()
        expect(screen.locator("#code")).to_be_visible(timeout=30_000)
        visitor.waits_until(f"{KEPT}.then(kept => !kept)")  # the code's own files may be there
        assert screen.evaluate("localStorage.length") == 0
        visitor.faults.clear()  # the browser notes what did not answer
        clerk.faults.clear()


# Everything that a screen has put by, as one text.
PUT_BY = """caches.open('jinpai-display').then(async c => {
    const kept = await Promise.all((await c.keys()).map(async one => one.url + await (await c.match(one)).text()));
    return kept.join() + JSON.stringify(localStorage);
})"""


async def leaves_boards(folder: Path, port: int) -> None:
    """赵 wishes to be on no board, told by another process than the server."""
    database = await Database.open(settings_of(folder, port).database_url, APPS)
    try:
        [zhao] = await (await database.reader()).rows(Steward, "WHERE number = $1", STEWARD_NUMBER)
        wish = ConsentWish(steward_id=zhao["id"], field=OFF_BOARDS, granted=True)
        await database.run(lambda tx: save_consents(tx, [wish], by=SYSTEM, now=NOON))
    finally:
        await database.close()


def test_who_leaves_the_boards_is_gone_from_what_a_screen_keeps_for_bad_days(browser: Browser, hall: Hall) -> None:
    with visiting(browser, hall.base, HALL) as visitor:
        page = visitor.open("/display/points?lang=zh&street=110101014")  # what this screen showed before
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        visitor.waits_until(KEPT)
        page = visitor.open("/display/points?lang=zh")
        visitor.waits_until(f"{PUT_BY}.then(all => all.includes('赵*例') && !all.includes('street=110101014'))")
        visitor.waits_until("localStorage.length === 1")
        beside(leaves_boards(hall.folder, hall.port))
        expect(page.locator("#board")).not_to_contain_text("赵*例", timeout=30_000)
        visitor.waits_until(f"{PUT_BY}.then(all => !all.includes('赵*例'))")
        hall.stop()
        page.reload()
        expect(page.locator("h1")).to_have_text("小巷管家光荣榜")
        assert "赵*例" not in page.content()
        visitor.faults.clear()  # the browser notes what did not answer


def test_pages_take_turns_and_hours_without_network_leave_the_last_board_until_it_is_live_again(
    browser: Browser, server: str
) -> None:
    with visiting(browser, server, HALL) as visitor:
        page = visitor.page
        page.clock.install()
        visitor.open("/display/points?lang=zh")
        count = page.locator(".page").count()
        assert count > 1
        seen = set()
        for _ in range(count):
            expect(page.locator(".page:not([hidden])")).to_have_count(1)
            seen.add(page.locator("#what").inner_text())
            page.clock.run_for(15_000)
        assert len(seen) == count
        expect(page.locator("body")).to_have_attribute("data-night", "no")  # noon
        points = points_of(page, "赵*例")
        page.context.set_offline(True)
        page.clock.fast_forward(11 * 3_600_000)
        expect(page.locator("body")).to_have_attribute("data-night", "yes")
        expect(page.locator("body")).to_have_attribute("data-feed", "stale")
        expect(page.locator("#feed")).to_contain_text("12:00")  # as of when it last was good
        assert points_of(page, "赵*例") == points
        page.context.set_offline(False)
        for _ in range(6):  # a poll every five to six seconds
            page.clock.run_for(10_000)
            page.wait_for_timeout(200)
        expect(page.locator("body")).to_have_attribute("data-feed", "live", timeout=30_000)
        visitor.faults.clear()  # the browser notes each poll that failed


@pytest.mark.parametrize("size", [HALL, HALL_4K])
def test_nothing_is_cut_off_on_a_hall_screen(browser: Browser, server: str, size: tuple[int, int]) -> None:
    with visiting(browser, server, size) as visitor:
        for number in (1, 2):
            page = visitor.open(f"/display/points?lang=zh&page={number}")
            visitor.finds_no_barrier()
            for part in (".podium:visible", ".rows:visible, .rows__none:visible", ".foot", ".scan__code svg", "#feed"):
                box = page.locator(part).first.bounding_box()
                assert box is not None, part
                assert box["x"] >= 0, part
                assert box["y"] >= 0, part
                assert box["x"] + box["width"] <= size[0] + 1, (part, box)
                assert box["y"] + box["height"] <= size[1] + 1, (part, box)
