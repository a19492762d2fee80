"""What a request asks of the embedded database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.api.door import Door


@asynccontextmanager
async def counted(door: Door) -> AsyncIterator[list[str]]:
    """What the embedded database is asked meanwhile, apart from looking for deliveries and jobs that are due.

    What the app does by itself is waited for, and the clock stands still: none becomes due meanwhile.
    """
    await door.settle()
    statements: list[str] = []

    def note(statement: str) -> None:
        if (
            statement.lstrip().startswith(("SELECT", "WITH"))
            and "kernel_outbox" not in statement
            and "job" not in statement
        ):
            statements.append(statement)

    connection: Any = door.database.client._connection
    await connection.set_trace_callback(note)
    try:
        yield statements
    finally:
        await connection.set_trace_callback(None)
