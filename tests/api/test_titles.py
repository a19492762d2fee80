"""Title rounds over HTTP: drafted, published, computed, checked by anyone, reviewed, announced, objected to, given."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from api.cli.terminal import Exit
from api.cli.titles import recompute_file
from rewards.titles.inputs import sha256_of
from tests.api.door import Door
from tests.api.pages.page_forms import form_of

HTML = {"Accept": "text/html"}
STREET = "110101014"
OFFICE = {"unit": "龙潭街道办事处", "address": "示例路 1 号", "phone": "010-0000 0001"}


async def asked(door: Door, role: str | None, method: str, path: str, status: int = 200, **options: Any) -> Any:
    answer = await door.call(role, method, f"/api/v1/titles{path}", **options)
    assert answer.status_code == status, answer.text
    return answer.json()


def at(door: Door, day: int) -> None:
    """Let the door's clock stand at noon of a day in December 2026."""
    door.served.clock.at = datetime(2026, 12, day, 4, 0, tzinfo=UTC)  # type: ignore[attr-defined]


async def a_round(door: Door) -> str:
    """A round of two places without gates, published."""
    names = {"zh": "金牌管家", "en": "Gold steward"}
    rules = {"code": "gold_steward", **names, "quota": 1, "weights": {"points_percentile": 100}}
    body = {"title": "gold_steward", "period": "2026", "ends_on": "2026-11-30", "rules": rules}
    drafted = await asked(door, "district_admin", "POST", "/rounds", 201, json=body)
    path = f"/rounds/{drafted['id']}"
    await asked(door, None, "GET", path, 404)  # a draft is nobody's business yet
    edited = await asked(
        door, "district_admin", "PUT", path, json={"rules": {**rules, "most_running": 2}}, headers={"If-Match": '"1"'}
    )
    assert edited["revision"] == 2
    early = await asked(door, "district_admin", "POST", f"{path}/propose", 409)
    assert early["code"] == "title_round_state"
    await asked(door, "district_admin", "POST", f"{path}/publish")
    return path


async def test_a_round_goes_through_the_doors_and_anybody_recomputes_it(door: Door, tmp_path: Path) -> None:
    await door.verified()
    path = await a_round(door)
    at(door, 1)
    proposed = await asked(door, "district_admin", "POST", f"{path}/propose")
    assert (proposed["candidates"], proposed["winners"], proposed["changed"]) == (3, 2, True)

    inputs = await door.call(None, "GET", f"/api/v1/titles{path}/inputs")
    assert sha256_of(inputs.text) == proposed["inputs_sha256"] == inputs.headers["etag"].strip('"')
    versions = await door.call(None, "GET", f"/api/v1/titles{path}/versions")
    file = tmp_path / "round.json"
    file.write_bytes(versions.content)
    assert recompute_file(file, as_json=True) is Exit.DONE
    tampered = versions.json()
    tampered["inputs"]["candidates"][0]["marks"]["points_percentile"] = 1
    file.write_bytes(orjson.dumps(tampered))
    assert recompute_file(file, as_json=True) is Exit.FAILED

    shown = await asked(door, "street_admin", "GET", f"{path}/candidates?street={STREET}")
    [winner] = [one for one in shown["candidates"] if one["outcome"] == "proposed"]
    assert (winner["name"], winner["place"], winner["marks"]) == ("赵示例", 1, "100.00")
    assert [reason["text"] for reason in winner["reasons"]][:2] == [
        "积分位次 100.00，占 100%，得 100.00 分",
        "合计 100.00 分",
    ]
    assert (await asked(door, "other_street_admin", "GET", f"{path}/candidates?street={STREET}", 404))["code"]

    version = {"street": STREET, "version": 1}
    for role in ("street_admin", "district_admin"):
        await asked(door, role, "POST", f"{path}/review", json=version)
    notice = await asked(door, "street_admin", "POST", f"{path}/notice", json={**version, **OFFICE})
    public = await asked(door, None, "GET", f"/notices/{notice['number']}")
    assert ([person["name"] for person in public["people"]], public["running"]) == (["赵*例"], True)
    assert public["to_on"] == "2026-12-07"
    listed = await asked(door, None, "GET", "/notices")
    assert [one["number"] for one in listed["data"]] == [notice["number"]]

    objection = await asked(
        door,
        "other_steward",
        "POST",
        f"/notices/{notice['number']}/objections",
        201,
        json={"ticket": winner["ticket"], "text": "案件是我办的"},
    )
    answered = await asked(
        door,
        "street_admin",
        "POST",
        f"/objections/{objection['id']}/answer",
        json={"upheld": True, "answer": "查实"},
    )
    assert (answered["state"], answered["version"]) == ("upheld", 2)
    shown = await asked(door, "street_admin", "GET", f"{path}/candidates?street={STREET}")
    assert [(one["name"], one["outcome"]) for one in shown["candidates"]] == [
        ("钱样本二", "proposed"), ("赵示例", "barred"),
    ]  # fmt: skip
    assert "struck" in shown["candidates"][1]["causes"]

    version["version"] = 2
    for role in ("street_admin", "district_admin"):
        await asked(door, role, "POST", f"{path}/review", json=version)
    await asked(door, "street_admin", "POST", f"{path}/notice", json={**version, **OFFICE})
    assert (await asked(door, "street_admin", "POST", f"{path}/award", 409, json=version))["code"] == (
        "title_notice_running"
    )
    at(door, 8)
    given = await asked(door, "street_admin", "POST", f"{path}/award", json=version)
    assert (given["awards"], given["changed"]) == (1, True)
    held = await door.call("other_steward", "GET", f"/api/v1/stewards/{door.district.qian}/titles")
    assert [(one["title"], one["year"]) for one in held.json()["data"]] == [("gold_steward", 2026)]
    full = await asked(door, None, "GET", path)
    assert {one["street"]: (one["state"], one["version"]) for one in full["of_streets"]} == {
        STREET: ("awarded", 2), "110101006": ("proposed", 1),
    }  # fmt: skip
    assert (await asked(door, "district_admin", "POST", f"{path}/cancel", 409))["code"] == "title_round_state"


async def test_a_committee_marks_through_the_doors(door: Door) -> None:
    await door.verified()
    names = {"zh": "金牌管家", "en": "Gold steward"}
    rules = {"code": "gold_steward", **names, "quota": 1, "weights": {"review": 100}}
    body = {"title": "gold_steward", "period": "2026", "ends_on": "2026-11-30", "rules": rules}
    path = f"/rounds/{(await asked(door, 'district_admin', 'POST', '/rounds', 201, json=body))['id']}"
    await asked(door, "district_admin", "POST", f"{path}/publish")
    at(door, 1)
    await asked(door, "district_admin", "GET", f"{path}/panel", 404)
    members = [str(door.staff_ids[login]) for login in ("street_admin", "community_staff")]
    panel = {"members": members, "from_on": "2026-12-01", "to_on": "2026-12-03"}
    alone = await asked(door, "district_admin", "PUT", f"{path}/panel", 400, json={**panel, "members": members[:1]})
    assert (alone["code"], alone["errors"][0]["pointer"]) == ("title_panel_size_unfit", "/members")
    named = await asked(door, "district_admin", "PUT", f"{path}/panel", json=panel)
    assert named == {"members": 2, "changed": True}
    given = {"marks": {str(door.district.zhao): {"overall": 90}}}
    await asked(door, "other_street_admin", "PUT", f"{path}/marks", 404, json=given)  # on no committee
    for role, mark in (("street_admin", 90), ("community_staff", 81)):
        marks = {str(door.district.zhao): {"overall": mark}}
        assert await asked(door, role, "PUT", f"{path}/marks", json={"marks": marks}) == {"stewards": 1, "changed": 1}
    own = await asked(door, "street_admin", "GET", f"{path}/marks?street={STREET}")
    assert [one["marks"] for one in own["candidates"] if one["marks"]] == [{"overall": 90}]
    early = await asked(door, "district_admin", "POST", f"{path}/propose", 409)
    assert early["code"] == "title_marks_not_closed"
    at(door, 4)
    await asked(door, "district_admin", "POST", f"{path}/propose")
    shown = await asked(door, "street_admin", "GET", f"{path}/candidates?street={STREET}")
    assert [(one["name"], one["marks"]) for one in shown["candidates"] if one["outcome"] == "proposed"] == [
        ("赵示例", "85.50")
    ]


async def test_the_form_of_a_notice_comes_with_the_district_s_office(door: Door) -> None:
    await door.verified()
    path = await a_round(door)
    at(door, 1)
    await asked(door, "district_admin", "POST", f"{path}/propose")
    for role in ("street_admin", "district_admin"):
        await asked(door, role, "POST", f"{path}/review", json={"street": STREET, "version": 1})
    lists = (await door.call("street_admin", "GET", path.replace("/rounds", "/admin/titles"), headers=HTML)).text
    page = re.findall(r"/admin/titles/lists/[0-9a-f-]{36}", lists)[0]
    before = await door.call("street_admin", "GET", page, headers=HTML)
    empty = form_of(before.text, f"{page}/notice")
    assert (empty["address"], empty["phone"]) == ("", "")
    office = {"issuer_name": OFFICE["unit"], "office_address": OFFICE["address"], "office_phone": OFFICE["phone"]}
    change = {"values": office, "reason": "policy"}
    set_now = await door.call("district_admin", "PATCH", "/api/v1/settings", json=change, headers={"If-Match": "*"})
    assert set_now.status_code == 200, set_now.text
    filled = form_of((await door.call("street_admin", "GET", page, headers=HTML)).text, f"{page}/notice")
    assert {name: filled[name] for name in OFFICE} == OFFICE
    announced = await door.call("street_admin", "POST", f"{page}/notice", headers=HTML, data=filled)
    assert (announced.status_code, announced.headers["location"]) == (303, f"{page}?done=notice")
    [notice] = (await asked(door, None, "GET", "/notices"))["data"]
    assert OFFICE.items() <= (await asked(door, None, "GET", f"/notices/{notice['number']}")).items()
