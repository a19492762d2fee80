"""Settlement sheets (结算单): what a partner handed out in a period, line by line, so that the sum can be checked.

Each collection and each refund of the partner's items is a line, with its sign; a unit that was collected in one
period and refunded in another stands in both. Periods that follow each other add up to everything that was handed out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from kernel.clock import day_start
from kernel.database import Reader
from stewards.partners import PartnerEntry, find_partner
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Principal

MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """Units that were handed out (positive) or came back (negative) at one time, with their points."""

    at: datetime
    order_number: str
    item_id: UUID
    item_code: str
    item_name: str
    item_name_en: str
    place_name: str
    place_name_en: str
    units: int
    points_each: int

    @property
    def points(self) -> int:
        """What the line is worth."""
        return self.units * self.points_each


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTotal:
    """All lines of one item at one price."""

    item_code: str
    item_name: str
    item_name_en: str
    points_each: int
    units: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementSheet:
    """A partner's sheet of a period (both days included); money is whole fen by the worth of a point."""

    partner: PartnerEntry
    from_day: date
    to_day: date
    point_fen: int
    lines: tuple[SettlementLine, ...]
    totals: tuple[ItemTotal, ...]

    @property
    def units(self) -> int:
        """Units handed out, those that came back taken off."""
        return sum(line.units for line in self.lines)

    @property
    def points(self) -> int:
        """Their points."""
        return sum(line.points for line in self.lines)

    @property
    def amount_fen(self) -> int:
        """Their worth in fen."""
        return self.points * self.point_fen


async def settlement_sheet(
    reader: Reader, principal: Principal, partner_id: UUID, *, from_day: date, to_day: date, point_fen: int
) -> SettlementSheet:
    """A partner's sheet. Partners read their own.

    Raises:
        NotAllowed: the caller reads no sheets.
        PartnerUnknown: there is none, or the caller may not know of it.

    """
    if not may(principal, Action.SETTLEMENTS_READ):
        raise NotAllowed
    partner = await find_partner(reader, partner_id, principal)
    lines = await _lines(reader, partner_id, day_start(from_day), day_start(to_day + timedelta(days=1)))
    return SettlementSheet(
        partner=partner,
        from_day=from_day,
        to_day=to_day,
        point_fen=point_fen,
        lines=tuple(lines),
        totals=tuple(_totals(lines)),
    )


async def _lines(reader: Reader, partner_id: UUID, begins: datetime, ends: datetime) -> list[SettlementLine]:
    rows = await reader.fetch(
        """
        SELECT event.recorded_at AS at, event.action, event.quantities, line.number AS line_number, line.points_each,
               ordered.number AS order_number, item.id AS item_id, item.code AS item_code, item.name AS item_name,
               item.name_en AS item_name_en, item.kind, place.name AS place_name, place.name_en AS place_name_en
        FROM rewards_order_event event
        JOIN rewards_order ordered ON ordered.id = event.order_id
        JOIN rewards_order_line line ON line.order_id = ordered.id
        JOIN rewards_item item ON item.id = line.item_id
        JOIN rewards_pick_up_place place ON place.id = ordered.place_id
        WHERE item.partner_id = $1 AND event.recorded_at >= $2 AND event.recorded_at < $3
          AND (event.action IN ('collect', 'refund') OR (event.action = 'reserve' AND item.kind = 'donation'))
        ORDER BY event.recorded_at, ordered.number, event.version, line.number
        """,
        partner_id,
        begins,
        ends,
        types={"at": datetime, "item_id": UUID},
    )
    lines = []
    for row in rows:
        units = orjson.loads(row["quantities"]).get(str(row["line_number"]), 0)
        if units:
            known: dict[str, Any] = {name: row[name] for name in SettlementLine.__slots__ if name != "units"}
            # A donation is passed on as it is ordered.
            lines.append(SettlementLine(**known, units=-units if row["action"] == "refund" else units))
    return lines


def _totals(lines: Sequence[SettlementLine]) -> list[ItemTotal]:
    units: dict[tuple[str, int], int] = {}
    names: dict[str, SettlementLine] = {}
    for line in lines:
        key = (line.item_code, line.points_each)
        units[key] = units.get(key, 0) + line.units
        names[line.item_code] = line
    return [
        ItemTotal(
            item_code=code,
            item_name=names[code].item_name,
            item_name_en=names[code].item_name_en,
            points_each=points_each,
            units=count,
            points=count * points_each,
        )
        for (code, points_each), count in sorted(units.items())
    ]
