"""A clerk's day at the counter: making ready, handing over by typed code, the second scan refused, stock restocked."""

from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from rewards.pick_up_codes import PickUpCodes
from tests.api.pages.conftest import DESK, PHONE, visiting
from tests.api.pages.live import SECRET_KEY, STEWARD_NUMBER

pytestmark = pytest.mark.browser

SIZES = [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")]
TOWEL = {"zh-CN": "毛巾", "en-GB": "Towel"}
USED = {"zh-CN": "这个码用过了", "en-GB": "This code was used"}


def _orders_at_the_desk(page: Page, base: str, item: str) -> str:
    """Two of an item for 赵, who agreed, as the desk takes it; answers the pick-up code, which 赵's phone shows."""
    page.goto(f"{base}/desk?q={STEWARD_NUMBER}")
    page.locator("tbody tr").filter(has_text=item).locator("input").fill("2")
    page.check("input[name=consent][value=present]")
    page.click("main form[method=post] button[type=submit]")
    page.wait_for_url("**/desk/receipts/**")
    order_id = UUID(page.url.split("/")[-1].split("?")[0])
    return PickUpCodes(SECRET_KEY).code_of(order_id, 0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_clerk_readies_and_hands_over_by_code_and_the_second_scan_is_refused(
    browser: Browser, own_server: str, size: tuple[int, int], locale: str
) -> None:
    with visiting(browser, own_server, size, locale=locale, refused=409) as clerk:
        page = clerk.signs_in_as_clerk()
        code = _orders_at_the_desk(page, own_server, TOWEL[locale])
        clerk.open("/admin/orders")
        clerk.finds_no_barrier()
        row = page.locator("tbody tr").filter(has_text=TOWEL[locale])
        row.locator("button").click()
        expect(page.locator(".note--ok")).to_be_visible()
        expect(row.locator("button")).to_have_count(0)
        clerk.open("/admin/collect")
        clerk.finds_no_barrier()
        expect(page.locator("#code")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.locator("#confirm")).to_be_focused()
        expect(page.locator("#found")).to_be_visible()
        expect(page.locator("#q1")).to_have_value("2")
        clerk.finds_no_barrier()
        page.keyboard.press("Enter")
        expect(page.locator("#handed")).to_contain_text(f"{TOWEL[locale]} × 2")
        expect(page.locator("#code")).to_be_focused()
        clerk.finds_no_barrier()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.locator("#refused")).to_contain_text(USED[locale])
        expect(page.locator("#code")).to_be_focused()
        clerk.finds_no_barrier()
        clerk.open("/admin/orders?state=collected")
        page.click(f"tbody th a:has-text('{TOWEL[locale]}')")
        page.click("main summary")
        clerk.finds_no_barrier()
        page.fill("#refund-q1", "1")
        page.click("form[action$='/refund'] button")
        expect(page.locator(".note--ok")).to_be_visible()
        expect(page.locator(".trail li")).to_have_count(4)


@pytest.mark.parametrize("size", SIZES)
def test_a_clerk_restocks_and_counts(browser: Browser, own_server: str, size: tuple[int, int]) -> None:
    with visiting(browser, own_server, size, refused=409) as clerk:
        clerk.signs_in_as_clerk()
        page = clerk.open("/admin/stock")
        page.select_option("#item", label=page.locator("#item option", has_text="香皂").inner_text())
        page.select_option("#what", "received:delivery")
        page.fill("#quantity", "20")
        page.click("form[aria-labelledby=move] button")
        soap = page.locator("tbody tr").filter(has_text="香皂")
        expect(soap).to_contain_text("20")
        soap.locator("input").fill("18")
        paste = page.locator("tbody tr").filter(has_text="牙膏").locator("input")
        paste.fill("0")
        page.click("form[action$='/count'] button")
        expect(page.locator("tbody .field__error")).to_contain_text("预留")
        expect(paste).to_have_value("0")
        expect(soap).to_contain_text("18")
        clerk.finds_no_barrier()
        soap.locator("a").click()
        expect(page.locator("tbody tr")).to_have_count(4)
        clerk.finds_no_barrier()
