"""The pages of rules: plain words for everybody, the editor, the consultation, the rehearsal."""

import io
from datetime import timedelta
from typing import Any

import orjson
from python_calamine import CalamineWorkbook

from tests.api.door import Door
from tests.points.rule_builders import a_document

HTML = {"Accept": "text/html"}
NEXT_YEAR = {
    "effective_on": "2027-01-01",
    "name": "明年规则",
    "categories": {"road_damage": {"points": 9, "zh": "道路破损", "en": "Road damage"}},
}


async def page(door: Door, role: str | None, path: str, *, lang: str = "zh") -> str:
    answer = await door.call(role, "GET", f"{path}{'&' if '?' in path else '?'}lang={lang}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def send(door: Door, role: str, path: str, **fields: Any) -> Any:
    return await door.call(role, "POST", path, headers=HTML, data=fields)


async def uploaded(door: Door, **changes: Any) -> str:
    """A draft that was uploaded; answers its path."""
    document = orjson.dumps(a_document(**{**NEXT_YEAR, **changes}))
    answer = await door.call(
        "district_admin", "POST", "/admin/rules/new", headers=HTML, files={"file": ("r.json", document)}
    )
    assert answer.status_code == 303, answer.text
    path: str = answer.headers["location"]
    return path


async def test_everybody_reads_the_whole_document_in_plain_words(door: Door) -> None:
    chinese = await page(door, None, "/rules")
    assert "四级管家：累计 500 分。" in chinese
    assert "到期前 60、30、7 天各提醒一次。" in chinese
    english = await page(door, None, "/rules", lang="en")
    assert "Level 4: 500 lifetime points." in english
    assert "What was entered afterwards: honour points, which buy nothing." in english


async def test_the_editor_names_every_mistake_and_keeps_what_was_typed(door: Door) -> None:
    path = await uploaded(door)
    wrong = orjson.dumps(a_document(**NEXT_YEAR, hazard_bonus=1.5, caps=[{"code": "x"}])).decode()
    answer = await send(door, "district_admin", path, document=wrong, revision="1")
    assert answer.status_code == 400
    assert "/hazard_bonus" in answer.text
    assert "/caps/0/limit" in answer.text
    assert "1.5" in answer.text
    sound = orjson.dumps(a_document(**{**NEXT_YEAR, "name": "改过的"})).decode()
    saved = await send(door, "district_admin", path, document=sound, revision="1")
    assert (saved.status_code, saved.headers["location"]) == (303, path)
    stale = await send(door, "district_admin", path, document=sound, revision="1")
    assert stale.status_code == 412
    assert "改过的" in await page(door, "district_admin", "/admin/rules")


async def test_a_file_with_mistakes_becomes_no_draft(door: Door) -> None:
    answer = await door.call(
        "district_admin", "POST", "/admin/rules/new", headers=HTML, files={"file": ("r.json", b'{"name": ""}')}
    )
    assert answer.status_code == 400
    assert "/effective_on" in answer.text
    nothing = await send(door, "district_admin", "/admin/rules/new")
    assert nothing.status_code == 400
    started = await door.call("district_admin", "POST", "/admin/rules/new", headers=HTML, data={"from": "newest"})
    assert started.status_code == 303
    assert "2026-12-01" in await page(door, "district_admin", started.headers["location"])


async def test_a_consultation_is_read_commented_on_answered_and_published(door: Door) -> None:
    path = await uploaded(door)
    public = f"/rules/drafts/{path.rsplit('/', 1)[1]}"
    assert (await door.call("steward", "GET", public, headers=HTML)).status_code == 404
    missing = await send(door, "district_admin", f"{path}/consult", until="", revision="1")
    assert missing.status_code == 400
    opened = await send(door, "district_admin", f"{path}/consult", until="2026-11-30", revision="1")
    assert opened.status_code == 303, opened.text
    assert public in await page(door, None, "/rules")
    assert "登录后提意见" in await page(door, None, public)

    empty = await send(door, "steward", f"{public}/comments", text=" ")
    assert empty.status_code == 400
    said = await send(door, "steward", f"{public}/comments", text="<b>太少</b>")
    assert said.status_code == 303
    shown = await page(door, "other_steward", public)
    assert "&lt;b&gt;太少&lt;/b&gt;" in shown
    assert "赵" not in shown

    admin = await page(door, "district_admin", path)
    comment_id = admin.split(f"{path}/comments/")[1][:36]
    answered = await send(door, "district_admin", f"{path}/comments/{comment_id}", text="已经调高")
    assert answered.status_code == 303
    assert "已经调高" in await page(door, None, public)

    early = await send(door, "district_admin", f"{path}/publish", revision="2")
    assert early.status_code == 409
    door.served.clock.at += timedelta(days=8)  # type: ignore[attr-defined]
    published = await send(door, "district_admin", f"{path}/publish", revision="2")
    assert published.status_code == 303, published.text
    assert "将要施行" in await page(door, None, "/rules")


async def test_a_rehearsal_is_a_chart_with_its_table_and_a_workbook(door: Door) -> None:
    await door.verified()
    path = f"{await uploaded(door)}/rehearsal"
    assert "还没有试算过" in await page(door, "district_admin", path)
    assert (await door.call("district_admin", "GET", f"{path}/xlsx", headers=HTML)).status_code == 404
    backwards = await send(door, "district_admin", path, from_on="2026-11-23", to_on="2026-01-01")
    assert backwards.status_code == 400
    made = await send(door, "district_admin", path, from_on="2026-01-01", to_on="2026-11-23")
    assert made.status_code == 303, made.text
    shown = await page(door, "district_admin", path)
    assert "<svg" in shown
    assert "+3" in shown
    book = await door.call("district_admin", "GET", f"{path}/xlsx", headers=HTML)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(book.content))
    assert workbook.sheet_names == ["总览", "按街道", "按事项", "按月", "按管家"]
    assert workbook.get_sheet_by_name("按管家").to_python()[1][3:] == [6, 9, 3]


async def test_drafts_are_the_districts_own(door: Door) -> None:
    path = await uploaded(door)
    for role in ("street_admin", "community_staff", "steward", "display"):
        for address in ("/admin/rules", path, f"{path}/rehearsal"):
            assert (await door.call(role, "GET", address, headers=HTML)).status_code == 403, (role, address)
    assert (await send(door, "street_admin", f"{path}/withdraw")).status_code == 403
    assert (await send(door, "district_admin", f"{path}/withdraw")).status_code == 303
    assert (await send(door, "district_admin", f"{path}/nonsense")).status_code == 404
