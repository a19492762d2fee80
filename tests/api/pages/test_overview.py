"""Today's overview counts what waits within reach, each with its way, and forgets nobody's work."""

from tests.api.door import Door
from tests.api.pages.test_stories import HTML
from tests.api.things import a_sighting, things_of


async def counts(door: Door, role: str) -> dict[str, int]:
    answer = await door.call(role, "GET", "/api/v1/overview")
    assert answer.status_code == 200, answer.text
    return {line["code"]: line["count"] for line in answer.json()["data"]}


async def test_what_waits_is_counted_for_whom_it_waits(door: Door) -> None:
    await things_of(door)
    await a_sighting(door)
    await door.reported()
    own = await counts(door, "street_admin")
    assert (own["cases"], own["sightings"], own["orders"], own["appeals"]) == (1, 2, 2, 1)
    assert own["grants"] == 0  # proposed by the caller, so another has to approve
    assert (await counts(door, "district_admin"))["grants"] == 1
    assert set((await counts(door, "other_street_admin")).values()) == {0}
    chief = await counts(door, "lane_chief")
    assert (chief["cases"], chief["sightings"]) == (1, 2)
    assert "grants" not in chief
    page = (await door.call("street_admin", "GET", "/admin", headers=HTML)).text
    assert 'href="/admin/sightings"' in page
    assert "没有等着办的：" in page
    empty = (await door.call("other_street_admin", "GET", "/admin", headers=HTML)).text
    assert "没有等着办的事" in empty
    english = (await door.call("street_admin", "GET", "/admin?lang=en", headers=HTML)).text
    assert "Cases to verify" in english


async def test_every_line_leads_to_a_page_that_its_reader_may_open(door: Door) -> None:
    for role in ("district_admin", "street_admin", "community_staff", "lane_chief"):
        for line in (await door.call(role, "GET", "/api/v1/overview")).json()["data"]:
            assert (await door.call(role, "GET", line["path"], headers=HTML)).status_code == 200, (role, line)
