"""Things for the routes to be asked for: cases, draws, orders, appointments, pictures."""

import itertools
from typing import Any
from uuid import UUID

from cases.sighting import LeaveSighting, SightingLeft, leave_sightings
from tests.api.door import ZHAO_LANE, Door
from tests.api.routes import UNKNOWN
from tests.points.rule_builders import a_document
from tests.stewards.builders import NOON

_numbers = itertools.count(1)


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
        "request_id": UNKNOWN,  # nobody asked to be erased
        "session_id": UNKNOWN,  # nobody signed in: all come by token
        "story_id": UNKNOWN,
        "thanks_id": UNKNOWN,
        "sighting_id": str(await a_sighting(door)),
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


async def a_sighting(door: Door, **changes: Any) -> UUID:
    """What a resident saw in 赵's lane."""
    wish = LeaveSighting(**{"lane_code": ZHAO_LANE, "text": "路灯不亮", **changes})
    [left] = await door.database.run(lambda tx: leave_sightings(tx, [wish], now=NOON))
    assert isinstance(left, SightingLeft), left
    return left.sighting_id


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
