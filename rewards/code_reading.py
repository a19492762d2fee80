"""Which order a pick-up code names (认码): among those that somebody may hand over, and no others."""

from datetime import datetime
from uuid import UUID

from kernel.database import Reader, Row
from kernel.errors import Refusal
from rewards.pick_up_codes import PickUpCodes, ReadCode, read_code
from rewards.refusals import CodeAmbiguous, CodeNeeded, CodeWrong
from stewards.permissions import Action, may
from stewards.principal import Place, Principal


def place_of(order: Row) -> Place:
    """Where an order is picked up, for permissions."""
    return Place(street_id=order["street_id"], community_id=order["community_id"])


async def order_of_code(reader: Reader, caller: Principal, text: str | None, codes: PickUpCodes) -> UUID | Refusal:
    """The open order that a scanned or typed code names at a counter of the caller's, or to a partner at any.

    Refusals: CodeNeeded, CodeAmbiguous, CodeWrong; a code of another counter is as wrong as one that nobody has.
    """
    read = read_code(text) if text else None
    if read is None:
        return CodeNeeded(pointer="/code")
    within = await _named(reader, caller, read, codes, "closed_at IS NULL")
    if len(within) > 1:
        return CodeAmbiguous(pointer="/code")
    found: UUID | None = within[0]["id"] if within else None
    return found or CodeWrong(pointer="/code")


async def closed_order_of_code(reader: Reader, caller: Principal, text: str, codes: PickUpCodes) -> UUID | None:
    """The order whose code this was until it closed last, for saying that a code was used; None where there is none."""
    read = read_code(text)
    if read is None:
        return None
    within = await _named(reader, caller, read, codes, "closed_at IS NOT NULL")
    found: UUID | None = max(within, key=lambda row: (row["closed_at"], row["id"]))["id"] if within else None
    return found


async def _named(reader: Reader, caller: Principal, read: ReadCode, codes: PickUpCodes, condition: str) -> list[Row]:
    rows = await reader.fetch(
        "SELECT id, number, street_id, community_id, closed_at FROM rewards_order "
        f"WHERE code_sha256 = $1 AND {condition}",
        codes.hash_of(read.digits),
        types={"id": UUID, "street_id": UUID, "community_id": UUID, "closed_at": datetime},
    )
    return [row for row in rows if read.number in (None, row["number"]) and _at_counter_of(caller, row)]


def _at_counter_of(caller: Principal, order: Row) -> bool:
    # Whether an order holds items of that partner is asked of its lines, where it is handed over.
    return caller.partner_id is not None or may(caller, Action.ORDERS_FULFIL, place_of(order))
