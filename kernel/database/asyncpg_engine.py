"""PostgreSQL engine for Tortoise that gives its pool connection back when cancelled inside BEGIN or COMMIT.

Stock Tortoise leaks the connection and the context variable, and the pool drains. The name of this module has to
contain 'asyncpg': Tortoise picks the schema editor by it.
"""

from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg import client as stock
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from kernel.database.array_codecs import add_array_codecs


class PlainResetConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """Skips asyncpg's reset round trip: no statement here changes a session's settings, locks or listeners."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_array_codecs(self)

    def get_reset_query(self) -> str:
        """Nothing to send."""
        return ""


class CancelSafeContext(TransactionContextPooled):
    """Releases the connection before anything that a cancellation could cut."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        connection = await pool.acquire()
        self.client._connection = connection
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        get_connections().reset(self.token)
        pool = self.client._parent._pool
        try:
            if not self.client._finalized:
                if exc_type:
                    await self.client.rollback()
                else:
                    await self.client.commit()
        finally:
            if pool:
                await pool.release(self.client._connection)


class AsyncpgClient(stock.AsyncpgDBClient):
    """A pool of PostgreSQL connections."""

    connection_class = PlainResetConnection

    def _in_transaction(self) -> TransactionContext:
        return CancelSafeContext(stock.TransactionWrapper(self), self._pool_init_lock)


client_class = AsyncpgClient
