"""Bearer tokens (访问令牌): issued once, kept as hashes, revocable, with an end if wished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.ids import new_id
from kernel.text import clean_text
from kernel.tokens import hash_secret, new_secret
from stewards.callers import find_caller, find_callers
from stewards.models import AccessToken, Partner, Staff, Steward
from stewards.principal import Principal
from stewards.refusals import (
    KeyExpiryPast,
    KeyHolderWrong,
    KeyUnknown,
    PartnerEnded,
    PlaceUnknown,
    RoleScopeWrong,
    RoleUnknown,
    StaffUnknown,
    StewardUnknown,
)
from stewards.roles import DISTRICT, MACHINE_ROLES, SCOPES_OF_ROLE, Role, Scope, ScopeKind

LABEL_LENGTH = 64
_TABLES = {
    ScopeKind.STREET: "stewards_street",
    ScopeKind.COMMUNITY: "stewards_community",
    ScopeKind.LANE: "stewards_lane",
    ScopeKind.PARTNER: "stewards_partner",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to issue, for exactly one steward, one member of staff, or a machine with a role in a scope."""

    label: str
    steward_id: UUID | None = None
    staff_id: UUID | None = None
    role: str | None = None
    scope: Scope = DISTRICT
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A new token: its secret, said once, and its id."""

    secret: str
    token_id: UUID
    label: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntry:
    """A token as a list shows it, without its secret."""

    id: UUID
    label: str
    steward_id: UUID | None
    staff_id: UUID | None
    role: str | None
    scope_kind: str | None
    scope_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def issue_token(tx: Tx, wish: NewToken, *, by: Actor, now: datetime) -> IssuedToken:
    """Issue a token, audited. Its secret cannot be read again.

    Raises:
        KeyHolderWrong: not exactly one holder.
        RoleUnknown, RoleScopeWrong, PlaceUnknown: the machine's role or scope.
        StewardUnknown, StaffUnknown: the holder.
        KeyExpiryPast: it would have expired.
        Refusal: the label's text is at fault.

    """
    label = clean_text(wish.label, max_length=LABEL_LENGTH, pointer="/label")
    if sum(holder is not None for holder in (wish.steward_id, wish.staff_id, wish.role)) != 1:
        raise KeyHolderWrong(pointer="/role")
    if wish.expires_at is not None and wish.expires_at <= now:
        raise KeyExpiryPast(pointer="/expires_at")
    if wish.role is not None:
        await _check_machine(tx, wish.role, wish.scope)
    if wish.steward_id is not None and not await tx.lock(Steward, [wish.steward_id]):
        raise StewardUnknown(pointer="/steward_id")
    if wish.staff_id is not None and not await tx.lock(Staff, [wish.staff_id]):
        raise StaffUnknown(pointer="/staff_id")
    secret = new_secret()
    issued = IssuedToken(secret=secret, token_id=new_id(), label=label, expires_at=wish.expires_at)
    await tx.insert(
        AccessToken,
        [
            {
                "id": issued.token_id,
                "secret_sha256": hash_secret(secret),
                "label": label,
                "steward_id": wish.steward_id,
                "staff_id": wish.staff_id,
                "role": wish.role,
                "scope_kind": wish.scope.kind.value if wish.role else None,
                "scope_id": wish.scope.id if wish.role else None,
                "created_at": now,
                "expires_at": wish.expires_at,
            }
        ],
    )
    await _audit(tx, "keys.issued", issued.token_id, by=by, now=now)
    return issued


async def revoke_token(tx: Tx, token_id: UUID, *, by: Actor, now: datetime) -> None:
    """End a token at once, audited; one that has ended stays as it is.

    Raises:
        KeyUnknown: no token has this id.

    """
    found = (await tx.lock(AccessToken, [token_id])).get(token_id)
    if found is None:
        raise KeyUnknown(pointer="/token_id")
    if found["revoked_at"] is None:
        await tx.update(AccessToken, [{"id": token_id, "revoked_at": now}])
        await _audit(tx, "keys.revoked", token_id, by=by, now=now)


async def authenticate_token(reader: Reader, secret: str, *, now: datetime) -> Principal | None:
    """Who holds a token's secret; None when it is unknown, expired or revoked, or its holder may no longer enter."""
    return await find_caller(reader, secret, by="token", now=now)


async def authenticate_tokens(reader: Reader, secrets: Sequence[str], *, now: datetime) -> list[Principal | None]:
    """Who holds each of these tokens' secrets, told by one statement (see authenticate_token)."""
    return await find_callers(reader, secrets, by="token", now=now)


async def list_tokens(reader: Reader) -> list[TokenEntry]:
    """Every token that was issued, the newest first."""
    return [
        TokenEntry(
            id=row["id"],
            label=row["label"],
            steward_id=row["steward_id"],
            staff_id=row["staff_id"],
            role=row["role"],
            scope_kind=row["scope_kind"],
            scope_id=row["scope_id"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            revoked_at=row["revoked_at"],
        )
        for row in await reader.rows(AccessToken, "ORDER BY created_at DESC, id DESC")
    ]


async def _check_machine(tx: Tx, role: str, scope: Scope) -> None:
    if role not in MACHINE_ROLES:
        raise RoleUnknown(pointer="/role", allowed="、".join(sorted(MACHINE_ROLES)))
    allowed = SCOPES_OF_ROLE[Role(role)]
    if scope.kind not in allowed or (scope.kind is ScopeKind.DISTRICT) != (scope.id is None):
        raise RoleScopeWrong(pointer="/scope", role=role, allowed="、".join(sorted(allowed)))
    if scope.id is not None:
        found = await tx.fetch(f"SELECT id FROM {_TABLES[scope.kind]} WHERE id = $1", scope.id)
        if not found:
            raise PlaceUnknown(pointer="/scope", code=str(scope.id))
    if scope.kind is ScopeKind.PARTNER:
        partner = (await tx.lock(Partner, [scope.id])).get(scope.id)  # with ending: no token outlives its partner
        if partner is None or partner["status"] != "active":
            raise PartnerEnded(pointer="/scope")


async def _audit(tx: Tx, action: str, token_id: UUID, *, by: Actor, now: datetime) -> None:
    await record(tx, [AuditEntry(actor=by, action=action, subject_kind="access_token", subject_id=token_id)], now=now)
