"""The shop from every side: a steward's appointment, draw, line and wish; a clerk's catalogue and draw; settlements."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, visiting
from tests.api.pages.live import DISTRICT_CLERK, HOURS_LATER, PARTNER_TOKEN

pytestmark = pytest.mark.browser

ENGLISH = {
    "理发": "Haircut",
    "香皂": "Soap",
    "保温杯": "Thermos cup",
    "磨刀": "Knife sharpening",
    "毛巾": "Towel",
    "快没有了": "Running low",
}


@pytest.mark.parametrize(
    ("size", "locale"), [pytest.param(PHONE, "en-GB", id="phone-en"), pytest.param(DESK, "zh-CN", id="desk-zh")]
)
def test_the_shop_from_every_side(
    browser: Browser, own_server: str, tmp_path: Path, size: tuple[int, int], locale: str
) -> None:
    folder = tmp_path / "own"
    token, code = (folder / PARTNER_TOKEN).read_text().split()

    def word(chinese: str) -> str:
        return ENGLISH[chinese] if locale == "en-GB" else chinese

    with visiting(browser, own_server, size, locale=locale) as steward:
        page = steward.signs_in_as_steward()
        # An appointment.
        steward.open("/me/redeem")
        page.click(f"a.entry:has-text('{word('理发')}')")
        page.check("input[name=place]")
        page.select_option("main select", index=1)
        steward.finds_no_barrier()
        page.click("main button[type=submit]")
        page.click("main button[value=confirm]")
        page.wait_for_url("**/me/orders/**")
        expect(page.locator(".ticket__digits")).to_be_visible()
        # A draw.
        page.goto(f"{own_server}/me/redeem")
        page.click("a[href='/me/draws']")
        steward.finds_no_barrier()
        page.click(f"a.entry:has-text('{word('保温杯')}')")
        page.click("form[action$='/apply'] button")
        expect(page.locator("form[action$='/withdraw'] button")).to_be_visible()
        steward.finds_no_barrier()
        drawn = page.url
        # A waiting list.
        steward.open("/me/redeem")
        page.click(f"a.entry:has-text('{word('香皂')}')")
        steward.finds_no_barrier()
        page.click("form[action='/me/waiting'] button")
        page.wait_for_url("**/me/waiting?joined=1")
        expect(page.locator("main")).to_contain_text(word("香皂"))
        steward.finds_no_barrier()
        # A wish.
        steward.open("/me/wishes")
        page.click("form[action$='/vote'] button")
        expect(page.locator("form[action$='/vote'] input[name=support]")).to_have_value("0")
        steward.finds_no_barrier()

    with visiting(browser, own_server, size, locale=locale) as clerk:
        page = clerk.signs_in_as_clerk()
        # An item's edges, by version.
        clerk.open("/admin/catalogue")
        clerk.finds_no_barrier()
        page.click(f"tbody a:has-text('{word('保温杯')}')")
        clerk.finds_no_barrier()
        page.fill("#low_stock", "9")
        page.click("form[aria-labelledby=edit] button[type=submit]")
        expect(page.locator(".note--ok")).to_be_visible()
        page.fill("#points", "4")
        page.fill("#begins", "2026-12-01T00:00")
        page.click("form[action$='/price'] button")
        expect(page.locator(".note--ok")).to_be_visible()
        clerk.open("/admin/catalogue?state=low")
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text(word("快没有了"))
        clerk.open("/admin/catalogue/new")
        clerk.finds_no_barrier()
        clerk.open("/admin/places")
        clerk.finds_no_barrier()
        # A draw is announced, and the one that has closed is done.
        clerk.open("/admin/draws")
        clerk.finds_no_barrier()
        towel = page.locator("#stock option", has_text=word("毛巾")).get_attribute("value")
        page.select_option("#stock", towel)
        page.click("main form[action='/admin/draws'] button")
        page.wait_for_url("**/admin/draws/*announced=1")
        clerk.finds_no_barrier()
        (folder / HOURS_LATER).write_text("5")
        clerk.open(drawn.replace(own_server, "").replace("/me/", "/admin/"))
        by_hand = page.locator("form[action$='/settle'] button")
        if by_hand.count():  # the clock may have been quicker
            by_hand.click()
        expect(page.locator("section[aria-labelledby=result] tbody tr")).to_have_count(2)
        clerk.finds_no_barrier()

    with visiting(browser, own_server, size, locale=locale) as steward:
        page = steward.signs_in_as_steward()
        page.goto(drawn)
        expect(page.locator("#mine")).to_be_visible()
        expect(page.locator(".codes dd")).to_have_count(4)
        steward.finds_no_barrier()

    with visiting(browser, own_server, size, locale=locale) as partner:
        page = partner.signs_in_as_partner(token)
        partner.finds_no_barrier()
        page.fill("#code", code)
        page.keyboard.press("Enter")
        expect(page.locator("#found")).to_be_visible()
        partner.finds_no_barrier()
        page.click("button[value=confirm]")
        expect(page.locator(".note--ok")).to_be_visible()
        expect(page.locator(".entry__what")).to_have_count(2)

    with visiting(browser, own_server, size, locale=locale) as boss:
        page = boss.signs_in_as_clerk(DISTRICT_CLERK)
        boss.open("/admin/partners")
        boss.finds_no_barrier()
        boss.open("/admin/settlements?partner=wanfu")
        boss.finds_no_barrier()
        expect(page.locator("tbody tr")).to_contain_text(word("磨刀"))
        with page.expect_download() as taken:
            page.click(".bar__acts a")
        assert Path(taken.value.path()).read_bytes().startswith(b"PK")
