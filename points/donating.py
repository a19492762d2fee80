"""Giving points away (捐赠): to a purpose from a list, by the steward, such as before they end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from points.ledger import post
from points.rule_versions import rules_on
from points.wishes import Debit, Posted
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.principal import Principal

DONATION = "donation"
PURPOSES: Mapping[str, str] = {
    "hardship": N_("助困"),
    "elderly": N_("为老服务"),
    "greening": N_("小巷绿化"),
}


class PurposeUnknown(Refusal):
    """The list of purposes does not have this one."""

    code = "purpose_unknown"
    kind = Kind.INVALID
    message = "捐赠用途应当是 {allowed} 之一。"


class DonationClosed(Refusal):
    """The rules in force do not let stewards give points away."""

    code = "donation_closed"
    message = "现行积分规则没有开放捐赠。"


@dataclass(frozen=True, slots=True, kw_only=True)
class DonationWish:
    """Points that a steward gives away; those that may only be donated go first. `nonce` names the form once."""

    steward_id: UUID
    points: int
    purpose: str
    actor: Principal
    nonce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Donated:
    """What was given away, and what is left to spend."""

    steward_id: UUID
    points: int
    purpose: str
    posted: Posted


def _thanks(params: Mapping[str, Any]) -> Text:
    said = {**params, "purpose": Text(PURPOSES[params["purpose"]])}
    return Text(N_("谢谢您捐出 {points} 分，用于{purpose}。现有可用积分 {balance} 分。"), said)


register_message("points_donated", _thanks)


async def donate(tx: Tx, wishes: Sequence[DonationWish], *, now: datetime) -> list[Donated | Refusal]:
    """Give points away, each refused or done by itself.

    Refusals: PurposeUnknown; DonationClosed where the rules do not have `donate_before`; NotEnoughPoints.
    """
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    is_open = rules is not None and rules.document.expiry.donate_before
    outcomes: list[Donated | Refusal] = []
    for wish in wishes:
        outcome = await _donate_one(tx, wish, is_open=is_open, now=now)
        outcomes.append(outcome)
    return outcomes


async def _donate_one(tx: Tx, wish: DonationWish, *, is_open: bool, now: datetime) -> Donated | Refusal:
    if wish.purpose not in PURPOSES:
        return PurposeUnknown(pointer="/purpose", allowed=", ".join(PURPOSES))
    if not is_open:
        return DonationClosed()
    debit = Debit(
        owner_id=wish.steward_id,
        points=wish.points,
        to_kind="donated",
        reason=DONATION,
        reference=f"{wish.purpose} {wish.steward_id}/{wish.nonce or new_id()}"[:120],
        occurred_at=now,
        purses=("donation", "spendable"),
        actor_id=wish.actor.id,
    )
    [posted] = await post(tx, [debit], now=now)
    if isinstance(posted, Refusal):
        return posted
    if not posted.replayed:
        params = {"points": wish.points, "purpose": wish.purpose, "balance": posted.balance_after}
        message = NewMessage(
            steward_id=wish.steward_id, code="points_donated", params=params, cause=f"donated {posted.operation_id}"
        )
        await post_messages(tx, [message], now=now)
        entry = AuditEntry(
            actor=wish.actor.actor,
            action="points.donate",
            subject_kind="steward",
            subject_id=wish.steward_id,
            detail={"points": wish.points, "purpose": wish.purpose},
        )
        await record(tx, [entry], now=now)
    return Donated(steward_id=wish.steward_id, points=wish.points, purpose=wish.purpose, posted=posted)
