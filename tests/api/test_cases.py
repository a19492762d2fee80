"""Cases through the JSON door: from a report to points with a receipt, and back."""

from tests.api.door import QIAN_LANE, SUN_LANE, ZHAO_LANE, Door, a_case


async def test_a_verified_case_answers_with_the_sentence_that_explains_its_points(door: Door) -> None:
    case = await door.reported()
    answer = await door.call("street_admin", "POST", f"/api/v1/cases/{case['id']}/verify")
    assert answer.status_code == 200, answer.text
    award = answer.json()["award"]
    assert award["points"] == 6
    assert award["receipt"]["sentence"] == "道路破损，经核实得 6 分。"
    assert award["receipt"]["event"] == "case_verified"
    english = await door.call(
        "steward", "GET", f"/api/v1/points/awards/{award['id']}", headers={"Accept-Language": "en"}
    )
    assert english.json()["receipt"]["sentence"].startswith("Road damage")
    balance = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/balance")
    assert balance.json()["spendable"] == 6
    assert balance.json()["pending"] == 0


async def test_the_same_report_again_is_the_same_case(door: Door) -> None:
    body = a_case()
    first = await door.call("integrator", "POST", "/api/v1/cases", json=body)
    again = await door.call("integrator", "POST", "/api/v1/cases", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "repeated": True}
    other = await door.call("integrator", "POST", "/api/v1/cases", json={**body, "category": "litter"})
    assert other.status_code == 409
    assert other.json()["code"] == "case_differs"
    assert await door.count("cases_case") == 1


async def test_a_reopened_case_takes_its_points_back_and_tells_the_steward(door: Door) -> None:
    case = await door.verified()
    reopened = await door.call(
        "street_admin", "POST", f"/api/v1/cases/{case['id']}/reopen", json={"reason": "not_solved", "note": "坑还在"}
    )
    assert reopened.status_code == 200, reopened.text
    assert [taken["points_taken"] for taken in reopened.json()["reversed"]] == [6]
    statement = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/statement")
    assert [(line["sign"], line["points"]) for line in statement.json()["data"]] == [(-1, 6), (1, 6)]
    assert statement.json()["data"][0]["reverses"]["id"] == statement.json()["data"][1]["operation_id"]
    await door.settle()
    inbox = await door.call("steward", "GET", "/api/v1/inbox")
    assert any(case["number"] in message["text"] for message in inbox.json()["data"]), inbox.text


async def test_one_bad_row_of_a_bulk_harms_no_other(door: Door) -> None:
    rows = [a_case(), a_case(category=7), a_case(lane="nowhere"), a_case(extra=1), a_case()]
    answer = await door.call("integrator", "POST", "/api/v1/cases/bulk", json={"cases": rows})
    assert answer.status_code == 200, answer.text
    outcome = answer.json()
    assert [row["status"] for row in outcome["data"]] == [201, 400, 400, 400, 201]
    assert [row["problem"]["errors"][0]["pointer"] for row in outcome["data"] if "problem" in row] == [
        "/cases/1/category",
        "/cases/2/lane",
        "/cases/3/extra",
    ]
    assert (outcome["accepted"], outcome["refused"]) == (2, 3)
    assert await door.count("cases_case") == 2


async def test_steps_come_by_the_thousand_too(door: Door) -> None:
    cases = [await door.reported() for _ in range(3)]
    steps = [{"case": case["id"], "action": "verify"} for case in cases] + [
        {"case": cases[0]["id"], "action": "solve"},
        {"case": cases[1]["id"], "action": "verify"},
        {"case": "00000000-0000-0000-0000-000000000000", "action": "verify"},
        {"case": "x", "action": "dance"},
    ]
    answer = await door.call("street_admin", "POST", "/api/v1/cases/bulk/steps", json={"steps": steps})
    assert [row["status"] for row in answer.json()["data"]] == [200, 200, 200, 200, 409, 404, 400], answer.text
    assert answer.json()["data"][3]["handled"]["award"]["points"] == 3


async def test_filters_and_pages_of_the_list(door: Door) -> None:
    for _ in range(3):
        await door.reported()
    await door.reported(lane=QIAN_LANE, category="litter")
    first = await door.call("street_admin", "GET", "/api/v1/cases?limit=3")
    assert first.json()["has_more"] is True
    rest = await door.call(
        "street_admin", "GET", f"/api/v1/cases?limit=3&starting_after={first.json()['data'][-1]['id']}"
    )
    assert (len(rest.json()["data"]), rest.json()["has_more"]) == (1, False)
    litter = await door.call(
        "street_admin", "GET", "/api/v1/cases?category=litter&state=reported,verified&street=110101014"
    )
    assert [case["category"] for case in litter.json()["data"]] == ["litter"]
    none = await door.call("street_admin", "GET", "/api/v1/cases?state=solved")
    assert none.json()["data"] == []


async def test_if_match_refuses_a_step_on_a_case_that_somebody_else_changed(door: Door) -> None:
    case = await door.reported()
    shown = await door.call("street_admin", "GET", f"/api/v1/cases/{case['id']}")
    await door.call("street_admin", "POST", f"/api/v1/cases/{case['id']}/verify")
    late = await door.call(
        "street_admin", "POST", f"/api/v1/cases/{case['id']}/solve", headers={"If-Match": shown.headers["etag"]}
    )
    assert late.status_code == 412
    assert late.json()["code"] == "case_changed"


async def test_a_request_takes_few_steps_on_one_case_so_that_none_holds_the_others_up(door: Door) -> None:
    one, other, third = [await door.reported() for _ in range(3)]
    steps = [{"case": one["id"], "action": action} for action in ("verify", "undo") * 250]
    steps += [{"case": other["id"], "action": "verify"}]
    steps += [{"case": third["id"], "action": "duplicate", "duplicate_of": one["id"]}]
    answer = await door.call("street_admin", "POST", "/api/v1/cases/bulk/steps", json={"steps": steps})
    rows = answer.json()["data"]
    assert [row["status"] for row in rows] == [200] * 8 + [409] * 492 + [200, 409]
    assert {row["problem"]["code"] for row in rows if "problem" in row} == {"too_many_steps"}


async def test_days_beyond_the_calendar_are_refused_by_name_and_never_break_a_list(door: Door) -> None:
    for name in ("reported_from", "reported_to"):
        for day in ("0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"):
            answer = await door.call("street_admin", "GET", f"/api/v1/cases?{name}={day}")
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, name)
        for day in ("2000-01-01", "2100-12-31"):
            assert (await door.call("street_admin", "GET", f"/api/v1/cases?{name}={day}")).status_code == 200
    for day in ("0001-01-01", "9999-12-31"):
        for path in ("/admin/cases", "/admin/cases/export/csv"):
            answer = await door.call("street_admin", "GET", f"{path}?on={day}")
            assert answer.status_code == 200, (path, answer.text)


async def test_nobody_gives_a_lane_of_another_place_to_a_steward(door: Door) -> None:
    body = {"number": "0140077", "name": "李示例", "community": "014-02", "joined_on": "2026-10-01"}
    foreign = await door.call("community_staff", "POST", "/api/v1/stewards", json={**body, "lanes": [SUN_LANE]})
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (403, "/lanes")
    assert await door.count("stewards_steward") == 3
    own = await door.call("community_staff", "POST", "/api/v1/stewards", json={**body, "lanes": [ZHAO_LANE]})
    assert own.status_code == 201, own.text


async def test_a_steward_joined_on_a_day_that_can_be(door: Door) -> None:
    body = {"number": "0140077", "name": "李示例", "community": "014-02"}
    for day in ("0001-01-01", "1989-12-31", "2028-01-01", "9999-12-31"):
        answer = await door.call("street_admin", "POST", "/api/v1/stewards", json={**body, "joined_on": day})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/joined_on")
        path = f"/api/v1/stewards/{door.district.zhao}"
        edited = await door.call("street_admin", "PATCH", path, json={"joined_on": day}, headers={"If-Match": "*"})
        assert edited.status_code in {400, 412}, edited.text
