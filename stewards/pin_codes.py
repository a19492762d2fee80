"""One-time codes (短信验证码) by which who forgot the PIN sets a new one: six digits, ten minutes, five tries.

Asking writes the same row for every number, so that known and unknown ones cost the same; what the number is worth is
found out afterwards, when the row is delivered. Codes and numbers wait encrypted, and codes are kept as keyed hashes.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from kernel.outbox import Handler, InBatches, Payload, emit
from kernel.outbox_outside import GaveUp, Handover
from kernel.sealing import seal, unseal
from kernel.tokens import sign
from stewards.callers import ENTERING
from stewards.code_models import PinCode
from stewards.code_senders import CodeMessage, Sender
from stewards.models import Steward
from stewards.sign_in_budgets import BY_SOURCE, OF_CODES, OF_CODES_SENT, budgets_of, count_try
from stewards.visits import Visit

CODE_KEPT = timedelta(minutes=10)
TRIES = 5
DIGITS = 6
ASKED, SENT = "pin_codes.asked", "pin_codes.sent"
_PURPOSE = "pin code"
_LONGEST_NUMBER = 64
_WORDS = N_("验证码 {code}，{minutes} 分钟内有效，用来重设小巷管家的登录密码。不要告诉别人。")


class CodesOff(Refusal):
    """Nobody carries codes here (没有开通验证码)."""

    code = "codes_off"
    message = N_("本区没有开通手机验证码，请到社区领一张登录卡。")


class CodeRefused(Refusal):
    """The code is wrong, was used, or has run out; all of them answer alike."""

    code = "code_refused"
    message = N_("验证码不对或已经过期，请核对，或者重新要一个。")


async def ask_for_code(database: Database, number: str, *, visit: Visit, secret_key: str) -> None:
    """Ask for a code to the phone on file of the steward with a number. Whether there is one is not told.

    Raises:
        Throttled: too many were asked for this number, from this source, or in the whole district.

    """
    typed = number.strip()[:_LONGEST_NUMBER]
    budgets = [
        *budgets_of("source", visit.source, BY_SOURCE),
        *budgets_of("codes", typed, OF_CODES),
        *budgets_of("codes sent", "", OF_CODES_SENT),
    ]
    await count_try(database, budgets, visit.clock)
    now = visit.clock.now()
    sealed = seal(secret_key, _PURPOSE, typed.encode("utf-8", "replace").decode())
    until = (now + CODE_KEPT).isoformat()
    await database.run(lambda tx: emit(tx, ASKED, [{"number": sealed, "until": until}], now=now))


async def _issue(secret_key: str, tx: Tx, payloads: list[Payload], now: datetime) -> None:
    """Make codes for those among the numbers that are asked for which have a phone, in place of those of before."""
    untils: dict[str, datetime] = {}
    for payload in payloads:
        until = datetime.fromisoformat(payload["until"])
        number = unseal(secret_key, _PURPOSE, payload["number"])
        if number and "\0" not in number and until > now:
            untils[number] = max(until, untils.get(number, until))
    found = await tx.rows(Steward, f"WHERE {tx.one_of('number', 1)}", sorted(untils))
    codes, told = [], []
    for steward in sorted(found, key=lambda row: row["id"]):
        if not steward["phone"] or steward["status"] not in ENTERING["steward"]:
            continue
        code, until = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", untils[steward["number"]]
        codes.append(
            {
                "steward_id": steward["id"],
                "code_hash": code_hash(secret_key, steward["number"], code),
                "tries_left": TRIES,
                "issued_at": now,
                "expires_at": until,
            }
        )
        told.append(
            {
                "message_id": str(new_id()),
                "steward_id": str(steward["id"]),
                "code": seal(secret_key, _PURPOSE, code),
                "until": until.isoformat(),
            }
        )
    await tx.insert(PinCode, codes, skip_existing=True)
    await tx.update(PinCode, codes, key="steward_id")
    await emit(tx, SENT, told, now=now)


def code_hash(secret_key: str, number: str, code: str) -> str:
    """A code as it is kept: six digits alone would be read back from a plain hash."""
    return sign(secret_key, _PURPOSE, number, code)


def code_handlers(secret_key: str) -> Mapping[str, Handler | InBatches]:
    """The outbox handlers of codes that were asked for, by topic."""
    return {ASKED: InBatches(partial(_issue, secret_key))}


def code_handovers(database: Database, sender: Sender | None, secret_key: str) -> Mapping[str, Handover]:
    """How codes are carried, by topic; none where nobody carries them."""
    if sender is None:
        return {}

    async def send(payload: Payload, now: datetime) -> None:
        until = datetime.fromisoformat(payload["until"])
        code = unseal(secret_key, _PURPOSE, payload["code"])
        if code is None or now >= until:
            raise GaveUp
        reader = await database.reader()
        found = await reader.rows(Steward, "WHERE id = $1", UUID(payload["steward_id"]))
        if not found or not found[0]["phone"]:
            raise GaveUp
        text = Text(_WORDS, {"code": code, "minutes": int(CODE_KEPT.total_seconds()) // 60})
        message = CodeMessage(
            id=UUID(payload["message_id"]),
            phone=found[0]["phone"],
            number=found[0]["number"],
            code=code,
            expires_at=until,
            text=text.render("zh"),
        )
        await sender.send(message, now=now)

    return {SENT: send}


async def forget_codes(tx: Tx, *, now: datetime) -> int:
    """Delete codes that have run out (a job's work); answers how many."""
    return await tx.execute("DELETE FROM stewards_pin_code WHERE expires_at < $1", now)
