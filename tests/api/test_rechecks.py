"""Re-checks by the API and on the page."""

from datetime import timedelta

from cases.rechecks import draw_week, find_bursts
from kernel.clock import local_date
from tests.api.door import Door
from tests.stewards.builders import NOON

HTML = {"Accept": "text/html"}


async def _drawn(door: Door, count: int) -> None:
    for _ in range(count):
        await door.verified()
    monday = local_date(NOON) - timedelta(days=local_date(NOON).weekday())
    await door.database.run(lambda tx: draw_week(tx, monday, seed="s", percent=100, now=NOON))
    await door.database.run(lambda tx: find_bursts(tx, now=NOON, within=timedelta(minutes=10), most=1))


async def test_somebody_else_looks_again_and_takes_back_what_was_wrong(door: Door) -> None:
    await _drawn(door, 2)
    first, second = (await door.call("community_staff", "GET", "/api/v1/cases/rechecks")).json()["data"]
    own = (await door.call("street_admin", "GET", "/api/v1/cases/rechecks")).json()["data"]
    assert [line["own"] for line in own] == [True, True]
    path = "/api/v1/cases/rechecks"
    assert (await door.call("street_admin", "POST", f"{path}/{first['id']}/confirm")).status_code == 403
    assert (await door.call("other_street_admin", "POST", f"{path}/{first['id']}/confirm")).status_code == 404
    assert (await door.call("community_staff", "POST", f"{path}/{first['id']}/confirm")).status_code == 200
    page = await door.call("community_staff", "GET", "/admin/rechecks", headers=HTML)
    assert (second["number"] in page.text, first["number"] in page.text) == (True, False)
    form = {"outcome": "taken_back", "note": "巷里没有坑"}
    done = await door.call("community_staff", "POST", f"/admin/rechecks/{second['id']}", headers=HTML, data=form)
    assert done.status_code == 303
    assert await door.district.balance(door.district.zhao) == 6
    again = await door.call("community_staff", "POST", f"/admin/rechecks/{second['id']}", headers=HTML, data=form)
    assert (again.status_code, "已经抽查过" in again.text) == (409, True)


async def test_alerts_are_looked_at_by_those_whom_they_do_not_concern(door: Door) -> None:
    await _drawn(door, 2)
    alerts = {
        one["kind"]: one for one in (await door.call("district_admin", "GET", "/api/v1/cases/alerts")).json()["data"]
    }
    assert {kind: one["verifications"] for kind, one in alerts.items()} == {"steward": 2, "verifier": 2}
    path = f"/api/v1/cases/alerts/{alerts['verifier']['id']}/review"
    assert (await door.call("street_admin", "POST", path, json={"finding": "fine"})).status_code == 403
    page = await door.call("street_admin", "GET", "/admin/rechecks", headers=HTML)
    assert "是您本人核实的" in page.text
    assert (await door.call("district_admin", "POST", path, json={"finding": "guilty"})).status_code == 400
    assert (await door.call("district_admin", "POST", path, json={"finding": "follow_up"})).status_code == 200
    steward = f"/admin/alerts/{alerts['steward']['id']}"
    assert (await door.call("street_admin", "POST", steward, headers=HTML, data={"finding": "fine"})).status_code == 303
    assert (await door.call("district_admin", "GET", "/api/v1/cases/alerts")).json()["data"] == []
