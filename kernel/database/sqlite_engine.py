"""SQLite engine for Tortoise whose transactions begin at once and survive a cancellation.

Stock Tortoise begins DEFERRED, so that two processes that read and then write fail with 'database is locked' despite
the busy timeout; and a cancellation inside BEGIN keeps the connection's lock for ever. The name of this module has to
contain 'sqlite': Tortoise picks the schema editor by it.
"""

import sqlite3
from types import TracebackType
from typing import cast

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite import client as stock
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class ImmediateTransaction(stock.SqliteTransactionWrapper):
    """Takes the write lock at BEGIN, where waiting for it is possible."""

    async def begin(self) -> None:
        """Wait for the write lock, up to busy_timeout."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as exc:
            raise OperationalError(exc) from exc


class SnapshotTransaction(stock.SqliteTransactionWrapper):
    """Reads one state of the file and takes no lock: other processes go on writing."""

    async def begin(self) -> None:
        """Begin; the state is that of the first read."""
        await self._connection.execute("BEGIN")


class CancelSafeContext(stock.SqliteTransactionContext):
    """Gives the connection back whatever happens while the transaction begins or ends."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        token = None
        try:
            await self.ensure_connection()
            token = get_connections().set(self.connection_name, self.connection)
            await self.connection.begin()
        except BaseException:
            try:
                if self.connection._connection:
                    await self.connection._connection.rollback()
            finally:
                get_connections().reset(token)
                self._trxlock.release()
            raise
        self.token = token
        return cast("TransactionalDBClient", self.connection)

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        try:
            if not self.connection._finalized:
                if exc_type:
                    await self.connection.rollback()
                else:
                    await self.connection.commit()
        except BaseException:
            # A COMMIT that failed (disk full, busy) leaves the transaction open on the only connection.
            if self.connection._connection and self.connection._connection.in_transaction:
                await self.connection._connection.rollback()
            raise
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()


class SqliteClient(stock.SqliteClient):
    """The one connection of the embedded database."""

    async def create_connection(self, with_db: bool) -> None:
        """Connect and set every PRAGMA, or leave nothing behind."""
        try:
            await super().create_connection(with_db)
        except BaseException:
            half_open, self._connection = self._connection, None
            if half_open:
                await half_open.close()
            raise

    def snapshot(self) -> TransactionContext:
        """A transaction that only reads."""
        return CancelSafeContext(SnapshotTransaction(self), self._lock)

    def _in_transaction(self) -> TransactionContext:
        return CancelSafeContext(ImmediateTransaction(self), self._lock)


client_class = SqliteClient
