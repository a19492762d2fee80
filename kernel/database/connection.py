"""Opening a database and running use cases in it: one transaction each, in a task of its own, retried whole."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from tortoise import context as tortoise_context
from tortoise.context import TortoiseContext, _current_context
from tortoise.transactions import in_transaction

from kernel.database.faults import is_transient
from kernel.database.session import Dialect, PostgresReader, PostgresTx, Reader, SqliteReader, SqliteTx, Tx

T = TypeVar("T")

_TRIES = 8
_FIRST_PAUSE_SECONDS = 0.01
_CLOSING_SECONDS = 2.0

SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # an acknowledged commit is on the disk
    "busy_timeout": 10_000,
    "cache_size": -65_536,  # KiB; 2 MiB, the default, reads the upper pages of every index again and again
    "foreign_keys": "ON",
    "recursive_triggers": "ON",  # else INSERT OR REPLACE deletes append-only rows unseen
}


@dataclass(frozen=True, kw_only=True)
class App:
    """A package with tables: its label, its models module, its migrations package."""

    label: str
    models: str
    migrations: str


def packages(*labels: str) -> tuple[App, ...]:
    """The apps of top-level packages that follow the house's layout."""
    return tuple(App(label=label, models=f"{label}.models", migrations=f"migrations.{label}") for label in labels)


def tortoise_config(url: str, apps: Sequence[App], *, pool_size: int = 10) -> dict[str, Any]:
    """Tortoise's configuration for a URL. The alias is the dialect: Tortoise caches its SQL by alias.

    Raises:
        ValueError: the URL is neither sqlite:// nor postgres://, or has a parameter that nobody reads.

    """
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme == "sqlite":
        alias: Dialect = "sqlite"
        path = unquote(url.split("://", 1)[1].split("?", 1)[0])
        connection = {
            "engine": "kernel.database.sqlite_engine",
            "credentials": {"file_path": path, **SQLITE_PRAGMAS},
        }
    elif parts.scheme in {"postgres", "postgresql"}:
        alias = "postgres"
        secured = {"ssl": query.pop("sslmode")} if "sslmode" in query else {}
        connection = {
            "engine": "kernel.database.asyncpg_engine",
            "credentials": {
                **secured,
                "host": query.pop("host", None) or parts.hostname or "127.0.0.1",
                "port": parts.port or 5432,
                "user": unquote(parts.username or "postgres"),
                "password": unquote(parts.password or ""),
                "database": parts.path.lstrip("/") or "postgres",
                "schema": query.pop("schema", None),
                "minsize": 1,
                "maxsize": int(query.pop("pool", pool_size)),
                "application_name": "jinpai",
                # Idle connections hold prepared plans; the statement cache is asyncpg's own.
                "max_inactive_connection_lifetime": 300,
            },
        }
    else:
        raise ValueError(f"not a database URL: {parts.scheme or url!r} (sqlite://FILE or postgres://…)")
    if query:
        raise ValueError(f"database URL: unknown parameter {', '.join(sorted(query))} (host, schema, sslmode, pool)")
    return {
        "connections": {alias: connection},
        "apps": {
            app.label: {"models": [app.models], "migrations": app.migrations, "default_connection": alias}
            for app in apps
        },
        "use_tz": True,
        "timezone": "UTC",
    }


class Database:
    """An open database. One per process; `run` is the only way to write."""

    def __init__(self, url: str, context: TortoiseContext, dialect: Dialect, config: dict[str, Any]) -> None:
        self.url = url
        self.dialect: Dialect = dialect
        self.config = config
        self._context = context
        self._under_way: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, url: str, apps: Sequence[App], *, pool_size: int = 10) -> Self:
        """Connect. The schema is not touched (see kernel.database.migrating).

        Raises:
            ValueError: the URL is neither sqlite:// nor postgres://.
            OSError: nothing answers there. PostgreSQL's own errors (no such database, wrong password) come as they are.

        """
        config = tortoise_config(url, apps, pool_size=pool_size)
        dialect: Dialect = "sqlite" if "sqlite" in config["connections"] else "postgres"
        if dialect == "sqlite":
            Path(config["connections"]["sqlite"]["credentials"]["file_path"]).parent.mkdir(parents=True, exist_ok=True)
        context = TortoiseContext()
        _current_context.set(context)  # the models are bound to a context while it opens
        # Requests run in tasks that do not inherit the lifespan's context, so the first database is everybody's.
        await context.init(config=config, _enable_global_fallback=tortoise_context._global_context is None)
        database = cls(url, context, dialect, config)
        try:
            await database.client.create_connection(with_db=True)  # here, where nobody cancels and faults are named
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Let the use cases under way end, whose callers may be gone, for up to two seconds; then disconnect."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_CLOSING_SECONDS)
        await self._context.close_connections()

    @property
    def client(self) -> Any:
        """Tortoise's client outside any transaction."""
        return self._context.connections.get(self.dialect)

    async def reader(self) -> Reader:
        """A reader of committed rows."""
        if self.dialect == "sqlite":
            return SqliteReader(self.client)
        return PostgresReader(self.client._pool)

    async def run(self, use_case: Callable[[Tx], Awaitable[T]]) -> T:
        """Run a use case in one transaction and commit it.

        It runs in a task of its own: when the caller is cancelled, the use case still ends properly, and its effect
        is found by its reference when the caller asks again. Serialization failures, deadlocks, locked files and
        lost connections run the whole use case again, up to 8 times.
        """
        return await self._in_a_task(self._retried(use_case))

    async def snapshot(self, use_case: Callable[[Tx], Awaitable[T]]) -> T:
        """Run a read-only use case on one consistent state of the database."""

        async def frozen(tx: Tx) -> T:
            if tx.dialect == "postgres":
                await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return await use_case(tx)

        return await self._in_a_task(self._retried(frozen, reads_only=True))

    async def _in_a_task(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _retried(self, use_case: Callable[[Tx], Awaitable[T]], *, reads_only: bool = False) -> T:
        for attempt in range(_TRIES):
            try:
                return await self._once(use_case, reads_only=reads_only)
            except Exception as error:
                if attempt == _TRIES - 1 or not is_transient(error):
                    raise
                # Full jitter keeps colliding writers apart (AWS Architecture Blog, 'Exponential Backoff And Jitter').
                await asyncio.sleep(random.random() * _FIRST_PAUSE_SECONDS * 2**attempt)  # noqa: S311 - no secret
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, use_case: Callable[[Tx], Awaitable[T]], *, reads_only: bool) -> T:
        # TortoiseContext.__enter__ keeps one token for all tasks; this task sets the variable for itself alone.
        _current_context.set(self._context)
        snapshot = reads_only and self.dialect == "sqlite"
        async with self.client.snapshot() if snapshot else in_transaction(self.dialect) as client:
            if self.dialect == "sqlite":
                return await use_case(SqliteTx(client))
            return await _carried_out(use_case, PostgresTx(client._connection))


async def _carried_out(use_case: Callable[[Tx], Awaitable[T]], tx: PostgresTx) -> T:
    """Run a use case to the end of what it sent."""
    try:
        outcome = await use_case(tx)
        await tx.sent()
    except Exception:
        await tx.sent()  # what failed first is what is told
        raise
    except BaseException:
        await tx.abandon()
        raise
    return outcome
