"""Exactly once: a key has one effect and one answer, byte for byte; another request under it is refused."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.api.door import Door, a_case, by_hand


async def test_fifty_identical_requests_at_once_have_one_effect_and_one_answer(door: Door) -> None:
    case = await door.reported()
    path = f"/api/v1/cases/{case['id']}/verify"
    answers = await asyncio.gather(*(door.call("street_admin", "POST", path, key="once") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    assert len({answer.content for answer in answers}) == 1
    assert await door.count("points_transfer") == 1
    assert await door.count("kernel_kept_answer") == 2  # this one, and the report's


async def test_a_replay_is_the_same_byte_for_byte_with_the_first_request_id(door: Door) -> None:
    case = await door.verified()
    path = f"/api/v1/cases/{case['id']}/verify"
    first = await door.call("street_admin", "POST", path, key="twice", headers={"X-Request-Id": "the-first-request"})
    assert (first.status_code, first.json()["request_id"]) == (409, "the-first-request")
    await door.call("street_admin", "POST", f"/api/v1/cases/{case['id']}/solve")
    again = await door.call("street_admin", "POST", path, key="twice", headers={"Accept-Language": "en"})
    assert again.status_code == 409
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]


async def test_an_old_key_with_another_request_is_refused(door: Door) -> None:
    first = await door.call("integrator", "POST", "/api/v1/cases", json=a_case(), key="mine")
    other = await door.call("integrator", "POST", "/api/v1/cases", json=a_case(), key="mine")
    assert (first.status_code, other.status_code) == (201, 422)
    assert other.json()["code"] == "idempotency_key_reused"
    assert await door.count("cases_case") == 1


async def test_a_key_belongs_to_its_caller_and_route(door: Door) -> None:
    case, another = await door.reported(), await door.reported()
    for role, path in (
        ("street_admin", f"/api/v1/cases/{case['id']}/verify"),
        ("district_admin", f"/api/v1/cases/{another['id']}/verify"),
        ("street_admin", f"/api/v1/cases/{case['id']}/solve"),
    ):
        answer = await door.call(role, "POST", path, key="shared")
        assert answer.status_code == 200, answer.text
    elsewhere = await door.call("street_admin", "POST", f"/api/v1/cases/{another['id']}/verify", key="shared")
    assert elsewhere.status_code == 422


async def test_people_may_leave_the_key_out_and_machines_may_not(door: Door) -> None:
    machine = await door.call("integrator", "POST", "/api/v1/cases", json=a_case(), key="")
    assert (machine.status_code, machine.json()["errors"][0]["pointer"]) == (400, "Idempotency-Key")
    person = await door.call("steward", "POST", "/api/v1/cases", json=by_hand())
    assert person.status_code == 201, person.text


async def test_what_never_reached_a_use_case_is_not_kept(door: Door) -> None:
    body = a_case()
    wrong: dict[str, Any] = {**body, "category": 7}
    first = await door.call("integrator", "POST", "/api/v1/cases", json=wrong, key="corrected")
    assert first.status_code == 400
    second = await door.call("integrator", "POST", "/api/v1/cases", json=body, key="corrected")
    assert second.status_code == 201


async def test_a_bulk_is_repeated_as_a_whole(door: Door) -> None:
    body = {"cases": [a_case(), a_case(lane="nowhere"), a_case()]}
    answers = await asyncio.gather(
        *(door.call("integrator", "POST", "/api/v1/cases/bulk", json=body, key="bulk") for _ in range(5))
    )
    assert len({answer.content for answer in answers}) == 1
    assert await door.count("cases_case") == 2


@pytest.mark.parametrize("spelling", ['"quoted"', "quoted"])
async def test_a_key_may_be_quoted(door: Door, spelling: str) -> None:
    body = a_case()
    await door.call("integrator", "POST", "/api/v1/cases", json=body, key="quoted")
    again = await door.call("integrator", "POST", "/api/v1/cases", json=body, key=spelling)
    assert again.json()["repeated"] is False  # the first answer, not a new one


async def test_a_second_reversal_is_refused_under_its_key_for_ever(door: Door) -> None:
    await door.verified()
    moved = await (await door.database.reader()).fetch_one("SELECT id FROM points_transfer", types={"id": UUID})
    assert moved is not None
    path = f"/api/v1/points/transfers/{moved['id']}/reverse"
    taken = await door.call("district_admin", "POST", path, json={"cause": "correction"}, key="first")
    assert taken.status_code == 200, taken.text
    refused, again = [
        await door.call("district_admin", "POST", path, json={"cause": "another"}, key="second") for _ in range(2)
    ]
    assert (refused.status_code, refused.json()["code"]) == (409, "already_reversed")
    assert again.content == refused.content
    assert await door.count("kernel_kept_answer") == 3  # the report and these two
