"""A reader that counts its queries, to show that a list of a thousand costs no more of them than a list of one."""

from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.models import Model

from kernel.database import Reader, Row


class CountedReader(Reader):
    """Passes every query on and counts it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.dialect = reader.dialect
        self.queries = 0

    async def fetch(self, sql: str, *args: Any, types: Mapping[str, type] | None = None) -> list[Row]:
        self.queries += 1
        return await self._reader.fetch(sql, *args, types=types)

    async def _fetch_typed(self, model: type[Model], sql: str, args: Sequence[Any]) -> list[Row]:
        self.queries += 1
        return await self._reader._fetch_typed(model, sql, args)
