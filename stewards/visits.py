"""A try to sign in, apart from what it shows: where it comes from, and what its session will be like."""

from dataclasses import dataclass
from datetime import timedelta

from kernel.clock import Clock
from stewards.sessions import SESSION_LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who is at the door, before it is known who that is.

    `source` is the caller's network address, `device` what an earlier session said the browser is known by, `browser`
    what kind it is, `lifetime` how long the session will hold.
    """

    source: str
    clock: Clock
    lifetime: timedelta = SESSION_LIFETIME
    device: str | None = None
    browser: str | None = None
