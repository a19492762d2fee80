"""The straight way of the steps that machines take by the thousand: verify and solve.

A plain request of this kind goes from its bytes to the commit and back without the framework, whose routing, parsing
and answering cost more than the step itself. Whatever is not plain, and whatever would be refused before the commit, is
handed to the framework with its body: it alone words such answers, so that both ways give the same ones.
"""

import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Receive, Scope, Send

from api.bodies import SMALL_BODY, JinpaiRequest, RawJson, decode_body
from api.composition import District
from api.envelope import know_locale, preferred_locale, request_id
from api.errors import on_failure, on_refusal
from api.idempotency import HEADER, commit_keyed, key_named, one_of_many
from api.plain_requests import Headers, actions_of, bearer_of, plain_headers, send_answer
from api.v1.case_bodies import TakeStep
from api.v1.cases import encode_handled
from cases.handling import CaseStep
from cases.wording import CaseAction
from kernel.errors import Refusal
from kernel.idempotency import IdempotencyKey
from kernel.messages import Locale
from stewards.permissions import Action, may

_TEMPLATE = "/api/v1/cases/{case_id}/"
_PATH = re.compile(r"/api/v1/cases/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(verify|solve)", re.ASCII)
_STEPS: Mapping[str, CaseAction] = {"verify": CaseAction.VERIFY, "solve": CaseAction.SOLVE}
_KEY = HEADER.lower().encode()
_NOTHING = TakeStep()
_answered = one_of_many(encode_handled)


@dataclass(frozen=True, slots=True)
class _Plain:
    """A request that looks plain: which step of which case, and its headers."""

    name: str
    case_id: UUID
    headers: Headers

    @property
    def locale(self) -> Locale:
        return preferred_locale(self.headers.get(b"accept-language", b"").decode("latin-1"))


def straight_steps(app: Litestar, framework: ASGIApp) -> ASGIApp:
    """An app before the app: it answers plain steps and leaves everything else to the framework."""
    declared = actions_of(app, "POST")
    actions = {name: declared[_TEMPLATE + name] for name in _STEPS}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        plain = _plain(scope)
        if plain is None:
            await framework(scope, receive, send)
            return
        asked = cast("HTTPScope", scope)
        asked["state"]["started_s"] = time.perf_counter()
        asked["path_template"] = _TEMPLATE + plain.name
        messages, content = await _content(receive)
        if content is not None:
            district: District = app.state.district
            step, key = await _step(district, asked, plain, actions[plain.name], content)
            if step is not None:
                await _carry_out(district, asked, receive, send, plain.locale, step, key)
                return
        await framework(scope, _again(messages, receive), send)

    return answer


def _plain(scope: Scope) -> _Plain | None:
    """A step with a bearer token, a key and a short JSON body; None where it is anything else."""
    if scope["type"] != ScopeType.HTTP or scope["method"] != "POST":
        return None
    matched = None if scope["query_string"] else _PATH.fullmatch(scope["path"])
    headers = None if matched is None else plain_headers(scope)
    if matched is None or headers is None:
        return None
    length = headers.get(b"content-length", b"")
    if (
        headers.get(b"content-type") != b"application/json"
        or not length.isdigit()
        or not 0 < int(length) <= SMALL_BODY
        or _KEY not in headers
    ):
        return None
    return _Plain(matched[2], UUID(matched[1]), headers)


async def _step(
    district: District, scope: HTTPScope, plain: _Plain, action: Action | None, content: bytes
) -> tuple[CaseStep, IdempotencyKey] | tuple[None, None]:
    """What a request asks for; None where the framework has to look at it, and perhaps to refuse it."""
    try:
        body = _NOTHING if content == b"{}" else decode_body(TakeStep, RawJson(content))
        caller = await district.token_holders.submit(bearer_of(plain.headers))
        if caller is None or action is None or not may(caller, action):
            return None, None
        key = key_named(plain.headers[_KEY], caller, scope, content)
    except Exception:  # noqa: BLE001 - the framework meets it again, and tells it
        return None, None
    step = CaseStep(
        case_id=plain.case_id, action=_STEPS[plain.name], actor=caller, note=body.note, occurred_at=body.occurred_at
    )
    return step, key


async def _carry_out(  # noqa: PLR0917 - what an ASGI app gets, and what was made of it
    district: District,
    scope: HTTPScope,
    receive: Receive,
    send: Send,
    locale: Locale,
    step: CaseStep,
    key: IdempotencyKey | None,
) -> None:
    """Commit a step and send its answer."""
    try:
        answer = await commit_keyed(
            district.handle, [step], _answered, key=key, locale=locale, known_id=request_id(scope)
        )
    except Exception as error:  # noqa: BLE001 - answered as the framework would have
        know_locale(scope, locale)
        request = JinpaiRequest(scope, receive, send)
        response = on_refusal(request, error) if isinstance(error, Refusal) else on_failure(request, error)
        await response.to_asgi_response(app=None, request=request)(scope, receive, send)
        return
    await send_answer(send, answer.status, answer.media_type, answer.body)


async def _content(receive: Receive) -> tuple[list[HTTPReceiveMessage], bytes | None]:
    """What came in, and the body where it came in whole and is no longer than it may be."""
    messages: list[HTTPReceiveMessage] = []
    size, more = 0, True
    while more and size <= SMALL_BODY:
        message = cast("HTTPReceiveMessage", await receive())
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    whole = not more and size <= SMALL_BODY
    return messages, b"".join(message.get("body", b"") for message in messages) if whole else None  # type: ignore[misc]


def _again(messages: list[HTTPReceiveMessage], receive: Receive) -> Receive:
    """A receive that gives what was taken already, and then what follows."""
    waiting = deque(messages)

    async def given() -> HTTPReceiveMessage:
        return waiting.popleft() if waiting else cast("HTTPReceiveMessage", await receive())

    return cast("Receive", given)
