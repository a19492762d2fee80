"""Scarce items through the API: drawn, waited for, booked by half-day, wished for; staff act with consent."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import orjson
import python_calamine
from httpx import Response

from api.cli.drawing import recompute_file
from api.cli.terminal import Exit
from kernel.clock import FixedClock
from tests.api.door import Door
from tests.api.things import a_counter, a_draw, a_slot, an_item, an_order


async def a_shop(door: Door, cases: int = 3) -> None:
    """A counter, and some points for 赵, who reports; 钱 has them by hand."""
    for _ in range(cases):
        await door.verified()
    await a_counter(door)
    grant = await door.call(
        "street_admin",
        "POST",
        "/api/v1/points/grants",
        json={"steward_id": str(door.district.qian), "reason": "outstanding", "points": 20},
    )
    assert grant.status_code == 201, grant.text
    approved = await door.call("district_admin", "POST", f"/api/v1/points/grants/{grant.json()['id']}/approve", json={})
    assert approved.status_code in {200, 409}, approved.text


async def later(door: Door, clock: FixedClock, **passed: int) -> None:
    """Time passes, and what is due is run; a run of before has ended, or it would put off the next."""
    await door.run_due("scarce-items")
    clock.at += timedelta(**passed)
    await door.run_due("scarce-items")


def said(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_draw_from_its_announcement_to_its_recomputation(door: Door, clock: FixedClock, tmp_path: Path) -> None:
    await a_shop(door)
    draw = await a_draw(door, places=1)
    path = f"/api/v1/draws/{draw['id']}"
    shown = (await door.call("steward", "GET", path)).json()
    assert (shown["phase"], shown["commitment"], shown["ticket"]) == ("open", draw["commitment"], None)
    for role in ("steward", "other_steward"):
        applied = await door.call(role, "POST", f"{path}/apply")
        assert applied.status_code == 200, applied.text
    assert (await door.call("steward", "POST", f"{path}/apply")).json()["changed"] is False
    for_other = {"steward": str(door.district.qian)}
    assert said(await door.call("steward", "POST", f"{path}/apply", json=for_other))[0] == 404
    assert said(await door.call("street_admin", "POST", f"{path}/apply"))[0] == 400
    assert (await door.call("street_admin", "POST", f"{path}/withdraw", json=for_other)).json()["withdrawn"] is True
    assert said(await door.call("street_admin", "POST", f"{path}/settle")) == (409, "applications_still_open")
    assert said(await door.call("steward", "GET", f"{path}/published")) == (409, "not_drawn_yet")
    await later(door, clock, days=2)
    assert (await door.call("steward", "GET", path)).json()["outcome"] == "won"
    orders = (await door.call("steward", "GET", "/api/v1/redemptions")).json()["data"]
    assert [order["channel"] for order in orders] == ["draw"]
    published = await door.call("display", "GET", f"{path}/published")
    document = tmp_path / "draw.json"
    document.write_bytes(published.content)
    assert recompute_file(document, as_json=False) is Exit.DONE
    bent = orjson.loads(published.content)
    bent["seed"] = "0" * 64
    document.write_bytes(orjson.dumps(bent))
    assert recompute_file(document, as_json=True) is Exit.FAILED
    assert said(await door.call("street_admin", "POST", f"{path}/cancel")) == (409, "draw_ended")


async def test_one_waits_is_offered_and_orders(door: Door, clock: FixedClock) -> None:
    await a_shop(door)
    item = await an_item(door, stock=1)
    wanted = {"item": item, "place": "LT01"}
    assert said(await door.call("steward", "POST", "/api/v1/waiting", json=wanted)) == (409, "still_in_stock")
    last = {"place": "LT01", "lines": [{"item": item}]}
    assert (await door.call("other_steward", "POST", "/api/v1/redemptions", json=last)).status_code == 201
    joined = await door.call("steward", "POST", "/api/v1/waiting", json=wanted)
    assert (joined.status_code, joined.json()["before"]) == (200, 0)
    take = f"/api/v1/waiting/{joined.json()['id']}/take"
    assert said(await door.call("steward", "POST", take)) == (409, "no_offer")
    move = {"place": "LT01", "kind": "received", "quantity": 1, "reason": "delivery"}
    await door.call("street_admin", "POST", f"/api/v1/catalogue/items/{item}/stock", json=move)
    assert said(await door.call("other_steward", "POST", "/api/v1/redemptions", json=last))[0] == 409
    await later(door, clock, minutes=2)
    [entry] = (await door.call("steward", "GET", "/api/v1/waiting")).json()["data"]
    assert (entry["state"], entry["item_name"]) == ("offered", "毛巾")
    taken = await door.call("steward", "POST", take, key="take-1")
    assert taken.status_code == 201, taken.text
    assert (await door.call("steward", "POST", take, key="take-1")).content == taken.content
    assert len(taken.json()["code"]["digits"]) == 8
    assert (await door.call("steward", "GET", "/api/v1/waiting")).json()["data"] == []
    assert said(await door.call("steward", "POST", "/api/v1/waiting/leave", json=wanted)) == (409, "not_waiting")


async def test_a_service_is_booked_moved_and_missed(door: Door, clock: FixedClock) -> None:
    await a_shop(door)
    service = await an_item(door, kind="service", name="理发")
    morning, afternoon = await a_slot(door, service, capacity=1), await a_slot(door, service, half="pm")
    without = {"place": "LT01", "lines": [{"item": service}]}
    refused = await door.call("steward", "POST", "/api/v1/redemptions", json=without)
    assert said(refused) == (400, "appointment_needed")
    booked = {"place": "LT01", "lines": [{"item": service, "slot": morning}]}
    assert (await door.call("steward", "POST", "/api/v1/redemptions", json=booked)).status_code == 201
    assert said(await door.call("other_steward", "POST", "/api/v1/redemptions", json=booked)) == (409, "slot_full")
    slots = await door.call("other_steward", "GET", f"/api/v1/slots?item={service}&place=LT01")
    assert [(slot["half"], slot["left"]) for slot in slots.json()["data"]] == [("am", 0), ("pm", 3)]
    [mine] = (await door.call("steward", "GET", "/api/v1/appointments")).json()["data"]
    path = f"/api/v1/appointments/{mine['id']}"
    moved = await door.call("steward", "POST", f"{path}/move", json={"slot": afternoon})
    assert (moved.status_code, moved.json()["moves"]) == (200, 1)
    assert said(await door.call("street_admin", "POST", f"{path}/miss")) == (409, "slot_not_over")
    clock.at += timedelta(days=2)
    assert (await door.call("street_admin", "POST", f"{path}/miss")).json()["state"] == "missed"
    listed = await door.call("street_admin", "GET", "/api/v1/appointments?day=2026-11-24")
    assert [line["state"] for line in listed.json()["data"]] == ["missed"]


async def test_staff_order_for_a_steward_with_consent_and_never_for_themselves(door: Door) -> None:
    await a_shop(door)
    item = await an_item(door)
    body = {
        "place": "LT01",
        "lines": [{"item": item}],
        "steward": str(door.district.zhao),
        "consent": "letter",
    }
    placed = await door.call("street_admin", "POST", "/api/v1/redemptions", json=body)
    assert placed.status_code == 201, placed.text
    rows = await (await door.database.reader()).fetch("SELECT consent, actor_kind FROM rewards_desk_act")
    assert [(row["consent"], row["actor_kind"]) for row in rows] == [("letter", "staff")]
    staff_id = door.staff_ids["street_admin"]
    linked = await door.call("district_admin", "POST", f"/api/v1/staff/{staff_id}/steward", json={"steward": "0140001"})
    assert linked.json()["steward_id"] == str(door.district.zhao)
    assert said(await door.call("street_admin", "POST", "/api/v1/redemptions", json=body)) == (403, "own_desk")
    assert (await door.call("district_admin", "POST", "/api/v1/redemptions", json=body)).status_code == 201


async def test_wishes_are_voted_on_and_answered(door: Door) -> None:
    wish = (await door.call("steward", "POST", "/api/v1/wishes", json={"title": "台灯"})).json()
    voted = await door.call("other_steward", "POST", f"/api/v1/wishes/{wish['id']}/vote")
    assert voted.json()["votes"] == 2
    answered = await door.call("street_admin", "POST", f"/api/v1/wishes/{wish['id']}/answer", json={"state": "offered"})
    assert (answered.status_code, answered.json()["state"]) == (200, "offered")
    listed = (await door.call("steward", "GET", "/api/v1/wishes")).json()["data"]
    assert [(line["title"], line["votes"], line["mine"]) for line in listed] == [("台灯", 2, True)]


async def test_funding_and_settlement_are_read_and_exported(door: Door) -> None:
    await a_shop(door)
    await an_order(door)
    report = (await door.call("street_admin", "GET", "/api/v1/reports/funding")).json()
    assert report["total"]["held"] == 1
    assert report["total"]["liability_fen"] == report["total"]["owed"] * 100
    book = await door.call("street_admin", "GET", "/api/v1/reports/funding/xlsx?lang=en")
    sheets = python_calamine.CalamineWorkbook.from_filelike(BytesIO(book.content))
    assert sheets.sheet_names == ["Streets", "Most wanted", "Nobody asks for"]
    assert sheets.get_sheet_by_index(0).to_python()[-1][4] == 1
    [partner] = (await door.call("partner", "GET", "/api/v1/partners")).json()["data"]
    sheet = await door.call("partner", "GET", f"/api/v1/partners/{partner['id']}/settlement")
    assert (sheet.status_code, sheet.json()["points"]) == (200, 0)
    asked = f"/api/v1/partners/{partner['id']}/settlement?from_day=2026-11-02&to_day=2026-11-01"
    assert (await door.call("partner", "GET", asked)).status_code == 400
    assert (await door.call("partner", "GET", f"/api/v1/partners/{partner['id']}/settlement/xlsx")).status_code == 200


async def test_a_partner_confirms_its_own_items_alone_and_is_settled_with(door: Door) -> None:
    await a_shop(door)
    cut = await an_item(door, name="理发", kind="service", partner="lixian")
    towel = await an_item(door)
    both = {"place": "LT01", "lines": [{"item": cut}, {"item": towel}]}
    placed = (await door.call("steward", "POST", "/api/v1/redemptions", json=both)).json()
    digits = placed["code"]["digits"]
    assert (await door.call("street_admin", "POST", f"/api/v1/redemptions/{placed['id']}/ready")).status_code == 200
    path = "/api/v1/partners/collections"
    assert said(await door.call("street_admin", "POST", path, json={"code": digits}))[0] == 403
    assert said(await door.call("partner", "POST", path, json={"code": "00000000"}))[1] == "code_wrong"
    others = {"code": digits, "lines": [{"number": 2, "quantity": 1}]}
    assert said(await door.call("partner", "POST", path, json=others))[1] == "code_wrong"
    done = await door.call("partner", "POST", path, json={"code": digits}, key="confirm-1")
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "partly"
    again = await door.call("partner", "POST", path, json={"code": digits}, key="confirm-1")
    assert again.content == done.content
    assert (await door.call("partner", "POST", path, json={"code": digits})).status_code == 409
    foreign = f"/api/v1/redemptions/{placed['id']}/collect"
    assert said(await door.call("partner", "POST", foreign, json={"code": digits}))[0] == 403
    [partner] = (await door.call("partner", "GET", "/api/v1/partners")).json()["data"]
    sheet = (await door.call("partner", "GET", f"/api/v1/partners/{partner['id']}/settlement")).json()
    assert (sheet["units"], sheet["points"], sheet["amount_fen"]) == (1, 1, 100)
    assert [line["item_name"] for line in sheet["lines"]] == ["理发"]
