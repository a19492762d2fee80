"""A resident rates from a slip: two taps, on a small phone with large text, with scripts off."""

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, visiting

pytestmark = pytest.mark.browser

SMALL = (320, 568)


def a_slip(browser: Browser, server: str) -> str:
    """A slip's address, as its QR code holds it, from the sheet that a clerk prints."""
    with visiting(browser, server, DESK) as clerk:
        clerk.signs_in_as_clerk()
        page = clerk.open("/admin/stewards")
        page.click("main table a >> nth=0")
        page.click("summary:has-text('打印评价单')")
        page.fill("#count", "6")
        with page.expect_response("**/slips") as printed:
            page.click("text=生成并打印")
        expect(page.locator(".slip")).to_have_count(6)
        clerk.finds_no_barrier()
        assert printed.value.status == 200
        link = page.locator(".slip__link").first.inner_text()
        return link[link.index("/rate/") :]


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("scripts", [pytest.param(True, id="scripts"), pytest.param(False, id="no-scripts")])
def test_a_resident_rates_with_two_taps(browser: Browser, own_server: str, locale: str, scripts: bool) -> None:
    path = a_slip(browser, own_server)
    with visiting(browser, own_server, SMALL, locale=locale, scripts=scripts) as resident:
        page = resident.open(f"/preferences?text=large&next={path}")
        page.wait_for_url("**/rate/*")
        page.click("label[for=satisfaction-4]")
        expect(page.locator(".said--4").first).to_be_visible()
        if scripts:
            resident.finds_no_barrier()
        page.click("main button[type=submit]")
        page.wait_for_url("**/rate/done")
        if scripts:
            resident.finds_no_barrier()


def test_a_form_without_a_mark_says_so_first(browser: Browser, own_server: str) -> None:
    path = a_slip(browser, own_server)
    with visiting(browser, own_server, PHONE, refused=400) as resident:
        page = resident.open(path)
        page.click("main button[type=submit]")
        expect(page.locator(".note--error")).to_contain_text("请先回答")
        resident.finds_no_barrier()
