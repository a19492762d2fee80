"""A steward's phone: the last copy without network, pages read aloud, and browsers in other apps that can little."""

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import Hall, visiting
from tests.api.things import a_picture

pytestmark = pytest.mark.browser

OWN = "jinpai-own"
# Chromium here has no voices of its own: one that writes down what it is told to say.
A_VOICE = """
    window.said = [];
    Object.defineProperty(window, "speechSynthesis", {value: {
        getVoices: () => [{lang: "%s"}], addEventListener: () => undefined,
        speak: (one) => window.said.push(one.text), cancel: () => window.said.push("-"),
    }});
    window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""
# What browsers inside chat apps lack, or have and refuse.
IN_AN_APP = """
    delete Navigator.prototype.serviceWorker;
    for (const name of ["mediaDevices", "clipboard", "share"]) { delete Navigator.prototype[name]; }
    for (const name of ["caches", "speechSynthesis", "SpeechSynthesisUtterance", "createImageBitmap"]) {
        delete window[name];
    }
    Object.defineProperty(window, "localStorage", {get() { throw new DOMException("refused", "SecurityError"); }});
"""


def test_the_last_copy_opens_without_network_and_is_gone_after_signing_out(browser: Browser, hall: Hall) -> None:
    with visiting(browser, hall.base) as steward:
        page = steward.signs_in_as_steward()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        steward.open("/me/orders")
        order = page.locator("a[href^='/me/orders/']").first.get_attribute("href")
        kept = f"caches.open('{OWN}').then(c => c.keys()).then(k => k.map(r => new URL(r.url).pathname))"
        for path in ("/me", "/me/offline", order):
            steward.waits_until(f"{kept}.then(paths => paths.includes('{path}'))")
        code = steward.open(str(order)).locator(".ticket__digits").inner_text()
        hall.stop()
        steward.open("/me")
        expect(page.locator(".purse__num")).to_contain_text("28")
        expect(page.locator("#kept")).to_contain_text("没有网络，这是")
        assert page.locator("h1").evaluate("title => getComputedStyle(title).fontWeight") == "400", (
            "the stylesheet is there"
        )
        steward.open(str(order))
        expect(page.locator(".ticket__digits")).to_have_text(code)
        expect(page.locator(".ticket__qr")).to_be_visible()
        steward.open("/me/report")
        expect(page.locator("h1")).to_have_text("现在没有网络")
        steward.faults.clear()  # the browser notes what did not answer
        hall.start()
        steward.open("/me")
        expect(page.locator("#kept")).to_be_hidden()
        page.click("footer form[action='/sign-out'] button")
        page.wait_for_url(f"{hall.base}/")
        steward.waits_until(f"caches.has('{OWN}').then(there => !there)")


@pytest.mark.parametrize(
    ("locale", "begins", "stops"),
    [
        pytest.param("zh-CN", "赵示例。可用积分 28 分", "不读了", id="zh"),
        pytest.param("en-GB", "赵示例. 28 points to spend", "Stop reading", id="en"),
    ],
)
def test_a_page_is_read_aloud_where_the_browser_has_a_voice_for_it(
    browser: Browser, server: str, locale: str, begins: str, stops: str
) -> None:
    with visiting(browser, server, locale=locale) as steward:
        page = steward.signs_in_as_steward()
        expect(page.locator("#aloud")).to_be_hidden()  # there is none here
        page.add_init_script(A_VOICE % locale)
        steward.open("/me")
        button = page.locator("#aloud")
        button.click()
        said = page.evaluate("window.said")
        assert said[-1].startswith(begins), said
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(button).to_have_text(stops)
        steward.finds_no_barrier()
        button.click()
        assert page.evaluate("window.said")[-1] == "-"
        expect(button).to_have_attribute("aria-pressed", "false")
        steward.open("/me/orders")
        page.locator("a[href^='/me/orders/']").first.click()
        digits = page.locator(".ticket__digits").inner_text().replace(" ", "")
        page.locator("#aloud").click()
        assert " ".join(digits) in page.evaluate("window.said")[-1]


def test_everything_works_in_a_browser_inside_an_app(browser: Browser, hall: Hall) -> None:
    with visiting(browser, hall.base) as steward:
        page = steward.page
        page.add_init_script(IN_AN_APP)
        steward.signs_in_as_steward()
        page.click("a.go[href='/me/report']")
        page.click("label[for=category-litter]")
        page.fill("#description", "桶满了")
        page.set_input_files("#photos", [{"name": "a.png", "mimeType": "image/png", "buffer": a_picture()}])
        page.click("#report button[type=submit]")
        expect(page.locator("#sent")).to_be_visible()
        steward.open("/me/redeem")
        page.click("a.entry:has-text('毛巾')")
        page.locator("input[name=place]").first.check()
        page.click("main button[type=submit]")
        page.click("main button[value=confirm]")
        page.wait_for_url("**/me/orders/**")
        expect(page.locator(".ticket__digits")).to_be_visible()
        expect(page.locator("#aloud")).to_be_hidden()
        for path in ("/me", "/me/statement", "/me/card", "/me/data", "/me/boards", "/rate/lanes/014-02-01"):
            steward.open(path)
            expect(page.locator("h1").first).to_be_visible()
        assert not page.evaluate("'serviceWorker' in navigator")
