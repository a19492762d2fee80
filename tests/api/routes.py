"""Every route of the app with what it states, and a request for each that the JSON API has."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar import Litestar

from api.access import declared_action, stated_routes
from stewards.permissions import Action
from tests.api.door import ZHAO_LANE, Door, a_case
from tests.points.rule_builders import a_document

_numbers = itertools.count(1)

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
    Route("GET", "/api/v1/stewards/{steward_id}/levels"),
    Route("GET", "/api/v1/stewards/{steward_id}/titles"),
    Route(
        "POST",
        "/api/v1/titles/awards",
        {"steward": "{steward_id}", "title": "gold_steward", "period": "2025", "awarded_on": "2026-01-08"},
    ),
    Route("POST", "/api/v1/titles/awards/{title_id}/revoke", {"cause": "declined", "reason": "本人放弃"}),
    Route("PUT", "/api/v1/titles/rounds/{round_id}", {"rules": {}}, {"If-Match": "*"}),
    Route("POST", "/api/v1/titles/rounds/{round_id}/publish", {}),
    Route("POST", "/api/v1/titles/rounds/{round_id}/propose", {}),
    Route("POST", "/api/v1/titles/rounds/{round_id}/cancel", {}),
    Route("GET", "/api/v1/titles/rounds/{round_id}/candidates"),
    Route("POST", "/api/v1/titles/rounds/{round_id}/review", {"version": 1}),
    Route(
        "POST",
        "/api/v1/titles/rounds/{round_id}/strike",
        {"version": 1, "ticket": UNKNOWN, "cause": "declined", "reason": "本人放弃"},
    ),
    Route(
        "POST",
        "/api/v1/titles/rounds/{round_id}/notice",
        {"version": 1, "unit": "街道办事处", "address": "示例路 1 号", "phone": "010-0000 0001"},
    ),
    Route("POST", "/api/v1/titles/rounds/{round_id}/award", {"version": 1}),
    Route("POST", "/api/v1/titles/notices/{number}/objections", {"ticket": UNKNOWN, "text": "没有巡巷"}),
    Route("POST", "/api/v1/titles/objections/{objection_id}/answer", {"upheld": False, "answer": "查无此事"}),
    Route("POST", "/api/v1/credentials", {"award": "{title_id}"}),
    Route("GET", "/api/v1/credentials/{credential_id}"),
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
    Route("POST", "/api/v1/stewards/{steward_id}/donate", {"points": 1, "purpose": "hardship"}),
    Route("POST", "/api/v1/points/collections/{collection_id}/sign"),
    Route("POST", "/api/v1/points/collections/{collection_id}/withdraw"),
    Route("POST", "/api/v1/cases/rechecks/{recheck_id}/confirm", {}),
    Route("POST", "/api/v1/cases/rechecks/{recheck_id}/take-back", {}),
    Route("POST", "/api/v1/cases/alerts/{alert_id}/review", {"finding": "fine"}),
    Route("GET", "/api/v1/points/penalties/{penalty_id}"),
    Route("POST", "/api/v1/points/penalties/{penalty_id}/object", {"note": "那天我在巷口"}),
    Route("POST", "/api/v1/points/penalties/{penalty_id}/uphold", {}),
    Route("POST", "/api/v1/points/penalties/{penalty_id}/drop", {}),
    Route("GET", "/api/v1/points/grants/{points_grant_id}"),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/check", {}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/committee", {"note": "11 月例会"}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/approve", {}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/reject", {"note": "没有材料"}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/withdraw", {}),
    Route("POST", "/api/v1/points/grants/{points_grant_id}/reverse", {"cause": "mistake"}),
    Route("GET", "/api/v1/evaluation/scorecards/{steward_id}"),
    Route("POST", "/api/v1/evaluation/reopenings/{reopening_id}/allow"),
    Route("POST", "/api/v1/evaluation/reopenings/{reopening_id}/refuse"),
    Route("POST", "/api/v1/evaluation/slips", {"steward": "{steward_id}", "count": 2, "period": "2026-Q4"}),
    Route("POST", "/api/v1/cases/{case_id}/rating-link", {}),
    Route("GET", "/api/v1/stewards/{steward_id}/relations"),
    Route(
        "POST",
        "/api/v1/stewards/{steward_id}/relations",
        {"other_kind": "steward", "other": "0140002", "relation": "relative"},
    ),
    Route("POST", "/api/v1/stewards/{steward_id}/relations/{relation_id}/end", {}),
    Route("POST", "/api/v1/evaluation/holds/{hold_id}/review", {"verdict": "count"}),
    Route("GET", "/api/v1/appeals/{appeal_id}"),
    Route("GET", "/api/v1/evaluation/schemes/drafts/{draft_id}"),
    Route("PUT", "/api/v1/evaluation/schemes/drafts/{draft_id}", {"document": {}}, {"If-Match": "*"}),
    Route("GET", "/api/v1/evaluation/schemes/drafts/{draft_id}/comments"),
    Route("POST", "/api/v1/evaluation/schemes/drafts/{draft_id}/comments", {"text": "说得清楚"}),
    Route(
        "POST",
        "/api/v1/evaluation/schemes/drafts/{draft_id}/comments/{comment_id}/answer",
        {"text": "谢谢"},
    ),
    Route("POST", "/api/v1/evaluation/schemes/drafts/{draft_id}/consult", {"until": "2026-12-31"}),
    Route("POST", "/api/v1/evaluation/schemes/drafts/{draft_id}/publish", {}, {"If-Match": "*"}),
    Route("POST", "/api/v1/evaluation/schemes/drafts/{draft_id}/withdraw", {}),
    Route("POST", "/api/v1/appeals/{appeal_id}/uphold", {"outcome": "credit", "points": 1, "answer": "少算了"}),
    Route("POST", "/api/v1/appeals/{appeal_id}/dismiss", {"answer": "没有算错"}),
    Route("POST", "/api/v1/appeals/{appeal_id}/withdraw", {}),
    Route("POST", "/api/v1/evaluation/notes/{note_id}", {"verdict": "approve"}),
    Route(
        "POST",
        "/api/v1/evaluation/ballots/audit",
        {"steward": "{steward_id}", "period": "2026-Q4", "reason": "appeal"},
    ),
    Route("POST", "/api/v1/evaluation/ballots", {"steward": "{steward_id}", "scores": {"whistle": 80, "conduct": 80}}),
    Route("POST", "/api/v1/staff/{staff_id}/grants/{grant_id}/revoke", {}),
    Route("POST", "/api/v1/staff/{staff_id}/end", {}),
    Route("POST", "/api/v1/points/budgets/{street_id}/fund", {"points": 10}),
    Route("POST", "/api/v1/points/budgets/{street_id}/defund", {"points": 10}),
    Route("POST", "/api/v1/staff/{staff_id}/steward", {"steward": None}),
    Route("POST", "/api/v1/partners/{partner_id}/end", {}),
    Route("POST", "/api/v1/partners/{partner_id}/keys", {"label": "till"}),
    Route("POST", "/api/v1/partners/{partner_id}/keys/{key_id}/revoke", {}),
    Route("POST", "/api/v1/draws/{draw_id}/settle", {}),
    Route("POST", "/api/v1/draws/{draw_id}/cancel", {}),
    Route("POST", "/api/v1/waiting/{entry_id}/take", {"steward": "{steward_id}"}),
    Route("POST", "/api/v1/appointments/{appointment_id}/move", {"slot": UNKNOWN}),
    Route("POST", "/api/v1/appointments/{appointment_id}/miss", {}),
    Route("POST", "/api/v1/appointments/{appointment_id}/excuse", {}),
    Route("POST", "/api/v1/wishes/{wish_id}/answer", {"state": "planned"}),
    Route("GET", "/api/v1/redemptions/{order_id}"),
    Route("POST", "/api/v1/redemptions/{order_id}/ready", {}),
    Route("POST", "/api/v1/redemptions/{order_id}/collect", {"code": "12345678"}),
    Route("POST", "/api/v1/redemptions/{order_id}/cancel", {}),
    Route("POST", "/api/v1/redemptions/{order_id}/refund", {"reason": "faulty"}),
    Route("POST", "/api/v1/redemptions/{order_id}/code", {}),
    Route("POST", "/api/v1/redemptions/{order_id}/proxy", {"allowed": True}),
    Route("POST", "/api/v1/displays/{display_id}/revoke", {}),
    Route("POST", "/api/v1/stories/{story_id}/withdraw", {}),
    Route("POST", "/api/v1/thanks/{thanks_id}/publish", {}),
    Route("POST", "/api/v1/thanks/{thanks_id}/reject", {}),
)
ABOUT_ALL: tuple[Route, ...] = (
    Route("GET", "/api/v1/catalogue/items"),
    Route("POST", "/api/v1/catalogue/items", {"code": "M-1", "kind": "goods", "name": "毛巾", "price": 5}),
    Route("GET", "/api/v1/catalogue/items/{item_id}"),
    Route("PATCH", "/api/v1/catalogue/items/{item_id}", {"low_stock": 3}, {"If-Match": "*"}),
    Route("GET", "/api/v1/catalogue/items/{item_id}/prices"),
    Route("POST", "/api/v1/catalogue/items/{item_id}/prices", {"points": 7}),
    Route("GET", "/api/v1/catalogue/items/{item_id}/picture"),
    Route("POST", "/api/v1/catalogue/items/{item_id}/picture"),
    Route("GET", "/api/v1/catalogue/items/{item_id}/stock"),
    Route(
        "POST",
        "/api/v1/catalogue/items/{item_id}/stock",
        {"place": "LT01", "kind": "received", "quantity": 1, "reason": "delivery"},
    ),
    Route("GET", "/api/v1/catalogue/stock"),
    Route("POST", "/api/v1/catalogue/stock/count", {"place": "LT01", "lines": [{"item": UNKNOWN, "quantity": 1}]}),
    Route("GET", "/api/v1/catalogue/places"),
    Route("POST", "/api/v1/catalogue/places", {"code": "LT02", "name": "龙潭二站", "area": "110101014"}),
    Route("GET", "/api/v1/redemptions"),
    Route("POST", "/api/v1/redemptions", {"place": "LT01", "lines": [{"item": UNKNOWN}]}),
    Route("POST", "/api/v1/redemptions/collect", {"code": "12345678"}),
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
    Route("GET", "/api/v1/stories"),
    Route("POST", "/api/v1/stories", {"title": "雨天守坑", "text": "守了一小时", "street": "110101014"}),
    Route("GET", "/api/v1/thanks"),
    Route("GET", "/api/v1/street-scores"),
    Route(
        "POST",
        "/api/v1/street-scores",
        {"month": "2026-10", "data": [{"street": "110101014", "order": 1, "safety": 1, "environment": 1}]},
    ),
    Route(
        "PUT",
        "/api/v1/street-scores/weights",
        {"from_month": "2026-10", "order": 40, "safety": 30, "environment": 30},
    ),
    Route("GET", "/api/v1/displays"),
    Route("POST", "/api/v1/displays", {"code": "ABCDEFGH", "name": "大厅", "place": "110101014"}),
    Route("GET", "/api/v1/inbox"),
    Route("POST", "/api/v1/inbox/read", {}),
    Route("GET", "/api/v1/points/rules"),
    Route("GET", "/api/v1/points/rules/{number}"),
    Route("POST", "/api/v1/points/rules", {"document": {}}),
    Route("GET", "/api/v1/points/rules/drafts"),
    Route("POST", "/api/v1/points/rules/drafts", {"document": {}}),
    Route("GET", "/api/v1/points/expiring"),
    Route("GET", "/api/v1/cases/rechecks"),
    Route("GET", "/api/v1/cases/alerts"),
    Route("GET", "/api/v1/points/collections"),
    Route("POST", "/api/v1/points/collections", {"steward_id": UNKNOWN, "points": 5, "note": "家属来领"}),
    Route("GET", "/api/v1/points/penalties"),
    Route("GET", "/api/v1/points/reports"),
    Route("POST", "/api/v1/points/penalties", {"steward_id": "{steward_id}", "item": "false_report"}),
    Route("GET", "/api/v1/points/grants"),
    Route("GET", "/api/v1/points/budgets"),
    Route("POST", "/api/v1/points/grants", {"steward_id": "{steward_id}", "reason": "outstanding", "points": 30}),
    Route("GET", "/api/v1/staff"),
    Route("POST", "/api/v1/staff", {"login": "matrix", "name": "周示例"}),
    Route("POST", "/api/v1/partners/collections", {"code": "12345678"}),
    Route("GET", "/api/v1/partners"),
    Route("POST", "/api/v1/partners", {"code": "matrix", "name": "示例店"}),
    Route("GET", "/api/v1/draws"),
    Route(
        "POST",
        "/api/v1/draws",
        {
            "item": "{scarce_id}",
            "place": "LT01",
            "places": 1,
            "opens_at": "2026-11-23T12:00:00+08:00",
            "closes_at": "2026-11-25T12:00:00+08:00",
        },
    ),
    Route("GET", "/api/v1/draws/{draw_id}"),
    Route("GET", "/api/v1/draws/{draw_id}/published"),
    Route("POST", "/api/v1/draws/{draw_id}/apply", {}),
    Route("POST", "/api/v1/draws/{draw_id}/withdraw", {}),
    Route("GET", "/api/v1/waiting"),
    Route("POST", "/api/v1/waiting", {"item": "{item_id}", "place": "LT01"}),
    Route("POST", "/api/v1/waiting/leave", {"item": "{item_id}", "place": "LT01"}),
    Route("GET", "/api/v1/slots"),
    Route(
        "POST",
        "/api/v1/slots",
        {"item": "{scarce_id}", "place": "LT01", "day": "2026-11-24", "half": "pm", "capacity": 3},
    ),
    Route("GET", "/api/v1/appointments"),
    Route("GET", "/api/v1/wishes"),
    Route("POST", "/api/v1/wishes", {"title": "台灯"}),
    Route("POST", "/api/v1/wishes/{wish_id}/vote", {}),
    Route("GET", "/api/v1/reports/funding"),
    Route("GET", "/api/v1/reports/funding/xlsx"),
    Route("GET", "/api/v1/partners/{partner_id}/settlement"),
    Route("GET", "/api/v1/partners/{partner_id}/settlement/xlsx"),
    Route("GET", "/api/v1/appeals"),
    Route("POST", "/api/v1/calendar/published", {"year": 2026}),
    Route("GET", "/api/v1/evaluation/peers"),
    Route("POST", "/api/v1/evaluation/peer-ballots", {"steward": UNKNOWN, "scores": {"teamwork": 80}}),
    Route("GET", "/api/v1/evaluation/schemes/drafts"),
    Route("POST", "/api/v1/evaluation/schemes/drafts", {"document": {}}),
    Route("POST", "/api/v1/appeals", {"kind": "award", "award_id": UNKNOWN, "reason": "少算了"}),
    Route("GET", "/api/v1/calendar"),
    Route("POST", "/api/v1/calendar", {"days": [{"day": "2026-10-01", "works": False, "name": "国庆节"}]}),
    Route("GET", "/api/v1/evaluation/holds"),
    Route("GET", "/api/v1/evaluation/notes"),
    Route("POST", "/api/v1/titles/rounds", {"title": "gold_steward", "period": "2026"}),
    Route("GET", "/api/v1/evaluation/closes"),
    Route("GET", "/api/v1/evaluation/closes/{period}"),
    Route("POST", "/api/v1/evaluation/closes", {"period": "2026-Q2"}),
    Route("GET", "/api/v1/evaluation/closes/{period}/reopenings"),
    Route("POST", "/api/v1/evaluation/closes/{period}/reopenings", {"reason": "mistake"}),
    Route("GET", "/api/v1/evaluation/scores"),
    Route("GET", "/api/v1/evaluation/scores/export"),
    Route("GET", "/api/v1/evaluation/schemes"),
    Route("GET", "/api/v1/evaluation/schemes/{number}"),
    Route("POST", "/api/v1/evaluation/schemes", {"document": {}}),
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
    appeal = await door.call(
        "steward",
        "POST",
        "/api/v1/appeals",
        json={"kind": "award", "award_id": line["award_id"], "reason": "少算了"},
    )
    assert appeal.status_code == 201, appeal.text
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
    order = await an_order(door)
    clerk = next(person for person in staff if person["login"] == "street_admin")
    [partner] = (await door.call("district_admin", "GET", "/api/v1/partners")).json()["data"]
    streets = (await door.call("district_admin", "GET", "/api/v1/places/streets")).json()["data"]
    draft = await door.call("district_admin", "POST", "/api/v1/points/rules/drafts", json={"document": a_document()})
    assert draft.status_code == 201, draft.text
    title = await door.call(
        "district_admin",
        "POST",
        "/api/v1/titles/awards",
        json={
            "steward": str(door.district.zhao),
            "title": "gold_steward",
            "period": "2024",
            "awarded_on": "2025-01-08",
        },
    )
    assert title.status_code == 201, title.text
    credential = await door.call("steward", "POST", "/api/v1/credentials", json={"award": title.json()["id"]})
    assert credential.status_code == 201, credential.text
    return {
        **await scarce_things(door),
        "title_id": title.json()["id"],
        "round_id": UNKNOWN,  # lists have tests of their own
        "objection_id": UNKNOWN,
        "credential_id": credential.json()["id"],
        "draft_id": draft.json()["id"],
        "comment_id": UNKNOWN,
        "partner_id": partner["id"],
        "key_id": UNKNOWN,
        "street_id": streets[0]["id"],
        "case_id": case["id"],
        "evidence_id": picture.json()["id"],
        "steward_id": str(door.district.zhao),
        "award_id": line["award_id"],
        "appeal_id": appeal.json()["id"],
        "transfer_id": line["id"],
        "points_grant_id": manual.json()["id"],
        "penalty_id": penalty.json()["id"],
        "display_id": UNKNOWN,
        "story_id": UNKNOWN,
        "thanks_id": UNKNOWN,
        "recheck_id": UNKNOWN,  # no week is over
        "alert_id": UNKNOWN,
        "hold_id": UNKNOWN,  # no window has closed
        "note_id": UNKNOWN,
        "relation_id": UNKNOWN,
        "collection_id": UNKNOWN,  # nobody has died
        "number": "1",
        "reopening_id": UNKNOWN,  # nothing is closed
        "period": "2026-Q2",
        "board": "points",
        "duty_id": zhao.json()["duties"][0]["id"],
        "staff_id": clerk["id"],
        "order_id": order["id"],
        "item_id": order["lines"][0]["item_id"],
        "grant_id": clerk["grants"][0]["id"],
    }


async def a_counter(door: Door) -> None:
    """A pick-up place in 龙潭."""
    body = {"code": "LT01", "name": "龙潭服务站", "area": "110101014", "hours": "9:00-17:00"}
    answer = await door.call("district_admin", "POST", "/api/v1/catalogue/places", json=body)
    assert answer.status_code in {200, 201}, answer.text


async def an_item(door: Door, *, stock: int = 5, **changes: Any) -> str:
    """An item of the whole district for 1 point, with stock at the counter; answers its id."""
    body = {"code": f"I-{next(_numbers)}", "kind": "goods", "name": "毛巾", "price": 1, **changes}
    added = await door.call("district_admin", "POST", "/api/v1/catalogue/items", json=body)
    assert added.status_code == 201, added.text
    item_id: str = added.json()["id"]
    if stock:
        move = {"place": "LT01", "kind": "received", "quantity": stock, "reason": "delivery"}
        moved = await door.call("street_admin", "POST", f"/api/v1/catalogue/items/{item_id}/stock", json=move)
        assert moved.status_code == 200, moved.text
    return item_id


async def scarce_things(door: Door) -> dict[str, str]:
    """A draw, a wish, an entry of a waiting list and an appointment of 赵's."""
    draw = await a_draw(door)
    wish = await door.call("steward", "POST", "/api/v1/wishes", json={"title": "修自行车"})
    assert wish.status_code == 201, wish.text
    gone = {"item": await an_item(door, stock=1), "place": "LT01"}
    last = await door.call(
        "street_admin",
        "POST",
        f"/api/v1/catalogue/items/{gone['item']}/stock",
        json={"place": "LT01", "kind": "lost", "quantity": 1, "reason": "damaged"},
    )
    assert last.status_code == 200, last.text
    entry = await door.call("steward", "POST", "/api/v1/waiting", json=gone)
    assert entry.status_code == 200, entry.text
    service = await an_item(door, kind="service", name="理发")
    appointment = await an_appointment(door, service)
    return {
        "draw_id": draw["id"],
        "wish_id": wish.json()["id"],
        "entry_id": entry.json()["id"],
        "appointment_id": appointment["id"],
        "scarce_id": service,
    }


async def a_draw(door: Door, **changes: Any) -> dict[str, Any]:
    """A draw of two towels at the counter, open from now on."""
    body = {
        "item": await an_item(door),
        "place": "LT01",
        "places": 2,
        "opens_at": "2026-11-23T12:00:00+08:00",
        "closes_at": "2026-11-25T12:00:00+08:00",
        **changes,
    }
    announced = await door.call("street_admin", "POST", "/api/v1/draws", json=body)
    assert announced.status_code == 201, announced.text
    found: dict[str, Any] = announced.json()
    return found


async def a_slot(door: Door, service: str, *, capacity: int = 3, half: str = "am") -> str:
    """Half a day tomorrow; answers its id."""
    body = {"item": service, "place": "LT01", "day": "2026-11-24", "half": half, "capacity": capacity}
    saved = await door.call("street_admin", "POST", "/api/v1/slots", json=body)
    assert saved.status_code == 200, saved.text
    slot_id: str = saved.json()["id"]
    return slot_id


async def an_appointment(door: Door, service: str) -> dict[str, Any]:
    """An appointment of 赵's tomorrow morning."""
    body = {"place": "LT01", "lines": [{"item": service, "slot": await a_slot(door, service)}]}
    placed = await door.call("steward", "POST", "/api/v1/redemptions", json=body)
    assert placed.status_code == 201, placed.text
    listed = await door.call("steward", "GET", f"/api/v1/appointments?order={placed.json()['id']}")
    found: dict[str, Any] = listed.json()["data"][0]
    return found


async def an_order(door: Door) -> dict[str, Any]:
    """An order of 赵's, who has earned points before."""
    await a_counter(door)
    body = {"place": "LT01", "lines": [{"item": await an_item(door)}]}
    placed = await door.call("steward", "POST", "/api/v1/redemptions", json=body)
    assert placed.status_code == 201, placed.text
    found: dict[str, Any] = placed.json()
    return found


def a_picture(colour: str = "red") -> bytes:
    """A small picture."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(out, "PNG")
    return out.getvalue()
