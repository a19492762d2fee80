"""Where somebody stands is answered on the straight way as the framework answers it; only plain questions go it."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from api.straight_boards import straight_boards
from tests.api.door import BASE, Door

BOARD = "/api/v1/boards/points"
_AS_OF = re.compile(r'"as_of":"[^"]+"')


@pytest.mark.parametrize(
    ("role", "query", "headers"),
    [
        ("steward", "", {}),
        ("steward", "period=year", {"Accept-Language": "en"}),
        ("steward", "scope=district&period=year", {}),
        ("steward", "around={zhao}&scope=district", {}),
        ("street_admin", "around={zhao}", {}),
        ("street_admin", "around={zhao}&period=all&scope=district", {"Accept-Language": "en-GB,zh;q=0.4"}),
        ("lane_chief", "around={zhao}", {}),
        ("street_admin", "around={nobody}", {}),
        ("other_street_admin", "around={zhao}", {}),
        ("display", "around={zhao}", {}),
        ("street_admin", "around={zhao}&period=decade", {}),
        ("street_admin", "period=year", {}),
        ("steward", "period=week&period=year", {}),
        (None, "around={zhao}", {"Authorization": "Bearer nobody-s"}),
    ],
)
async def test_both_ways_give_the_same_answer(
    door: Door, role: str | None, query: str, headers: dict[str, str]
) -> None:
    await door.verified()
    asked = query.format(zhao=door.district.zhao, nobody=uuid4())
    for path in (BOARD, "/api/v1/boards/score", "/api/v1/boards/none"):
        answers = [
            await door.call(role, "GET", f"{path}?{asked}", headers={"X-Request-Id": "the-same-request", **more})
            for more in (headers, {**headers, "If-None-Match": "none"})  # which is not plain
        ]
        told = [(one.status_code, dict(one.headers), _AS_OF.sub("", one.text)) for one in answers]
        assert told[0] == told[1], path


async def test_only_plain_questions_go_the_straight_way(door: Door) -> None:
    await door.verified()

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    way = straight_boards(door.app, framework)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await way({**scope, "state": {}, "litestar_app": door.app, "app": door.app}, receive, send)

    async def status(path: str, **headers: str) -> int:
        sent = {"Authorization": f"Bearer {door.tokens['steward']}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            return (await client.get(path, headers=sent)).status_code

    for path in (BOARD, f"{BOARD}?period=year&scope=district&around={door.district.zhao}", "/api/v1/boards/weeks"):
        assert await status(path) == 200, path
    for path, headers in (
        (f"{BOARD}?limit=5", {}),
        (f"{BOARD}?scope=street:110101014", {}),
        (f"{BOARD}?scope=district&scope=district", {}),
        (f"{BOARD}?around={str(door.district.zhao).upper()}", {}),
        (f"{BOARD}?around={door.district.qian}", {}),
        (f"{BOARD}?lang=en", {}),
        (f"{BOARD}/stream", {}),
        ("/api/v1/boards/none", {}),
        ("/api/v1/boards/weeks?period=day", {}),
        (BOARD, {"Cookie": "jinpai_lang=en"}),
        (BOARD, {"If_None_Match": '"a"'}),
        (BOARD, {"Authorization": "Bearer unknown"}),
    ):
        assert await status(path, **headers) == 418, (path, headers)
