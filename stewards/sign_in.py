"""Signing in: stewards by number and PIN, staff by login and password.

Tries are counted, by number and by source, and the count is committed before any hashing, so that guessing is slow
and cannot exhaust the machine. A browser that signed in before counts apart from strangers. Known and unknown numbers
cost the same work and get the same answer. When the count cannot be written, nobody gets in. docs/sign-in.md computes
what guessing is worth.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import Clock
from kernel.database import Database, Row, Tx
from kernel.passwords import hash_password, needs_rehash, verify_password
from kernel.text import storable
from stewards.callers import ENTERING
from stewards.code_sign_in import budgets_of_codes, check_factor
from stewards.devices import device_of
from stewards.keys import authenticate_token
from stewards.models import Staff, Steward
from stewards.pins import PASSWORD_MAX_LENGTH, check_password, check_pin
from stewards.refusals import SignInRefused, StaffUnknown, StewardUnknown
from stewards.second_factor import FactorPolicy, prove
from stewards.sessions import (
    SessionSecret,
    authenticate_session,
    csrf_matches,
    csrf_token,
    open_session,
    revoke_sessions,
    sign_out,
)
from stewards.sign_in_budgets import (
    BY_LOGIN,
    BY_NUMBER,
    BY_SOURCE,
    OF_STRANGERS,
    budgets_of,
    count_try,
    forget_tries,
    give_try_back,
)
from stewards.sign_in_cards import replace_cards
from stewards.visits import Visit

_BY_NAME = {"steward": BY_NUMBER, "staff": BY_LOGIN}

__all__ = [
    "SessionSecret",
    "authenticate_session",
    "csrf_matches",
    "csrf_token",
    "open_session",
    "set_password",
    "set_pin",
    "sign_in_partner",
    "sign_in_staff",
    "sign_in_steward",
    "sign_out",
]


async def sign_in_steward(
    database: Database,
    number: str,
    pin: str,
    *,
    visit: Visit,
) -> SessionSecret:
    """Open a session for the steward with a number and PIN.

    Raises:
        Throttled: too many tries for this number or from this source; nothing was hashed.
        SignInRefused: number and PIN do not belong together.

    """
    return await _sign_in(
        database,
        "steward",
        number,
        pin,
        visit=visit,
    )


async def sign_in_staff(
    database: Database,
    login: str,
    password: str,
    *,
    visit: Visit,
    factor: FactorPolicy,
    code: str | None = None,
) -> SessionSecret:
    """Open a session for the member of staff with a login and password, and a second factor where it is due.

    Raises:
        Throttled: too many tries for this login, this person's codes or from this source; nothing was hashed.
        SignInRefused: login and password do not belong together.
        SecondFactorNeeded, SecondFactorMissing: the password is right; a code is asked for, or a factor to be set.
        SecondFactorRefused: the code is wrong.

    """
    return await _sign_in(
        database,
        "staff",
        login.lower(),
        password,
        visit=visit,
        factor=factor,
        code=code,
    )


async def sign_in_partner(
    database: Database,
    secret: str,
    *,
    visit: Visit,
) -> SessionSecret:
    """Open a session for the partner whose token was typed into a browser; it ends with the token.

    A token is 256 bits, so that guessing is bounded by the source alone.

    Raises:
        Throttled: too many tries from this source.
        SignInRefused: no partner has this token, or it holds no longer.

    """
    budgets = budgets_of("source", visit.source, BY_SOURCE)
    await count_try(database, budgets, visit.clock)
    caller = await authenticate_token(await database.reader(), secret.strip(), now=visit.clock.now())
    if caller is None or caller.partner_id is None:
        raise SignInRefused

    async def enter(tx: Tx) -> SessionSecret:
        await give_try_back(tx, budgets)
        return await open_session(
            tx, token_id=caller.token_id, now=visit.clock.now(), lifetime=visit.lifetime, browser=visit.browser
        )

    return await database.run(enter)


async def set_pin(database: Database, steward_id: UUID, pin: str, *, by: Actor, clock: Clock) -> None:
    """Give a steward a new PIN and end every session that is open under the old one, audited.

    Raises:
        PinNotSixDigits, PinTooEasy: the PIN is not accepted.
        StewardUnknown: nobody has this id.

    """
    found = await (await database.reader()).rows(Steward, "WHERE id = $1", steward_id)
    if not found:
        raise StewardUnknown(pointer="/steward_id")
    check_pin(pin, number=found[0]["number"])
    hashed = await hash_password(pin)

    async def change(tx: Tx) -> None:
        now = clock.now()
        await forget_tries(tx, budgets_of("steward", found[0]["number"], BY_NUMBER))
        await replace_cards(tx, [steward_id], now=now)
        await tx.update(Steward, [{"id": steward_id, "pin_hash": hashed}])
        await revoke_sessions(tx, steward_id=steward_id, now=now)
        await _audit(tx, "stewards.pin_set", "steward", steward_id, by=by, now=now)

    await database.run(change)


async def set_password(database: Database, staff_id: UUID, password: str, *, by: Actor, clock: Clock) -> None:
    """Give a member of staff a new password and end every session that is open under the old one, audited.

    Raises:
        PasswordTooShort, PasswordTooEasy: the password is not accepted.
        StaffUnknown: nobody has this id.

    """
    found = await (await database.reader()).rows(Staff, "WHERE id = $1", staff_id)
    if not found:
        raise StaffUnknown(pointer="/staff_id")
    check_password(password, login=found[0]["login"])
    hashed = await hash_password(password)

    async def change(tx: Tx) -> None:
        now = clock.now()
        await forget_tries(tx, budgets_of("staff", found[0]["login"], BY_LOGIN))
        await tx.update(Staff, [{"id": staff_id, "password_hash": hashed}])
        await revoke_sessions(tx, staff_id=staff_id, now=now)
        await _audit(tx, "staff.password_set", "staff", staff_id, by=by, now=now)

    await database.run(change)


async def _sign_in(
    database: Database,
    kind: Literal["steward", "staff"],
    name: str,
    secret: str,
    *,
    visit: Visit,
    factor: FactorPolicy | None = None,
    code: str | None = None,
) -> SessionSecret:
    name = name.strip()
    holder = await _holder(database, kind, name)
    used = await device_of(await database.reader(), visit.device, kind, holder["id"] if holder else None)
    # The source first, always: rows are locked in one order.
    budgets = budgets_of("source", visit.source, BY_SOURCE)
    if used.known:
        budgets += budgets_of("device", f"{used.sha256} {kind} {name}", _BY_NAME[kind])
    else:
        budgets += budgets_of(kind, name, _BY_NAME[kind])
        if kind == "steward":
            budgets += budgets_of("strangers", "", OF_STRANGERS)
    await count_try(database, budgets, visit.clock)
    stored = None
    if holder is not None and holder["status"] in ENTERING[kind]:
        stored = holder["pin_hash"] if kind == "steward" else holder["password_hash"]
    if not storable(secret) or len(secret) > PASSWORD_MAX_LENGTH:
        stored, secret = None, ""
    if not await verify_password(stored, secret) or holder is None or stored is None:
        raise SignInRefused
    proving = factor is not None and await check_factor(
        database, holder, code, budgets, factor=factor, clock=visit.clock
    )
    renewed = await hash_password(secret) if needs_rehash(stored) else None

    async def enter(tx: Tx) -> SessionSecret:
        if proving and factor is not None:
            await prove(tx, factor, holder["id"], code or "", now=visit.clock.now())
            await give_try_back(tx, budgets_of_codes(holder["id"]))
        await give_try_back(tx, budgets)
        if renewed is not None and kind == "steward":
            await tx.update(Steward, [{"id": holder["id"], "pin_hash": renewed}])
        elif renewed is not None:
            await tx.update(Staff, [{"id": holder["id"], "password_hash": renewed}])
        return await open_session(
            tx,
            steward_id=holder["id"] if kind == "steward" else None,
            staff_id=holder["id"] if kind == "staff" else None,
            now=visit.clock.now(),
            lifetime=visit.lifetime,
            device=used,
            browser=visit.browser,
        )

    return await database.run(enter)


async def _holder(database: Database, kind: Literal["steward", "staff"], name: str) -> Row | None:
    reader = await database.reader()
    # Asked for also when it cannot exist, so that both cases take the same way.
    asked = name if storable(name) else ""
    if kind == "steward":
        found = await reader.rows(Steward, "WHERE number = $1", asked)
    else:
        found = await reader.rows(Staff, "WHERE login = $1", asked)
    return found[0] if found else None


async def _audit(tx: Tx, action: str, kind: str, subject_id: UUID, *, by: Actor, now: datetime) -> None:
    await record(tx, [AuditEntry(actor=by, action=action, subject_kind=kind, subject_id=subject_id)], now=now)
