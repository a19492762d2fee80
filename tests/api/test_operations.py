"""Addresses for those who run the service, and HEAD as monitors send it."""

import httpx
import pytest

from tests.api.door import BASE, Door

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _asks_for_figures(door: Door, address: str, **headers: str) -> int:
    transport = httpx.ASGITransport(door.app, client=(address, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        return (await client.get("/metrics", headers=headers)).status_code


async def test_figures_are_for_this_machine_and_district_administrators(steady_door: Door) -> None:
    elsewhere = "203.0.113.9"
    assert await _asks_for_figures(steady_door, "127.0.0.1") == 200
    assert await _asks_for_figures(steady_door, "::1") == 200
    assert await _asks_for_figures(steady_door, elsewhere) == 401
    for role, status in {"district_admin": 200, "street_admin": 403, "steward": 403, "display": 403}.items():
        bearer = f"Bearer {steady_door.tokens[role]}"
        assert await _asks_for_figures(steady_door, elsewhere, authorization=bearer) == status, role


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
async def test_what_a_proxy_on_this_machine_passes_on_is_not_asked_by_this_machine(
    steady_door: Door, header: str
) -> None:
    assert await _asks_for_figures(steady_door, "127.0.0.1", **{header: "127.0.0.1"}) == 401


PATHS = ["/", "/sign-in", "/healthz", "/readyz", "/static/js/schema.js", "/schema/openapi.json", "/nowhere", "/me"]


@pytest.mark.parametrize("path", PATHS)
async def test_head_is_answered_as_get_without_the_body(steady_door: Door, path: str) -> None:
    whole = await steady_door.client.get(path)
    head = await steady_door.client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["content-security-policy"] == whole.headers["content-security-policy"]
    if path in {"/healthz", "/static/js/schema.js"}:
        assert head.headers["content-length"] == str(len(whole.content))


async def test_head_needs_the_same_rights_and_writes_nothing(steady_door: Door) -> None:
    assert (await steady_door.client.head("/api/v1/cases")).status_code == 401
    assert (await steady_door.call("street_admin", "HEAD", "/api/v1/cases")).status_code == 200
    assert (await steady_door.call("street_admin", "HEAD", "/api/v1/inbox/read")).status_code == 405
