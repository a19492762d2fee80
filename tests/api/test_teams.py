"""Teams through the door: kept by the street, seen by their members, on the boards and on the hall screen."""

from tests.api.door import Door

HTML = {"Accept": "text/html"}
TEAM = "/api/v1/teams/LT-01"
BOARD = "/api/v1/boards/teams"


async def enrolled(door: Door, *numbers: str) -> None:
    for number in numbers:
        body = {"number": number, "name": "李示例", "community": "014-02", "joined_on": "2026-10-01"}
        answer = await door.call("district_admin", "POST", "/api/v1/stewards", json=body)
        assert answer.status_code == 201, answer.text


async def zhaos_number(door: Door) -> str:
    shown = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}")
    return str(shown.json()["number"])


async def a_team(door: Door) -> dict[str, object]:
    """赵 leads a team of three; answers what said so."""
    await enrolled(door, "0140098", "0140099")
    zhao = await zhaos_number(door)
    body = {"name": "家门同心管家团", "street": "110101014", "on": "2026-11-01", "leader": zhao}
    body |= {"members": [zhao, "0140098", "0140099"]}
    kept = await door.call("street_admin", "PUT", TEAM, json=body)
    assert (kept.status_code, kept.json()["changed"]) == (200, True), kept.text
    return body


async def test_a_team_is_kept_by_its_street_and_seen_by_its_members(door: Door) -> None:
    body = await a_team(door)
    again = await door.call("street_admin", "PUT", TEAM, json=body)
    assert again.json()["changed"] is False
    shown = (await door.call("steward", "GET", TEAM)).json()
    assert [(mate["number"], mate["leads"]) for mate in shown["members"]] == [
        (body["leader"], True),
        ("0140098", False),
        ("0140099", False),
    ]
    for stranger in ("other_steward", "other_street_admin"):
        assert (await door.call(stranger, "GET", TEAM)).status_code == 404
        assert (await door.call(stranger, "GET", "/api/v1/teams")).json()["data"] == []
    small = await door.call("street_admin", "PUT", "/api/v1/teams/LT-02", json=body | {"members": [body["leader"]]})
    assert (small.status_code, small.json()["code"]) == (400, "team_size_unfit")
    ended = await door.call("street_admin", "POST", f"{TEAM}/end", json={"on": "2026-11-23"})
    assert ended.json()["changed"] is True
    assert (await door.call("steward", "GET", "/api/v1/teams")).json()["data"] == []


async def test_teams_have_a_board_of_their_own(door: Door) -> None:
    await a_team(door)
    await door.verified()
    own = (await door.call("steward", "GET", f"{BOARD}?period=year")).json()
    assert (own["scope"], own["rank"], own["value"], own["name"]) == ("street:110101014", 1, 6, "管家团榜")
    [line] = own["data"]
    assert (line["name"], line["steward_id"]) == ("家门同心管家团", None)
    top = (await door.call("display", "GET", f"{BOARD}?scope=district&limit=5")).json()
    assert [(line["name"], line["value"]) for line in top["data"]] == [("家门同心管家团", 6)]
    around = f"{BOARD}?around={line['team_id']}"
    assert (await door.call("street_admin", "GET", around)).json()["rank"] == 1
    for stranger in ("other_steward", "other_street_admin", "display"):
        assert (await door.call(stranger, "GET", around)).status_code == 404
    lane = await door.call("street_admin", "GET", f"{BOARD}?scope=community:014-02")
    assert (lane.status_code, lane.json()["code"]) == (400, "unknown_board")


async def test_staff_found_change_and_dissolve_a_team_on_its_page(door: Door) -> None:
    await enrolled(door, "0140097", "0140098", "0140099")
    zhao = await zhaos_number(door)
    form = {"street": "110101014", "number": "LT-07", "name": "七团", "on": "2026-11-01"}
    form |= {"leader": zhao, "members": "0140098"}
    small = await door.call("street_admin", "POST", "/admin/teams", headers=HTML, data=form)
    assert small.status_code == 400
    assert 'href="#members"' in small.text
    founded = await door.call(
        "street_admin", "POST", "/admin/teams", headers=HTML, data=form | {"members": "0140098、0140099"}
    )
    assert (founded.status_code, founded.headers["location"]) == (303, "/admin/teams/LT-07")
    path = "/admin/teams/LT-07"
    change = {"name": "七团", "on": "2026-11-20", "leader": "0140098", "members": "0140099 0140097"}
    assert (await door.call("street_admin", "POST", path, headers=HTML, data=change)).status_code == 303
    shown = (await door.call("street_admin", "GET", path, headers=HTML)).text
    assert "以前的团员" in shown
    assert (await door.call("other_street_admin", "GET", path, headers=HTML)).status_code == 404
    ended = await door.call("street_admin", "POST", path, headers=HTML, data={"end": "1", "end_on": "2026-11-23"})
    assert ended.status_code == 303
    assert "解散" in (await door.call("street_admin", "GET", "/admin/teams", headers=HTML)).text


async def test_a_steward_sees_the_own_team_with_names_as_their_owners_allow(door: Door) -> None:
    assert "还没有加入管家团" in (await door.call("steward", "GET", "/me/team", headers=HTML)).text
    await a_team(door)
    await door.verified()
    shown = (await door.call("steward", "GET", "/me/team", headers=HTML)).text
    assert "家门同心管家团" in shown
    assert "李*例" in shown
    assert "李示例" not in shown
