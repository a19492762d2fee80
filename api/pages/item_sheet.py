"""Items as a sheet: the columns of the import's template, so that what was taken out can be changed and taken in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

from litestar import Response

from api.tables import Cell, Format, download
from cases.imports.templates import TEMPLATES
from kernel.messages import N_, Locale, translate
from rewards.catalogue import ItemShown
from rewards.wording import KINDS, PERIODS


def item_sheet(
    items: Sequence[ItemShown], street_codes: Mapping[UUID, str], form: Format, *, day: date, locale: Locale
) -> Response[bytes]:
    """Items with the columns of the template for items, as a file to save. Words are those that the import reads."""
    columns = TEMPLATES["items"]
    rows: list[list[Cell]] = [
        [
            "、".join(sorted(street_codes[each] for each in item.offered.street_ids))
            if column.field == "streets"
            else _CELLS[column.field](item)
            for column in columns
        ]
        for item in items
    ]
    return download(
        f"{translate(N_('兑换物品'), locale)}-{day.isoformat()}", form, [each.header for each in columns], rows
    )


def _period(item: ItemShown) -> Cell:
    return PERIODS[item.offered.limit_period] if item.offered.limit_period else None


_CELLS: Mapping[str, Callable[[ItemShown], Cell]] = {
    "code": lambda item: item.offered.code,
    "kind_of_item": lambda item: KINDS[item.offered.kind],
    "name": lambda item: item.offered.name,
    "name_en": lambda item: item.name_en,
    "price": lambda item: item.offered.points_each if item.offered.price_id else None,
    "partner": lambda item: item.partner,
    "tags": lambda item: "、".join(item.tags),
    "description": lambda item: item.description,
    "description_en": lambda item: item.description_en,
    "limit_count": lambda item: item.offered.limit_count,
    "limit_period": _period,
    "collect_days": lambda item: item.offered.collect_days,
    "low_stock": lambda item: item.low_stock,
    "desk_quota": lambda item: item.offered.desk_quota,
}
