"""Every route of the app with what it states, and a request for each that the JSON API has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar import Litestar

from api.access import declared_action, stated_routes
from stewards.permissions import Action
from tests.api.door import ZHAO_LANE, Door, a_case
from tests.points.rule_builders import a_document

UNKNOWN = "01a20778-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Route:
    """A route of the JSON API: how to ask for something that exists, by names that `Things` fills in."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def declared(app: Litestar) -> dict[tuple[str, str], Action | None]:
    """Every (method, path) of the app with its action; None where it is public."""
    return {(method, path): declared_action(handler) for method, path, handler in stated_routes(app)}


# What is about one thing: {case}, {steward}, {award}, {transfer} and {evidence} are those of 赵, in 夕照寺 of 龙潭.
ABOUT_ONE: tuple[Route, ...] = (
    Route("GET", "/api/v1/cases/{case_id}"),
    Route("POST", "/api/v1/cases/{case_id}/verify", {}),
    Route("POST", "/api/v1/cases/{case_id}/return", {"reason": "photo_missing"}),
    Route("POST", "/api/v1/cases/{case_id}/complete", {}),
    Route("POST", "/api/v1/cases/{case_id}/reject", {"reason": "not_found"}),
    Route("POST", "/api/v1/cases/{case_id}/solve", {}),
    Route("POST", "/api/v1/cases/{case_id}/reopen", {"reason": "not_solved"}),
    Route("POST", "/api/v1/cases/{case_id}/duplicate", {"duplicate_of": "{case_id}"}),
    Route("POST", "/api/v1/cases/{case_id}/undo", {}),
    Route("POST", "/api/v1/cases/{case_id}/evidence"),
    Route("GET", "/api/v1/cases/{case_id}/evidence/{evidence_id}"),
    Route("GET", "/api/v1/stewards/{steward_id}"),
    Route("PATCH", "/api/v1/stewards/{steward_id}", {"phone": "000-0000-0009"}, {"If-Match": "*"}),
    Route("POST", "/api/v1/stewards/{steward_id}/consents", {"field": "photo", "granted": True}),
    Route("POST", "/api/v1/stewards/{steward_id}/duties", {"lane": ZHAO_LANE, "from_on": "2026-11-23"}),
    Route("POST", "/api/v1/stewards/{steward_id}/duties/{duty_id}/end", {"to_on": "2026-11-23"}),
    Route("GET", "/api/v1/stewards/{steward_id}/balance"),
    Route("GET", "/api/v1/stewards/{steward_id}/statement"),
    Route("GET", "/api/v1/stewards/{steward_id}/standing"),
    Route("GET", "/api/v1/points/awards/{award_id}"),
    Route("POST", "/api/v1/points/transfers/{transfer_id}/reverse", {"cause": "correction"}),
    Route("GET", "/api/v1/points/rules/drafts/{draft_id}"),
    Route("PUT", "/api/v1/points/rules/drafts/{draft_id}", {"document": {}}, {"If-Match": "*"}),
    Route("GET", "/api/v1/points/rules/drafts/{draft_id}/comments"),
    Route("POST", "/api/v1/points/rules/drafts/{draft_id}/comments", {"text": "说得清楚"}),
    Route("POST", "/api/v1/points/rules/drafts/{draft_id}/comments/{comment_id}/answer", {"text": "谢谢"}),
    Route("POST", "/api/v1/points/rules/drafts/{draft_id}/rehearse", {}),
    Route("GET", "/api/v1/points/rules/drafts/{draft_id}/rehearsal"),
    Route("POST", "/api/v1/points/rules/drafts/{draft_id}/consult", {"until": "2026-12-31"}),
    Route("POST", "/api/v1/points/rules/drafts/{draft_id}/publish", {}, {"If-Match": "*"}),
    Route("POST", "/api/v1/points/rules/drafts/{draft_id}/withdraw", {}),
    Route("GET", "/api/v1/points/penalties/{penalty_id}"),
    Route("POST", "/api/v1/points/penalties/{penalty_id}/object", {"note": "那天我在巷口"}),
    Route("POST", "/api/v1/points/penalties/{penalty_id}/uphold", {}),
    Route("POST", "/api/v1/points/penalties/{penalty_id}/drop", {}),
    Route("GET", "/api/v1/points/grants/{points_grant_id}"),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/approve", {}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/reject", {"note": "没有材料"}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/withdraw", {}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/reverse", {"cause": "mistake"}),
    Route("POST", "/api/v1/staff/{staff_id}/grants/{grant_id}/revoke", {}),
    Route("POST", "/api/v1/staff/{staff_id}/end", {}),
    Route("POST", "/api/v1/partners/{partner_id}/end", {}),
)
ABOUT_ALL: tuple[Route, ...] = (
    Route("GET", "/api/v1/me"),
    Route("GET", "/api/v1/cases"),
    Route("POST", "/api/v1/cases", a_case(external_id="matrix")),
    Route("POST", "/api/v1/cases/bulk", {"cases": [a_case(external_id="matrix-bulk")]}),
    Route("POST", "/api/v1/cases/bulk/steps", {"steps": [{"case": UNKNOWN, "action": "verify"}]}),
    Route("GET", "/api/v1/stewards"),
    Route(
        "POST",
        "/api/v1/stewards",
        {"number": "0140099", "name": "李示例", "community": "014-02", "joined_on": "2026-10-01"},
    ),
    Route("GET", "/api/v1/boards"),
    Route("GET", "/api/v1/boards/{board}"),
    Route("GET", "/api/v1/boards/{board}/stream"),
    Route("GET", "/api/v1/inbox"),
    Route("POST", "/api/v1/inbox/read", {}),
    Route("GET", "/api/v1/points/rules"),
    Route("GET", "/api/v1/points/rules/{number}"),
    Route("POST", "/api/v1/points/rules", {"document": {}}),
    Route("GET", "/api/v1/points/rules/drafts"),
    Route("POST", "/api/v1/points/rules/drafts", {"document": {}}),
    Route("GET", "/api/v1/points/penalties"),
    Route("GET", "/api/v1/points/reports"),
    Route("POST", "/api/v1/points/penalties", {"steward_id": "{steward_id}", "item": "false_report"}),
    Route("GET", "/api/v1/points/grants"),
    Route("POST", "/api/v1/points/grants", {"steward_id": "{steward_id}", "reason": "outstanding", "points": 30}),
    Route("GET", "/api/v1/staff"),
    Route("POST", "/api/v1/staff", {"login": "matrix", "name": "周示例"}),
    Route("GET", "/api/v1/partners"),
    Route("POST", "/api/v1/partners", {"code": "matrix", "name": "示例店"}),
    Route("GET", "/api/v1/places/streets"),
    Route("GET", "/api/v1/places/communities"),
    Route("GET", "/api/v1/places/lanes"),
)


async def things_of(door: Door) -> dict[str, str]:
    """Things of 赵's to ask for: a verified case with a picture, its award and its transfer."""
    case = await door.verified()
    picture = await door.call(
        "street_admin",
        "POST",
        f"/api/v1/cases/{case['id']}/evidence",
        files={"file": ("a.png", a_picture(), "image/png")},
    )
    assert picture.status_code == 201, picture.text
    statement = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/statement")
    line = statement.json()["data"][0]
    manual = await door.call(
        "street_admin",
        "POST",
        "/api/v1/points/grants",
        json={"steward_id": str(door.district.zhao), "reason": "outstanding", "points": 30},
    )
    assert manual.status_code == 201, manual.text
    penalty = await door.call(
        "street_admin",
        "POST",
        "/api/v1/points/penalties",
        json={"steward_id": str(door.district.zhao), "item": "false_report"},
    )
    assert penalty.status_code == 201, penalty.text
    zhao = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}")
    staff = (await door.call("district_admin", "GET", "/api/v1/staff")).json()["data"]
    clerk = next(person for person in staff if person["login"] == "street_admin")
    [partner] = (await door.call("district_admin", "GET", "/api/v1/partners")).json()["data"]
    draft = await door.call("district_admin", "POST", "/api/v1/points/rules/drafts", json={"document": a_document()})
    assert draft.status_code == 201, draft.text
    return {
        "draft_id": draft.json()["id"],
        "comment_id": UNKNOWN,
        "partner_id": partner["id"],
        "case_id": case["id"],
        "evidence_id": picture.json()["id"],
        "steward_id": str(door.district.zhao),
        "award_id": line["award_id"],
        "transfer_id": line["id"],
        "points_grant_id": manual.json()["id"],
        "penalty_id": penalty.json()["id"],
        "number": "1",
        "board": "points",
        "duty_id": zhao.json()["duties"][0]["id"],
        "staff_id": clerk["id"],
        "grant_id": clerk["grants"][0]["id"],
    }


def a_picture(colour: str = "red") -> bytes:
    """A small picture."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(out, "PNG")
    return out.getvalue()
