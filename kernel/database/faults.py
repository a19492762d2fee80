"""What a database error means: try the whole use case again, or the database refused the rows."""

import asyncio
import sqlite3

import asyncpg
from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError

_TRY_AGAIN_POSTGRES = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
)


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        found.extend(arg for arg in current.args if isinstance(arg, BaseException))
        current = current.__cause__ or current.__context__
    return found


def is_transient(error: BaseException) -> bool:
    """Whether running the whole use case again may succeed: serialization, deadlock, lost connection, locked file.

    A commit whose answer was lost counts too: a use case is recognised by its reference when it runs again. So does
    a unique index: another process was first, and the next run finds what it wrote.
    """
    for cause in _causes(error):
        if isinstance(cause, asyncpg.UniqueViolationError):
            return True
        if isinstance(cause, sqlite3.IntegrityError) and "UNIQUE constraint failed" in str(cause):
            return True
        if isinstance(cause, (*_TRY_AGAIN_POSTGRES, ConnectionError, DBConnectionError)):
            return True
        if isinstance(cause, asyncpg.InterfaceError) and "clos" in str(cause):
            return True
        if isinstance(cause, sqlite3.OperationalError) and ("locked" in str(cause) or "busy" in str(cause)):
            return True
    return False


def is_refused(error: BaseException) -> bool:
    """Whether the database refused rows: a constraint, a unique index, an append-only table, a value out of range."""
    if isinstance(error, asyncio.CancelledError):
        return False
    return any(
        isinstance(
            cause,
            IntegrityError | sqlite3.IntegrityError | asyncpg.IntegrityConstraintViolationError | asyncpg.DataError,
        )
        for cause in _causes(error)
    )


def is_disk_fault(error: BaseException) -> bool:
    """Whether the disk is full or failing: nothing was acknowledged, and trying at once would not help."""
    return any(
        isinstance(cause, asyncpg.DiskFullError)
        or (
            isinstance(cause, sqlite3.OperationalError | OperationalError)
            and any(sign in str(cause) for sign in ("disk", "full", "I/O", "readonly"))
        )
        for cause in _causes(error)
    )
