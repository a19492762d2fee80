"""A steward's way through the pages: signing in, reading why, reporting, completing."""

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, visiting

pytestmark = pytest.mark.browser

SIZES = [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")]
WHY_6 = {"zh-CN": ("为什么是 6 分", "道路破损，经核实得 6 分。"), "en-GB": ("Why 6 points", "Road damage")}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("scripts", [pytest.param(True, id="scripts"), pytest.param(False, id="no-scripts")])
def test_a_steward_signs_in_and_reads_why_a_case_gave_6_points(
    browser: Browser, server: str, size: tuple[int, int], locale: str, scripts: bool
) -> None:
    question, answer = WHY_6[locale]
    with visiting(browser, server, size, locale=locale, scripts=scripts) as steward:
        page = steward.signs_in_as_steward()
        expect(page.locator(".purse__num")).to_contain_text("28")
        page.click("nav a[href='/me/statement']")
        line = page.locator("li", has_text=question).first
        line.locator("summary").click()
        expect(line.locator(".why__body")).to_contain_text(answer)


def test_a_wrong_pin_is_refused_without_saying_whether_the_number_exists(browser: Browser, server: str) -> None:
    said = []
    with visiting(browser, server, refused=401) as visitor:
        for number in ("0140001", "9999999"):
            page = visitor.open("/sign-in")
            page.fill("#name", number)
            page.fill("#secret", "135790")
            page.click("main button[type=submit]")
            said.append(page.locator("[role=alert]").inner_text())
    assert said[0] == said[1]


def test_a_report_made_on_the_phone_waits_and_says_what_it_may_be_worth(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server) as steward:
        page = steward.signs_in_as_steward()
        page.click("a.go[href='/me/report']")
        page.click("label[for=category-road_damage]")
        page.fill("#description", "井盖旁边塌了一块")
        steward.finds_no_barrier()
        page.click("#report button[type=submit]")
        expect(page.locator("#sent")).to_contain_text("6")
        assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('jinpai-draft')).length") == 0


def test_a_report_sent_twice_is_one_case(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, scripts=False) as steward:
        page = steward.signs_in_as_steward()
        steward.open("/me/report")
        page.click("label[for=category-litter]")
        page.fill("#description", "垃圾没有收")
        page.click("#report button[type=submit]")
        first = page.url
        page.go_back()
        page.click("#report button[type=submit]")
        assert page.url == first


def test_an_incomplete_report_says_what_is_missing_and_keeps_the_rest(browser: Browser, server: str) -> None:
    with visiting(browser, server, refused=400) as steward:
        page = steward.signs_in_as_steward()
        steward.open("/me/report")
        page.fill("#address", "7 号院")
        page.click("#report button[type=submit]")
        expect(page.locator("[role=alert]")).to_be_focused()
        expect(page.locator("#category-error")).to_be_visible()
        expect(page.locator("#description-error")).to_be_visible()
        expect(page.locator("#address")).to_have_value("7 号院")
        steward.finds_no_barrier()


def test_a_half_written_report_survives_a_closed_page(browser: Browser, server: str) -> None:
    with visiting(browser, server) as steward:
        page = steward.signs_in_as_steward()
        steward.open("/me/report")
        page.fill("#description", "墙上有小广告")
        steward.open("/me")
        steward.open("/me/report")
        expect(page.locator("#description")).to_have_value("墙上有小广告")
        expect(page.locator("#restored")).to_be_visible()


def test_a_returned_case_is_completed_and_waits_again(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server) as steward:
        page = steward.signs_in_as_steward()
        steward.open("/me/cases?state=returned")
        page.locator(".entries a").first.click()
        expect(page.locator("main")).to_contain_text("缺少照片")
        steward.finds_no_barrier()
        page.fill("#note", "补了一张全景，在井盖东边")
        page.click("form[action$=complete] button")
        expect(page.locator("#sent")).to_be_visible()


def test_what_was_taken_back_leads_to_its_original(browser: Browser, server: str) -> None:
    with visiting(browser, server) as steward:
        page = steward.signs_in_as_steward()
        steward.open("/me/statement")
        back = page.locator("li", has_text="撤回：").first
        back.locator("summary").click()
        target = back.locator("a", has_text="看原来那笔").get_attribute("href")
        assert target is not None
        expect(page.locator(f"li{target}")).to_contain_text("这笔后来撤回了")
