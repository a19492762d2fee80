"""The console of the API in a browser: it works from our own files alone, with a session or a pasted token."""

import json
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages.conftest import DESK, PHONE, visiting
from tests.api.pages.live import DISTRICT_CLERK

PATIENCE_MS = 60_000  # the console puts hundreds of operations on the page
_OPERATION = "#operations-settings-changeSettings"
_BODY = '{"values": {"recheck_percent": 9}, "reason": "trial"}'


def test_an_operation_is_tried_as_who_is_signed_in_and_with_a_pasted_token(browser: Browser, own_server: str) -> None:
    with visiting(browser, own_server, DESK, locale="en") as visitor:
        page = visitor.signs_in_as_clerk(DISTRICT_CLERK)
        page.set_default_timeout(PATIENCE_MS)
        visitor.open("/admin/keys")
        visitor.finds_no_barrier()
        page.fill("#label", "Grid platform")
        page.get_by_role("button", name="Make the token").click()
        secret = page.locator("#secret").inner_text()
        elsewhere: list[str] = []
        page.on("request", lambda request: elsewhere.append(request.url) if own_server not in request.url else None)
        visitor.open("/schema#/settings/changeSettings")
        operation = page.locator(_OPERATION)
        expect(operation.locator("textarea")).to_be_visible(timeout=PATIENCE_MS)
        assert "recheck_percent" in operation.locator("textarea").input_value()  # filled in from the schema
        operation.locator("textarea").fill(_BODY)
        operation.locator("tr[data-param-name=If-Match] input").fill("*")
        operation.get_by_role("button", name="Execute").click()
        expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_contain_text(
            "200", timeout=PATIENCE_MS
        )
        said = operation.locator(".live-responses-table").inner_text()
        assert '"version": 1' in said
        assert "etag" in said  # headers are shown, too
        assert "curl -X 'PATCH'" in operation.locator(".curl-command").inner_text()

        page.get_by_role("button", name="Authorize").first.click()
        page.locator("input[name=auth-bearer-value], input[aria-label='auth-bearer-value']").fill(secret)
        page.get_by_role("button", name="Apply credentials").first.click()
        page.get_by_role("button", name="Close").first.click()
        page.locator("#operations-tag-session").click()
        page.locator("#operations-session-me .opblock-summary-control").click()
        own = page.locator("#operations-session-me")
        own.get_by_role("button", name="Execute").click()
        answered = own.locator(".live-responses-table tbody .response-col_description pre").first
        expect(answered).to_contain_text("integrator", timeout=PATIENCE_MS)
        assert json.loads(answered.inner_text())["name"] == "Grid platform"
        assert f"Bearer {secret}" in own.locator(".curl-command").inner_text()
        assert not [url for url in elsewhere if not url.startswith("data:")]


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh-CN"), (DESK, "en")])
def test_the_console_opens_without_a_barrier(browser: Browser, server: str, size: tuple[int, int], locale: str) -> None:
    with visiting(browser, server, size, locale=locale) as visitor:
        page = visitor.open("/schema")
        expect(page.locator("h3.opblock-tag[aria-level]").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("h3.opblock-tag:not([aria-level])")).to_have_count(0)
        expect(page.locator(".models > h4[aria-level]")).to_be_visible(timeout=PATIENCE_MS)
        visitor.finds_no_barrier()


def test_without_scripts_operations_and_their_curl_lines_are_there(browser: Browser, server: str) -> None:
    with visiting(browser, server, scripts=False) as visitor:
        page = visitor.open("/schema")
        page.locator("noscript a").click()
        page.select_option("#tag", "cases")
        page.get_by_role("button").first.click()
        expect(page.locator("#curl-verifyCase")).to_have_value(re.compile(r"^curl -s -X POST .*verify"))
    with visiting(browser, server) as visitor:
        visitor.open("/schema/operations?tag=cases")
        visitor.finds_no_barrier()
