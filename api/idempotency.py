"""Idempotency-Key at the door: the key is scoped to caller and route, and its answer is kept with its effect.

Machines have to send one with every write that moves points; people's browsers may.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.types import HTTPScope

from api.access import principal_of
from api.envelope import header, locale_of, request_id
from api.errors import Fault, Faulty, problem_answer
from kernel.errors import Kind, Refusal
from kernel.group_commit import GroupCommit
from kernel.idempotency import Answer, IdempotencyKey, Keyed, request_fingerprint
from kernel.messages import N_, Locale, Text
from stewards.principal import Principal

Outcome = TypeVar("Outcome")

HEADER = "Idempotency-Key"
_KEY = re.compile(rb'"?([A-Za-z0-9_.:/+=-]{1,128})"?')
_MACHINES = frozenset({"integrator", "display", "partner"})


class KeyRequired(Refusal):
    """A machine sent a write that moves points without an Idempotency-Key."""

    code = "idempotency_key_required"
    kind = Kind.INVALID
    message = N_("请求要带 Idempotency-Key：重发同一请求时用同一个键，就不会重复记分。")

    def __init__(self) -> None:
        super().__init__(pointer=HEADER)


async def key_of(
    request: Request[Any, Any, Any], principal: Principal, *, content: bytes | None = None
) -> IdempotencyKey | None:
    """The key that a write came under, or None where a person's browser sent none.

    `content` stands for the body where that was read as a form.

    Raises:
        KeyRequired: a machine sent none, and the write moves points.
        Faulty: it is longer than 128 characters, or not of plain ones.

    """
    given = header(request.scope, HEADER.lower().encode())
    if given is None:
        if principal.kind in _MACHINES:
            raise KeyRequired
        return None
    return key_named(given, principal, request.scope, await request.body() if content is None else content)


def key_named(given: bytes, principal: Principal, scope: HTTPScope, content: bytes) -> IdempotencyKey:
    """The key that a request names, within its caller and route.

    Raises:
        Faulty: see key_of.

    """
    matched = _KEY.fullmatch(given)
    if matched is None:
        detail = Text(N_("只用字母、数字和 _ . : / + = -，最多 128 个。"))
        raise Faulty([Fault(pointer=HEADER, detail=detail, code="invalid_key")])
    return IdempotencyKey(
        caller=f"{principal.kind}:{principal.id}",
        route=f"{scope['method']} {scope['path_template']}"[:128],
        key=matched[1].decode(),
        fingerprint=request_fingerprint(scope["path"].encode(), scope["query_string"], content),
    )


def sent(answer: Answer) -> Response[Any]:
    """An answer as it is sent."""
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type)


async def submit_one(
    request: Request[Any, Any, Any],
    commit: GroupCommit[Keyed[Any, Any], Answer],
    wish: Any,
    encode: Callable[[Any, Locale], Answer],
    *,
    shard: int = 0,
    content: bytes | None = None,
) -> Response[Any]:
    """Carry out one wish with others that wait, and send its answer, or the one kept for its key.

    Raises:
        KeyRequired, Faulty: see key_of.
        Busy: too many wait.

    """
    return await submit_many(request, commit, [wish], one_of_many(encode), shard=shard, content=content)


async def submit_many(
    request: Request[Any, Any, Any],
    commit: GroupCommit[Keyed[Any, Any], Answer],
    wishes: Sequence[Any],
    encode: Callable[[Sequence[Any], Locale, str], Answer],
    *,
    shard: int = 0,
    content: bytes | None = None,
) -> Response[Any]:
    """Carry out the wishes of one request under one key, each with its own outcome.

    Raises:
        KeyRequired, Faulty: see key_of.
        Busy: too many wait.

    """
    key = await key_of(request, principal_of(request), content=content)
    locale, known_id = locale_of(request), request_id(request.scope)
    return sent(await commit_keyed(commit, wishes, encode, key=key, locale=locale, known_id=known_id, shard=shard))


async def commit_keyed(
    commit: GroupCommit[Keyed[Any, Any], Answer],
    wishes: Sequence[Any],
    encode: Callable[[Sequence[Any], Locale, str], Answer],
    *,
    key: IdempotencyKey | None,
    locale: Locale,
    known_id: str,
    shard: int = 0,
) -> Answer:
    """The answer to the wishes of one request, or the one kept for its key.

    Raises:
        Busy: too many wait.

    """

    def encode_all(outcome: Any) -> Answer:
        if isinstance(outcome, Refusal):  # the key came before with another request
            return problem_answer(outcome, locale=locale, request_id=known_id)
        return encode(outcome, locale, known_id)

    return await commit.submit(Keyed(wish=wishes, encode=encode_all, key=key), shard=shard)


def one_of_many(encode: Callable[[Any, Locale], Answer]) -> Callable[[Sequence[Any], Locale, str], Answer]:
    """How the only outcome of a request is answered."""

    def encode_only(outcomes: Sequence[Any], locale: Locale, known_id: str) -> Answer:
        only = outcomes[0]
        if isinstance(only, Refusal):
            return problem_answer(only, locale=locale, request_id=known_id)
        return encode(only, locale)

    return encode_only
