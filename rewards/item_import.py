"""Items of a sheet (兑换物品): added or changed by code, by the verbs of the catalogue; a repeated sheet adds nothing.

A blank cell leaves what an item has; a price that differs begins now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.imports.mapping import ItemsMapping
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from rewards.item_fields import ItemFields
from rewards.items import EditItem, ItemSaved, NewItem, NewPrice, add_items, edit_items, set_prices
from rewards.refusals import ItemKindStays, ItemKindUnknown
from rewards.shelf import price_of_items
from rewards.wording import KINDS, ItemKind
from stewards.principal import Principal

_KINDS: Mapping[str, ItemKind] = {
    **{kind.value: kind for kind in ItemKind},
    **{words: kind for kind, words in KINDS.items()},
}
_TEXTS = ("name_en", "description", "description_en", "partner")
_LISTS = ("streets", "tags")
_NUMBERS = ("limit_count", "collect_days", "low_stock", "desk_quota")
_FIELDS = {
    **{f"/{name}": name for name in ("code", "name", "price", "limit_period", *_TEXTS, *_LISTS, *_NUMBERS)},
    **{f"/{name}/{at}": name for name in _LISTS for at in range(20)},
    "/kind": "kind_of_item",
    "/points": "price",
    "": "code",
}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A row that could be read."""

    line: int
    code: str
    kind: ItemKind
    price: int
    fields: ItemFields


class ItemImport:
    """The importer of items (see cases.imports.runs.Importer)."""

    def __init__(self, mapping: ItemsMapping, table: Table, principal: Principal) -> None:
        self._bound = BoundMapping(mapping, table, codes=frozenset({"code", "partner", "streets"}))
        self._principal = principal
        self._seen: list[ItemRow] = []

    def read(self, row: SheetRow) -> ItemRow | list[RowFault]:
        """A row of the sheet as an item, or its faults."""
        reader = RowReader(self._bound, row)
        code, kind_words = reader.needed("code"), reader.needed("kind_of_item")
        fields: dict[str, Any] = {"name": reader.needed("name")}
        price = reader.needed_integer("price")
        for name in _TEXTS:
            if text := reader.text(name):
                fields[name] = text
        for name in _LISTS:
            if several := reader.several(name):
                fields[name] = several
        for name in _NUMBERS:
            if (number := reader.integer(name)) is not None:
                fields[name] = number
        if period := reader.text("limit_period"):
            fields["limit_period"] = period
        kind = _KINDS.get(kind_words.strip().lower())
        if kind is None and kind_words:
            why = ItemKindUnknown(pointer="/kind", given=kind_words, allowed="、".join(KINDS.values()))
            return [*reader.faults, self._bound.fault(row.line, why, _FIELDS)]
        if reader.faults or kind is None or price is None:
            return reader.faults
        return ItemRow(row.line, code, kind, price, ItemFields(**fields))

    async def take(self, tx: Tx, rows: Sequence[ItemRow], *, now: datetime) -> list[RowOutcome]:
        """Add and change the items of some rows, in order."""
        found = await tx.fetch(
            f"SELECT code, id, kind FROM rewards_item WHERE {tx.one_of('code', 1)}",
            sorted({row.code for row in rows}),
            types={"id": UUID},
        )
        known = {row["code"]: row for row in found}
        prices = await price_of_items(tx, {row["id"] for row in found}, now=now)
        outcomes: dict[int, RowOutcome] = {}
        for index, row in enumerate(rows):
            there = known.get(row.code)
            refusal: Refusal | None = None
            changed = True
            if there is None:
                wish = NewItem(code=row.code, kind=row.kind, price=row.price, caller=self._principal, fields=row.fields)
                [added] = await add_items(tx, [wish], now=now)
                if isinstance(added, Refusal):
                    refusal = added
                else:
                    known[row.code] = {"code": row.code, "id": added.item_id, "kind": row.kind.value}
                    prices[added.item_id] = row.price
            elif there["kind"] != row.kind:
                refusal = ItemKindStays(pointer="/kind", code=row.code)
            else:
                refusal, changed = await self._change(tx, row, there["id"], prices, now)
            if refusal is not None:
                outcomes[index] = RowOutcome("refused", [self._bound.fault(row.line, refusal, _FIELDS)])
            else:
                outcomes[index] = RowOutcome("accepted" if changed else "repeated")
        return [outcomes[index] for index in range(len(rows))]

    async def _change(
        self, tx: Tx, row: ItemRow, item_id: UUID, prices: dict[UUID, int], now: datetime
    ) -> tuple[Refusal | None, bool]:
        priced = prices.get(item_id) != row.price
        if priced:
            wish = NewPrice(item_id=item_id, points=row.price, caller=self._principal)
            [price] = await set_prices(tx, [wish], now=now)
            if isinstance(price, Refusal):
                return price, False
            prices[item_id] = row.price
        [edited] = await edit_items(tx, [EditItem(item_id=item_id, caller=self._principal, fields=row.fields)], now=now)
        if not isinstance(edited, ItemSaved):
            return edited, False
        return None, priced or bool(edited.changed)

    def remember(self, rows: Iterable[ItemRow]) -> None:
        """Keep the rows."""
        self._seen.extend(rows)

    def context(self, rows: Iterable[ItemRow]) -> list[ItemRow]:
        """The rows of these items that stood in the sheet before."""
        codes = {row.code for row in rows}
        return [row for row in self._seen if row.code in codes]
