"""Titles in a browser: agreed to by the second person, announced, objected to, answered, and each rule seen by all."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, visiting
from tests.api.pages.live import CLERK, DISTRICT_CLERK

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
        expect(page.locator(".steps").filter(has_text="核实案件数")).to_be_visible()
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


def test_a_committee_is_named_and_marks(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, DESK) as boss:
        boss.signs_in_as_clerk(DISTRICT_CLERK)
        page = boss.open("/admin/titles")
        page.click("tbody th a:has-text('每月之星')")
        expect(page.locator("main")).to_contain_text("还没有安排评审组")
        page.click("a[href$='/panel']")
        boss.finds_no_barrier()
        page.click("main form button[type=submit]")  # of nobody
        expect(page.locator("#members")).to_contain_text("评审组要有 2 到 30 人")
        boss.finds_no_barrier()
        boss.faults.clear()  # the browser notes the refusal
        for login in (CLERK, DISTRICT_CLERK):
            page.click(f"#members label:has-text('{login}')")
        page.click("main form button[type=submit]")
        expect(page.locator("main")).to_contain_text("正在打分")
        boss.finds_no_barrier()

    with visiting(browser, own_server, PHONE, locale="en-GB") as clerk:
        clerk.signs_in_as_clerk()
        page = clerk.open("/admin/titles")
        page.click("tbody th a:has-text('Star of the month')")
        page.click("a[href$='/marks']")
        clerk.finds_no_barrier()
        marks = page.locator(".marks__one")
        marks.nth(0).fill("95")
        marks.nth(1).fill("101")
        page.click(".acts button.b--go")
        expect(page.locator("main")).to_contain_text("a whole number from 0 to 100")
        expect(marks.nth(0)).to_have_value("95")  # nothing that was typed is lost
        clerk.finds_no_barrier()
        clerk.faults.clear()
        marks.nth(1).fill("90")
        page.click(".acts button.b--go")
        expect(page.locator("main")).to_contain_text("1 of ")
        expect(marks.nth(1)).to_have_value("90")
        clerk.finds_no_barrier()
