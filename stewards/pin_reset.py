"""Setting a new PIN by the code that was sent to the phone on file, and signing in with it."""

import hmac
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Database, Tx
from kernel.ids import new_id
from kernel.messages import N_
from kernel.passwords import hash_password
from kernel.text import storable
from stewards.callers import ENTERING
from stewards.devices import device_of
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.models import Steward
from stewards.pin_codes import CodeRefused, code_hash
from stewards.pins import check_pin
from stewards.sessions import SessionSecret, open_session, revoke_sessions
from stewards.sign_in_budgets import (
    BY_NUMBER,
    BY_SOURCE,
    OF_STRANGERS,
    Budgets,
    budgets_of,
    count_try,
    forget_tries,
    give_try_back,
)
from stewards.sign_in_cards import replace_cards
from stewards.visits import Visit

register_message("pin_reset", N_("您用手机验证码重设了登录密码。如果不是您本人，请马上告诉社区。"))

# One statement for every number: a try is taken where there is a code, and nothing happens where there is none.
_ENTERING = ", ".join(f"'{status}'" for status in sorted(ENTERING["steward"]))
_TRY = f"""
    UPDATE stewards_pin_code SET tries_left = tries_left - 1
    WHERE steward_id = (SELECT id FROM stewards_steward WHERE number = $1 AND status IN ({_ENTERING}))
      AND tries_left > 0 AND expires_at > $2
    RETURNING steward_id, code_hash
"""


def budgets_of_reset(number: str, source: str) -> Budgets:
    """What a try takes from: the budgets of wrong PINs from strange browsers, so that both doors share them."""
    return [
        *budgets_of("source", source, BY_SOURCE),
        *budgets_of("steward", number, BY_NUMBER),
        *budgets_of("strangers", "", OF_STRANGERS),
    ]


async def reset_pin(
    database: Database, number: str, code: str, pin: str, *, visit: Visit, secret_key: str
) -> SessionSecret:
    """Use a code up: its steward's PIN is the chosen one, every session of before ends, a new one opens.

    Tries come out of the budgets of wrong PINs from strange browsers, so that two doors give nobody more guesses than
    one (docs/sign-in.md).

    Raises:
        PinNotSixDigits, PinTooEasy: the PIN is not accepted; no try was taken.
        Throttled: too many tries for this number, from this source, or of strangers in the whole district.
        CodeRefused: the code is wrong, was used, or has run out, or nobody has the number.

    """
    name = number.strip()
    check_pin(pin, number=name)
    budgets = budgets_of_reset(name, visit.source)
    await count_try(database, budgets, visit.clock)
    asked = name if storable(name) else ""
    expected = code_hash(secret_key, asked, "".join(code.split())[:16] if storable(code) else "")

    async def try_code(tx: Tx) -> tuple[UUID, str] | None:
        row = await tx.fetch_one(_TRY, asked, visit.clock.now(), types={"steward_id": UUID})
        return None if row is None else (row["steward_id"], row["code_hash"])

    tried = await database.run(try_code)
    if not hmac.compare_digest(tried[1] if tried else "", expected) or tried is None:
        raise CodeRefused(pointer="/code")
    steward_id, used_hash = tried
    hashed = await hash_password(pin)
    device = await device_of(await database.reader(), visit.device, "steward", steward_id)

    async def enter(tx: Tx) -> SessionSecret:
        now = visit.clock.now()
        used = await tx.execute(
            "DELETE FROM stewards_pin_code WHERE steward_id = $1 AND code_hash = $2", steward_id, used_hash
        )
        if used != 1:  # somebody was quicker with the same code
            raise CodeRefused(pointer="/code")
        await give_try_back(tx, budgets)
        await forget_tries(tx, budgets_of("steward", name, BY_NUMBER))
        await tx.update(Steward, [{"id": steward_id, "pin_hash": hashed}])
        await replace_cards(tx, [steward_id], now=now)
        await revoke_sessions(tx, steward_id=steward_id, now=now)
        told = NewMessage(steward_id=steward_id, code="pin_reset", params={}, cause=f"pin reset {new_id()}")
        await post_messages(tx, [told], now=now)
        entry = AuditEntry(
            actor=Actor("steward", steward_id),
            action="stewards.pin_reset",
            subject_kind="steward",
            subject_id=steward_id,
        )
        await record(tx, [entry], now=now)
        return await open_session(
            tx, steward_id=steward_id, now=now, lifetime=visit.lifetime, device=device, browser=visit.browser
        )

    return await database.run(enter)
