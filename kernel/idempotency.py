"""HTTP Idempotency-Key: the first answer is kept in the transaction of its effect and repeated byte for byte.

Twins that are in flight together wait for the first and get its answer (see docs/decisions). Business refusals are
kept as well; where asking again is the remedy (400, 401, 422, 429 and failures), nothing is.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from kernel.database import Reader, Row, Tx
from kernel.errors import KeyReused, Refusal
from kernel.ids import new_id
from kernel.models import KeptAnswer

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")

_ASK_AGAIN = frozenset({400, 401, 422, 429})


class IdempotencyKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its caller scoped it: by who calls, on which route, with which request."""

    caller: str
    route: str
    key: str
    fingerprint: str

    @property
    def scope(self) -> tuple[str, str, str]:
        """What has to be unique."""
        return (self.caller, self.route, self.key)


def request_fingerprint(*parts: bytes) -> str:
    """The SHA-256 of a request's parts, in hex."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer as it was or will be sent."""

    status: int
    media_type: str
    body: bytes

    @property
    def lasts(self) -> bool:
        """Whether asking again must not change it. What names a mistake or a failure may be asked anew."""
        return self.status not in _ASK_AGAIN and self.status < 500


class Keyed(msgspec.Struct, Generic[Wish, Outcome], frozen=True, kw_only=True):
    """A wish with the key it came under, if any, and the pure function that turns its outcome into an answer."""

    wish: Wish
    encode: Callable[[Outcome | Refusal], Answer]
    key: IdempotencyKey | None = None


async def answer_keyed(
    tx: Tx,
    verb: Callable[[Tx, Sequence[Wish]], Awaitable[Sequence[Outcome | Refusal]]],
    asked: Sequence[Keyed[Wish, Outcome]],
    *,
    now: datetime,
) -> list[Answer]:
    """Run `verb` once for the wishes whose key is new, keep their answers, and repeat the kept ones for the rest."""
    keys = {keyed.key.scope: keyed.key for keyed in asked if keyed.key}
    kept = await _kept(tx, list(keys.values())) if keys else {}
    first: dict[tuple[str, str, str], int] = {}
    fresh: list[Keyed[Wish, Outcome]] = []
    for keyed in asked:
        if keyed.key is None:
            fresh.append(keyed)
        elif keyed.key.scope not in kept and keyed.key.scope not in first:
            first[keyed.key.scope] = len(fresh)
            fresh.append(keyed)
    outcomes = await verb(tx, [keyed.wish for keyed in fresh]) if fresh else []
    answers = [keyed.encode(outcome) for keyed, outcome in zip(fresh, outcomes, strict=True)]
    made = [(keyed.key, answer) for keyed, answer in zip(fresh, answers, strict=True) if keyed.key and answer.lasts]
    await _keep(tx, made, now)
    unkeyed = iter(answer for keyed, answer in zip(fresh, answers, strict=True) if keyed.key is None)
    given: list[Answer] = []
    for keyed in asked:
        if keyed.key is None:
            given.append(next(unkeyed))
            continue
        scope = keyed.key.scope
        if scope in kept:
            row = kept[scope]
            fingerprint, answer = (
                row["fingerprint"],
                Answer(status=row["status"], media_type=row["media_type"], body=bytes(row["body"])),
            )
        else:
            fingerprint, answer = fresh[first[scope]].key.fingerprint, answers[first[scope]]  # type: ignore[union-attr]
        given.append(answer if fingerprint == keyed.key.fingerprint else keyed.encode(KeyReused()))
    return given


async def is_kept(reader: Reader, caller: str, route: str, key: str) -> bool:
    """Whether something was carried out under a key already."""
    return bool(await reader.rows(KeptAnswer, "WHERE caller = $1 AND route = $2 AND key = $3", caller, route, key))


async def _kept(tx: Tx, keys: Sequence[IdempotencyKey]) -> dict[tuple[str, str, str], Row]:
    rows = await tx.rows(
        KeptAnswer,
        # All three, in the order of the unique index: a machine keeps a hundred thousand answers on a route.
        f"WHERE {tx.one_of('caller', 1)} AND {tx.one_of('route', 2)} AND {tx.one_of('key', 3)}",
        sorted({key.caller for key in keys}),
        sorted({key.route for key in keys}),
        sorted({key.key for key in keys}),
    )
    return {(row["caller"], row["route"], row["key"]): row for row in rows}


async def _keep(tx: Tx, answers: Sequence[tuple[IdempotencyKey, Answer]], now: datetime) -> None:
    # Sorted, so that two processes that keep several of the same keys wait for each other in one order.
    await tx.insert(
        KeptAnswer,
        [
            {
                "id": new_id(),
                "caller": key.caller,
                "route": key.route,
                "key": key.key,
                "fingerprint": key.fingerprint,
                "status": answer.status,
                "media_type": answer.media_type,
                "body": answer.body,
                "created_at": now,
            }
            for key, answer in sorted(answers, key=lambda pair: pair[0].scope)
        ],
    )
