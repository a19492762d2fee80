"""Drafts through the API: ETags, consultation, comments without names, rehearsal, publishing."""

from datetime import timedelta
from typing import Any

from tests.api.door import Door
from tests.points.rule_builders import a_document

DRAFTS = "/api/v1/points/rules/drafts"


def a_draft(**changes: Any) -> dict[str, Any]:
    """A rule set that could follow Dongcheng's: road damage is worth 9."""
    categories = {"road_damage": {"points": 9, "zh": "道路破损", "en": "Road damage"}}
    return {"document": a_document(**{"effective_on": "2027-01-01", "categories": categories, **changes})}


async def drafted(door: Door, **changes: Any) -> dict[str, Any]:
    made = await door.call("district_admin", "POST", DRAFTS, json=a_draft(**changes))
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    found: dict[str, Any] = made.json()
    return found


async def test_a_draft_is_changed_with_the_etag_that_was_read(door: Door) -> None:
    draft = await drafted(door)
    path = f"{DRAFTS}/{draft['id']}"
    missing = await door.call("district_admin", "PUT", path, json=a_draft(hazard_bonus=1))
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    changed = await door.call("district_admin", "PUT", path, json=a_draft(hazard_bonus=1), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"], changed.json()["revision"]) == (200, '"2"', 2)
    stale = await door.call("district_admin", "PUT", path, json=a_draft(hazard_bonus=2), headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "draft_changed")


async def test_every_mistake_of_a_draft_is_named(door: Door) -> None:
    wrong = a_draft(hazard_bonus=1.5, gates=[{"code": "g", "measure": "minutes"}])
    answer = await door.call("district_admin", "POST", DRAFTS, json=wrong)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/hazard_bonus", "/gates/0"]


async def test_a_draft_goes_from_hand_to_hand_until_it_is_in_force(door: Door) -> None:
    draft = await drafted(door)
    path = f"{DRAFTS}/{draft['id']}"
    hidden = await door.call("steward", "GET", path)
    assert hidden.status_code == 404
    opened = await door.call("district_admin", "POST", f"{path}/consult", json={"until": "2026-11-30"})
    assert (opened.status_code, opened.json()["state"]) == (200, "consultation"), opened.text
    shown = await door.call("steward", "GET", path)
    assert shown.json()["document"]["categories"]["road_damage"]["points"] == 9

    said = await door.call("steward", "POST", f"{path}/comments", json={"text": "九分太多"})
    assert said.status_code == 201, said.text
    listed = await door.call("other_steward", "GET", f"{path}/comments")
    assert [comment["text"] for comment in listed.json()["data"]] == ["九分太多"]
    assert "author_id" not in listed.text
    assert str(door.district.zhao) not in listed.text
    answered = await door.call(
        "district_admin", "POST", f"{path}/comments/{said.json()['id']}/answer", json={"text": "再议"}
    )
    assert (answered.status_code, answered.json()["answer"]) == (200, "再议")

    early = await door.call("district_admin", "POST", f"{path}/publish", json={}, headers={"If-Match": "*"})
    assert (early.status_code, early.json()["code"]) == (409, "consultation_runs")
    door.served.clock.at += timedelta(days=8)  # type: ignore[attr-defined]
    etag = opened.headers["etag"]
    published = await door.call("district_admin", "POST", f"{path}/publish", json={}, headers={"If-Match": etag})
    assert (published.status_code, published.json()["number"]) == (200, 2), published.text
    assert (await door.call("steward", "GET", path)).json()["state"] == "published"


async def test_a_rehearsal_says_who_gains_by_street(door: Door) -> None:
    await door.verified()
    draft = await drafted(door)
    path = f"{DRAFTS}/{draft['id']}"
    assert (await door.call("district_admin", "GET", f"{path}/rehearsal")).status_code == 404
    made = await door.call("district_admin", "POST", f"{path}/rehearse", json={})
    assert made.status_code == 200, made.text
    figures = made.json()["figures"]
    assert figures["total"] == {"now": 6, "draft": 9, "change": 3}
    assert [(row["change"], row["gain"], row["lose"]) for row in figures["by_street"]] == [(3, 1, 0)]
    again = await door.call("district_admin", "GET", f"{path}/rehearsal")
    assert again.json() == made.json()
    await door.call("district_admin", "PUT", path, json=a_draft(hazard_bonus=1), headers={"If-Match": '"1"'})
    assert (await door.call("district_admin", "GET", f"{path}/rehearsal")).json()["current"] is False
    backwards = await door.call(
        "district_admin", "POST", f"{path}/rehearse", json={"from_on": "2026-11-23", "to_on": "2026-11-22"}
    )
    assert (backwards.status_code, backwards.json()["code"]) == (400, "rehearsal_span_unfit")
