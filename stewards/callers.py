"""From the hashes of sessions' or tokens' secrets to the callers with the grants held at that moment, in one read."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from kernel.database import Reader, Row
from kernel.tokens import hash_secret
from stewards.principal import Grant, Principal, PrincipalKind, steward_principal
from stewards.roles import Role, ScopeKind

LONGEST_SECRET = 128
_TYPES = {
    "id": UUID,
    "steward_id": UUID,
    "staff_id": UUID,
    "grant_scope_id": UUID,
    "own_id": UUID,
    "own_scope_id": UUID,
    "own_expires_at": datetime,
    "own_revoked_at": datetime,
    "expires_at": datetime,
    "revoked_at": datetime,
}
# The dead hold no keys; who left or is suspended still sees what was earned.
ENTERING = {"steward": frozenset({"active", "suspended", "left"}), "staff": frozenset({"active"})}


_MACHINE_KINDS: dict[Role, PrincipalKind] = {
    Role.INTEGRATOR: "integrator",
    Role.DISPLAY: "display",
    Role.PARTNER: "partner",
}


def _statement(table: str, own_columns: str, joined: str = "") -> str:
    return f"""
        SELECT held.secret_sha256, held.id, held.steward_id, held.staff_id,
               held.expires_at, held.revoked_at, {own_columns},
               steward.name AS steward_name, steward.status AS steward_status,
               staff.name AS staff_name, staff.status AS staff_status,
               granted.role AS grant_role, granted.scope_kind AS grant_scope_kind, granted.scope_id AS grant_scope_id
        FROM {table} held {joined}
        LEFT JOIN stewards_steward steward ON steward.id = held.steward_id
        LEFT JOIN stewards_staff staff ON staff.id = held.staff_id
        LEFT JOIN stewards_role_grant granted ON granted.staff_id = held.staff_id AND granted.revoked_at IS NULL
        WHERE {{one_of}}
        ORDER BY granted.granted_at, granted.id
    """


# A session of a partner stands on a token and ends with it.
_SESSION = _statement(
    "stewards_session",
    "token.id AS own_id, token.role AS own_role, token.scope_kind AS own_scope_kind, token.scope_id AS own_scope_id, "
    "token.label, token.expires_at AS own_expires_at, token.revoked_at AS own_revoked_at",
    "LEFT JOIN stewards_access_token token ON token.id = held.token_id",
)
_TOKEN = _statement(
    "stewards_access_token",
    "held.id AS own_id, held.role AS own_role, held.scope_kind AS own_scope_kind, held.scope_id AS own_scope_id, "
    "held.label, held.expires_at AS own_expires_at, held.revoked_at AS own_revoked_at",
)


async def find_caller(
    reader: Reader, secret: str, *, by: Literal["session", "token"], now: datetime
) -> Principal | None:
    """The caller who holds a secret; None when it is unknown, expired or revoked, or its holder has left."""
    return (await find_callers(reader, [secret], by=by, now=now))[0]


async def find_callers(
    reader: Reader, secrets: Sequence[str], *, by: Literal["session", "token"], now: datetime
) -> list[Principal | None]:
    """The caller of each secret, from one statement."""
    hashes = [hash_secret(secret) if secret.isascii() and len(secret) <= LONGEST_SECRET else "" for secret in secrets]
    statement = (_SESSION if by == "session" else _TOKEN).format(one_of=reader.one_of("held.secret_sha256", 1))
    held: defaultdict[str, list[Row]] = defaultdict(list)
    if wanted := sorted(set(hashes) - {""}):
        for row in await reader.fetch(statement, wanted, types=_TYPES):
            held[row["secret_sha256"]].append(row)
    callers = {hashed: _caller(rows, by, now) for hashed, rows in held.items()}
    return [callers.get(hashed) for hashed in hashes]


def _caller(found: Sequence[Row], by: Literal["session", "token"], now: datetime) -> Principal | None:
    if not _holds(found[0], now):
        return None
    held = found[0]
    session_id = held["id"] if by == "session" else None
    token_id = held["id"] if by == "token" else None
    if held["steward_id"] is not None:
        if held["steward_status"] not in ENTERING["steward"]:
            return None
        return steward_principal(held["steward_id"], held["steward_name"], session_id=session_id, token_id=token_id)
    if held["staff_id"] is not None:
        if held["staff_status"] not in ENTERING["staff"]:
            return None
        return Principal(
            kind="staff",
            id=held["staff_id"],
            name=held["staff_name"],
            grants=_grants(found),
            session_id=session_id,
            token_id=token_id,
        )
    if held["own_role"] is None or not _holds(held, now, "own_"):
        return None
    role = Role(held["own_role"])
    return Principal(
        kind=_MACHINE_KINDS[role],
        id=held["own_id"],
        name=held["label"],
        grants=(Grant(role, ScopeKind(held["own_scope_kind"]), held["own_scope_id"]),),
        session_id=session_id,
        token_id=held["own_id"],
    )


def _holds(row: Row, now: datetime, of: str = "") -> bool:
    return row[f"{of}revoked_at"] is None and (row[f"{of}expires_at"] is None or now < row[f"{of}expires_at"])


def _grants(rows: Sequence[Row]) -> tuple[Grant, ...]:
    return tuple(
        Grant(Role(row["grant_role"]), ScopeKind(row["grant_scope_kind"]), row["grant_scope_id"])
        for row in rows
        if row["grant_role"] is not None
    )
