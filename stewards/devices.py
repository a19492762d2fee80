"""Browsers that signed in before: each has a budget of its own, so that nobody is locked out by strangers' guesses.

A device is a long random secret in the browser. Its hash stands beside the sessions that it opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from kernel.database import Reader
from kernel.tokens import hash_secret, new_secret
from stewards.callers import LONGEST_SECRET

DEVICE_KEPT = timedelta(days=180)  # after its last session ended
MOST_DEVICES = 3  # of one person, the newest: each one more gives its holders more guesses

_COLUMNS: Mapping[str, str] = {"steward": "steward_id", "staff": "staff_id"}


@dataclass(frozen=True, slots=True)
class Device:
    """The browser that somebody signs in from: a new one, or one that `known` says this person used before."""

    secret: str
    sha256: str
    known: bool


async def device_of(
    reader: Reader, secret: str | None, kind: Literal["steward", "staff"], holder_id: UUID | None
) -> Device:
    """The device of a secret that a browser sent. One that never signed in gets a new secret: nobody picks his own."""
    if secret and secret.isascii() and len(secret) <= LONGEST_SECRET:
        sha256 = hash_secret(secret)
        column = _COLUMNS[kind]
        rows = await reader.fetch(
            f"SELECT {column} AS holder_id, MAX(created_at) AS seen_at FROM stewards_session "
            f"WHERE device_sha256 = $1 GROUP BY {column}",
            sha256,
            types={"holder_id": UUID, "seen_at": datetime},
        )
        if rows:
            seen_at = next((row["seen_at"] for row in rows if holder_id and row["holder_id"] == holder_id), None)
            if seen_at is None:
                return Device(secret, sha256, known=False)
            newer = await reader.fetch_one(
                f"SELECT COUNT(DISTINCT device_sha256) AS n FROM stewards_session "
                f"WHERE {column} = $1 AND device_sha256 <> $2 AND created_at > $3",
                holder_id,
                sha256,
                seen_at,
            )
            return Device(secret, sha256, known=newer is not None and newer["n"] < MOST_DEVICES)
    fresh = new_secret()
    return Device(fresh, hash_secret(fresh), known=False)
