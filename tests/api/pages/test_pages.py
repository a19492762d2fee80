"""Every page, on a phone, on a desk and with large text, in both languages: no barrier, no error, nothing too wide."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, Visitor, visiting
from tests.api.pages.live import ZHAO_LANE

pytestmark = pytest.mark.browser

NARROW = (320, 640)
PUBLIC = (
    "/",
    "/sign-in",
    "/sign-in?as=staff",
    "/sign-in/card",
    "/styleguide",
    "/rules",
    f"/lanes/{ZHAO_LANE}",
    "/display/points",
    "/lanes",
    "/lanes?street=110101014",
)
STEWARD = (
    "/me",
    "/me/statement",
    "/me/statement?show=spent",
    "/me/report",
    "/me/cases",
    "/me/cases?state=rejected",
    "/me/inbox",
    "/me/profile",
    "/me/devices",
    "/me/data",
    "/me/boards",
    "/me/boards?period=week&among=lane",
    "/me/levels",
    "/me/penalties",
    "/me/donate",
    "/me/redeem",
    "/me/redeem?kind=kit",
    "/me/orders",
    "/me/orders?show=all",
)
CLERK = (
    "/admin/cases",
    "/admin/cases?state=all",
    "/admin/cases?q=nobody",
    "/admin/cases/new",
    "/admin/import",
    "/admin/stewards",
    "/admin/stewards?q=nobody",
    "/admin/devices",
    "/admin/second-factor",
    "/admin/audit",
    "/admin/audit?q=nobody",
    "/admin/grants",
    "/admin/grants?state=approved",
    "/admin/grants?state=rejected",
    "/admin/grants/new",
    "/admin/reports",
    "/admin/collections",
    "/admin/rechecks",
    "/admin/budgets",
    "/admin/reports?by=street",
    "/admin/reports?by=category&first=2026-10",
    "/admin/reports?first=2020-01&last=2020-02&by=street",
    "/admin/penalties",
    "/admin/penalties?state=open",
    "/admin/orders",
    "/admin/orders?state=all",
    "/admin/orders?q=nobody",
    "/admin/collect",
    "/admin/stock",
    "/admin/stock?low=1",
)
LAYOUTS = [
    pytest.param(PHONE, "zh-CN", 100, id="phone-zh"),
    pytest.param(DESK, "zh-CN", 100, id="desk-zh"),
    pytest.param(NARROW, "zh-CN", 100, id="narrow-zh"),
    pytest.param(NARROW, "en-GB", 130, id="narrow-large-en"),
    pytest.param(PHONE, "zh-CN", 130, id="phone-large-zh"),
    pytest.param(DESK, "en-GB", 130, id="desk-large-en"),
]


def _looks_at(visitor: Visitor, paths: tuple[str, ...], percent: int) -> None:
    for path in paths:
        page = visitor.open(path)
        if percent != 100 and not path.startswith("/display"):
            page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
        visitor.finds_no_barrier()
        expect(page.locator("h1").first).to_be_visible()


@pytest.mark.parametrize(("size", "locale", "percent"), LAYOUTS)
def test_public_pages(browser: Browser, server: str, size: tuple[int, int], locale: str, percent: int) -> None:
    with visiting(browser, server, size, locale=locale) as visitor:
        _looks_at(visitor, PUBLIC, percent)


@pytest.mark.parametrize(("size", "locale", "percent"), LAYOUTS)
def test_a_stewards_pages(browser: Browser, server: str, size: tuple[int, int], locale: str, percent: int) -> None:
    with visiting(browser, server, size, locale=locale) as visitor:
        visitor.signs_in_as_steward()
        _looks_at(visitor, STEWARD, percent)
        visitor.open("/me/cases").locator(".entries a").first.click()
        visitor.finds_no_barrier()


@pytest.mark.parametrize(("size", "locale", "percent"), LAYOUTS)
def test_a_clerks_pages(browser: Browser, server: str, size: tuple[int, int], locale: str, percent: int) -> None:
    with visiting(browser, server, size, locale=locale) as visitor:
        visitor.signs_in_as_clerk()
        _looks_at(visitor, CLERK, percent)
        visitor.open("/admin/stewards").locator("tbody a").first.click()
        visitor.finds_no_barrier()


def test_the_four_doors_of_the_demo_open_with_one_click(browser: Browser, server: str) -> None:
    for door, leads_to in (
        ("button[value=steward]", "/me"),
        ("button[value=street]", "/admin/cases"),
        ("a[href^='/lanes/']", f"/lanes/{ZHAO_LANE}"),
        ("a[href='/display/points']", "/display/points"),
    ):
        with visiting(browser, server) as visitor:
            visitor.open("/").click(door)
            expect(visitor.page).to_have_url(server + leads_to)


def test_a_page_that_is_not_there_says_so_and_leads_back(browser: Browser, server: str) -> None:
    with visiting(browser, server, refused=404) as visitor:
        page = visitor.open("/nothing-here")
        expect(page.locator("h1")).to_have_text("没有找到")
        visitor.finds_no_barrier()
        page.click("main a.btn")
        expect(page).to_have_url(f"{server}/")


def test_elders_read_at_18_points_and_press_60_pixels(browser: Browser, server: str) -> None:
    with visiting(browser, server) as visitor:
        page = visitor.signs_in_as_steward()
        page.click("a[href*='text=large']")
        page.wait_for_url("**/me")
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 24
        for target in page.locator(".tabs a, .purse .btn").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 60
        visitor.finds_no_barrier()


def test_the_language_is_chosen_once_and_kept(browser: Browser, server: str) -> None:
    with visiting(browser, server) as visitor:
        page = visitor.open("/rules")
        page.click("footer a[hreflang=en]")
        expect(page.locator("h1")).to_have_text("How points work")
        assert visitor.open("/").locator("html").get_attribute("lang") == "en"


def test_a_lane_shows_no_full_name_without_consent(browser: Browser, server: str) -> None:
    with visiting(browser, server) as visitor:
        page = visitor.open(f"/lanes/{ZHAO_LANE}")
        expect(page.locator("main")).to_contain_text("赵*例")
        assert "赵示例" not in page.content()
        assert "000-0000" not in page.content()
        expect(page.locator(".gate__lead")).to_have_text(re.compile("长 150 米，宽 10 米"))


def test_the_hall_screen_keeps_its_last_board_and_says_when_it_is_stale(browser: Browser, server: str) -> None:
    with visiting(browser, server, (1920, 1080)) as visitor:
        page = visitor.page
        page.clock.install()
        visitor.open("/display/points")
        expect(page.locator("#feed")).to_contain_text("更新")
        before = page.locator(".champ__who").all_text_contents()
        page.context.set_offline(True)
        page.clock.run_for(11 * 60 * 1000)
        expect(page.locator("body")).to_have_attribute("data-feed", "stale")
        expect(page.locator("#feed")).to_contain_text("断网")
        assert before
        assert page.locator(".champ__who").all_text_contents() == before
        visitor.faults.clear()  # the browser notes each poll that failed
