"""Tokens of partners (合作方密钥): made, listed and revoked by partner; each reaches its own items alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import Actor
from kernel.database import Reader, Tx
from stewards.keys import IssuedToken, NewToken, issue_token, revoke_token
from stewards.models import AccessToken, Partner
from stewards.refusals import KeyUnknown, PartnerUnknown
from stewards.roles import Role, Scope, ScopeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerKey:
    """A token of a partner that holds, without its secret."""

    id: UUID
    partner_id: UUID
    label: str
    created_at: datetime
    expires_at: datetime | None


async def issue_partner_key(tx: Tx, partner_id: UUID, label: str, *, by: Actor, now: datetime) -> IssuedToken:
    """Make a token for a partner, audited. Its secret cannot be read again.

    Raises:
        PartnerUnknown: there is none with this id.
        PartnerEnded: it gets nothing new.
        Refusal: the label's text is at fault.

    """
    if not await tx.lock(Partner, [partner_id]):
        raise PartnerUnknown(pointer="/partner_id")
    wish = NewToken(label=label, role=Role.PARTNER.value, scope=Scope(ScopeKind.PARTNER, partner_id))
    return await issue_token(tx, wish, by=by, now=now)


async def revoke_partner_key(tx: Tx, partner_id: UUID, key_id: UUID, *, by: Actor, now: datetime) -> None:
    """End a partner's token at once, and every browser that was signed in by it.

    Raises:
        KeyUnknown: the partner has none with this id.

    """
    found = (await tx.lock(AccessToken, [key_id])).get(key_id)
    if found is None or found["role"] != Role.PARTNER or found["scope_id"] != partner_id:
        raise KeyUnknown(pointer="/token_id")
    await revoke_token(tx, key_id, by=by, now=now)


async def partner_keys(reader: Reader, partner_ids: Collection[UUID], *, now: datetime) -> list[PartnerKey]:
    """The tokens of partners that hold, the oldest first."""
    rows = await reader.rows(
        AccessToken,
        f"WHERE role = 'partner' AND {reader.one_of('scope_id', 1)} AND revoked_at IS NULL "
        "AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at, id",
        sorted(partner_ids),
        now,
    )
    return [
        PartnerKey(
            id=row["id"],
            partner_id=row["scope_id"],
            label=row["label"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]
