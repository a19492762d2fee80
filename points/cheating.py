"""What faking costs once it was upheld: years without promotion or title, and where the rules say so the balance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.outbox import emit
from points.ledger import post
from points.models import LevelBar
from points.refusals import NothingLeft
from points.rule_versions import rules_on
from points.sanctions import cheating_costs
from points.wishes import Close
from stewards.inbox import NewMessage, post_messages, register_message

CHEATING = "cheating"
GIFTS_VOIDED = "faking.gifts"
register_message("barred_for_faking", N_("因弄虚作假，到 {until} 为止不能晋级，也不能参评称号。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Faking:
    """Faking that was upheld: which item of the deduction list, under a reference that is unique for ever."""

    steward_id: UUID
    item: str
    upheld_by: UUID | None = None
    reference: str  # such as 'penalty P2611230001'


async def punish_faking(tx: Tx, found: Sequence[Faking], *, now: datetime) -> list[Faking]:
    """Bar those who faked from promotion and titles, forfeit their balance and void their gifts, as the rules say.

    Items that the rules of today do not count as cheating are passed over, and so is what was punished before. Honour
    stays and nothing is owed. Whoever keeps the orders voids the gifts (topic `faking.gifts`). Answers those who were
    punished.
    """
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    cheating = rules.document.sanctions.cheating if rules else None
    counted = [one for one in found if cheating is not None and one.item in cheating.items]
    if rules is None or cheating is None or not counted:
        return []
    before = await tx.rows(LevelBar, f"WHERE {tx.one_of('steward_id', 1)}", sorted({one.steward_id for one in counted}))
    known = {row["reference"] for row in before}
    offences: dict[UUID, int] = {}
    for row in before:
        offences[row["steward_id"]] = max(offences.get(row["steward_id"], 0), row["offence"])
    bars, messages, closed, gifts, punished = [], [], [], [], []
    for one in counted:
        if one.reference in known:
            continue
        known.add(one.reference)
        offence = offences[one.steward_id] = offences.get(one.steward_id, 0) + 1
        cost = cheating_costs(rules.document, purses={}, offence=offence, found_on=today)
        until = cost.barred_until if cost and cost.barred_until else today
        bars.append(
            {
                "id": new_id(),
                "steward_id": one.steward_id,
                "offence": offence,
                "until": until,
                "reference": one.reference,
                "barred_by": one.upheld_by,
                "recorded_at": now,
            }
        )
        if until > today:
            messages.append(
                NewMessage(
                    steward_id=one.steward_id,
                    code="barred_for_faking",
                    params={"until": until.isoformat()},
                    cause=f"{CHEATING} {one.reference}",
                )
            )
        if cheating.zeroes_balance:
            closed.append(_forfeit(one.steward_id, one.reference, by=one.upheld_by, now=now))
        if cheating.voids_gifts:
            gifts.append(
                {
                    "steward_id": str(one.steward_id),
                    "reference": one.reference,
                    "zeroes_balance": cheating.zeroes_balance,
                }
            )
        punished.append(one)
    await tx.insert(LevelBar, bars)
    await _take_all(tx, closed, now)
    await emit(tx, GIFTS_VOIDED, gifts, now=now)
    await post_messages(tx, messages, now=now)
    return punished


async def forfeit_voided(tx: Tx, voided: Mapping[str, UUID], *, now: datetime) -> None:
    """Forfeit what came back from gifts that were voided; `voided` names stewards by the references of their faking."""
    wishes = [_forfeit(steward, f"{reference}/gifts", by=None, now=now) for reference, steward in voided.items()]
    await _take_all(tx, wishes, now)


def _forfeit(steward_id: UUID, reference: str, *, by: UUID | None, now: datetime) -> Close:
    return Close(
        owner_id=steward_id, reason=CHEATING, reference=reference, occurred_at=now, actor_id=by, leaves_held=True
    )


async def _take_all(tx: Tx, wishes: Sequence[Close], now: datetime) -> None:
    for outcome in await post(tx, wishes, now=now):
        if isinstance(outcome, Refusal) and not isinstance(outcome, NothingLeft):
            raise outcome  # closing takes what there is; anything else is a fault of the program


async def barred_until(reader: Reader, steward_ids: Collection[UUID]) -> dict[UUID, date]:
    """Through which local day stewards are barred from promotion and titles; those who never were are absent."""
    rows = await reader.rows(LevelBar, f"WHERE {reader.one_of('steward_id', 1)}", sorted(steward_ids))
    found: dict[UUID, date] = {}
    for row in rows:
        found[row["steward_id"]] = max(found.get(row["steward_id"], row["until"]), row["until"])
    return found
