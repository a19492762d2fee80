"""Streets' budgets by the API."""

from typing import Any

import pytest

from tests.api.door import Door
from tests.points.rule_builders import a_document

PATH = "/api/v1/points/budgets"


async def budgets(door: Door, role: str = "district_admin") -> list[dict[str, Any]]:
    answer = await door.call(role, "GET", PATH)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def changed(door: Door, change: str, points: int, key: str | None = None) -> Any:
    street = (await budgets(door, "street_admin"))[0]["street_id"]
    return await door.call("district_admin", "POST", f"{PATH}/{street}/{change}", json={"points": points}, key=key)


async def bounded(door: Door, most: int) -> None:
    rules = a_document(budget={"paid_by": "street", "most": most, "period": "quarter"}, effective_on="2026-11-23")
    answer = await door.call("district_admin", "POST", "/api/v1/points/rules", json={"document": rules})
    assert answer.status_code in {200, 201}, answer.text


async def test_the_district_funds_a_street_up_to_the_ceiling_of_its_rules_and_takes_back_what_is_left(
    door: Door,
) -> None:
    await bounded(door, 100)
    funded = await changed(door, "fund", 60, key="k")
    again = await changed(door, "fund", 60, key="k")
    beyond = await changed(door, "fund", 41)
    taken = await changed(door, "defund", 20)
    too_much = await changed(door, "defund", 41)

    assert (funded.status_code, again.content) == (200, funded.content)
    shown = funded.json()
    assert (shown["left"], shown["given"], shown["ceiling"], shown["room"]) == (60, 0, 100, 40)
    assert shown["period"] == "2026-Q4"
    assert (beyond.status_code, beyond.json()["code"]) == (409, "budget_full")
    assert (taken.json()["left"], taken.json()["room"]) == (40, 60)
    assert (too_much.status_code, too_much.json()["code"]) == (409, "budget_exhausted")
    assert "剩余 40 分" in too_much.json()["detail"]


async def test_a_street_sees_its_own_budget_and_the_district_all_of_them(door: Door) -> None:
    own = await budgets(door, "street_admin")
    everything = await budgets(door)

    assert len(own) == 1
    assert own[0] in everything
    assert len(everything) > 1
    assert (own[0]["ceiling"], own[0]["room"]) == (None, None)


async def test_other_needs_a_note_and_a_reason_is_of_its_list(door: Door) -> None:
    street = (await budgets(door, "street_admin"))[0]["street_id"]
    answers = [
        await door.call("district_admin", "POST", f"{PATH}/{street}/fund", json={"points": 5, **more})
        for more in ({"reason": "other"}, {"reason": "unused"}, {"reason": "other", "note": "并入结余"})
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert answers[0].json()["errors"][0]["pointer"] == "/note"
    assert answers[1].json()["errors"][0]["pointer"] == "/reason"


async def test_an_unknown_street_has_no_budget(door: Door) -> None:
    path = f"{PATH}/00000000-0000-4000-8000-000000000001/fund"
    answer = await door.call("district_admin", "POST", path, json={"points": 1})

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_street")


@pytest.mark.parametrize(("points", "code"), [("5", "int_type"), (0, "greater_than_equal"), (1.5, "int_type")])
async def test_a_number_of_points_at_fault_is_named_and_moves_nothing(door: Door, points: object, code: str) -> None:
    answer = await changed(door, "fund", points)  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert (await budgets(door, "street_admin"))[0]["left"] == 0
