"""Writes of forms through the same group commits as the API's, once for each form that was opened."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kernel.database import Reader
from kernel.errors import Refusal
from kernel.group_commit import GroupCommit
from kernel.idempotency import Answer, IdempotencyKey, Keyed, is_kept, request_fingerprint
from stewards.principal import Principal


async def came_before(reader: Reader, principal: Principal, form: str, nonce: str) -> bool:
    """Whether this form (by its nonce) was carried out before: what it asked for may be gone by now."""
    return _is_id(nonce) and await is_kept(reader, f"{principal.kind}:{principal.id}", f"form {form}", nonce)


async def commit_form(
    commit: GroupCommit[Keyed[Any, Any], Answer],
    wish: object,
    principal: Principal,
    form: str,
    nonce: str | None,
    *,
    shard: int = 0,
) -> Any:
    """The outcome or refusal of one wish; None where this form (by its nonce) was carried out before.

    A form that was refused may be sent again.
    """
    heard = await commit_lines(commit, [wish], principal, form, nonce, shard=shard)
    return heard[0] if heard else None


async def commit_lines(
    commit: GroupCommit[Keyed[Any, Any], Answer],
    wishes: Sequence[object],
    principal: Principal,
    form: str,
    nonce: str | None,
    *,
    shard: int = 0,
) -> list[Any] | None:
    """The outcome or refusal of each line of a form; None where this form was carried out whole before."""
    heard: list[Any] = []

    def encode(outcome: Any) -> Answer:
        heard[:] = [outcome] * len(wishes) if isinstance(outcome, Refusal) else outcome
        refused = any(isinstance(each, Refusal) for each in heard)
        return Answer(status=422 if refused else 200, media_type="text/plain", body=b"")

    key = None
    if nonce is not None and _is_id(nonce):
        key = IdempotencyKey(
            caller=f"{principal.kind}:{principal.id}",
            route=f"form {form}",
            key=nonce,
            fingerprint=request_fingerprint(form.encode()),
        )
    await commit.submit(Keyed(wish=list(wishes), encode=encode, key=key), shard=shard)
    return heard or None


def _is_id(nonce: str) -> bool:
    try:
        UUID(nonce)
    except ValueError:
        return False
    return True
