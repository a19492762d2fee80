"""Browser sessions: kept in the database as hashes, so that they can be revoked, and expiring by themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.ids import new_id
from kernel.tokens import hash_secret, new_secret, sign, verify
from stewards.callers import LONGEST_SECRET, find_caller
from stewards.devices import DEVICE_KEPT, Device
from stewards.models import Session
from stewards.principal import Principal

SESSION_LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSecret:
    """A new session: the secret for the cookie, said once, and when it ends; the browser's own, to be known again."""

    secret: str
    session_id: UUID
    expires_at: datetime
    device: str | None = None


async def open_session(
    tx: Tx,
    *,
    steward_id: UUID | None = None,
    staff_id: UUID | None = None,
    token_id: UUID | None = None,
    now: datetime,
    lifetime: timedelta = SESSION_LIFETIME,
    device: Device | None = None,
    browser: str | None = None,
) -> SessionSecret:
    """Open a session for one steward, member of staff or partner (by its token) who has proved to be that, audited.

    `browser` says what kind of browser it is, such as `android-wechat`.
    """
    secret = new_secret()
    opened = SessionSecret(
        secret=secret, session_id=new_id(), expires_at=now + lifetime, device=device.secret if device else None
    )
    await tx.insert(
        Session,
        [
            {
                "id": opened.session_id,
                "secret_sha256": hash_secret(secret),
                "steward_id": steward_id,
                "staff_id": staff_id,
                "token_id": token_id,
                "device_sha256": device.sha256 if device else None,
                "browser": browser,
                "created_at": now,
                "seen_at": now,
                "expires_at": opened.expires_at,
            }
        ],
    )
    actor = Actor("staff", staff_id)
    if steward_id is not None:
        actor = Actor("steward", steward_id)
    elif token_id is not None:
        actor = Actor("partner", token_id)
    entry = AuditEntry(actor=actor, action="sessions.opened", subject_kind="session", subject_id=opened.session_id)
    await record(tx, [entry], now=now)
    return opened


async def authenticate_session(reader: Reader, secret: str, *, now: datetime) -> Principal | None:
    """Who holds a session's secret; None when it is unknown, expired or revoked, or its holder may no longer enter."""
    return await find_caller(reader, secret, by="session", now=now)


async def sign_out(tx: Tx, secret: str, *, now: datetime) -> None:
    """End the session of a secret. An unknown or ended one stays as it is."""
    if not secret.isascii() or len(secret) > LONGEST_SECRET:
        return
    await tx.execute(
        "UPDATE stewards_session SET revoked_at = $2 WHERE secret_sha256 = $1 AND revoked_at IS NULL",
        hash_secret(secret),
        now,
    )


async def revoke_sessions(
    tx: Tx, *, steward_id: UUID | None = None, staff_id: UUID | None = None, now: datetime
) -> int:
    """End every session of a steward or member of staff, whose browsers are strange again; answers how many ended."""
    column, holder = ("steward_id", steward_id) if steward_id else ("staff_id", staff_id)
    await tx.execute(f"UPDATE stewards_session SET device_sha256 = NULL WHERE {column} = $1", holder)
    return await tx.execute(
        f"UPDATE stewards_session SET revoked_at = $2 WHERE {column} = $1 AND revoked_at IS NULL", holder, now
    )


async def forget_sessions(tx: Tx, *, now: datetime, keep: timedelta = timedelta(days=7)) -> int:
    """Delete sessions that expired a while ago (a job's work), those of known browsers later; answers how many."""
    return await tx.execute(
        "DELETE FROM stewards_session WHERE expires_at < $1 AND (device_sha256 IS NULL OR expires_at < $2)",
        now - keep,
        now - max(keep, DEVICE_KEPT),
    )


def csrf_token(secret_key: str, session_secret: str) -> str:
    """The token that forms of a session carry; nobody can make one without the cookie and the server's key."""
    return sign(secret_key, "csrf", session_secret)


def csrf_matches(secret_key: str, session_secret: str, token: str) -> bool:
    """Whether a form's token belongs to the session, compared in constant time."""
    return verify(secret_key, token, "csrf", session_secret)
