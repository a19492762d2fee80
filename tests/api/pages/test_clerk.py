"""A clerk's way through the queue, by keyboard and by mouse, and through an import."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.pages.conftest import DESK, PHONE, visiting
from tests.api.pages.live import WAITING, ZHAO_LANE

pytestmark = pytest.mark.browser

SIZES = [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")]
LOCALES = ["zh-CN", "en-GB"]
TO_VERIFY = WAITING + 1  # and the one that was reopened


def _waiting(page: Page) -> int:
    return int(page.locator("#waiting").inner_text().split()[0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_clerk_verifies_ten_cases_by_keyboard_and_undoes_one(
    browser: Browser, own_server: str, size: tuple[int, int], locale: str
) -> None:
    with visiting(browser, own_server, size, locale=locale) as clerk:
        page = clerk.signs_in_as_clerk()
        assert _waiting(page) == TO_VERIFY
        page.locator("#title").focus()
        for done in range(1, 11):
            page.keyboard.press("a")
            expect(page.locator("#waiting")).to_contain_text(str(TO_VERIFY - done))
        clerk.finds_no_barrier()
        page.keyboard.press("z")
        expect(page.locator("#waiting")).to_contain_text(str(TO_VERIFY - 9))
        page.reload()
        assert _waiting(page) == TO_VERIFY - 9


def test_keys_move_through_the_queue_and_return_asks_what_is_missing(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, DESK) as clerk:
        page = clerk.signs_in_as_clerk()
        page.locator("#title").focus()
        second = page.locator("[data-open]").nth(1).get_attribute("data-open")
        page.keyboard.press("j")
        expect(page.locator("tr[aria-current] [data-open]")).to_have_attribute("data-open", str(second))
        page.keyboard.press("r")
        expect(page.locator("#return-reason")).to_be_focused()
        page.select_option("#return-reason", "photo_missing")
        page.click("#return form button")
        expect(page.locator("#done")).to_contain_text("已退回")
        assert _waiting(page) == TO_VERIFY - 1


def test_the_queue_works_without_scripts(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, DESK, scripts=False) as clerk:
        page = clerk.signs_in_as_clerk()
        page.click("#verify button")
        assert _waiting(page) == TO_VERIFY - 1
        page.click("#undo button")
        assert _waiting(page) == TO_VERIFY
        page.click("#return summary")
        page.click("#return form button")  # no reason was chosen
        assert _waiting(page) == TO_VERIFY


def test_filters_stand_in_the_address_and_search_by_pinyin(browser: Browser, server: str) -> None:
    with visiting(browser, server, DESK) as clerk:
        page = clerk.signs_in_as_clerk()
        page.fill("input[name=q]", "qyb")
        page.press("input[name=q]", "Enter")
        expect(page).to_have_url(f"{server}/admin/cases?q=qyb&state=reported&lane=&category=&on=")
        rows = page.locator("#queue tbody tr")
        expect(rows).not_to_have_count(0)
        for row in rows.all():
            expect(row).to_contain_text("钱样本二")
        page.fill("input[name=q]", "nobody-of-this-name")
        page.press("input[name=q]", "Enter")
        expect(page.locator(".empty")).to_be_visible()
        clerk.finds_no_barrier()


def test_ticked_cases_are_looked_at_before_they_are_approved_together(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, DESK) as clerk:
        page = clerk.signs_in_as_clerk()
        for at in range(3):
            page.locator("input[name=case]").nth(at).check()
        page.click("button[form=bulk]")
        for box in page.locator("input[name=case]").all():
            box.check()
        clerk.finds_no_barrier()
        page.click("main form button[type=submit]")
        expect(page.locator("h1")).to_have_text("批量通过的结果")
        assert _waiting(page) == TO_VERIFY - 3
        clerk.finds_no_barrier()
        page.click("main form button[type=submit]")
        expect(page.locator("h1")).to_have_text("批量撤回的结果")
        assert _waiting(page) == TO_VERIFY


def test_two_clerks_cannot_decide_one_case_twice(browser: Browser, own_server: str) -> None:
    with (
        visiting(browser, own_server, DESK) as first,
        visiting(browser, own_server, DESK, refused=412) as second,
    ):
        one, other = first.signs_in_as_clerk(), second.signs_in_as_clerk()
        one.click("#verify button")
        expect(one.locator("#done")).to_be_visible()
        other.click("#verify button")
        expect(other.locator("[role=alert]")).to_be_visible()
        assert _waiting(other) == TO_VERIFY - 1


def test_whoever_enters_a_case_cannot_verify_it(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, DESK) as clerk:
        page = clerk.signs_in_as_clerk()
        page.click("a[href='/admin/cases/new']:not(nav a)")
        page.select_option("#category", "litter")
        page.select_option("#lane", ZHAO_LANE)
        page.fill("#description", "居民到窗口说的")
        clerk.finds_no_barrier()
        page.click("main form button[type=submit]")
        expect(page.locator("#pane")).to_contain_text("您录入的")
        expect(page.locator("#verify")).to_have_count(0)


def _sheet(folder: Path) -> Path:
    """Five rows as a clerk has them: a title above the header, two rows at fault, a total below."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ["龙潭街道 11 月案件", "", "", "", "", ""],
            ["案件编号", "上报时间", "类别", "小巷编号", "处置结果", "描述"],
            ["L-1", "2026-11-20 08:05", "litter", ZHAO_LANE, "已核实", "桶满了"],
            ["L-2", "2026-11-20 09:05", "no_such_thing", ZHAO_LANE, "已核实", "类别不对"],
            ["L-3", "2026-11-21 10:00", "clutter", ZHAO_LANE, "已解决", "杂物"],
            ["L-4", "2026-11-31 10:00", "clutter", ZHAO_LANE, "待核实", "没有这一天"],
            ["L-5", "2026-11-22 07:40", "bike_order", ZHAO_LANE, "待核实", "单车"],
            ["合计", "", "", "", "", ""],
        ]
    )
    path = folder / "龙潭.csv"
    path.write_bytes(out.getvalue().encode("gb18030"))
    return path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_sheet_with_two_bad_rows_is_tried_named_and_imported(
    browser: Browser, own_server: str, tmp_path: Path, size: tuple[int, int], locale: str
) -> None:
    with visiting(browser, own_server, size, locale=locale) as clerk:
        page = clerk.signs_in_as_clerk()
        clerk.open("/admin/import")
        page.set_input_files("#sheet", _sheet(tmp_path))
        page.click("main form button[type=submit]")
        expect(page.locator("#refused")).to_have_text("2")
        faults = page.locator("tbody tr")
        expect(faults).to_have_count(2)
        expect(faults.nth(0)).to_contain_text("4")
        expect(faults.nth(1)).to_contain_text("上报时间")
        clerk.finds_no_barrier()
        assert _waiting(page) == TO_VERIFY
        page.click("main form button[type=submit]")
        expect(page.locator("#accepted")).to_have_text("3")
        assert _waiting(page) == TO_VERIFY + 1
        with page.expect_download() as downloading:
            page.click("a[href$=faults]")
        assert Path(downloading.value.path()).read_bytes()[:2] == b"PK"


def test_the_page_that_is_looked_at_is_exported(browser: Browser, server: str) -> None:
    with visiting(browser, server, DESK) as clerk:
        page = clerk.signs_in_as_clerk()
        with page.expect_download() as downloading:
            page.click("a[href^='/admin/cases/export/xlsx']")
        assert downloading.value.suggested_filename == "案件-2026-11-23.xlsx"
