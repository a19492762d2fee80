"""Forms that act once however often they are sent: each carries a key that its page drew, kept with the effect."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.access import principal_of
from api.pages.forms import Fields
from api.pages.rendering import PageRequest
from kernel.errors import Refusal
from kernel.group_commit import GroupCommit
from kernel.idempotency import Answer, IdempotencyKey, Keyed, request_fingerprint
from kernel.ids import new_id

NONCE = "nonce"
_PLAIN = re.compile(r"[0-9a-f-]{8,64}")


def nonce_of(fields: Fields) -> str:
    """The key that the form was drawn with; a new one where it has none that can be one."""
    given = fields.text(NONCE)
    return given if _PLAIN.fullmatch(given) else str(new_id())


async def act_once(
    request: PageRequest,
    commit: GroupCommit[Keyed[Any, Any], Answer],
    wish: Any,
    *,
    nonce: str,
    facts: Sequence[object],
    made: str,
    shard: int = 0,
) -> UUID:
    """Carry out a form's wish; answers the id of what it made (its attribute `made`), now or when it was first sent.

    Raises:
        Refusal: the wish was refused, or the key came before with other facts. Nothing is kept, so that a corrected
            form may come under the same key.

    """
    principal = principal_of(request)
    refused: list[Refusal] = []

    def encode(outcome: Any) -> Answer:
        only = outcome if isinstance(outcome, Refusal) else outcome[0]
        if isinstance(only, Refusal):
            refused[:] = [only]
            return Answer(status=422, media_type="text/plain", body=b"")
        return Answer(status=303, media_type="text/plain", body=str(getattr(only, made)).encode())

    key = IdempotencyKey(
        caller=f"{principal.kind}:{principal.id}",
        route=f"form {request.scope['path_template']}"[:128],
        key=nonce,
        fingerprint=request_fingerprint(*(str(fact).encode() for fact in facts)),
    )
    answered = await commit.submit(Keyed(wish=[wish], encode=encode, key=key), shard=shard)
    if answered.status != 303:
        raise refused[0]
    return UUID(answered.body.decode())
