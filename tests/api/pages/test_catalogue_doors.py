"""The catalogue's pages without a browser: added, edited by version, priced, pictured, taken out and taken in."""

import io
import re
from typing import Any

from PIL import Image

from api.pages.item_forms import GATE_FIELDS
from kernel.clock import FixedClock
from tests.api.door import Door
from tests.api.pages.page_forms import form_of
from tests.api.pages.test_counter_doors import posted, shown
from tests.api.things import a_counter, an_item

LONGTAN, DONGSI = "110101014", "110101006"


async def added(door: Door, role: str = "street_admin", **changes: str) -> str:
    page = await shown(door, "/admin/catalogue/new", role)
    fields = {**form_of(page, "/admin/catalogue"), "code": "CUP-1", "name": "保温杯", "price": "60", **changes}
    status, there, text = await posted(door, "/admin/catalogue", role, **fields)
    assert status == 303, text
    # The same form again adds nothing more.
    assert (await posted(door, "/admin/catalogue", role, **fields))[:2] == (303, "/admin/catalogue")
    return there.split("?")[0]


async def test_an_item_is_added_once_listed_and_found_by_kind_and_state(door: Door) -> None:
    path = await added(door, tags="日用品、热销", limit_count="2", limit_period="month", **{"gate-level": "2"})
    page = await shown(door, path)
    fields = form_of(page, path)
    assert (fields["tags"], fields["limit_count"], fields["gate-level"]) == ("日用品、热销", "2", "2")
    assert await door.count("rewards_item") == 1
    for query, there in (
        ("kind=goods", True),
        ("kind=service", False),
        ("state=on&q=保温", True),
        ("state=ended", False),
    ):
        assert ("CUP-1" in await shown(door, f"/admin/catalogue?{query}")) is there, query
    assert "CUP-1" not in await shown(door, "/admin/catalogue", "other_street_admin")


async def test_what_cannot_be_stands_beside_its_field_and_nothing_typed_is_lost(door: Door) -> None:
    page = await shown(door, "/admin/catalogue/new")
    fields = {**form_of(page, "/admin/catalogue"), "code": "没有", "name": "保温杯", "price": "60"}
    for name, value, there in (
        ("code", "没有", "code-error"),
        ("price", "六十", "price-error"),
        ("price", "-1", "price-error"),
        ("price", "0", "price-error"),
        ("limit_count", "2", "limit_period-error"),
        ("active_until", "1999-01-01T00:00", "active_until-error"),
        ("gate-level", "x", "gate-level-error"),
        ("tags", "、".join(f"标签{at}" for at in range(11)), "tags-error"),
    ):
        sent = {**fields, "code": "CUP-1", name: value}
        status, _, text = await posted(door, "/admin/catalogue", **sent)
        assert (status, f'id="{there}"' in text) == (400, True), (name, value)
        assert form_of(text, "/admin/catalogue")[name] == value
    assert await door.count("rewards_item") == 0
    # Without a street it would be the whole district's.
    status, _, text = await posted(door, "/admin/catalogue", **{**fields, "code": "CUP-1", "streets": ""})
    assert (status, 'id="streets-error"' in text) in {(403, True), (400, True)}


async def test_a_clash_says_so_and_loses_nothing_that_was_typed(door: Door) -> None:
    path = await added(door)
    page = await shown(door, path)
    mine, theirs = form_of(page, path), form_of(page, path)
    status, there, _ = await posted(door, path, **{**theirs, "low_stock": "5", "name": "不锈钢杯"})
    assert (status, there) == (303, f"{path}?done=saved")
    status, _, text = await posted(door, path, **{**mine, "description": "保温一整天"})
    assert status == 412
    assert "别人刚改过" in text
    assert "不锈钢杯" in text
    again = form_of(text, path)
    assert (again["description"], again["name"], again["low_stock"]) == ("保温一整天", "保温杯", "0")
    assert "不锈钢杯" in await shown(door, path)
    assert (await posted(door, path, **{**again, "name": "不锈钢杯", "low_stock": "5"}))[0] == 303
    kept = form_of(await shown(door, path), path)
    assert (kept["description"], kept["name"], kept["low_stock"]) == ("保温一整天", "不锈钢杯", "5")


async def test_a_price_begins_later_and_never_before_now(door: Door, clock: FixedClock) -> None:
    path = await added(door)
    nonce = form_of(await shown(door, path), f"{path}/price")["nonce"]
    status, _, text = await posted(door, f"{path}/price", points="70", begins="2026-01-01T00:00", nonce=nonce)
    assert (status, 'id="begins-error"' in text) == (400, True)
    assert form_of(text, f"{path}/price")["points"] == "70"
    assert (await posted(door, f"{path}/price", points="70", begins="2026-12-01T00:00", nonce=nonce))[0] == 303
    page = await shown(door, path)
    assert "还没开始" in page
    prices = re.findall(r'class="num">(\d+) 分', page)
    assert prices == ["70", "60"]


async def test_a_picture_is_made_small_and_says_nothing_of_the_camera(door: Door) -> None:
    path = await added(door)
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    taken = io.BytesIO()
    Image.new("RGB", (4000, 3000), "#7a3f10").save(taken, "JPEG", exif=exif)
    assert b"Camera of somebody" in taken.getvalue()
    files = {"picture": ("cup.jpg", taken.getvalue(), "image/jpeg")}
    answer = await door.call("street_admin", "POST", f"{path}/picture", headers={"Accept": "text/html"}, files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?done=picture")
    item_id = path.rsplit("/", 1)[1]
    picture = (await door.call("steward", "GET", f"/api/v1/catalogue/items/{item_id}/picture")).content
    assert b"Camera of somebody" not in picture
    assert max(Image.open(io.BytesIO(picture)).size) < 3000
    broken = {"picture": ("cup.jpg", b"no picture", "image/jpeg")}
    answer = await door.call("street_admin", "POST", f"{path}/picture", headers={"Accept": "text/html"}, files=broken)
    assert answer.status_code >= 400
    assert 'id="picture-error"' in answer.text


async def test_items_of_the_district_are_looked_at_but_not_changed_by_streets(door: Door) -> None:
    await a_counter(door)
    item_id = await an_item(door, name="毛巾")
    path = f"/admin/catalogue/{item_id}"
    page = await shown(door, path)
    assert "您可以看，不能改" in page
    assert f'action="{path}"' not in page
    sent = {"version": "1", "name": "别的", **dict.fromkeys(GATE_FIELDS, "")}
    assert (await posted(door, path, **sent))[0] == 403
    assert (await posted(door, f"{path}/price", points="7"))[0] == 403
    assert (await posted(door, path, "community_staff", **sent))[0] == 403
    assert (
        await door.call("district_admin", "GET", f"/admin/catalogue/{DONGSI}", headers={"Accept": "text/html"})
    ).status_code == 404


async def test_a_sheet_that_was_taken_out_is_taken_in_again_and_adds_nothing(door: Door) -> None:
    await added(door, tags="日用品", limit_count="2", limit_period="month", collect_days="9", low_stock="3")
    for kind in ("xlsx", "csv"):
        taken = await door.call("street_admin", "GET", f"/admin/catalogue/export/{kind}")
        assert taken.status_code == 200
        files = {"sheet": (f"items.{kind}", taken.content, "application/octet-stream")}
        page = await door.call(
            "street_admin",
            "POST",
            "/admin/import",
            headers={"Accept": "text/html"},
            data={"kind": "items"},
            files=files,
        )
        assert page.status_code == 200, page.text
        before = await door.count("rewards_price"), await door.count("kernel_audit")
        [upload] = set(re.findall(r'action="(/admin/import/[0-9a-f-]+)"', page.text)) or {""}
        if upload:
            assert (await posted(door, upload))[0] == 200
        assert (await door.count("rewards_price"), await door.count("kernel_audit")) == before
    assert (await door.call("street_admin", "GET", "/admin/catalogue/export/pdf")).status_code == 404
    assert 'value="items" checked' in await shown(door, "/admin/import?kind=items")


async def test_pick_up_places_are_added_changed_and_closed(door: Door) -> None:
    fields: dict[str, Any] = {"code": "lt09", "area": LONGTAN, "name": "夕照寺站", "hours": "9:00-17:00"}
    assert (await posted(door, "/admin/places", **fields))[:2] == (303, "/admin/places?saved=LT09")
    page = await shown(door, "/admin/places?edit=LT09")
    kept = form_of(page, "/admin/places")
    assert (kept["area"], kept["hours"]) == (LONGTAN, "9:00-17:00")
    assert (await posted(door, "/admin/places", **kept, closed="1"))[0] == 303
    assert "停用" in await shown(door, "/admin/places")
    for wrong, status in (({"area": DONGSI, "code": "DS01"}, 403), ({"code": "?"}, 400), ({"phone": "打电话"}, 400)):
        answer = await posted(door, "/admin/places", **{**fields, "code": "LT10", **wrong})
        assert answer[0] == status, wrong
        assert "夕照寺站" in answer[2]
