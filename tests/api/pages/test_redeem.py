"""Redeeming on the phone: finding, checking, reserving, showing the code, giving it up."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.pages.conftest import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

SIZES = [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")]
WORDS = {
    "zh-CN": ("毛巾", "换后剩", "领取码", "取消兑换"),
    "en-GB": ("Towel", "Left afterwards", "Pick-up code", "Cancel this order"),
}


def _chosen(steward: Visitor, name: str, quantity: int = 1) -> Page:
    """The item's page with the form filled in and looked at."""
    page = steward.open("/me/redeem")
    page.click(f"a.entry:has-text('{name}')")
    page.check("input[name=place]")
    page.fill("#quantity", str(quantity))
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_steward_reserves_shows_the_code_and_cancels(
    browser: Browser, own_server: str, size: tuple[int, int], locale: str
) -> None:
    towel, left, code, cancel = WORDS[locale]
    with visiting(browser, own_server, size, locale=locale) as steward:
        page = steward.signs_in_as_steward()
        before = int(re.sub(r"\D", "", page.locator(".purse__num").inner_text()))
        page.click("nav a[href='/me/redeem']")
        steward.finds_no_barrier()
        _chosen(steward, towel)
        steward.finds_no_barrier()
        page.click("main button[type=submit]")
        expect(page.locator("main")).to_contain_text(left)
        expect(page.locator("main dl")).to_contain_text(str(before - 10))
        steward.finds_no_barrier()
        page.click("main button[value=confirm]")
        page.wait_for_url("**/me/orders/**")
        expect(page.locator("#code")).to_have_text(code)
        assert re.fullmatch(r"\d{4} \d{4}", page.locator(".ticket__digits").inner_text())
        steward.finds_no_barrier()
        steward.open("/me")
        expect(page.locator(".purse__num")).to_contain_text(str(before - 10))
        steward.open("/me/orders")
        steward.finds_no_barrier()
        page.click(f"a.entry:has-text('{towel}')")
        page.click(f"summary:has-text('{cancel}')")
        page.click("form[action$='/cancel'] button")
        expect(page.locator(".ticket")).to_have_count(0)
        steward.open("/me")
        expect(page.locator(".purse__num")).to_contain_text(str(before))


def test_what_is_too_dear_says_how_much_is_missing(browser: Browser, server: str) -> None:
    with visiting(browser, server) as steward:
        steward.signs_in_as_steward()
        page = steward.open("/me/redeem")
        expect(page.locator("a.entry:has-text('灭火器')")).to_contain_text(re.compile(r"还差 \d+ 分"))
        expect(page.locator("a.entry:has-text('香皂')")).to_contain_text("现在没有货了")
        page.click("a.entry:has-text('灭火器')")
        expect(page.locator(".note--warn")).to_contain_text("还差")
        expect(page.locator("main form")).to_have_count(0)


def test_more_than_the_points_allow_is_named_and_nothing_is_reserved(browser: Browser, server: str) -> None:
    with visiting(browser, server, refused=409) as steward:
        steward.signs_in_as_steward()
        page = _chosen(steward, "毛巾", 9)
        page.click("main button[type=submit]")
        expect(page.locator("#quantity-error")).to_contain_text("还差")
        expect(page.locator("#quantity")).to_have_value("9")
        expect(steward.open("/me/orders").locator("a.entry:has-text('毛巾')")).to_have_count(0)


def test_an_order_confirmed_twice_is_one_order(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, scripts=False) as steward:
        steward.signs_in_as_steward()
        page = _chosen(steward, "毛巾")
        page.click("main button[type=submit]")
        form = page.evaluate("Object.fromEntries(new FormData(document.querySelector('main form')))")
        where = page.url
        for _ in range(2):
            answer = page.request.post(where, form={**form, "step": "confirm"}, max_redirects=0)
            assert answer.status == 303
        expect(steward.open("/me/orders?show=all").locator("a.entry:has-text('毛巾')")).to_have_count(1)


def test_somebody_else_collects_only_with_the_owners_word(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server) as steward:
        steward.signs_in_as_steward()
        page = steward.open("/me/orders")
        page.click("a.entry:has-text('牙膏')")
        expect(page.locator("main")).to_contain_text("只有您本人能领")
        code = page.locator(".ticket__digits").inner_text()
        page.click("text=同意别人代领")
        expect(page.locator("main")).to_contain_text("您同意别人代领")
        page.click("text=换一个领取码")
        assert page.locator(".ticket__digits").inner_text() != code


def test_a_haircut_is_booked_for_half_a_day(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server) as steward:
        steward.signs_in_as_steward()
        page = _chosen(steward, "理发")
        page.select_option("main select", label="2026 年 11 月 24 日 下午")
        steward.finds_no_barrier()
        page.click("main button[type=submit]")
        expect(page.locator("main dl")).to_contain_text("2026 年 11 月 24 日 下午")
        page.click("main button[value=confirm]")
        page.wait_for_url("**/me/orders/**")
        expect(page.locator("main")).to_contain_text("2026 年 11 月 24 日 下午")


def test_a_haircut_without_its_half_day_is_not_booked(browser: Browser, server: str) -> None:
    with visiting(browser, server, refused=400) as steward:
        steward.signs_in_as_steward()
        page = _chosen(steward, "理发")
        page.click("main button[type=submit]")
        expect(page.locator("[role=alert]")).to_contain_text("请选一个上午或下午")
