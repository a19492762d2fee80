"""Pairing codes (配对码): what a screen shows until staff have entered it.

A screen holds a signed ticket; its code follows from the ticket under the server's key, so that nothing is stored for
screens that nobody ever enters, and nobody can make a ticket to a code that he has seen. Seven characters of 31 are 34
bits; the eighth catches a mistyped one.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from kernel.tokens import sign

CODE_LASTS = timedelta(minutes=15)
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what looks alike: 0 O, 1 I L
_SECRET_SIGNS = 7


def new_ticket(secret_key: str, *, now: datetime) -> str:
    """A ticket for a screen that nobody knows yet."""
    said = f"{int(now.timestamp())}.{secrets.token_urlsafe(24)}"
    return f"{said}.{sign(secret_key, 'display ticket', said)}"


def ticket_ends_at(secret_key: str, ticket: str, *, now: datetime) -> datetime | None:
    """Until when a ticket holds; None where it holds no longer, or is none of ours."""
    said, _, signature = ticket.rpartition(".")
    if not hmac.compare_digest(sign(secret_key, "display ticket", said).encode(), signature.encode()):
        return None
    ends_at = datetime.fromtimestamp(int(said.partition(".")[0]), UTC) + CODE_LASTS
    return ends_at if now < ends_at else None


def code_of(secret_key: str, ticket: str) -> str:
    """The code of a ticket: eight characters, the last of which checks the others."""
    number = int(sign(secret_key, "display code", ticket), 16)
    signs = ""
    for _ in range(_SECRET_SIGNS):
        number, at = divmod(number, len(_SIGNS))
        signs += _SIGNS[at]
    return signs + _check(signs)


def _check(signs: str) -> str:
    """A sign that differs when one sign was mistyped or two neighbours were exchanged (31 is prime)."""
    return _SIGNS[sum(at * _SIGNS.index(sign) for at, sign in enumerate(signs, 2)) % len(_SIGNS)]


def read_code(typed: str) -> str | None:
    """A code as it was typed, without blanks and dashes; None where it is mistyped."""
    code = "".join(typed.upper().split()).replace("-", "")
    if len(code) != _SECRET_SIGNS + 1 or not set(code) <= set(_SIGNS):
        return None
    return code if code[-1] == _check(code[:-1]) else None


def kept(secret_key: str, code: str) -> str:
    """A code as it is stored."""
    return sign(secret_key, "display pairing", code)
