"""The second factor of staff (动态验证码): a code of six digits that changes every half minute (TOTP, RFC 6238).

Its secret is kept encrypted under the deployment's secret; a code that was used, and any before it, is worth nothing.
Ten recovery codes of 80 bits stand in for a lost phone, each once, kept as hashes.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Row, Tx
from kernel.ids import new_id
from kernel.sealing import seal, unseal
from kernel.tokens import hash_secret
from stewards.models import RecoveryCode, RoleGrant, SecondFactor, Staff
from stewards.refusals import (
    SecondFactorKept,
    SecondFactorRefused,
    StaffUnknown,
)
from stewards.roles import Role

ISSUER = "jinpai"
RECOVERY_CODES = 10
_PURPOSE = "second factor"
_CHALLENGE = "second factor challenge"
_CHALLENGE_KEPT = timedelta(minutes=10)
_PERIOD_S = 30
_DRIFT = 1  # half minutes that a phone's clock may be off, either way
_RECOVERY_BYTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorPolicy:
    """The secret that factors are sealed under, and the roles that cannot sign in without one."""

    secret_key: str
    asked_of: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorState:
    """Whether a member of staff has a second factor, since when, and how many recovery codes are left."""

    since: datetime | None = None
    recovery_left: int = 0


def asked_of(*, demo: bool, clerks: bool) -> frozenset[Role]:
    """Who needs a second factor: district administrators always, all staff where it is so set, nobody in a demo."""
    if demo:
        return frozenset()
    every = frozenset({Role.DISTRICT_ADMIN, Role.STREET_ADMIN, Role.COMMUNITY_STAFF, Role.LANE_CHIEF})
    return every if clerks else frozenset({Role.DISTRICT_ADMIN})


def challenge_of(policy: FactorPolicy, staff: Row, now: datetime) -> str:
    """What proves for ten minutes that the password was right; it ends with the password."""
    until = int((now + _CHALLENGE_KEPT).timestamp())
    password = hash_secret(staff["password_hash"] or "")
    return seal(policy.secret_key, _CHALLENGE, f"{staff['id']} {until} {password}")


async def challenged(reader: Reader, policy: FactorPolicy, challenge: str, *, now: datetime) -> Row | None:
    """The member of staff whose password was right a moment ago; None where the challenge does not hold any more."""
    parts = (unseal(policy.secret_key, _CHALLENGE, challenge) or "").split(" ")
    if len(parts) != 3 or now.timestamp() > int(parts[1]):
        return None
    found = await reader.rows(Staff, "WHERE id = $1", UUID(parts[0]))
    if not found or found[0]["status"] != "active":
        return None
    same = hmac.compare_digest(hash_secret(found[0]["password_hash"] or ""), parts[2])
    return found[0] if same else None


async def needs_factor(reader: Reader, policy: FactorPolicy, staff_id: UUID) -> bool:
    """Whether a role of this person cannot sign in without a second factor."""
    held = await reader.rows(RoleGrant, "WHERE staff_id = $1 AND revoked_at IS NULL", staff_id)
    return any(row["role"] in policy.asked_of for row in held)


async def factor_of(reader: Reader, staff_id: UUID) -> FactorState:
    """What a member of staff has."""
    found = await reader.rows(SecondFactor, "WHERE staff_id = $1", staff_id)
    if not found:
        return FactorState()
    left = await reader.rows(RecoveryCode, "WHERE staff_id = $1 AND used_at IS NULL", staff_id)
    return FactorState(since=found[0]["confirmed_at"], recovery_left=len(left))


def new_factor(policy: FactorPolicy, staff_id: UUID) -> tuple[str, str]:
    """A secret for a phone's app, and the same sealed for the form that confirms it: nothing is stored before that."""
    secret = pyotp.random_base32()
    return secret, seal(policy.secret_key, _PURPOSE, f"{staff_id} {secret}")


def provisioning(secret: str, login: str) -> str:
    """What the QR code for the app says."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def offered(policy: FactorPolicy, staff_id: UUID, sealed: str) -> str | None:
    """The secret that a form brought back; None where it was made for somebody else, or was changed."""
    owner, _, secret = (unseal(policy.secret_key, _PURPOSE, sealed) or "").partition(" ")
    return secret if owner == str(staff_id) and secret else None


async def enrol(
    tx: Tx, policy: FactorPolicy, staff_id: UUID, sealed: str, code: str, *, by: Actor, now: datetime
) -> list[str]:
    """Keep a second factor whose first code is right, audited; answers the recovery codes, said once.

    Raises:
        SecondFactorRefused: the code is wrong, or the form was not made for this person.
        SecondFactorKept: this person has one; it has to be reset first.
        StaffUnknown: nobody has this id.

    """
    if staff_id not in await tx.lock(Staff, [staff_id]):
        raise StaffUnknown(pointer="/staff_id")
    if await tx.rows(SecondFactor, "WHERE staff_id = $1", staff_id):
        raise SecondFactorKept(pointer="/code")
    secret = offered(policy, staff_id, sealed)
    step = _step_of(secret, code, now) if secret else None
    if secret is None or step is None:
        raise SecondFactorRefused(pointer="/code")
    await tx.insert(
        SecondFactor,
        [
            {
                "staff_id": staff_id,
                "sealed_secret": seal(policy.secret_key, _PURPOSE, f"{staff_id} {secret}"),
                "last_step": step,
                "confirmed_at": now,
            }
        ],
    )
    codes = await _fresh_codes(tx, staff_id)
    await _audit(tx, "staff.second_factor_set", staff_id, by=by, now=now)
    return codes


async def renew_codes(
    tx: Tx, policy: FactorPolicy, staff_id: UUID, code: str, *, by: Actor, now: datetime
) -> list[str]:
    """Replace the recovery codes, for who shows a code; answers the new ones, said once.

    Raises:
        SecondFactorRefused: the code is wrong, or there is no second factor.

    """
    await prove(tx, policy, staff_id, code, now=now)
    codes = await _fresh_codes(tx, staff_id)
    await _audit(tx, "staff.recovery_codes_renewed", staff_id, by=by, now=now)
    return codes


async def prove(tx: Tx, policy: FactorPolicy, staff_id: UUID, code: str, *, now: datetime) -> None:
    """Use a code up: one of the app, or a recovery code. To be counted by the caller before.

    Raises:
        SecondFactorRefused: it is wrong, was used, or there is no second factor.

    """
    row = (await tx.lock(SecondFactor, [staff_id], key="staff_id")).get(staff_id)
    if row is None:
        raise SecondFactorRefused(pointer="/code")
    secret = offered(policy, staff_id, row["sealed_secret"])
    step = _step_of(secret, code, now) if secret else None
    if step is not None and step > row["last_step"]:
        await tx.update(SecondFactor, [{"staff_id": staff_id, "last_step": step}], key="staff_id")
        return
    if step is not None or not await _use_recovery(tx, staff_id, code, now):
        raise SecondFactorRefused(pointer="/code")


async def reset_factor(tx: Tx, staff_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Take somebody's second factor away, so that a new one can be set at the next sign-in; false where there is none.

    Raises:
        StaffUnknown: nobody has this id.

    """
    if staff_id not in await tx.lock(Staff, [staff_id]):
        raise StaffUnknown(pointer="/staff_id")
    ended = await tx.execute("DELETE FROM stewards_second_factor WHERE staff_id = $1", staff_id)
    await tx.execute("DELETE FROM stewards_recovery_code WHERE staff_id = $1", staff_id)
    if ended:
        await _audit(tx, "staff.second_factor_reset", staff_id, by=by, now=now)
    return bool(ended)


def typed_code(text: str) -> str:
    """A code as it was typed: blanks, hyphens and small letters do not matter."""
    return "".join(text[:64].split()).replace("-", "").upper()


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute that a code belongs to, near enough to now; None where it belongs to none."""
    typed = typed_code(code)
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    step = int(now.timestamp()) // _PERIOD_S
    matching = [
        step + off for off in range(-_DRIFT, _DRIFT + 1) if hmac.compare_digest(totp.generate_otp(step + off), typed)
    ]
    return max(matching) if matching else None


async def _use_recovery(tx: Tx, staff_id: UUID, code: str, now: datetime) -> bool:
    typed = typed_code(code)
    if not typed.isascii():
        return False
    used = await tx.execute(
        "UPDATE stewards_recovery_code SET used_at = $3 WHERE staff_id = $1 AND code_sha256 = $2 AND used_at IS NULL",
        staff_id,
        hash_secret(typed),
        now,
    )
    return used == 1


async def _fresh_codes(tx: Tx, staff_id: UUID) -> list[str]:
    await tx.execute("DELETE FROM stewards_recovery_code WHERE staff_id = $1", staff_id)
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    await tx.insert(
        RecoveryCode, [{"id": new_id(), "staff_id": staff_id, "code_sha256": hash_secret(code)} for code in codes]
    )
    return [_grouped(code) for code in codes]


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


async def _audit(tx: Tx, action: str, staff_id: UUID, *, by: Actor, now: datetime) -> None:
    await record(tx, [AuditEntry(actor=by, action=action, subject_kind="staff", subject_id=staff_id)], now=now)
