"""Access tokens as a list shows them: for whom, where, until when and when last used, never their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader, Tx
from kernel.text import storable
from stewards.key_models import TokenUse
from stewards.models import AccessToken

LONGEST_QUERY = 64
_LISTED = """
    SELECT token.id, token.label, token.role, token.scope_kind, token.created_at, token.expires_at, token.revoked_at,
           used.used_at,
           COALESCE(steward.number, staff.login) AS holder, COALESCE(steward.name, staff.name) AS holder_name,
           CASE WHEN token.steward_id IS NOT NULL THEN 'steward' WHEN token.staff_id IS NOT NULL THEN 'staff'
                ELSE token.role END AS kind,
           COALESCE(street.code, community.code, partner.code) AS scope,
           COALESCE(street.name, community.name, partner.name) AS scope_name,
           COALESCE(street.name_en, community.name_en, partner.name_en) AS scope_name_en
    FROM stewards_access_token token
    LEFT JOIN stewards_token_use used ON used.token_id = token.id
    LEFT JOIN stewards_steward steward ON steward.id = token.steward_id
    LEFT JOIN stewards_staff staff ON staff.id = token.staff_id
    LEFT JOIN stewards_street street ON street.id = token.scope_id
    LEFT JOIN stewards_community community ON community.id = token.scope_id
    LEFT JOIN stewards_partner partner ON partner.id = token.scope_id
"""
_TYPES = {
    "id": UUID,
    "created_at": datetime,
    "expires_at": datetime,
    "revoked_at": datetime,
    "used_at": datetime,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """A token: `kind` is steward, staff or a machine's role; `scope` the code of its place or partner, if narrowed."""

    id: UUID
    label: str
    kind: str
    holder: str | None
    holder_name: str | None
    scope: str | None
    scope_name: str | None
    scope_name_en: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    """To about an hour; None where it was never used."""


async def list_keys(
    reader: Reader, *, now: datetime, ended: bool, limit: int, q: str = "", starting_after: UUID | None = None
) -> tuple[list[KeyEntry], bool]:
    """Tokens that hold, or those that `ended`, the newest first, and whether there are more; `q` is in the label."""
    holding = "token.revoked_at IS NULL AND (token.expires_at IS NULL OR token.expires_at > $1)"
    wheres, args = [f"NOT ({holding})" if ended else holding], [now, limit + 1]
    if q:
        args.append(q.lower() if storable(q) else "")
        wheres.append(f"{_position(reader)}(LOWER(token.label), ${len(args)}) > 0")
    if starting_after is not None:
        args.append(starting_after)
        wheres.append(
            "(token.created_at, token.id) < "
            f"(SELECT last.created_at, last.id FROM stewards_access_token last WHERE last.id = ${len(args)})"
        )
    rows = await reader.fetch(
        f"{_LISTED} WHERE {' AND '.join(wheres)} ORDER BY token.created_at DESC, token.id DESC LIMIT $2",
        *args,
        types=_TYPES,
    )
    names = KeyEntry.__dataclass_fields__
    return [KeyEntry(**{name: row[name] for name in names}) for row in rows[:limit]], len(rows) > limit


def _position(reader: Reader) -> str:
    return {"sqlite": "INSTR", "postgres": "STRPOS"}[reader.dialect]


async def note_uses(tx: Tx, used: Mapping[UUID, datetime]) -> None:
    """Keep when tokens were used last; an earlier time changes nothing, nor a token that is gone by now."""
    known = await tx.rows(AccessToken, f"WHERE {tx.one_of('id', 1)}", sorted(used))
    rows = [{"token_id": row["id"], "used_at": used[row["id"]]} for row in sorted(known, key=lambda row: row["id"])]
    await tx.insert(TokenUse, rows, skip_existing=True)
    held = await tx.lock(TokenUse, [row["token_id"] for row in rows], key="token_id")
    newer = [row for row in rows if held[row["token_id"]]["used_at"] < row["used_at"]]
    await tx.update(TokenUse, newer, key="token_id")
