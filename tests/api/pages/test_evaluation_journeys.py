"""In a browser: a clerk enters thirty ballots by keyboard; a steward reads why, and appeals; somebody else answers."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.pages.conftest import DESK, PHONE, visiting
from tests.api.pages.live import DISTRICT_CLERK, HOURS_LATER
from tests.evaluation.builders import a_document, a_source

pytestmark = pytest.mark.browser

SMALL = (320, 568)
ROWS = 30


def thirty_stewards(page: Page, server: str) -> None:
    """Thirty stewards of 光明, enrolled with the clerk's own session."""
    token = page.locator("input[name=_csrf]").first.get_attribute("value") or ""
    for at in range(ROWS - 1):  # 钱 serves there already
        body = {"number": f"01490{at:02}", "name": "周示例", "community": "014-01", "joined_on": "2026-11-02"}
        answer = page.request.post(f"{server}/api/v1/stewards", data=body, headers={"X-CSRF-Token": token})
        assert answer.status == 201, answer.text()


def test_a_clerk_enters_thirty_ballots_by_keyboard(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, DESK) as clerk:
        clerk.signs_in_as_clerk()
        page = clerk.open("/admin/sheet?community=014-01")
        thirty_stewards(page, own_server)
        page = clerk.open("/admin/sheet?community=014-01")
        cells = page.locator("input.mark")
        expect(cells).to_have_count(2 * ROWS, timeout=30_000)
        cells.first.focus()
        for at in range(ROWS):
            page.keyboard.type(str(60 + at))
            page.keyboard.press("Tab")
            page.keyboard.type("90")
            page.keyboard.press("Enter")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".note--ok")).to_contain_text(str(ROWS), timeout=30_000)
        clerk.finds_no_barrier()


def test_a_steward_appeals_from_the_statement_and_follows_it(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, PHONE) as steward:
        steward.signs_in_as_steward()
        page = steward.open("/me/statement")
        page.locator("details.why summary").first.click()
        page.locator("details.why[open] a:has-text('申诉')").first.click()
        page.fill("#reason", "那天报了两处")
        steward.finds_no_barrier()
        page.click("text=提出申诉")
        expect(page.locator(".st").first).to_contain_text("等答复", timeout=30_000)
        steward.finds_no_barrier()
        for path in ("/me/evaluation", "/schemes", "/rate/lanes/014-02-01"):
            steward.open(path)
            steward.finds_no_barrier()
    with visiting(browser, own_server, DESK) as clerk:
        clerk.signs_in_as_clerk()
        page = clerk.open("/admin/appeals")
        page.click("main table a >> nth=0")
        expect(page.locator("main")).to_contain_text("那天报了两处")
        clerk.finds_no_barrier()
        for path in ("/admin/appeals", "/admin/reviews"):
            clerk.open(path)
            clerk.finds_no_barrier()


def six_residents_rate(browser: Browser, server: str) -> None:
    """Slips about 赵, each used by a browser of its own with an answer to every question."""
    with visiting(browser, server, DESK) as clerk:
        clerk.signs_in_as_clerk()
        page = clerk.open("/admin/stewards?q=0140001")
        steward = (page.locator("main table a").first.get_attribute("href") or "").rpartition("/")[2]
        token = page.locator("input[name=_csrf]").first.get_attribute("value") or ""
        answer = page.request.post(
            f"{server}/api/v1/evaluation/slips",
            data={"steward": steward, "count": 6},
            headers={"X-CSRF-Token": token},
        )
        links = answer.json()["links"]
    for at, link in enumerate(links):
        with visiting(browser, server, SMALL) as resident:
            marks = {"satisfaction": 3 + at % 3, "change": 4, "manner": 5, "recognition": 2 + at % 2}
            path = link[link.index("/rate/") :]
            answer = resident.page.request.post(server + path, form=marks)
            assert answer.url.endswith("/rate/done"), answer.text()


def test_a_steward_reads_why_the_quarter_came_out_so_and_appeals(
    browser: Browser, own_server: str, tmp_path: Path
) -> None:
    six_residents_rate(browser, own_server)
    (tmp_path / "own" / HOURS_LATER).write_text(str(24 * 50))  # 12 January 2027: the window is over
    with visiting(browser, own_server, DESK) as district:
        page = district.signs_in_as_clerk(DISTRICT_CLERK)
        token = page.locator("input[name=_csrf]").first.get_attribute("value") or ""
        closed = page.request.post(
            f"{own_server}/api/v1/evaluation/closes", data={"period": "2026-Q4"}, headers={"X-CSRF-Token": token}
        )
        assert closed.json()["close"]["stewards"] >= 1, closed.text()
    with visiting(browser, own_server, PHONE) as steward:
        steward.signs_in_as_steward()
        page = steward.open("/me/evaluation")
        expect(page.locator("main")).to_contain_text("2026-Q4 总分")
        expect(page.locator("main")).to_contain_text("6 张票")
        expect(page.locator(".radar svg")).to_be_visible()
        steward.finds_no_barrier()
        page.click("text=对评价结果申诉")
        page.fill("#reason", "有一次没有算进去")
        steward.finds_no_barrier()
        page.click("text=提出申诉")
        expect(page.locator(".st").first).to_contain_text("等答复", timeout=30_000)


def test_the_district_takes_in_the_holidays_and_a_steward_judges_a_neighbour(
    browser: Browser, own_server: str, tmp_path: Path
) -> None:
    peers = a_source("peers", weight=100, dimensions=[{"code": "teamwork", "zh": "协作", "en": "Team", "weight": 100}])
    document = a_document(effective_on="2026-12-01", period="month", sources=[peers])
    with visiting(browser, own_server, DESK) as district:
        page = district.signs_in_as_clerk(DISTRICT_CLERK)
        token = page.locator("input[name=_csrf]").first.get_attribute("value") or ""
        headers = {"X-CSRF-Token": token}
        published = page.request.post(
            f"{own_server}/api/v1/evaluation/schemes", data={"document": document}, headers=headers
        )
        assert published.status == 201, published.text()
        page = district.open("/admin/holidays?year=2026")
        page.click("text=按公布的安排登记 2026 年")
        expect(page.locator("main table")).to_contain_text("国庆节", timeout=30_000)
        page.locator("main table summary").first.click()
        district.finds_no_barrier()
    (tmp_path / "own" / HOURS_LATER).write_text(str(24 * 10))  # 3 December
    with visiting(browser, own_server, SMALL) as steward:
        steward.signs_in_as_steward()
        page = steward.open("/me/peers?community=014-01")
        steward.finds_no_barrier()
        page.click("a.choice")
        page.fill("#teamwork", "85")
        steward.finds_no_barrier()
        page.click("main button[type=submit]")
        expect(page.locator(".note--ok")).to_be_visible(timeout=30_000)
        steward.finds_no_barrier()


@pytest.mark.parametrize("scripts", [pytest.param(True, id="scripts"), pytest.param(False, id="no-scripts")])
def test_a_resident_rates_by_a_lanes_sign_with_two_taps(browser: Browser, own_server: str, scripts: bool) -> None:
    with visiting(browser, own_server, SMALL, scripts=scripts) as resident:
        page = resident.open("/preferences?text=large&next=/rate/lanes/014-02-01")
        page.wait_for_url("**/rate/lanes/*")
        page.click("label[for=satisfaction-4]")
        if scripts:
            resident.finds_no_barrier()
        page.click("main button[type=submit]")
        page.wait_for_url("**/rate/done")
