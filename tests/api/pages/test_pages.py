"""Every page, on a phone, on a desk and with large text, in both languages: no barrier, no error, nothing too wide."""

import os
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, Visitor, visiting
from tests.api.pages.live import DISTRICT_CLERK, ZHAO_LANE
from tests.api.pages.test_page_access import PUBLIC_PAGES, STAFF_PAGES, STEWARD_PAGES
from tests.api.pages.test_page_budgets import DISTRICT_PAGES

pytestmark = pytest.mark.browser

NARROW = (320, 640)
PUBLIC = (
    *PUBLIC_PAGES,
    "/sign-in?as=staff",
    "/styleguide",
    "/honours?year=1999",
    "/notices?page=99",
)
STEWARD = (
    *STEWARD_PAGES,
    "/me/statement?show=spent",
    "/me/cases?state=rejected",
    "/me/boards?period=week&among=lane",
    "/me/redeem?kind=kit",
    "/me/orders?show=all",
)
STAFF = (
    *STAFF_PAGES,
    *DISTRICT_PAGES,
    "/admin/cases?state=all",
    "/admin/cases?q=nobody",
    "/admin/stewards?q=nobody",
    "/admin/people?q=nobody",
    "/admin/audit?q=nobody",
    "/admin/grants?state=approved",
    "/admin/reports?by=street",
    "/admin/reports?by=category&first=2026-10",
    "/admin/reports?first=2020-01&last=2020-02&by=street",
    "/admin/penalties?state=open",
    "/admin/orders?state=all",
    "/admin/orders?q=nobody",
    "/admin/stock?low=1",
    "/admin/catalogue?q=nobody",
    "/admin/sheet?community=014-02",
    "/desk?q=nobody",
)
# Two that are three apart show a page in both languages, and once narrow or large.
LAYOUTS = (
    (PHONE, "zh-CN", 100),
    (DESK, "zh-CN", 100),
    (NARROW, "zh-CN", 100),
    (DESK, "en-GB", 130),
    (NARROW, "en-GB", 130),
    (PHONE, "en-GB", 130),
)
STEP = 1 if os.environ.get("JINPAI_EVERY_LAYOUT") else 3
IDS = [f"{size[0]}-{locale[:2]}-{percent}" for size, locale, percent in LAYOUTS]


def _looks_at(visitor: Visitor, paths: tuple[str, ...], layout: int) -> None:
    """Every page in this layout, or those whose turn it is: each is seen in two."""
    percent = LAYOUTS[layout][2]
    for path in paths[layout % STEP :: STEP]:
        page = visitor.open(path)
        if percent != 100 and not path.startswith("/display"):
            page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
        visitor.finds_no_barrier()
        expect(page.locator("h1").first).to_be_visible()


@pytest.mark.parametrize("layout", range(len(LAYOUTS)), ids=IDS)
def test_public_pages(browser: Browser, server: str, layout: int) -> None:
    size, locale, _ = LAYOUTS[layout]
    with visiting(browser, server, size, locale=locale, refused=404) as visitor:
        _looks_at(visitor, PUBLIC, layout)


@pytest.mark.parametrize("layout", range(len(LAYOUTS)), ids=IDS)
def test_a_stewards_pages(browser: Browser, server: str, layout: int) -> None:
    size, locale, _ = LAYOUTS[layout]
    with visiting(browser, server, size, locale=locale) as visitor:
        visitor.signs_in_as_steward()
        _looks_at(visitor, STEWARD, layout)
        for path in ("/me/cases", "/me/orders", "/me/redeem"):
            visitor.open(path).locator("main a.entry").first.click()
            visitor.finds_no_barrier()


@pytest.mark.parametrize("layout", range(len(LAYOUTS)), ids=IDS)
def test_the_staffs_pages(browser: Browser, server: str, layout: int) -> None:
    size, locale, _ = LAYOUTS[layout]
    with visiting(browser, server, size, locale=locale) as visitor:
        visitor.signs_in_as_clerk(DISTRICT_CLERK)
        _looks_at(visitor, STAFF, layout)
        visitor.open("/admin/stewards").locator("tbody a").first.click()
        visitor.finds_no_barrier()


@pytest.mark.parametrize("size", [NARROW, PHONE], ids=["narrow", "phone"])
def test_what_is_missing_in_a_form_is_said_without_a_barrier(
    browser: Browser, server: str, size: tuple[int, int]
) -> None:
    """Each form is sent as it comes, past the browser's own checks."""
    forms = {
        False: ("/me/donate", "/lanes/014-02-01/report", "/verify", "/sign-in/card"),
        True: ("/admin/cases/new", "/admin/grants/new", "/admin/import", "/admin/catalogue/new", "/admin/collect"),
    }
    for staff, paths in forms.items():
        with visiting(browser, server, size, refused=4) as visitor:
            page = visitor.signs_in_as_clerk(DISTRICT_CLERK) if staff else visitor.signs_in_as_steward()
            for path in paths:
                visitor.open(path)
                with page.expect_navigation():
                    page.locator("main form[method=post]").first.evaluate(
                        "form => { form.noValidate = true; form.requestSubmit(form.querySelector('[type=submit]')); }"
                    )
                expect(page.locator("[role=alert]").first).to_be_visible()
                visitor.finds_no_barrier()


def test_what_is_refused_says_so_and_leads_on(browser: Browser, server: str) -> None:
    with visiting(browser, server, refused=4) as visitor:
        visitor.signs_in_as_steward()
        for path, words in (
            ("/admin", "没有权限"),
            ("/me/cases/" + "0" * 8 + "-0000-4000-8000-" + "0" * 12, "没有找到"),
        ):
            page = visitor.open(path)
            expect(page.locator("h1")).to_contain_text(words)
            visitor.finds_no_barrier()


def test_the_elder_view_is_kept_and_fits_every_page_of_a_steward(browser: Browser, server: str) -> None:
    with visiting(browser, server) as visitor:
        page = visitor.signs_in_as_steward()
        page.click("a[href*='text=large']")
        page.wait_for_url("**/me")
        visitor.open("/me").locator("footer form[action='/sign-out'] button").click()
        page.wait_for_url(f"{server}/")
        visitor.signs_in_as_steward()
        for path in STEWARD_PAGES:
            visitor.open(path)
            assert page.locator("html").get_attribute("class") == "large", path
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, path
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
