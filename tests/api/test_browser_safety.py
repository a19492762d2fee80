"""What keeps a browser safe: headers on every answer, and writes by cookie that prove where they come from."""

import httpx
import pytest

from api.access import SESSION_COOKIE
from tests.api.door import PASSWORD, Door, a_case

PATHS = ["/healthz", "/schema", "/schema/openapi.json", "/nowhere", "/api/v1/me", "/static/js/schema.js", "/metrics"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_the_safe_headers(steady_door: Door, path: str) -> None:
    headers = (await steady_door.client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "geolocation" in headers["permissions-policy"]
    assert headers["x-request-id"]
    if not path.startswith("/static/"):
        assert headers["cache-control"] in {"no-store", "public, max-age=300"}


async def _signed_in(door: Door) -> tuple[httpx.AsyncClient, str]:
    """A browser of the street's administrator, and the token that its pages carry."""
    opened = await door.client.post(
        "/api/v1/sessions", json={"kind": "staff", "name": "street_admin", "secret": PASSWORD}
    )
    assert opened.status_code == 201, opened.text
    secret = opened.json()["token"]
    from kernel.tokens import sign

    token = sign(door.served.settings.secret_key, "csrf", secret)
    browser = httpx.AsyncClient(transport=door.client._transport, base_url=str(door.client.base_url))
    browser.cookies.set(SESSION_COOKIE, secret)
    return browser, token


@pytest.mark.asyncio(loop_scope="module")
async def test_a_session_reads_by_cookie_and_works_as_a_bearer_token_too(steady_door: Door) -> None:
    browser, _ = await _signed_in(steady_door)
    me = await browser.get("/api/v1/me")
    assert me.json()["kind"] == "staff"
    bearer = await steady_door.client.get(
        "/api/v1/me", headers={"Authorization": f"Bearer {browser.cookies[SESSION_COOKIE]}"}
    )
    assert bearer.json() == me.json()


async def test_a_write_by_cookie_needs_the_token_of_its_page(door: Door) -> None:
    browser, token = await _signed_in(door)
    body = a_case(channel="desk", description="坑", source=...)
    attempts: list[tuple[dict[str, str], int]] = [
        ({}, 403),
        ({"X-CSRF-Token": ""}, 403),
        ({"X-CSRF-Token": "0" * 64}, 403),
        ({"X-CSRF-Token": token, "Origin": "https://evil.example"}, 403),
        ({"X-CSRF-Token": token, "Origin": "null"}, 403),
        ({"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-CSRF-Token": token, "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-CSRF-Token": token, "Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}, 201),
    ]
    for headers, status in attempts:
        answer = await browser.post("/api/v1/cases", json=body, headers=headers)
        assert answer.status_code == status, (headers, answer.text)
    assert await door.count("cases_case") == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_another_sites_page_cannot_sign_anybody_in(steady_door: Door) -> None:
    answer = await steady_door.client.post(
        "/api/v1/sessions",
        json={"kind": "staff", "name": "street_admin", "secret": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "origin",
    ["http://[", "http://]", "https://127.0.0.1:8000", "ftp://127.0.0.1:8000", "//127.0.0.1:8000", "http://é", "", "x"],
)
async def test_an_origin_that_is_not_this_site_is_refused_however_it_is_spelt(steady_door: Door, origin: str) -> None:
    answer = await steady_door.client.post("/sign-in", data={"name": "x"}, headers={"Origin": origin.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_sign_in_page_opened_before_another_window_signed_in_still_works(steady_door: Door) -> None:
    browser, _ = await _signed_in(steady_door)
    form = {"as": "staff", "name": "street_admin", "secret": PASSWORD, "_csrf": ""}
    entered = await browser.post("/sign-in", data=form, headers={"Origin": "http://127.0.0.1:8000"})
    assert entered.status_code == 303, entered.text
    demo = await browser.post("/demo/sign-in", data={"as": "street"}, headers={"Origin": "http://127.0.0.1:8000"})
    assert demo.status_code == 404  # this is no demo
    elsewhere = await browser.post("/sign-in", data=form, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403


async def test_a_bearer_token_needs_no_page(door: Door) -> None:
    answer = await door.call(
        "integrator", "POST", "/api/v1/cases", json=a_case(), headers={"Origin": "https://grid.example"}
    )
    assert answer.status_code == 201


@pytest.mark.asyncio(loop_scope="module")
async def test_who_signs_out_is_out(steady_door: Door) -> None:
    browser, token = await _signed_in(steady_door)
    left = await browser.delete("/api/v1/sessions/current", headers={"X-CSRF-Token": token})
    assert left.status_code == 204
    assert (await browser.get("/api/v1/me")).status_code == 401
