"""Behind a proxy that ends TLS the server is spoken to by http; what browsers are told goes by the public address."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.access import SESSION_COOKIE
from api.app import create_app
from kernel.clock import FixedClock
from kernel.settings import load_settings
from tests.api.door import PASSWORD, in_a_task_of_its_own, people_of

PUBLIC = "https://points.example.org"


@pytest.fixture
async def behind_tls(database_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client that stands where the proxy does."""
    app = create_app(
        load_settings(database_url=database_url, data_dir=tmp_path, secret_key="x" * 40, public_url=PUBLIC), clock
    )
    async with in_a_task_of_its_own(app.lifespan()):
        await people_of(app.state.district.database)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://points.example.org") as client:
            yield client


async def test_cookies_are_for_https_alone_and_browsers_are_told_to_stay_there(behind_tls: httpx.AsyncClient) -> None:
    page = await behind_tls.get("/sign-in")
    assert page.headers["strict-transport-security"].startswith("max-age=")
    entered = await behind_tls.post(
        "/sign-in", data={"as": "staff", "name": "street_admin", "secret": PASSWORD}, headers={"Origin": PUBLIC}
    )
    assert entered.status_code == 303, entered.text
    kept = entered.headers.get_list("set-cookie")
    assert any(cookie.startswith(SESSION_COOKIE) for cookie in kept)
    chosen = await behind_tls.get("/preferences?lang=en&next=/")
    for cookie in (*kept, *chosen.headers.get_list("set-cookie")):
        assert "secure" in cookie.lower().split("; "), cookie


async def test_a_page_of_this_host_without_tls_is_another_site(behind_tls: httpx.AsyncClient) -> None:
    form = {"as": "staff", "name": "street_admin", "secret": PASSWORD}
    answer = await behind_tls.post("/sign-in", data=form, headers={"Origin": PUBLIC.replace("https", "http")})
    assert answer.status_code == 403
