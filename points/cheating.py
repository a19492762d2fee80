"""What faking costs once it was upheld: years without promotion or title, and where the rules say so the balance."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_
from points.ledger import post
from points.models import LevelBar
from points.rule_versions import rules_on
from points.sanctions import cheating_costs
from points.wishes import Close
from stewards.inbox import NewMessage, post_messages, register_message

CHEATING = "cheating"
register_message("barred_for_faking", N_("因弄虚作假，到 {until} 为止不能晋级，也不能参评称号。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Faking:
    """Faking that was upheld: which item of the deduction list, under a reference that is unique for ever."""

    steward_id: UUID
    item: str
    reference: str  # such as 'penalty P2611230001'


async def punish_faking(tx: Tx, found: Sequence[Faking], *, by: UUID | None, now: datetime) -> list[Faking]:
    """Bar those who faked from promotion and titles, and forfeit their balance, as the rules of today say.

    Items that the rules do not count as cheating are passed over, and so is what was punished before. Honour stays
    and nothing is owed. Answers those who were punished.
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
    bars, messages, closed, punished = [], [], [], []
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
                "barred_by": by,
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
            closed.append(
                Close(owner_id=one.steward_id, reason=CHEATING, reference=one.reference, occurred_at=now, actor_id=by)
            )
        punished.append(one)
    await tx.insert(LevelBar, bars)
    for outcome in await post(tx, closed, now=now):
        if isinstance(outcome, Refusal):
            raise outcome  # closing takes what there is and is never refused; anything else is a fault of the program
    await post_messages(tx, messages, now=now)
    return punished


async def barred_until(reader: Reader, steward_ids: Collection[UUID]) -> dict[UUID, date]:
    """Through which local day stewards are barred from promotion and titles; those who never were are absent."""
    rows = await reader.rows(LevelBar, f"WHERE {reader.one_of('steward_id', 1)}", sorted(steward_ids))
    found: dict[UUID, date] = {}
    for row in rows:
        found[row["steward_id"]] = max(found.get(row["steward_id"], row["until"]), row["until"])
    return found
