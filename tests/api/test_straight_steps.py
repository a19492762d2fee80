"""Steps on the straight way are answered as the framework answers them, and only plain ones go it."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from api.straight_steps import straight_steps
from tests.api.door import BASE, Door

PLAIN = "application/json"
ROUNDABOUT = "application/json; charset=utf-8"  # means the same, but is not what machines send by the thousand


async def step(door: Door, case: Any, name: str, content: bytes, **given: Any) -> list[httpx.Response]:
    """The same step of two like cases, one each way."""
    role, key = given.pop("role", "street_admin"), given.pop("key", f"key-{uuid4()}")
    headers = {"X-Request-Id": "the-same-request", **given}
    return [
        await door.call(
            role,
            "POST",
            f"/api/v1/cases/{case[at]['id']}/{name}",
            key=key and f"{key}-{at}",
            content=content,
            headers={"Content-Type": kind, **headers},
        )
        for at, kind in enumerate((PLAIN, ROUNDABOUT))
    ]


def alike(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """An answer without what differs between two cases."""
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    shown = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b26\d{8,}\b", "…", answer.text)
    return answer.status_code, headers, re.sub(r'"balance_after":\d+', "", shown)


@pytest.mark.parametrize(
    ("content", "given"),
    [
        (b"{}", {}),
        (b"{}", {"Accept-Language": "en"}),
        (b'{"note": "\xe6\xa0\xb8\xe5\xae\x9e", "occurred_at": "2026-11-23T09:45:00+08:00"}', {}),
        (b"{}", {"role": "steward"}),
        (b"{}", {"role": "other_street_admin"}),
        (b"{}", {"role": None, "Authorization": "Bearer nobody-s"}),
        (b"{}", {"role": None, "Authorization": "Basic YTpi"}),
        (b"{}", {"key": "no good key"}),
        (b'{"unknown": 1}', {}),
        (b'{"note": 7}', {}),
        (b'{"note": "a", "note": "b"}', {}),
        (b'{"note": NaN}', {}),
        (b"{", {}),
        (b"null", {}),
        (b"[]", {}),
        (b'{"note": "' + b"a" * 2_001 + b'"}', {}),
        (b'{"note": "' + b"a" * 70_000 + b'"}', {}),
        (b'{"occurred_at": "2026-11-20T09:45:00+08:00"}', {"Accept-Language": "en"}),
    ],
)
async def test_both_ways_give_the_same_answer(door: Door, content: bytes, given: dict[str, Any]) -> None:
    cases = [await door.reported(), await door.reported()]
    straight, roundabout = await step(door, cases, "verify", content, **given)
    assert alike(straight) == alike(roundabout)


async def test_both_ways_take_steps_in_turn_and_refuse_what_cannot_be(door: Door) -> None:
    cases = [await door.reported(), await door.reported()]
    for name, status in (("solve", 409), ("verify", 200), ("verify", 409), ("solve", 200)):
        straight, roundabout = await step(door, cases, name, b"{}")
        assert alike(straight) == alike(roundabout)
        assert straight.status_code == status
    straight, roundabout = await step(door, [{"id": uuid4()}, {"id": uuid4()}], "verify", b"{}")
    assert alike(straight) == alike(roundabout)
    assert straight.status_code == 404


@pytest.mark.parametrize("first", [PLAIN, ROUNDABOUT])
async def test_an_answer_is_repeated_byte_for_byte_whichever_way_the_key_came(door: Door, first: str) -> None:
    path = f"/api/v1/cases/{(await door.reported())['id']}/verify"
    answers = [
        await door.call("street_admin", "POST", path, key="both", content=b"{}", headers={"Content-Type": kind})
        for kind in (first, PLAIN, ROUNDABOUT)
    ]
    assert len({answer.content for answer in answers}) == 1
    assert await door.count("points_transfer") == 1


async def test_only_plain_steps_go_the_straight_way(door: Door) -> None:
    left: list[str] = []

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message: Any = await receive()
            body, more = body + message["body"], message["more_body"]
        left.append(body.decode())
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    way = straight_steps(door.app, framework)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await way({**scope, "state": {}, "litestar_app": door.app, "app": door.app}, receive, send)

    async def status(path: str, content: bytes = b"{}", **headers: str) -> int:
        sent = {"Authorization": f"Bearer {door.tokens['street_admin']}", "Idempotency-Key": str(uuid4())}
        sent |= {"Content-Type": PLAIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            return (await client.post(path, content=content, headers=sent)).status_code

    case = UUID((await door.reported())["id"])
    assert await status(f"/api/v1/cases/{case}/verify", b'{"note": "n"}') == 200
    assert await status(f"/api/v1/cases/{case}/solve") == 200
    assert left == []
    for path, headers in (
        (f"/api/v1/cases/{case}/reopen", {}),
        (f"/api/v1/cases/{case}/verify?lang=en", {}),
        (f"/api/v1/cases/{str(case).upper()}/verify", {}),
        (f"/api/v1/cases/{case}/verify", {"Cookie": "jinpai_lang=en"}),
        (f"/api/v1/cases/{case}/verify", {"If_Match": '"1"'}),
        (f"/api/v1/cases/{case}/verify", {"Authorization": "Bearer unknown"}),
        (f"/api/v1/cases/{case}/verify", {"Content_Type": "text/plain"}),
    ):
        assert await status(path, **headers) == 418, path
    assert left == ["{}"] * 7  # with the body that was read already
