"""A lane is given to a steward from a day on, and taken back with a last day."""

from typing import Any

import httpx
import pytest

from tests.api.door import QIAN_LANE, SUN_LANE, ZHAO_LANE, Door


def _of_qian(door: Door) -> str:
    return f"/api/v1/stewards/{door.district.qian}"


async def _assign(door: Door, role: str, lane: str, from_on: str = "2026-11-23") -> httpx.Response:
    return await door.call(role, "POST", f"{_of_qian(door)}/duties", json={"lane": lane, "from_on": from_on})


async def _duties(door: Door) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await door.call("street_admin", "GET", _of_qian(door))).json()["duties"]
    return found


async def test_a_second_lane_is_given_once(door: Door) -> None:
    first, again = [await _assign(door, "street_admin", ZHAO_LANE) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [duty["lane"]["code"] for duty in await _duties(door)] == [QIAN_LANE, ZHAO_LANE]
    assert await door.count("kernel_audit WHERE action = 'duty.assigned'") == 1


async def test_a_duty_ends_with_a_day_and_is_not_prolonged(door: Door) -> None:
    (duty,) = await _duties(door)
    path = f"{_of_qian(door)}/duties/{duty['id']}/end"
    early = await door.call("street_admin", "POST", path, json={"to_on": "2020-01-01"})
    assert (early.status_code, early.json()["code"]) == (400, "dates_reversed")
    ended = await door.call("street_admin", "POST", path, json={"to_on": "2026-11-22"})
    assert (ended.status_code, ended.json()["to_on"]) == (200, "2026-11-22")
    assert await _duties(door) == []
    later = await door.call("street_admin", "POST", path, json={"to_on": "2026-12-01"})
    assert (later.status_code, later.json()["code"]) == (409, "duty_ended")


@pytest.mark.parametrize(
    ("role", "lane", "from_on", "refusal"),
    [
        ("street_admin", SUN_LANE, "2026-11-23", (403, "not_allowed")),
        ("street_admin", "nowhere", "2026-11-23", (400, "lane_unknown")),
        ("street_admin", ZHAO_LANE, "2025-11-23", (409, "duty_outside_service")),
        ("street_admin", ZHAO_LANE, "1026-11-23", (400, "invalid_request")),
        ("community_staff", ZHAO_LANE, "2026-11-23", (404, "not_found")),
        ("steward", ZHAO_LANE, "2026-11-23", (403, "not_allowed")),
    ],
)
async def test_lanes_that_cannot_be_given_are_refused(
    door: Door, role: str, lane: str, from_on: str, refusal: tuple[int, str]
) -> None:
    answer = await _assign(door, role, lane, from_on)
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert len(await _duties(door)) == 1


async def test_a_duty_is_ended_under_its_own_steward_alone(door: Door) -> None:
    (duty,) = await _duties(door)
    path = f"/api/v1/stewards/{door.district.zhao}/duties/{duty['id']}/end"
    answer = await door.call("street_admin", "POST", path, json={"to_on": "2026-11-22"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await _duties(door) == [duty]
