"""The settings of the district by the API and on the page: guarded by their version, and each of them acts."""

from datetime import date, datetime, time, timedelta
from typing import Any

from cases.rechecks import recheck_jobs
from kernel.clock import LOCAL_ZONE, FixedClock
from kernel.district_settings import KEYS
from kernel.jobs import run_due
from tests.api.door import PASSWORD, Door
from tests.api.things import an_order
from tests.stewards.builders import NOON

HTML = {"Accept": "text/html"}
PATH = "/api/v1/settings"
PAGE = "/admin/settings"


async def set_to(door: Door, **values: Any) -> None:
    answer = await door.call(
        "district_admin", "PATCH", PATH, json={"values": values, "reason": "policy"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.text


async def test_a_value_is_set_by_the_version_that_was_read_and_stays_on_record(door: Door) -> None:
    read = await door.call("district_admin", "GET", PATH)
    assert (read.headers["etag"], [line["key"] for line in read.json()["data"]]) == ('"0"', list(KEYS))
    wish = {"values": {"point_fen": 80}, "reason": "other", "note": "区里补贴", "from_on": "2026-12-01"}
    assert (await door.call("district_admin", "PATCH", PATH, json=wish)).status_code == 428
    match = {"If-Match": read.headers["etag"]}
    changed = await door.call("district_admin", "PATCH", PATH, json=wish, headers=match)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"1"')
    assert changed.json()["planned"] == [{"key": "point_fen", "value": 80, "from_on": "2026-12-01"}]
    again = await door.call("district_admin", "PATCH", PATH, json=wish, headers=match)
    assert (again.status_code, again.json()["code"]) == (412, "settings_changed")
    [entry] = (await door.call("district_admin", "GET", f"{PATH}/history")).json()["data"]
    assert (entry["value"], entry["from_on"], entry["reason"], entry["note"], entry["set_by"]) == (
        *(80, "2026-12-01", "other", "区里补贴", "孙样本"),
    )
    trail = (await door.call("district_admin", "GET", "/api/v1/audit?kind=settings")).json()["data"]
    assert [deed["action"] for deed in trail] == ["settings.changed"]
    wrong = {"values": {"point_fen": "80", "recheck_percent": 101}, "reason": "policy"}
    refused = await door.call("district_admin", "PATCH", PATH, json=wrong, headers={"If-Match": "*"})
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/values/point_fen", "/values/recheck_percent"}


async def test_sign_in_reports_and_certificates_go_by_what_the_district_set(door: Door) -> None:
    await set_to(door, session_days=3, point_fen=250, issuer_name="龙潭街道办事处")
    body = {"kind": "staff", "name": "street_admin", "secret": PASSWORD}
    opened = (await door.call(None, "POST", "/api/v1/sessions", json=body)).json()
    assert datetime.fromisoformat(opened["expires_at"]) - door.served.clock.now() <= timedelta(days=3)
    await set_to(door, clerks_second_factor=True)
    refused = await door.call(None, "POST", "/api/v1/sessions", json=body)
    assert (refused.status_code, refused.json()["code"]) == (401, "second_factor_missing")
    await set_to(door, clerks_second_factor=None)
    assert (await door.call(None, "POST", "/api/v1/sessions", json=body)).status_code == 201
    report = (await door.call("district_admin", "GET", "/api/v1/reports/funding")).json()
    assert report["point_fen"] == 250
    past = "/api/v1/reports/funding?from_day=2026-07-01&to_day=2026-09-30"  # over before it was set
    assert (await door.call("district_admin", "GET", past)).json()["point_fen"] == 100
    assert (await door.call(None, "GET", "/credentials/issuer")).json()["name"] == "龙潭街道办事处"
    assert "龙潭街道办事处" in (await door.call(None, "GET", "/stories/feed.atom")).text


async def test_draws_and_alerts_go_by_what_the_district_set(door: Door) -> None:
    await door.verified()
    await door.verified()
    jobs = recheck_jobs(door.served.settings)
    await door.settle()
    await set_to(door, recheck_percent=100, burst_most=1)
    await run_due(door.database, jobs, FixedClock(NOON + timedelta(minutes=20)))
    assert await door.count("cases_burst_alert") == 2  # of their steward, and of who verified them
    await run_due(door.database, jobs, FixedClock(NOON + timedelta(days=7)))
    assert await door.count("cases_recheck") == 2
    assert "100%" in (await door.call("street_admin", "GET", "/admin/rechecks", headers=HTML)).text


async def test_orders_are_reminded_of_as_many_days_before_as_the_district_set(door: Door) -> None:
    await door.verified()
    last = date.fromisoformat((await an_order(door))["waits_until"])
    await door.settle()
    await set_to(door, order_reminder_days=5)
    jobs = [job for job in door.served.jobs if job.name == "orders-remind"]
    for days_left, reminded in ((6, []), (5, [5]), (4, [5])):
        noon = datetime.combine(last - timedelta(days=days_left), time(12), LOCAL_ZONE)
        await run_due(door.database, jobs, FixedClock(noon))
        inbox = (await door.call("steward", "GET", "/api/v1/inbox")).json()["data"]
        assert [said["params"]["days"] for said in inbox if said["code"] == "order_expiring"] == reminded, days_left
    await set_to(door, order_reminder_days=None)
    read = (await door.call("district_admin", "GET", PATH)).json()["data"]
    assert [line["own"] for line in read if line["key"] == "order_reminder_days"] == [False]


async def test_the_page_sets_one_value_at_a_time_and_shows_who_did(door: Door) -> None:
    form = {"version": "0", "recheck_percent-value": "8", "recheck_percent-reason": "meeting", "as": "own"}
    answer = await door.call("district_admin", "POST", f"{PAGE}/recheck_percent", headers=HTML, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=1")
    shown = (await door.call("district_admin", "GET", PAGE, headers=HTML)).text
    assert all(words in shown for words in ("8%", "会议决定", "孙样本", "恢复为“5%”"))
    stale = await door.call("district_admin", "POST", f"{PAGE}/recheck_percent", headers=HTML, data=form)
    assert (stale.status_code, "设置已被别人改过" in stale.text) == (412, True)
    back = {**form, "version": "1", "recheck_percent-value": "", "as": "default"}
    assert (
        await door.call("district_admin", "POST", f"{PAGE}/recheck_percent", headers=HTML, data=back)
    ).status_code == 303
    wrong = {"version": "2", "point_fen-value": "多", "point_fen-reason": "", "point_fen-from_on": "2026-13-01"}
    for left in ("point_fen-from_on", "point_fen-reason", "point_fen-value"):
        answer = await door.call("district_admin", "POST", f"{PAGE}/point_fen", headers=HTML, data=wrong)
        assert (answer.status_code, f'id="{left}-error"' in answer.text) == (400, True), left
        wrong |= {"point_fen-from_on": ""} if left.endswith("from_on") else {"point_fen-reason": "trial"}
    assert (await door.call("district_admin", "POST", f"{PAGE}/secret_key", headers=HTML, data=form)).status_code == 404
    english = (await door.call("district_admin", "GET", f"{PAGE}?lang=en", headers=HTML)).text
    assert "As installed" in english
