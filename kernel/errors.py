"""Refusals: why something was not done, as a stable code with parameters. The doors make statuses and text of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from kernel.messages import Text


class Kind(StrEnum):
    """What sort of refusal it is; api.errors maps each to a status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    STALE = "stale"  # If-Match no longer holds
    MISMATCH = "mismatch"  # an old Idempotency-Key with another body
    THROTTLED = "throttled"
    BUSY = "busy"


class Refusal(Exception):  # noqa: N818 - refusals are named for the state that refused, such as OutOfStock
    """Base of everything that a use case refuses. A value in a batch, raised where there is one wish.

    A subclass states its `code` (stable, snake case), its `kind` and its `message` (Chinese, with {parameters}).
    `pointer` names the field of the wish that is at fault, as a JSON pointer.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind] = Kind.CONFLICT
    message: ClassVar[str]

    def __init__(self, *, pointer: str | None = None, **params: Any) -> None:
        super().__init__(self.code)
        self.pointer = pointer
        self.params = params

    @property
    def text(self) -> Text:
        """The message with its parameters, to be rendered in the reader's language."""
        return Text(self.message, self.params)

    @property
    def extras(self) -> Mapping[str, Any]:
        """What machines and pages are told beside the text, such as everything that is missing."""
        return {}

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{type(self).__name__}({listed})"


class Busy(Refusal):
    """Too many are waiting already; nothing was done (系统繁忙)."""

    code = "busy"
    kind = Kind.BUSY
    message = "现在办理的人太多，请过几秒再试。"


class KeyReused(Refusal):
    """An Idempotency-Key came back with another request."""

    code = "idempotency_key_reused"
    kind = Kind.MISMATCH
    message = "这个 Idempotency-Key 已经用于另一个请求，请换一个新的。"
