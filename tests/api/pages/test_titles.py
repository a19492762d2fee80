"""Titles in a browser: agreed to by the second person, announced, objected to, answered, and each rule seen by all."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, visiting

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [DESK])
def test_a_list_is_reviewed_announced_and_changed_by_an_objection(
    browser: Browser, own_server: str, size: tuple[int, int]
) -> None:
    with visiting(browser, own_server, size) as clerk:
        clerk.signs_in_as_clerk()
        page = clerk.open("/admin/titles")
        clerk.finds_no_barrier()
        page.click("tbody th a:has-text('金牌管家')")
        expect(page.locator("#about")).to_be_visible()
        clerk.finds_no_barrier()
        page.click("tbody th a:has-text('龙潭')")
        expect(page.locator("#winners")).to_have_text("拟推荐 1 名")
        page.locator("tbody tr").first.locator("summary").click()
        expect(page.locator(".reasons").first).to_contain_text("合计")
        clerk.finds_no_barrier()
        page.click("form[action$='/review'] button")
        page.fill("#unit", "龙潭街道办事处")
        page.fill("#address", "示例路 1 号")
        page.fill("#phone", "010-0000 0001")
        clerk.finds_no_barrier()
        page.click("form[action$='/notice'] button")
        notice = page.locator("aside a[href^='/notices/']").get_attribute("href")
        assert notice is not None
        assert re.fullmatch(r"/notices/G2611230\d+", notice)

    with visiting(browser, own_server, PHONE) as visitor:
        page = visitor.open("/notices")
        visitor.finds_no_barrier()
        page = visitor.open(notice)
        expect(page.locator(".notice__table tbody tr")).to_have_count(1)
        expect(page.locator(".notice")).to_contain_text("实名")
        expect(page.locator("form[action^='/notices/']")).to_have_count(0)  # nobody is signed in
        visitor.finds_no_barrier()
        visitor.signs_in_as_steward()
        page = visitor.open("/me/titles")
        expect(page.locator(".reasons")).to_contain_text("任职月数")
        expect(page.locator(".steps")).to_contain_text("核实案件数")
        visitor.finds_no_barrier()
        page = visitor.open(notice)
        page.fill("#text", "他五月起没有巡巷")
        page.click("form[action^='/notices/'] button")
        expect(page.locator(".note--ok")).to_contain_text("Y2611230001")

    with visiting(browser, own_server, (320, 700), locale="en-GB") as visitor:
        visitor.open(notice)
        visitor.finds_no_barrier()

    with visiting(browser, own_server, size) as clerk:
        clerk.signs_in_as_clerk()
        clerk.open("/admin/titles")
        page = clerk.page
        page.click("tbody th a:has-text('金牌管家')")
        page.click("tbody th a:has-text('龙潭')")
        expect(page.locator(".objection")).to_contain_text("他五月起没有巡巷")
        page.fill(".objection textarea", "查实，移出名单")
        clerk.finds_no_barrier()
        page.click(".objection button[value=yes]")
        expect(page.locator("aside.pane")).to_contain_text("异议 Y2611230001 成立")
        expect(page.locator(".bar")).to_contain_text("第 2 版")
        expect(page.locator("form[action$='/review'] button")).to_be_visible()
        clerk.finds_no_barrier()
        clerk.open(notice)
        expect(page.locator(".note--error")).to_contain_text("以新的公示为准")
