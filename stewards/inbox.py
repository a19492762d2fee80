"""A steward's inbox (消息): what happened and why, stored as codes and rendered in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.database import Reader, Tx
from kernel.ids import new_id
from kernel.messages import N_, Text
from stewards.models import InboxMessage

Render = Callable[[Mapping[str, Any]], Text]

CAUSE_LENGTH = 200
_renders: dict[str, Render] = {}


def register_message(code: str, message: str | Render) -> None:
    """Say how messages of a code read: a Chinese sentence with {parameters}, or a function from parameters to Text.

    The package that sends a code registers it when it is imported.

    Raises:
        ValueError: the code was registered before with something else.

    """

    def fill(params: Mapping[str, Any]) -> Text:
        return Text(str(message), params)

    render = message if callable(message) else fill
    if code in _renders:
        raise ValueError(f"inbox message {code!r} is registered already")
    _renders[code] = render


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """Something to tell a steward. One `cause`, such as 'case 17/reopened/2', is told once for ever."""

    steward_id: UUID
    code: str
    params: Mapping[str, Any]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """A message as its reader sees it; `read_at` is None while it is unread."""

    id: UUID
    code: str
    params: Mapping[str, Any]
    text: Text
    created_at: datetime
    read_at: datetime | None


async def post_messages(tx: Tx, messages: Sequence[NewMessage], *, now: datetime) -> None:
    """Put messages into inboxes; a cause that was told before is left out, so that a redelivery says nothing twice."""
    once = {message.cause: message for message in reversed(messages)}
    for cause in once:
        if len(cause) > CAUSE_LENGTH:
            raise ValueError(f"an inbox cause has at most {CAUSE_LENGTH} characters")
    await tx.insert(
        InboxMessage,
        [
            {
                "id": new_id(),
                "steward_id": message.steward_id,
                "code": message.code,
                "params": orjson.dumps(dict(message.params), default=str, option=orjson.OPT_SORT_KEYS).decode(),
                "cause": cause,
                "created_at": now,
            }
            for cause, message in sorted(once.items())
        ],
        skip_existing=True,
    )


async def read_inbox(
    reader: Reader,
    steward_id: UUID,
    *,
    unread_only: bool = False,
    starting_after: UUID | None = None,
    limit: int = 20,
) -> tuple[list[InboxEntry], bool]:
    """A steward's messages, the newest first, and whether there are more after them.

    `starting_after` is the id of the last message of the page before; one of somebody else counts as unknown and
    begins at the top.
    """
    where, args = "WHERE steward_id = $1", [steward_id]
    if unread_only:
        where += " AND read_at IS NULL"
    if starting_after is not None:
        last = await reader.rows(InboxMessage, "WHERE id = $1 AND steward_id = $2", starting_after, steward_id)
        if last:
            where += " AND (created_at < $2 OR (created_at = $2 AND id < $3))"
            args += [last[0]["created_at"], starting_after]
    rows = await reader.rows(
        InboxMessage, f"{where} ORDER BY created_at DESC, id DESC LIMIT ${len(args) + 1}", *args, limit + 1
    )
    entries = []
    for row in rows[:limit]:
        params = orjson.loads(row["params"])
        entries.append(
            InboxEntry(
                id=row["id"],
                code=row["code"],
                params=params,
                text=render_message(row["code"], params),
                created_at=row["created_at"],
                read_at=row["read_at"],
            )
        )
    return entries, len(rows) > limit


async def count_unread(reader: Reader, steward_id: UUID) -> int:
    """How many messages a steward has not read."""
    row = await reader.fetch_one(
        "SELECT COUNT(*) AS unread FROM stewards_inbox_message WHERE steward_id = $1 AND read_at IS NULL", steward_id
    )
    return int(row["unread"]) if row else 0


async def mark_read(tx: Tx, steward_id: UUID, *, ids: Sequence[UUID] | None = None, now: datetime) -> int:
    """Mark these messages of a steward, or all of them, as read; answers how many were unread."""
    if ids is None:
        return await tx.execute(
            "UPDATE stewards_inbox_message SET read_at = $2 WHERE steward_id = $1 AND read_at IS NULL", steward_id, now
        )
    return await tx.execute(
        "UPDATE stewards_inbox_message SET read_at = $2 "
        f"WHERE steward_id = $1 AND read_at IS NULL AND {tx.one_of('id', 3)}",
        steward_id,
        now,
        list(ids),
    )


def render_message(code: str, params: Mapping[str, Any]) -> Text:
    """The sentence of a message; one whose code nobody registers any more says so rather than nothing."""
    render = _renders.get(code)
    return render(params) if render else Text(N_("有一条新消息（{code}）。"), {"code": code})
