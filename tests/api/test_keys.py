"""Access tokens over the API and on the page: made once, used, listed, revoked; and the lines that call the API."""

import re
import shlex
from datetime import timedelta

import orjson
import pytest
from jsonschema import Draft202012Validator

from api.operation_list import example_of, operations_of
from kernel.database import Database
from kernel.ids import new_id
from stewards.key_list import list_keys, note_uses
from tests.api.door import Door
from tests.api.test_openapi import the_description
from tests.stewards.builders import NOON
from tests.stewards.test_keys import issued

HTML = {"Accept": "text/html"}
PATH = "/api/v1/keys"


async def test_a_token_is_made_used_seen_and_revoked(door: Door) -> None:
    made = await door.call("district_admin", "POST", PATH, json={"label": "网格平台", "street": "110101014"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    secret, key_id = made.json()["secret"], made.json()["id"]
    caller = {"Authorization": f"Bearer {secret}"}
    assert (await door.call(None, "GET", "/api/v1/cases", headers=caller)).status_code == 200
    await door.served.last_used.flush()
    asked = await door.call("district_admin", "GET", f"{PATH}?q=网格")
    [listed] = asked.json()["data"]
    assert (listed["kind"], listed["scope"], listed["used_at"] is not None) == ("integrator", "110101014", True)
    assert secret not in asked.text
    everyone = (await door.call("district_admin", "GET", PATH)).json()["data"]
    assert {line["kind"] for line in everyone} == {"integrator", "display", "partner", "staff", "steward"}
    assert (await door.call("district_admin", "POST", f"{PATH}/{key_id}/revoke")).status_code == 200
    assert (await door.call(None, "GET", "/api/v1/cases", headers=caller)).status_code == 401
    assert (await door.call("district_admin", "GET", f"{PATH}?q=网格")).json()["data"] == []
    [ended] = (await door.call("district_admin", "GET", f"{PATH}?ended=true")).json()["data"]
    assert (ended["id"], ended["revoked_at"] is not None) == (key_id, True)
    wrong = await door.call("district_admin", "POST", PATH, json={"label": "x", "street": "999"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/street")


async def test_the_page_lists_by_pages_makes_and_revokes(door: Door) -> None:
    first = await door.call("district_admin", "POST", "/admin/keys", headers=HTML, data={"label": "", "days": "90"})
    assert (first.status_code, 'id="label-error"' in first.text) == (400, True)
    assert (
        'id="days-error"'
        in (
            await door.call("district_admin", "POST", "/admin/keys", headers=HTML, data={"label": "a", "days": "1000"})
        ).text
    )
    for at in range(26):
        form = {"label": f"平台 {at}", "street": "", "days": "90"}
        made = await door.call("district_admin", "POST", "/admin/keys", headers=HTML, data=form)
        assert made.status_code == 200
    found = re.search(r'id="secret">([^<]+)<', made.text)
    assert found
    assert found[1] not in (await door.call("district_admin", "GET", "/admin/keys", headers=HTML)).text
    first = await door.call("district_admin", "GET", "/admin/keys?q=平台", headers=HTML)
    assert ("平台 25" in first.text, "平台 0<" in first.text) == (True, False)
    [following] = re.findall(r'href="(/admin/keys\?[^"]*after=[^"]+)"', first.text)
    assert "平台 0<" in (await door.call("district_admin", "GET", following.replace("&amp;", "&"), headers=HTML)).text
    [revoke] = re.findall(r'action="(/admin/keys/[^"]+/revoke)">(?:(?!</form>)[\s\S])*“平台 25”', first.text)
    assert (await door.call("district_admin", "POST", revoke, headers=HTML)).status_code == 303
    assert "平台 25" not in (await door.call("district_admin", "GET", "/admin/keys", headers=HTML)).text
    assert "平台 25" in (await door.call("district_admin", "GET", "/admin/keys?state=ended", headers=HTML)).text


async def test_the_last_use_never_goes_back(database: Database) -> None:
    token = await issued(database, role="integrator")
    for at in (NOON, NOON - timedelta(hours=2)):
        await database.run(lambda tx, at=at: note_uses(tx, {token.token_id: at, new_id(): at}))
    [entry], _ = await list_keys(await database.reader(), now=NOON, ended=False, limit=5)
    assert entry.used_at == NOON


@pytest.mark.asyncio(loop_scope="module")
async def test_every_operation_has_a_curl_line_that_a_shell_reads(steady_door: Door) -> None:
    description = await the_description(steady_door)
    operations = operations_of(description, "http://127.0.0.1:8000")
    assert len(operations) == sum(len(item) for item in description["paths"].values())
    for operation in operations:
        words = shlex.split(operation.curl)
        assert words[:2] == ["curl", "-s"]
        assert ("Authorization: Bearer $TOKEN" in words) is not operation.public
        if "-d" in words:
            orjson.loads(words[words.index("-d") + 1])
    by_id = {operation.id: operation.curl for operation in operations}
    assert '/api/v1/cases/$CASE_ID/verify"' in by_id["verifyCase"]
    page = await steady_door.client.get("/schema/operations?tag=cases", headers={"Accept": "text/html"})
    assert "curl -s -X POST" in page.text
    assert "/schema#/cases/verifyCase" in page.text


@pytest.mark.asyncio(loop_scope="module")
async def test_bodies_of_the_lines_have_what_their_schema_requires(steady_door: Door) -> None:
    description = await the_description(steady_door)
    components = {"components": description["components"]}
    for path, item in description["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            example = example_of(content["schema"], description["components"]["schemas"])
            faults = Draft202012Validator({**content["schema"], **components}).iter_errors(example)
            kinds = {str(fault.validator) for fault in faults}
            assert not kinds & {"required", "type", "additionalProperties", "enum"}, (method, path, example)
