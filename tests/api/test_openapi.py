"""The API's own description: complete, true about errors and strict bodies, and shown by local files alone."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.bodies import Body
from api.pages.assets import STATIC_DIR
from tests.api.door import Door

VENDOR = STATIC_DIR / "vendor"


async def the_description(door: Door) -> dict[str, Any]:
    answer = await door.client.get("/schema/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.asyncio(loop_scope="module")
async def test_it_describes_every_route_of_the_api_once(steady_door: Door) -> None:
    from tests.api.routes import declared

    description = await the_description(steady_door)
    assert description["openapi"].startswith("3.1")
    described = {
        (method.upper(), path)
        for path, item in description["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    }
    routes = {
        (method, re.sub(r":\w+}", "}", path))
        for method, path in declared(steady_door.app)
        if path.startswith("/api/v1")
    }
    assert described == routes
    names = [operation["operationId"] for item in description["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
    summaries = [operation["summary"] for item in description["paths"].values() for operation in item.values()]
    assert len(summaries) == len(set(summaries))
    assert all(" " in summary for summary in summaries), "a sentence, not the name of a function"


@pytest.mark.asyncio(loop_scope="module")
async def test_it_says_how_long_a_body_may_be(steady_door: Door) -> None:
    paths = (await the_description(steady_door))["paths"]
    assert paths["/api/v1/cases"]["post"]["x-longest-body"] == 64 * 1024
    for bulky in ("/api/v1/cases/bulk", "/api/v1/cases/bulk/steps", "/api/v1/points/rules"):
        assert paths[bulky]["post"]["x-longest-body"] == 2 * 1024 * 1024
    picture = paths["/api/v1/cases/{case_id}/evidence"]["post"]["requestBody"]["content"]
    assert picture["multipart/form-data"]["schema"]["required"] == ["file"]


@pytest.mark.asyncio(loop_scope="module")
async def test_every_error_is_described_as_a_problem_document(steady_door: Door) -> None:
    description = await the_description(steady_door)
    for path, item in description["paths"].items():
        for method, operation in item.items():
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
            assert {"400", "500"} <= operation["responses"].keys()
            assert operation["security"] == [] or "401" in operation["responses"]


@pytest.mark.asyncio(loop_scope="module")
async def test_bodies_are_described_as_strictly_as_they_are_read(steady_door: Door) -> None:
    description = await the_description(steady_door)
    schemas = description["components"]["schemas"]
    for model in _bodies(Body):
        if model.__name__ in schemas:
            assert schemas[model.__name__]["additionalProperties"] is False, model
    assert {"ReportCase", "StepOfMany", "EnrolSteward"} <= schemas.keys()
    assert schemas["ReportCase"]["properties"]["external_id"]["maxLength"] == 64


def _bodies(model: type[Body]) -> list[type[Body]]:
    return [found for child in model.__subclasses__() for found in (child, *_bodies(child))]


@pytest.mark.asyncio(loop_scope="module")
async def test_every_reference_leads_somewhere(steady_door: Door) -> None:
    description = await the_description(steady_door)
    schemas = description["components"]["schemas"]
    wanted = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(description)))
    assert wanted <= schemas.keys(), wanted - schemas.keys()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_page_loads_nothing_from_elsewhere_and_holds_under_the_policy(steady_door: Door) -> None:
    page = await steady_door.client.get("/schema", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/"), address
        assert (await steady_door.client.get(address)).status_code == 200, address
    assert not re.search(r"<style|style=|<script>|\son\w+=", page.text)
    style = (VENDOR / "swagger-ui" / "swagger-ui.css").read_text(encoding="utf-8")
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", style)
    assert "@import" not in style


def _manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("package", sorted(_manifest()))
def test_vendored_files_are_those_of_the_manifest(package: str) -> None:
    entry = _manifest()[package]
    assert entry["source"].startswith("https://registry.npmjs.org/")
    assert entry["integrity"].startswith("sha512-")
    assert any("LICENSE" in name for name in entry["files"])
    for name, file in entry["files"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == file["sha256"], name


def test_no_vendored_file_is_missing_from_the_manifest() -> None:
    listed = {name for entry in _manifest().values() for name in entry["files"]}
    kept = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} - {"manifest.json"}
    assert kept == listed


def test_the_static_folder_holds_no_stray_source_map(tmp_path: Path) -> None:
    assert not list(STATIC_DIR.rglob("*.map"))
