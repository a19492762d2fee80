"""Opening balances (期初余额) of a sheet, each posted once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cases.imports.mapping import BalancesMapping
from cases.imports.refusals import NotPositive, StewardNotFound
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from kernel.text import storable
from points.opening import OpeningBalance, post_opening_balances
from stewards.principal import Principal

MOST_POINTS = 1_000_000
_FIELDS = {
    "/points": "points",
    "/reference": "reference",
    "/steward": "steward",
    "/expires_on": "expires_on",
    "/occurred_at": "as_of",
}


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """A row that could be read."""

    line: int
    steward: str  # number
    points: int
    reference: str
    as_of: datetime
    expires_on: date | None


class BalanceImport:
    """The importer of opening balances (see cases.imports.runs.Importer).

    A steward has one balance per reference: the same row again adds nothing, other points under it are a fault.
    """

    def __init__(self, mapping: BalancesMapping, table: Table, principal: Principal, *, year: int | None) -> None:
        codes = frozenset({"steward", "points", "reference"})
        self._bound = BoundMapping(mapping, table, codes=codes, year=year)
        self._principal = principal
        self._seen: list[BalanceRow] = []

    def read(self, row: SheetRow) -> BalanceRow | list[RowFault]:
        """A row of the sheet as an opening balance, or its faults."""
        reader = RowReader(self._bound, row)
        steward = reader.needed("steward")
        points = reader.needed_integer("points")
        reference = reader.text("reference")
        as_of = reader.needed_moment("as_of")
        expires_on = reader.day("expires_on")
        if reader.faults or points is None or as_of is None:
            return reader.faults
        if not 1 <= points <= MOST_POINTS:
            refusal = NotPositive(value=points, most=MOST_POINTS, pointer="/points")
            return [self._bound.fault(row.line, refusal, _FIELDS)]
        reference = f"{steward}/{reference}" if reference else steward
        return BalanceRow(row.line, steward, points, reference, as_of, expires_on)

    async def take(self, tx: Tx, rows: Sequence[BalanceRow], *, now: datetime) -> list[RowOutcome]:
        """Post the balances of some rows."""
        found = await tx.fetch(
            f"SELECT id, number FROM stewards_steward WHERE {tx.one_of('number', 1)}",
            sorted({row.steward for row in rows if storable(row.steward)}),
            types={"id": UUID},
        )
        ids = {steward["number"]: steward["id"] for steward in found}
        wishes = [
            OpeningBalance(
                steward_id=ids[row.steward],
                points=row.points,
                reference=row.reference,
                as_of=row.as_of,
                expires_on=row.expires_on,
            )
            for row in rows
            if row.steward in ids
        ]
        posted = iter(await post_opening_balances(tx, wishes, now=now, actor_id=self._principal.id))
        outcomes = []
        for row in rows:
            known = row.steward in ids
            outcome = next(posted) if known else StewardNotFound(steward=row.steward[:20], pointer="/steward")
            if isinstance(outcome, Refusal):
                outcomes.append(RowOutcome("refused", [self._bound.fault(row.line, outcome, _FIELDS)]))
            else:
                outcomes.append(RowOutcome("repeated" if outcome.replayed else "accepted"))
        return outcomes

    def remember(self, rows: Iterable[BalanceRow]) -> None:
        """Keep the rows."""
        self._seen.extend(rows)

    def context(self, rows: Iterable[BalanceRow]) -> list[BalanceRow]:
        """The rows of these stewards that stood in the sheet before."""
        references = {row.reference for row in rows}
        return [row for row in self._seen if row.reference in references]
