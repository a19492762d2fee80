"""A steward's own data: a whole copy, and an erasure after which nothing names the person and everything adds up."""

import importlib
import inspect
from pathlib import Path

import pytest
from tortoise.models import Model

from api.cli.verifying import every_break
from api.personal_data import REGISTER
from stewards.personal import ERASED
from tests.api.door import Door
from tests.api.pages.test_stories import HTML
from tests.api.routes import UNKNOWN
from tests.api.things import things_of

ROOT = Path(__file__).parents[2]
NAME, PHONE, NUMBER = "赵示例", "000-0000-0777", "0140001"
CANARY = "金丝雀"  # in everything that 赵 writes
# Beside the steward's id these hold random ids and codes alone: kept as they are, and nothing in them to copy.
KEPT = {
    "points_multiplier",
    "points_level_bar",
    "evaluation_slip",
    "evaluation_ballot",  # their raters' secret
    "rewards_appointment",
    "rewards_no_show",
    "rewards_desk_act",
    "rewards_draw_application",
    "rewards_waiting_entry",
    "rewards_title_candidate",
    "rewards_title_team_member",
    "rewards_title_mark",  # the committee's secret; the figure is with the own line of a round
    "rewards_item_wish_vote",
}


def test_every_table_about_stewards_is_registered_or_known_to_hold_ids_alone() -> None:
    about = set()
    for path in sorted(ROOT.glob("[!.]*/**/*models.py")):
        if path.relative_to(ROOT).parts[0] in {"tests", "bench", "api"}:
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, Model) and found.__module__ == module.__name__ and not found._meta.abstract:
                columns = set(found._meta.fields_db_projection.values())
                if "steward_id" in columns:
                    about.add(str(found._meta.db_table))
    assert about - {table.table for table in REGISTER} - KEPT == set()


async def a_life(door: Door) -> None:
    """赵 has written, earned, ordered and been written about."""
    await door.database.run(
        lambda tx: tx.execute("UPDATE stewards_steward SET phone = $2 WHERE id = $1", door.district.zhao, PHONE)
    )
    await things_of(door)
    case = await door.reported("steward", description=f"路面有坑，{CANARY}", address=f"{CANARY}门口")
    back = {"reason": "photo_missing", "note": f"{CANARY}请补照片"}
    assert (await door.call("street_admin", "POST", f"/api/v1/cases/{case['id']}/return", json=back)).status_code == 200
    wish = await door.call("steward", "POST", "/api/v1/wishes", json={"title": CANARY})
    assert wish.status_code == 201
    await door.settle()


async def left(door: Door) -> None:
    await door.database.run(
        lambda tx: tx.execute(
            "UPDATE stewards_steward SET status = 'left', left_on = joined_on WHERE id = $1", door.district.zhao
        )
    )


async def everything(door: Door) -> str:
    """All rows of all tables, as text."""
    reader = await door.database.reader()
    found = []
    for path in sorted(ROOT.glob("[!.]*/**/*models.py")):
        if path.relative_to(ROOT).parts[0] in {"tests", "bench", "api"}:
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for _, model in inspect.getmembers(module, inspect.isclass):
            if issubclass(model, Model) and model.__module__ == module.__name__ and not model._meta.abstract:
                found += [str(dict(row)) for row in await reader.rows(model)]
    return "\n".join(found)


async def test_the_copy_is_whole_one_s_own_and_gives_no_secret_away(door: Door) -> None:
    await a_life(door)
    path = f"/api/v1/stewards/{door.district.zhao}/data"
    copy = await door.call("steward", "GET", path)
    found = copy.json()
    assert found["steward"][0]["phone"] == PHONE
    for part in (
        "awards",
        "transfers",
        "cases",
        "case_texts",
        "case_notes",
        "orders",
        "inbox",
        "titles",
        "item_wishes",
    ):
        assert found[part], part
    assert "ballots" not in found
    assert "sha256" not in copy.text.replace("document_sha256", "")
    assert "pin_hash" not in copy.text
    assert (await door.call("other_steward", "GET", path)).status_code == 404
    page = await door.call("steward", "GET", "/me/data/copy", headers=HTML)
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.json() == found


async def test_an_erasure_leaves_no_name_and_every_invariant(door: Door) -> None:
    await a_life(door)
    sums = await door.count("points_transfer")
    for _ in range(2):
        asked = await door.call("steward", "POST", "/me/data/erasure", headers=HTML, data={"wish": "ask"})
        assert asked.status_code == 303
    assert "撤回申请" in (await door.call("steward", "GET", "/me/data", headers=HTML)).text
    [waiting] = (await door.call("district_admin", "GET", "/api/v1/erasures")).json()["data"]
    await door.served.last_used.flush()  # tokens that were used go, too
    path = f"/api/v1/erasures/{waiting['id']}/carry-out"
    serving = await door.call("district_admin", "POST", path)
    assert (serving.status_code, serving.json()["code"]) == (409, "erasure_needs_leaving")
    assert "还在岗" in (await door.call("district_admin", "GET", "/admin/erasures", headers=HTML)).text
    await left(door)
    before = await everything(door)
    assert all(text in before for text in (NAME, PHONE, NUMBER, CANARY))
    form = await door.call("district_admin", "POST", f"/admin/erasures/{waiting['id']}", headers=HTML)
    assert form.status_code == 303, form.text
    assert (await door.call("district_admin", "POST", path)).status_code == 404
    await door.settle()
    after = await everything(door)
    assert [text for text in (NAME, PHONE, f"'{NUMBER}'", CANARY) if text in after] == []
    assert ERASED in after
    assert await door.count("points_transfer") == sums
    assert await door.database.snapshot(every_break) == []
    assert (await door.call("steward", "GET", "/api/v1/me")).status_code == 401  # the token went, too
    shown = await door.call("street_admin", "GET", f"/admin/stewards/{door.district.zhao}", headers=HTML)
    assert shown.status_code == 200
    assert ERASED in shown.text


async def test_a_request_is_taken_back_by_who_made_it(door: Door) -> None:
    path = f"/api/v1/stewards/{door.district.zhao}/erasure"
    assert (await door.call("steward", "POST", path)).status_code == 201
    again = await door.call("steward", "POST", path)
    assert (again.status_code, again.json()["code"]) == (409, "erasure_asked")
    assert (await door.call("steward", "DELETE", path)).status_code == 204
    assert (await door.call("district_admin", "GET", "/api/v1/erasures")).json()["data"] == []
    unknown = await door.call("district_admin", "POST", f"/api/v1/erasures/{UNKNOWN}/carry-out")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "erasure_unknown")


@pytest.mark.parametrize("role", ["street_admin", "community_staff", "integrator"])
async def test_nobody_else_reads_the_copy_or_erases(door: Door, role: str) -> None:
    assert (await door.call(role, "GET", f"/api/v1/stewards/{door.district.zhao}/data")).status_code == 403
    assert (await door.call(role, "GET", "/api/v1/erasures")).status_code == 403
