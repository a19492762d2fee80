"""Adding and editing items of the catalogue, by the version that was read (If-Match), and setting dated prices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from kernel.text import storable
from rewards.item_fields import DEFAULTS, ItemFields, check_whole, clean_code, columns_of
from rewards.models import Item, ItemStreet, Price
from rewards.refusals import (
    ItemChanged,
    ItemExists,
    ItemFieldWrong,
    PriceInThePast,
    PriceOutOfRange,
    PriceStands,
    UnknownItem,
)
from rewards.shelf_loading import streets_of
from rewards.wording import ItemKind
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal

MOST_PRICE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item to be added, with its first price in points."""

    code: str
    kind: ItemKind
    price: int
    caller: Principal
    fields: ItemFields
    unlimited: bool | None = None  # donations have no stock unless it is said
    price_from: datetime | None = None  # now, unless it is said


@dataclass(frozen=True, slots=True, kw_only=True)
class EditItem:
    """What to change about an item; `expected_version` is the one that was read, None to overwrite any."""

    item_id: UUID
    caller: Principal
    fields: ItemFields = field(default_factory=ItemFields)
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """What a unit costs from a moment on: now, unless it is said."""

    item_id: UUID
    points: int
    caller: Principal
    effective_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSaved:
    """An item that was added or edited; none changed, none rose."""

    item_id: UUID
    code: str
    version: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSet:
    """A price that begins at a moment."""

    price_id: UUID
    item_id: UUID
    points: int
    effective_from: datetime
    repeated: bool


def may_edit(caller: Principal, street_ids: Collection[UUID]) -> bool:
    """Whether somebody may edit an item of these streets; one of the whole district is the district's alone."""
    places = [Place(street_id=street_id) for street_id in street_ids] or [Place()]
    return all(may(caller, Action.CATALOGUE_EDIT, place) for place in places)


async def add_items(tx: Tx, wishes: Sequence[NewItem], *, now: datetime) -> list[ItemSaved | Refusal]:
    """Add items with their first prices, audited.

    Refusals: ItemExists, ItemCodeNotAllowed, ItemFieldWrong, PriceOutOfRange, NotAllowed, and texts at fault.
    """
    codes = sorted({wish.code for wish in wishes if storable(wish.code)})
    taken = {row["code"] for row in await tx.rows(Item, f"WHERE {tx.one_of('code', 1)}", codes)}
    named = await _named(tx, [wish.fields for wish in wishes])
    outcomes: list[ItemSaved | Refusal] = []
    items, streets, prices, entries = [], [], [], []
    for wish in wishes:
        try:
            columns, street_ids = _new_columns(wish, named, taken)
            price = _price_row(columns["id"], wish.price, wish.price_from or now, wish.caller, now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        taken.add(columns["code"])
        items.append({**columns, "version": 1, "created_at": now})
        streets += [{"id": new_id(), "item_id": columns["id"], "street_id": each} for each in street_ids]
        prices.append(price)
        detail = {"code": columns["code"], "kind": wish.kind.value, "price": wish.price}
        entries.append(_entry(wish.caller, "catalogue.added", columns["id"], street_ids, detail))
        outcomes.append(ItemSaved(item_id=columns["id"], code=columns["code"], version=1, changed=()))
    await tx.insert(Item, items)
    await tx.insert(ItemStreet, streets)
    await tx.insert(Price, prices)
    await record(tx, entries, now=now)
    return outcomes


async def edit_items(tx: Tx, wishes: Sequence[EditItem], *, now: datetime) -> list[ItemSaved | Refusal]:
    """Edit items, audited. Kind, code and whether stock is counted stay as they were.

    Refusals: UnknownItem, NotAllowed, ItemChanged, ItemFieldWrong, and texts at fault.
    """
    rows = {key: dict(row) for key, row in (await tx.lock(Item, {wish.item_id for wish in wishes})).items()}
    streets = {item_id: set(found) for item_id, found in (await streets_of(tx, rows)).items()}
    named = await _named(tx, [wish.fields for wish in wishes])
    outcomes: list[ItemSaved | Refusal] = []
    entries = []
    for wish in wishes:
        row = rows.get(wish.item_id)
        if row is None:
            outcomes.append(UnknownItem(pointer="/item"))
            continue
        here = streets.setdefault(wish.item_id, set())
        try:
            changes, street_ids = _changes(wish, row, here, named)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        changed = tuple(sorted({*changes, *(["streets"] if street_ids != here else [])}))
        if changed:
            row |= {**changes, "version": row["version"] + 1}
            await tx.update(Item, [{"id": wish.item_id, **changes, "version": row["version"]}])
            await _set_streets(tx, wish.item_id, here, street_ids)
            detail = {"code": row["code"], "fields": list(changed), "version": row["version"]}
            entries.append(_entry(wish.caller, "catalogue.edited", wish.item_id, street_ids, detail))
            streets[wish.item_id] = street_ids
        outcomes.append(ItemSaved(item_id=wish.item_id, code=row["code"], version=row["version"], changed=changed))
    await record(tx, entries, now=now)
    return outcomes


async def edit_item(tx: Tx, wish: EditItem, *, now: datetime) -> ItemSaved:
    """Edit one item.

    Raises:
        Refusal: as in edit_items.

    """
    [outcome] = await edit_items(tx, [wish], now=now)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def set_prices(tx: Tx, wishes: Sequence[NewPrice], *, now: datetime) -> list[PriceSet | Refusal]:
    """Set prices from now or later on, audited; the same one again changes nothing. Orders keep what they saw.

    Refusals: UnknownItem, NotAllowed, PriceOutOfRange, PriceInThePast, PriceStands.
    """
    rows = await tx.lock(Item, {wish.item_id for wish in wishes})
    streets = await streets_of(tx, rows)
    known = {
        (row["item_id"], row["effective_from"]): row
        for row in await tx.rows(Price, f"WHERE {tx.one_of('item_id', 1)}", sorted(rows))
    }
    outcomes: list[PriceSet | Refusal] = []
    made, entries = [], []
    for wish in wishes:
        try:
            if wish.item_id not in rows:
                raise UnknownItem(pointer="/item")
            here = streets.get(wish.item_id, frozenset())
            if not may_edit(wish.caller, here):
                raise NotAllowed
            begins = wish.effective_from or now
            before = known.get((wish.item_id, begins))
            if before is None and begins < now:
                raise PriceInThePast(pointer="/effective_from")
            if before is not None and before["points"] != wish.points:
                raise PriceStands(pointer="/effective_from")
            price = before or _price_row(wish.item_id, wish.points, begins, wish.caller, now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if before is None:
            made.append(price)
            known[wish.item_id, begins] = price
            detail = {"points": wish.points, "from": begins.isoformat()}
            entries.append(_entry(wish.caller, "catalogue.priced", wish.item_id, here, detail))
        outcomes.append(
            PriceSet(
                price_id=price["id"],
                item_id=wish.item_id,
                points=wish.points,
                effective_from=begins,
                repeated=before is not None,
            )
        )
    await tx.insert(Price, made)
    await record(tx, entries, now=now)
    return outcomes


@dataclass(frozen=True, slots=True)
class _Named:
    """Streets and partners by code."""

    streets: Mapping[str, UUID]
    partners: Mapping[str, UUID]

    def street_ids(self, codes: Sequence[str]) -> set[UUID]:
        """The streets with these codes."""
        for at, code in enumerate(codes):
            if code not in self.streets:
                raise ItemFieldWrong(pointer=f"/streets/{at}", why=Text(N_("没有这个街道。")))
        return {self.streets[code] for code in codes}


async def _named(reader: Reader, wanted: Sequence[ItemFields]) -> _Named:
    given = [fields.given() for fields in wanted]
    streets = {code for each in given for code in each.get("streets", ()) if storable(code)}
    partners = {each["partner"] for each in given if each.get("partner") and storable(each["partner"])}
    return _Named(
        streets=await _by_code(reader, "stewards_street", streets),
        partners=await _by_code(reader, "stewards_partner", partners),
    )


async def _by_code(reader: Reader, table: str, codes: Collection[str]) -> dict[str, UUID]:
    if not codes:
        return {}
    rows = await reader.fetch(
        f"SELECT id, code FROM {table} WHERE {reader.one_of('code', 1)}", sorted(codes), types={"id": UUID}
    )
    return {row["code"]: row["id"] for row in rows}


def _new_columns(wish: NewItem, named: _Named, taken: set[str]) -> tuple[dict[str, Any], set[UUID]]:
    code = clean_code(wish.code)
    if code in taken:
        raise ItemExists(pointer="/code", code=code)
    given = wish.fields.given()
    given.setdefault("name", "")
    street_ids = named.street_ids(given.get("streets", ()))
    if not may_edit(wish.caller, street_ids):
        raise NotAllowed(pointer="/streets")
    unlimited = wish.kind is ItemKind.DONATION if wish.unlimited is None else wish.unlimited
    if wish.kind is ItemKind.DONATION and not unlimited:
        raise ItemFieldWrong(pointer="/unlimited", why=Text(N_("捐赠不计库存。")))
    columns = {**DEFAULTS, **columns_of(given, partners=named.partners)}
    check_whole(columns)
    return {"id": new_id(), "code": code, "kind": wish.kind.value, "unlimited": unlimited, **columns}, street_ids


def _changes(
    wish: EditItem, row: Mapping[str, Any], here: set[UUID], named: _Named
) -> tuple[dict[str, Any], set[UUID]]:
    if not may_edit(wish.caller, here):
        raise NotAllowed
    if wish.expected_version is not None and wish.expected_version != row["version"]:
        raise ItemChanged(version=row["version"])
    given = wish.fields.given()
    street_ids = named.street_ids(given["streets"]) if "streets" in given else here
    if not may_edit(wish.caller, street_ids):
        raise NotAllowed(pointer="/streets")
    columns = columns_of(given, partners=named.partners)
    if "name" in columns and "name_en" not in given:
        del columns["name_en"]  # a corrected name keeps its English one
    check_whole({**row, **columns})
    return {name: value for name, value in columns.items() if row[name] != value}, street_ids


async def _set_streets(tx: Tx, item_id: UUID, before: set[UUID], after: set[UUID]) -> None:
    if before - after:
        await tx.execute(
            f"DELETE FROM rewards_item_street WHERE item_id = $1 AND {tx.one_of('street_id', 2)}",
            item_id,
            sorted(before - after),
        )
    await tx.insert(
        ItemStreet, [{"id": new_id(), "item_id": item_id, "street_id": each} for each in sorted(after - before)]
    )


def _price_row(item_id: UUID, points: int, begins: datetime, caller: Principal, now: datetime) -> dict[str, Any]:
    if type(points) is not int or not 1 <= points <= MOST_PRICE:
        raise PriceOutOfRange(pointer="/price", most=MOST_PRICE)
    return {
        "id": new_id(),
        "item_id": item_id,
        "points": points,
        "effective_from": begins,
        "set_by_kind": caller.actor.kind,
        "set_by_id": caller.actor.id,
        "recorded_at": now,
    }


def _entry(
    caller: Principal, action: str, item_id: UUID, street_ids: Collection[UUID], detail: Mapping[str, Any]
) -> AuditEntry:
    [street_id] = street_ids if len(street_ids) == 1 else [None]
    return AuditEntry(
        actor=caller.actor,
        action=action,
        subject_kind="item",
        subject_id=item_id,
        street_id=street_id,
        detail=detail,
    )
