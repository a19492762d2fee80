"""A card on the phone, at the desk and for residents: field by field as consented, gone at once when withdrawn."""

import io

from PIL import Image

from tests.api.door import Door
from tests.api.pages.test_stories import HTML, a_picture, consent

TIP = "有事您说话，我就在巷口 <b>"


def a_photo_with_a_place() -> io.BytesIO:
    tags = Image.Exif()
    tags[0x010F] = "CameraMaker"
    tags.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "red").save(out, "JPEG", exif=tags)
    out.seek(0)
    return out


async def test_a_steward_fills_the_card_and_residents_see_what_is_consented_to(door: Door) -> None:
    steward = door.district.zhao
    phone = {"phone": "000-0000-0001"}
    await door.call("street_admin", "PATCH", f"/api/v1/stewards/{steward}", json=phone, headers={"If-Match": "*"})
    photo = {"photo": ("me.jpg", a_photo_with_a_place(), "image/jpeg")}
    saved = await door.call("steward", "POST", "/me/card", headers=HTML, data={"tip": TIP}, files=photo)
    assert saved.headers["location"] == "/me/card", saved.text
    own = (await door.call("steward", "GET", "/me/card", headers=HTML)).text
    assert "要您分别同意才公开" in own
    public, address = f"/cards/{steward}", f"/cards/{steward}/photo"
    pages = (public, "/lanes/014-02-01")
    for path in pages:
        page = (await door.call(None, "GET", path, headers=HTML)).text
        assert "有事您说话" not in page, path
        assert address not in page, path
        assert "000-0000-0001" not in page, path
    assert (await door.call(None, "GET", address)).status_code == 404
    for field in ("photo", "tip", "phone"):
        await consent(door, field)
    for path in pages:
        page = (await door.call(None, "GET", path, headers=HTML)).text
        assert "我就在巷口 &lt;b&gt;" in page, path
        assert address in page, path
        assert "000-0000-0001" in page, path
        assert "赵示例" not in page, path
    shown = await door.call(None, "GET", address)
    assert shown.headers["cache-control"] == "no-store"
    picture = Image.open(io.BytesIO(shown.content))
    assert max(picture.size) == 1600
    assert not picture.getexif()
    assert f"/rate/lanes/014-02-01/{steward}" in (await door.call(None, "GET", public, headers=HTML)).text
    await consent(door, "photo", granted=False)
    assert (await door.call(None, "GET", address)).status_code == 404
    assert (await door.call(None, "GET", public, headers=HTML)).status_code == 200


async def test_staff_fill_and_print_the_card_of_their_own_stewards(door: Door) -> None:
    path = f"/admin/stewards/{door.district.zhao}/card"
    for role, status in (("street_admin", 200), ("community_staff", 200), ("other_street_admin", 404)):
        assert (await door.call(role, "GET", path, headers=HTML)).status_code == status, role
    long = await door.call("street_admin", "POST", path, headers=HTML, data={"tip": "字" * 41})
    assert (long.status_code, "最多 40 个字" in long.text) == (400, True)
    text = {"photo": ("me.txt", b"text", "text/plain")}
    wrong = await door.call("street_admin", "POST", path, headers=HTML, data={"tip": "您好"}, files=text)
    assert (wrong.status_code, "只收 JPEG" in wrong.text, 'value="您好"' in wrong.text) == (400, True, True)
    assert (await door.call("street_admin", "POST", path, headers=HTML, data={"tip": "您好"})).status_code == 303


async def test_a_card_over_the_api(door: Door) -> None:
    path = f"/api/v1/stewards/{door.district.zhao}/card"
    await consent(door, "tip")
    edited = await door.call("steward", "PATCH", path, json={"tip": "您好"})
    assert edited.json()["public"] == ["tip"], edited.text
    assert (await door.call("steward", "PATCH", path, json={"tip": "您好", "photo": "x"})).status_code == 400
    sent = await door.call("street_admin", "POST", f"{path}/photo", files={"file": ("a.png", a_picture(), "image/png")})
    assert (sent.status_code, sent.json()["photo"], sent.json()["public"]) == (200, True, ["tip"])
    assert (await door.call("steward", "GET", f"{path}/photo")).headers["content-type"] == "image/jpeg"
    assert (await door.call("steward", "DELETE", f"{path}/photo")).status_code == 204
    assert (await door.call("steward", "GET", f"{path}/photo")).status_code == 404
    assert (await door.call("steward", "GET", path)).json()["photo"] is False
