"""Teams from a sheet: a team in a row, as it is from a day on; a repeated sheet changes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.imports.mapping import TeamsMapping
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from rewards.teams.keeping import STANDARD_SIZE, TeamWish, keep_teams
from stewards.principal import Principal

_FIELDS = {"/number": "number", "/name": "name", "/street": "street", "/on": "on"} | {
    "/members": "members",
    "/leader": "leader",
    "": "number",
}


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A row that could be read."""

    line: int
    wish: TeamWish


class TeamImport:
    """The importer of teams (see cases.imports.runs.Importer). The leader need not be named among the members again."""

    def __init__(self, mapping: TeamsMapping, table: Table, principal: Principal) -> None:
        self._bound = BoundMapping(mapping, table, codes=frozenset({"number", "street", "members", "leader"}))
        self._principal = principal

    def read(self, row: SheetRow) -> TeamRow | list[RowFault]:
        """A row of the sheet as a team, or its faults."""
        reader = RowReader(self._bound, row)
        number, name, street = reader.needed("number"), reader.needed("name"), reader.needed("street")
        leader, members = reader.needed("leader"), reader.several("members")
        on = reader.needed_day("on")
        if reader.faults or on is None:
            return reader.faults
        wish = TeamWish(
            number=number,
            name=name,
            street_code=street,
            on=on,
            members=tuple(dict.fromkeys((leader, *members))),
            leader=leader,
            caller=self._principal,
        )
        return TeamRow(row.line, wish)

    async def take(self, tx: Tx, rows: Sequence[TeamRow], *, now: datetime) -> list[RowOutcome]:
        """Keep the teams of some rows, in order."""
        kept = await keep_teams(tx, [row.wish for row in rows], now=now, size=STANDARD_SIZE)
        return [
            RowOutcome("refused", [self._bound.fault(row.line, done, _FIELDS)])
            if isinstance(done, Refusal)
            else RowOutcome("accepted" if done.changed else "repeated")
            for row, done in zip(rows, kept, strict=True)
        ]

    def remember(self, rows: Iterable[TeamRow]) -> None:
        """Nothing has to be kept: what was taken stands in the database."""

    def context(self, rows: Iterable[TeamRow]) -> list[TeamRow]:
        """None: the same."""
        return []
