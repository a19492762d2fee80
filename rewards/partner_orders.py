"""What a partner sees of an order whose code it was shown: its own items that wait, and nothing else."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Reader
from rewards.refusals import CodeWrong


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerLine:
    """One of the partner's items in an order: how many still wait."""

    number: int
    name: str
    name_en: str
    points_each: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerOrder:
    """An order as the partner sees it; whose it is is not said."""

    id: UUID
    number: str
    place: str
    place_en: str
    proxy_allowed: bool
    lines: tuple[PartnerLine, ...]


async def partner_order(reader: Reader, partner_id: UUID, order_id: UUID) -> PartnerOrder:
    """The partner's own part of an order.

    Raises:
        CodeWrong: nothing of it is the partner's and waits; its code is as wrong as one that nobody has.

    """
    rows = await reader.fetch(
        """
        SELECT ordered.id, ordered.number AS order_number, place.name AS place, place.name_en AS place_en,
               ordered.proxy_allowed, line.number, item.name, item.name_en, line.points_each,
               line.quantity - line.collected - line.released AS open
        FROM rewards_order ordered
        JOIN rewards_pick_up_place place ON place.id = ordered.place_id
        JOIN rewards_order_line line ON line.order_id = ordered.id
        JOIN rewards_item item ON item.id = line.item_id
        WHERE ordered.id = $1 AND item.partner_id = $2 AND line.quantity > line.collected + line.released
        ORDER BY line.number
        """,
        order_id,
        partner_id,
        types={"id": UUID, "proxy_allowed": bool},
    )
    if not rows:
        raise CodeWrong(pointer="/code")
    first = rows[0]
    return PartnerOrder(
        id=first["id"],
        number=first["order_number"],
        place=first["place"],
        place_en=first["place_en"],
        proxy_allowed=first["proxy_allowed"],
        lines=tuple(PartnerLine(**{name: row[name] for name in PartnerLine.__dataclass_fields__}) for row in rows),
    )
