"""Gold teams through the doors: proposed, announced with their members, given; their pages, and an erased leader."""

from pathlib import Path
from typing import Any

from api.cli.terminal import Exit
from api.cli.titles import recompute_file
from api.cli.verifying import every_break
from stewards.personal import ERASED
from tests.api.door import Door
from tests.api.test_personal_data import left
from tests.api.test_teams import HTML, a_team
from tests.api.test_titles import OFFICE, STREET, asked, at

LIST = {"street": STREET, "version": 1}


async def a_team_round(door: Door) -> str:
    """A round of one gold team a street, published."""
    rules: dict[str, Any] = {
        "code": "gold_team",
        "of": "team",
        "zh": "金牌管家团",
        "en": "Gold team",
        "quota": 1,
        "weights": {"points_percentile": 100},
        "gates": [{"code": "three", "of": "title", "measure": "members", "at_least": 3}],
    }
    body = {"title": "gold_team", "period": "2026", "ends_on": "2026-11-30", "rules": rules}
    path = f"/rounds/{(await asked(door, 'district_admin', 'POST', '/rounds', 201, json=body))['id']}"
    await asked(door, "district_admin", "POST", f"{path}/publish")
    return path


async def a_gold_team(door: Door) -> tuple[str, dict[str, Any]]:
    """赵's team, put forward, announced and given the title; answers the round's path and the notice."""
    await a_team(door)
    await door.verified()
    path = await a_team_round(door)
    at(door, 1)
    await asked(door, "district_admin", "POST", f"{path}/propose")
    for role in ("street_admin", "district_admin"):
        await asked(door, role, "POST", f"{path}/review", json=LIST)
    notice = await asked(door, "street_admin", "POST", f"{path}/notice", json={**LIST, **OFFICE})
    at(door, 8)
    given = await asked(door, "street_admin", "POST", f"{path}/award", json=LIST)
    assert (given["awards"], given["changed"]) == (1, True)
    return path, notice


async def award_of(door: Door) -> str:
    reader = await door.database.reader()
    [row] = await reader.fetch("SELECT CAST(award_id AS TEXT) AS id FROM rewards_title_team_award")
    return str(row["id"])


async def test_a_gold_team_goes_through_the_doors_and_is_shown_with_its_members(door: Door, tmp_path: Path) -> None:
    path, notice = await a_gold_team(door)
    shown = await asked(door, "street_admin", "GET", f"{path}/candidates?street={STREET}")
    [candidate] = shown["candidates"]
    assert (candidate["name"], candidate["number"], candidate["members"]) == (
        "家门同心管家团", "LT-01", ["赵示例", "李示例", "李示例"],
    )  # fmt: skip
    assert (candidate["steward_id"], candidate["place"]) == (str(door.district.zhao), 1)
    await asked(door, "other_street_admin", "GET", f"{path}/candidates?street={STREET}", 404)
    file = tmp_path / "round.json"
    file.write_bytes((await door.call(None, "GET", f"/api/v1/titles{path}/versions")).content)
    assert recompute_file(file, as_json=True) is Exit.DONE

    public = await asked(door, None, "GET", f"/notices/{notice['number']}")
    assert [(line["name"], line["members"]) for line in public["people"]] == [
        ("家门同心管家团", ["赵*例", "李*例", "李*例"])
    ]
    own = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/titles")
    assert own.json()["data"] == []
    [title] = (await door.call("steward", "GET", "/api/v1/teams/LT-01")).json()["titles"]
    assert (title["name"], title["name_en"], title["period"], title["revoked_at"]) == (
        "金牌管家团", "Gold team", "2026", None,
    )  # fmt: skip
    award = await award_of(door)
    for role in ("steward", "street_admin"):  # one person's certificate of what is everybody's
        refused = await door.call(role, "POST", "/api/v1/credentials", json={"award": award})
        assert (refused.status_code, refused.json()["code"]) == (409, "team_title_uncertified")
    stranger = await door.call("other_steward", "POST", "/api/v1/credentials", json={"award": award})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_credential")


async def test_past_titles_are_entered_for_a_team_or_for_a_steward_and_never_for_both(door: Door) -> None:
    await a_team(door)
    team = (await door.call("street_admin", "GET", "/api/v1/teams/LT-01")).json()["id"]
    body = {"team": team, "title": "gold_team", "period": "2025", "awarded_on": "2025-12-20"}
    for changed in (True, False):
        entered = await asked(door, "street_admin", "POST", "/awards", 201, json=body)
        assert entered["changed"] is changed
    for wrong in (body | {"steward": str(door.district.zhao)}, {**body, "team": None}):
        refused = await asked(door, "street_admin", "POST", "/awards", 400, json=wrong)
        assert refused["code"] == "title_holder_unclear"
    assert (await asked(door, "other_street_admin", "POST", "/awards", 404, json=body))["code"] == "unknown_team"
    await asked(door, "community_staff", "POST", "/awards", 403, json=body)


async def test_an_erased_leader_is_named_nowhere_and_the_title_stays_the_teams(door: Door) -> None:
    _, notice = await a_gold_team(door)
    erasure = (await door.call("steward", "POST", f"/api/v1/stewards/{door.district.zhao}/erasure")).json()
    await left(door)
    done = await door.call("district_admin", "POST", f"/api/v1/erasures/{erasure['id']}/carry-out")
    assert done.status_code == 201, done.text
    await door.settle()
    public = await asked(door, None, "GET", f"/notices/{notice['number']}")
    assert [(line["name"], line["members"]) for line in public["people"]] == [("家门同心管家团", ["李*例", "李*例"])]
    for page in (f"/notices/{notice['number']}", "/honours?year=2026"):
        text = (await door.call(None, "GET", page, headers=HTML)).text
        assert "家门同心管家团" in text
        assert not any(name in text for name in ("赵示例", "赵*例", ERASED))
    assert await door.database.snapshot(every_break) == []
