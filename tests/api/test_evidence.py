"""Evidence through the JSON door: pictures in, checked and cleaned, and out again to those who may see the case."""

import io

import httpx
import pytest
from PIL import Image

from tests.api.door import Door
from tests.api.things import a_picture


async def _add(
    door: Door, case: str, data: bytes, *, kind: str = "image/png", key: str | None = None
) -> httpx.Response:
    files = {"file": ("a.png", data, kind)}
    return await door.call("integrator", "POST", f"/api/v1/cases/{case}/evidence", files=files, key=key)


async def test_a_picture_comes_back_upright_and_without_its_place(door: Door) -> None:
    case = (await door.reported())["id"]
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "a maker"
    photo = io.BytesIO()
    Image.new("RGB", (40, 20), "blue").save(photo, "JPEG", exif=exif)
    added = await _add(door, case, photo.getvalue(), kind="image/jpeg")
    assert added.status_code == 201, added.text
    shown = await door.call("street_admin", "GET", f"/api/v1/cases/{case}")
    [file] = shown.json()["evidence"]
    back = await door.call("steward", "GET", file["url"])
    assert back.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(back.content)) as picture:
        assert picture.size == (20, 40)
        assert not picture.getexif()


async def test_the_same_picture_again_is_kept_once(door: Door) -> None:
    case = (await door.reported())["id"]
    first = await _add(door, case, a_picture(), key="evidence")
    replay = await _add(door, case, a_picture(), key="evidence")
    again = await _add(door, case, a_picture())
    assert (first.status_code, replay.content, again.status_code) == (201, first.content, 200)
    assert again.json()["repeated"] is True
    other = await _add(door, case, a_picture("green"), key="evidence")
    assert other.status_code == 422
    assert await door.count("cases_evidence") == 1


def _cut_in_half() -> bytes:
    whole = io.BytesIO()
    Image.effect_noise((200, 200), 80).convert("RGB").save(whole, "JPEG")
    return whole.getvalue()[: whole.tell() // 2]


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"GIF89a", "image/gif", "picture_type_unknown"),
        (b"not a picture", "image/png", "picture_type_unknown"),
        (b"<svg onload='alert(1)'/>", "image/svg+xml", "picture_type_unknown"),
        (_cut_in_half(), "image/jpeg", "picture_broken"),
        (b"\xff" * (10 * 1024 * 1024 + 1), "image/png", "picture_too_large"),
    ],
    ids=["gif", "text", "svg", "cut", "large"],
)
async def test_what_is_no_sound_picture_is_refused(door: Door, data: bytes, kind: str, code: str) -> None:
    case = (await door.reported())["id"]
    answer = await _add(door, case, data, kind=kind)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await door.count("kernel_stored_file") == 0


async def test_a_form_without_its_file_is_told_so(door: Door) -> None:
    case = (await door.reported())["id"]
    answer = await door.call(
        "integrator", "POST", f"/api/v1/cases/{case}/evidence", files={"photo": ("a.png", a_picture(), "image/png")}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/file")
    for form in ({"files": {"other": (None, b"x")}}, {"files": {"file": (None, b"text")}}, {"data": {"file": "x"}}):
        answer = await door.call("integrator", "POST", f"/api/v1/cases/{case}/evidence", **form)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/file"), form
    spoilt = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n'
    answer = await door.call(
        "integrator",
        "POST",
        f"/api/v1/cases/{case}/evidence",
        content=spoilt,
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/note")
    text = await door.call("integrator", "POST", f"/api/v1/cases/{case}/evidence", json={"file": "x"})
    assert text.status_code in {400, 415}, text.text
