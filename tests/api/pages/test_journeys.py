"""From a bare clone's demo: what README promises, as a steward, a resident, a clerk and a hall screen see it.

`JINPAI_EVERY_LAYOUT` has them walk in every size and language.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.pages.conftest import DESK, PHONE, Visitor, visiting
from tests.screens import HALL, served_demo

pytestmark = pytest.mark.browser

_LONG = 30_000
SHORT = ((PHONE, "zh-CN"), (DESK, "en-GB"), (HALL, "zh-CN"))
EVERY = (*SHORT, (PHONE, "en-GB"), (DESK, "zh-CN"), (HALL, "en-GB"))
WALKS = list(enumerate(EVERY if os.environ.get("JINPAI_EVERY_LAYOUT") else SHORT))
REPORTS_A_DAY = 5  # from one network
SAID = {"zh-CN": "已领取", "en-GB": "collected"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small demo as `make run` builds and serves it."""
    with served_demo(tmp_path_factory.mktemp("demo")) as base:
        yield base


@pytest.mark.parametrize(("at", "layout"), WALKS, ids=[f"{size[0]}-{locale[:2]}" for _, (size, locale) in WALKS])
def test_points_are_earned_spent_and_seen_by_all_four(
    browser: Browser, demo: str, at: int, layout: tuple[tuple[int, int], str]
) -> None:
    size, locale = layout
    with visiting(browser, demo, size, locale=locale) as hall:
        hall.open("/").click("main .doors a[href='/display/points']")
        figures = hall.page.locator(".facts")
        expect(figures).to_be_visible()
        before = figures.inner_text()
        with visiting(browser, demo, size, locale=locale) as steward:
            code = _reads_why_and_redeems(steward, at)
        with visiting(browser, demo, size, locale=locale) as resident:
            _asks_and_rates(resident, report=at < REPORTS_A_DAY)
        with visiting(browser, demo, size, locale=locale) as clerk:
            _verifies_and_hands_out(clerk, code)
        expect(figures).not_to_have_text(before, timeout=_LONG, use_inner_text=True)
    with visiting(browser, demo, size, locale=locale) as steward:
        _enters(steward, "steward")
        page = steward.open("/me/orders?show=all")
        expect(page.locator("a.entry").nth(0)).to_contain_text(SAID[locale], ignore_case=True)


def _enters(visitor: Visitor, door: str) -> Page:
    page = visitor.open("/")
    page.locator(f"main .doors button[value={door}]").click()
    page.wait_for_url("**/me" if door == "steward" else "**/admin/cases")
    return page


def _reads_why_and_redeems(steward: Visitor, at: int) -> str:
    """Reads a receipt, orders the at-th of the goods that can be had; answers the code."""
    page = _enters(steward, "steward")
    page.click("nav a[href='/me/statement']")
    line = page.locator(".why").nth(1)
    line.locator("summary").click()
    expect(line.locator(".why__body")).to_be_visible()
    page.click("nav a[href='/me/redeem']")
    steward.open("/me/redeem?kind=goods").locator("main a.entry").nth(at).click()
    expect(page.locator("input[name=place]:checked")).to_have_count(1)  # the own street's
    page.click("main button[type=submit]")
    page.click("main button[value=confirm]")
    page.wait_for_url("**/me/orders/**")
    return page.locator(".ticket__digits").inner_text()


def _asks_and_rates(resident: Visitor, *, report: bool) -> None:
    page = resident.open("/")
    page.click("main .doors a[href^='/lanes/']")
    lane = page.url
    if report:
        page.click("main a[href$='/report']")
        page.fill("#text", "路灯不亮")
        page.click("main button[type=submit]")
        page.wait_for_url("**/report?sent=1")
    page.goto(lane)
    page.locator("main a[href^='/rate/']").first.click()
    page.click("label[for=satisfaction-4]")
    page.click("main button[type=submit]")
    page.wait_for_url("**/rate/done")


def _verifies_and_hands_out(clerk: Visitor, code: str) -> None:
    page = _enters(clerk, "street")
    waiting = page.locator("#waiting").inner_text()
    page.locator("#title").focus()
    page.keyboard.press("a")
    expect(page.locator("#done")).to_be_visible(timeout=_LONG)
    expect(page.locator("#waiting")).not_to_have_text(waiting, timeout=_LONG, use_inner_text=True)
    expect(clerk.open("/admin/sightings").locator("main")).to_contain_text("路灯不亮")
    clerk.open("/admin/collect")
    page.fill("#code", code)
    page.keyboard.press("Enter")
    page.locator("section[aria-labelledby=found] form[action='/admin/collect'] button[value=confirm]").click()
    expect(page.locator("#handed")).to_be_visible(timeout=_LONG)
