"""A steward says what everybody may see, and takes it back; staff enter what was signed on paper."""

import pytest

from api.access import SESSION_COOKIE
from stewards.sessions import csrf_token, open_session
from tests.api.door import ZHAO_LANE, Door
from tests.stewards.builders import NOON


def _path(door: Door) -> str:
    return f"/api/v1/stewards/{door.district.zhao}"


async def _consents(door: Door) -> list[str]:
    found: list[str] = (await door.call("steward", "GET", _path(door))).json()["consents"]
    return found


@pytest.mark.parametrize("role", ["steward", "community_staff", "street_admin", "district_admin"])
async def test_consent_is_given_once_and_withdrawn_once(door: Door, role: str) -> None:
    for granted, changed in ((True, True), (True, False), (False, True), (False, False)):
        body = {"field": "photo", "granted": granted}
        answer = await door.call(role, "POST", f"{_path(door)}/consents", json=body)
        assert (answer.status_code, answer.json()["changed"]) == (200, changed)
        assert await _consents(door) == (["photo"] if granted else [])
    assert await door.count("kernel_audit WHERE action LIKE 'stewards.consent_%'") == 2


@pytest.mark.parametrize(
    ("role", "status"), [("lane_chief", 403), ("integrator", 403), ("other_street_admin", 404), ("other_steward", 404)]
)
async def test_nobody_else_consents_for_a_steward(door: Door, role: str, status: int) -> None:
    body = {"field": "full_name", "granted": True}
    assert (await door.call(role, "POST", f"{_path(door)}/consents", json=body)).status_code == status
    assert await _consents(door) == []


async def test_consent_is_to_a_field_of_the_card(door: Door) -> None:
    answer = await door.call("steward", "POST", f"{_path(door)}/consents", json={"field": "name", "granted": True})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/field")


async def test_the_buttons_of_ones_own_page_work_without_scripts_and_only_from_that_page(door: Door) -> None:
    opened = await door.database.run(lambda tx: open_session(tx, steward_id=door.district.zhao, now=NOON))
    signed_in = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={opened.secret}"}
    token = csrf_token(door.served.settings.secret_key, opened.secret)

    async def press(granted: str, csrf: str = token, field: str = "full_name") -> int:
        form = {"field": field, "granted": granted, "_csrf": csrf}
        return (await door.call(None, "POST", "/me/consents", headers=signed_in, data=form)).status_code

    assert await press("yes", csrf="guess") == 403
    assert await press("yes", field="address") == 400
    assert await _consents(door) == []
    assert await press("yes") == 303
    profile = await door.call(None, "GET", "/me/profile", headers=signed_in)
    assert "您同意公开全名" in profile.text
    assert "2026 年 11 月 23 日起同意公开" in profile.text
    in_english = await door.call(None, "GET", "/me/profile?lang=en", headers=signed_in)
    assert "shown to everybody since 23 Nov 2026" in in_english.text
    assert await press("no") == 303
    assert await _consents(door) == []


async def test_staff_have_no_consents_of_their_own(door: Door) -> None:
    form = {"field": "full_name", "granted": "yes"}
    answer = await door.call("street_admin", "POST", "/me/consents", headers={"Accept": "text/html"}, data=form)
    assert answer.status_code == 403


async def test_a_phone_stands_on_the_lanes_page_while_its_steward_consents(door: Door) -> None:
    phone = "000-0000-0421"
    await door.database.run(
        lambda tx: tx.execute("UPDATE stewards_steward SET phone = $2 WHERE id = $1", door.district.zhao, phone)
    )
    for granted in (False, True, False):
        body = {"field": "phone", "granted": granted}
        assert (await door.call("steward", "POST", f"{_path(door)}/consents", json=body)).status_code == 200
        lane = await door.call(None, "GET", f"/lanes/{ZHAO_LANE}", headers={"Accept": "text/html"})
        assert (phone in lane.text) == granted
        assert 'href="tel:110"' in lane.text
