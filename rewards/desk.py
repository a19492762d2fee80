"""The desk (柜台): staff order for a steward who asked them to, and the consent is recorded with the order.

Nobody on the staff who is a steward as well orders for himself or herself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_
from rewards.appointments import Booked, Booking, book_orders
from rewards.desk_models import DeskAct
from rewards.pick_up_codes import PickUpCodes
from stewards.own_stewards import own_steward_of
from stewards.permissions import Action, NotAllowed, may


class DeskConsent(StrEnum):
    """How a steward agreed to what staff do."""

    PRESENT = "present"
    LETTER = "letter"
    PHONE = "phone"


CONSENTS: Mapping[DeskConsent, str] = {
    DeskConsent.PRESENT: N_("本人在柜台当面同意"),
    DeskConsent.LETTER: N_("家人持本人签字的委托书"),
    DeskConsent.PHONE: N_("本人电话同意，已回拨核对"),
}


class OwnDesk(Refusal):
    """Staff who are stewards as well are served by somebody else."""

    code = "own_desk"
    kind = Kind.FORBIDDEN
    message = N_("不能为自己办理，请由别的工作人员办理。")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOrder:
    """An order as it was asked for: by a steward for himself or herself, or by staff with how the steward agreed."""

    booking: Booking
    consent: DeskConsent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEntry:
    """What was done for a steward at a desk."""

    id: UUID
    order_id: UUID
    consent: DeskConsent
    actor_name: str
    recorded_at: datetime


async def take_orders(
    tx: Tx, wishes: Sequence[AskedOrder], *, now: datetime, codes: PickUpCodes
) -> list[Booked | Refusal]:
    """Place orders with their appointments; those of staff are recorded with the consent that they stand on.

    Refusals: NotAllowed, OwnDesk, and those of rewards.appointments.
    """
    callers = {wish.booking.order.caller.id: wish.booking.order.caller for wish in wishes if wish.consent}
    own = {caller_id: await own_steward_of(tx, caller) for caller_id, caller in callers.items()}
    outcomes: dict[int, Booked | Refusal] = {}
    asked: list[int] = []
    for index, wish in enumerate(wishes):
        order = wish.booking.order
        known = wish.consent is None or may(order.caller, Action.DESK_ACT)
        if (order.channel == "desk") != (wish.consent is not None) or not known:
            outcomes[index] = NotAllowed()
        elif wish.consent and order.steward_id is not None and own[order.caller.id] == order.steward_id:
            outcomes[index] = OwnDesk()
        else:
            asked.append(index)
    booked = await book_orders(tx, [wishes[index].booking for index in asked], now=now, codes=codes)
    outcomes.update(zip(asked, booked, strict=True))
    await tx.insert(
        DeskAct,
        [
            _act(wishes[index], wishes[index].consent, outcome, now)
            for index, outcome in sorted(outcomes.items())
            if isinstance(outcome, Booked) and wishes[index].consent
        ],
    )
    return [outcomes[index] for index in range(len(wishes))]


def _act(wish: AskedOrder, consent: DeskConsent | None, booked: Booked, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "steward_id": booked.placed.steward_id,
        "act": "order",
        "subject_id": booked.placed.order_id,
        "consent": consent,
        "actor_kind": wish.booking.order.caller.actor.kind,
        "actor_id": wish.booking.order.caller.actor.id,
        "recorded_at": now,
    }


async def desk_acts(reader: Reader, steward_id: UUID, *, limit: int = 20) -> list[DeskEntry]:
    """What was done for a steward at a desk, the newest first."""
    rows = await reader.fetch(
        f"""
        SELECT act.id, act.subject_id AS order_id, act.consent, COALESCE(staff.name, '') AS actor_name, act.recorded_at
        FROM rewards_desk_act act LEFT JOIN stewards_staff staff ON staff.id = act.actor_id
        WHERE act.steward_id = $1 ORDER BY act.recorded_at DESC, act.id DESC LIMIT {int(limit)}
        """,
        steward_id,
        types={"id": UUID, "order_id": UUID, "recorded_at": datetime},
    )
    return [DeskEntry(**{**dict(row), "consent": DeskConsent(row["consent"])}) for row in rows]


async def act_of_order(reader: Reader, order_id: UUID) -> DeskEntry | None:
    """The act that an order was placed by; None where the steward placed it."""
    rows = await reader.fetch(
        """
        SELECT act.id, act.subject_id AS order_id, act.consent, COALESCE(staff.name, '') AS actor_name, act.recorded_at
        FROM rewards_desk_act act LEFT JOIN stewards_staff staff ON staff.id = act.actor_id WHERE act.subject_id = $1
        """,
        order_id,
        types={"id": UUID, "order_id": UUID, "recorded_at": datetime},
    )
    return DeskEntry(**{**dict(rows[0]), "consent": DeskConsent(rows[0]["consent"])}) if rows else None
