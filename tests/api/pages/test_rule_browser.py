"""The district's way through rules and budgets in a browser: a draft, its rehearsal, a budget that is funded once."""

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, Visitor, visiting
from tests.api.pages.live import DISTRICT_CLERK, PASSWORD

pytestmark = pytest.mark.browser


def _signs_in(visitor: Visitor) -> None:
    page = visitor.open("/sign-in?as=staff")
    page.fill("#name", DISTRICT_CLERK)
    page.fill("#secret", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/admin/cases")


@pytest.mark.parametrize(
    ("size", "locale"), [pytest.param(PHONE, "zh-CN", id="phone-zh"), pytest.param(DESK, "en-GB", id="desk-en")]
)
def test_a_draft_is_written_rehearsed_and_a_budget_funded(
    browser: Browser, own_server: str, size: tuple[int, int], locale: str
) -> None:
    with visiting(browser, own_server, size, locale=locale, refused=400) as district:
        _signs_in(district)
        page = district.open("/admin/rules")
        district.finds_no_barrier()
        page.click("button[name=from][value=newest]")
        page.wait_for_url("**/admin/rules/*-*")
        district.finds_no_barrier()
        page.click("a[href$='/rehearsal']")
        district.finds_no_barrier()
        page.click("main form button[type=submit]")
        expect(page.locator("main table").first).to_be_visible()
        district.finds_no_barrier()
        page = district.open("/admin/budgets")
        page.select_option("#street", "110101014")
        page.select_option("#why", "fund/annual")
        page.click("main form button[type=submit]")
        expect(page.locator("#points-error")).to_be_visible()
        district.finds_no_barrier()
        page.fill("#points", "120")
        page.click("main form button[type=submit]")
        page.wait_for_url("**/admin/budgets?done=changed")
        expect(page.locator("main")).to_contain_text("+120")
        district.finds_no_barrier()
