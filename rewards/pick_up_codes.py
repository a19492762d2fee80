"""Pick-up codes (领取码): eight digits that follow from the order and the deployment's secret, stored as a keyed hash.

A copy of the database alone neither holds nor gives away a code. On paper and screens the same digits stand as text,
as Code 128 and, with the order's number, as QR.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from kernel.database import Tx
from kernel.tokens import sign

DIGITS = 8
_SPACES = re.compile(r"[\s-]+")
_DIGITS_ALONE = re.compile(r"\d{8}", re.ASCII)
_WITH_NUMBER = re.compile(r"JP1/([A-Z0-9]{1,16}-\d{6}-\d{3,9})/(\d{8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadCode:
    """What was scanned or typed: the digits, and the order's number where the payload named it."""

    digits: str
    number: str | None = None


class FreshCode(NamedTuple):
    """A code that no open order has: which of its order's codes it is, its digits, and what is stored of it."""

    number: int
    digits: str
    sha256: str


class PickUpCodes:
    """Makes codes and their hashes with the deployment's secret."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def code_of(self, order_id: UUID, code_number: int) -> str:
        """The code of an order; `code_number` counts the codes that it had before."""
        signed = sign(self._secret_key, "pick-up code", str(order_id), str(code_number))
        return f"{int(signed, 16) % 10**DIGITS:0{DIGITS}}"

    def hash_of(self, digits: str) -> str:
        """What is stored of a code."""
        return sign(self._secret_key, "pick-up hash", digits)

    def current(self, order_id: UUID, code_number: int, code_sha256: str) -> str | None:
        """The code of an order as its owner reads it; None where the secret has changed since (make a new one)."""
        code = self.code_of(order_id, code_number)
        return code if self.hash_of(code) == code_sha256 else None


def qr_payload(number: str, code: str) -> str:
    """What the QR code of an order says."""
    return f"JP1/{number}/{code}"


def spoken(code: str) -> str:
    """A code in two groups, to be read out."""
    return f"{code[:4]} {code[4:]}"


def read_code(text: str) -> ReadCode | None:
    """What a scanner or a keyboard gave: digits alone, in groups or full-width, or the payload; None where neither."""
    plain = unicodedata.normalize("NFKC", text[:128]).strip()
    matched = _WITH_NUMBER.fullmatch(plain.upper())
    if matched:
        return ReadCode(matched[2], matched[1])
    digits = _SPACES.sub("", plain)
    return ReadCode(digits) if _DIGITS_ALONE.fullmatch(digits) else None


async def fresh_codes(tx: Tx, orders: Mapping[UUID, int], codes: PickUpCodes) -> dict[UUID, FreshCode]:
    """A code for each order that no open order has, from a code number on."""
    found: dict[UUID, FreshCode] = {}
    taken: set[str] = set()
    tried = orders
    while tried:
        made: dict[UUID, FreshCode] = {}
        for order_id, number in tried.items():
            digits = codes.code_of(order_id, number)
            made[order_id] = FreshCode(number, digits, codes.hash_of(digits))
        # Each is looked up by itself: joined with hundreds, PostgreSQL would rather read every order there is.
        rows = await tx.fetch(
            f"SELECT given.value AS sha256 FROM {tx.texts(1)} WHERE 1 = "
            "(SELECT 1 FROM rewards_order WHERE code_sha256 = given.value AND closed_at IS NULL LIMIT 1)",
            sorted({code.sha256 for code in made.values()}),
        )
        taken.update(row["sha256"] for row in rows)
        again: dict[UUID, int] = {}
        for order_id, code in made.items():
            if code.sha256 in taken:
                again[order_id] = code.number + 1
            else:
                found[order_id] = code
                taken.add(code.sha256)
        tried = again
    return found
