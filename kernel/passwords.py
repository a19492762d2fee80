"""Passwords and PINs: argon2id, off the event loop, equally slow for names that do not exist."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane. Memory for all threads stays small.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="argon2")


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def _matches(stored: str | None, password: str) -> bool:
    try:
        # argon2 answers True or raises; a missing name costs the same work and is then denied.
        return _hasher.verify(stored or _nobodys_hash(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed. None stands for an unknown name: the same work, and False."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _matches, stored, password)


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with older parameters, to be renewed at the next sign-in."""
    return _hasher.check_needs_rehash(stored)
