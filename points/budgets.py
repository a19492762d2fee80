"""Streets' budgets (积分预算): what each may still give in the period at hand, funding them and taking back.

The rules bound what a street issues in a period: what it has given in the period and what it may still give are never
more than its ceiling together. What a reversal returns counts as not given.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import day_start, local_date
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.text import clean_optional_text
from points.accounts import purse_account
from points.balances import balances
from points.ledger import post
from points.models import Account, BudgetMove
from points.notes import NOTE_LENGTH, NewNote, write_notes
from points.refusals import BudgetFull
from points.rule_versions import rules_on
from points.wishes import Defund, Fund, Posted
from stewards.lanes import AreaEntry, list_streets
from stewards.permissions import Action, may
from stewards.principal import Place, Principal
from stewards.reach import reach

FUNDING, DEFUNDING = "fund", "defund"

Change = Literal["fund", "defund"]
OTHER = "other"
BUDGET_REASONS: Mapping[Change, Mapping[str, str]] = {
    "fund": {"annual": N_("年度预算"), "extra": N_("追加预算"), "mistake": N_("更正登记"), OTHER: N_("其他")},
    "defund": {"unused": N_("用不完收回"), "moved": N_("调给别的街道"), "mistake": N_("更正登记"), OTHER: N_("其他")},
}
"""Why a budget is changed; 'other' says nothing by itself and needs a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A street's budget. `ceiling` and `room` are None where the rules bound nothing."""

    street: AreaEntry
    left: int  # may still be given
    given: int  # in the period, less what reversals returned
    period: str  # 2026, 2026-Q3 or 2026-10
    ceiling: int | None

    @property
    def room(self) -> int | None:
        """How many points can be added in this period."""
        return None if self.ceiling is None else max(0, self.ceiling - self.left - self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChange:
    """Put points into a street's budget (`fund`), or take out what was not given away (`defund`), for a reason."""

    street_id: UUID
    change: Change
    points: int
    reference: str  # unique for ever
    actor: Principal
    reason: str
    note: str | None = None


class BudgetReasonUnknown(Refusal):
    """The list of reasons does not have this one."""

    code = "budget_reason_unknown"
    kind = Kind.INVALID
    message = "调整预算的原因应当是 {allowed} 之一。"


class BudgetNoteMissing(Refusal):
    """'Other' says nothing by itself."""

    code = "budget_note_missing"
    kind = Kind.INVALID
    message = "选“其他”时请写明原因。"


class UnknownStreet(Refusal):
    """There is no such street within reach."""

    code = "unknown_street"
    kind = Kind.NOT_FOUND
    message = "没有这个街道。"


async def list_budgets(reader: Reader, principal: Principal, *, now: datetime) -> list[Budget]:
    """The budgets of the streets within reach, by street code."""
    within = reach(principal, Action.BUDGETS_READ)
    streets = [one for one in await list_streets(reader) if within.everything or one.id in within.street_ids]
    return await _budgets(reader, streets, now)


async def change_budgets(tx: Tx, wishes: Sequence[BudgetChange], *, now: datetime) -> list[Budget | Refusal]:
    """Carry out changes in their order, each on what those before it left; a refused one harms no other.

    Refusals: UnknownStreet, BudgetReasonUnknown, BudgetNoteMissing, BudgetFull (beyond the rules' ceiling of the
    period), BudgetExhausted (less is left), unfit notes.
    """
    streets = {street.id: street for street in await list_streets(tx)}
    named = sorted({wish.street_id for wish in wishes} & streets.keys())
    # Locked before they are read: of two at once, the second sees what the first added.
    await tx.lock(Account, [purse_account(street_id, "budget") for street_id in named])
    outcomes: list[Budget | Refusal] = []
    for wish in wishes:
        street = streets.get(wish.street_id)
        if street is None or not may(wish.actor, Action.BUDGETS_FUND, Place(street_id=street.id)):
            outcomes.append(UnknownStreet(pointer="/street"))
            continue
        try:
            outcomes.append(await _changed(tx, street, wish, _reasoned(wish), now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


def _reasoned(wish: BudgetChange) -> str | None:
    """The note, once the reason is known."""
    allowed = BUDGET_REASONS[wish.change]
    if wish.reason not in allowed:
        raise BudgetReasonUnknown(pointer="/reason", allowed=", ".join(allowed))
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    if wish.reason == OTHER and note is None:
        raise BudgetNoteMissing(pointer="/note")
    return note


async def _changed(tx: Tx, street: AreaEntry, wish: BudgetChange, note: str | None, now: datetime) -> Budget | Refusal:
    [before] = await _budgets(tx, [street], now)
    if wish.change == FUNDING and before.room is not None and before.room < wish.points:
        return BudgetFull(pointer="/points", room=before.room)
    kind = Fund if wish.change == FUNDING else Defund
    [posted] = await post(
        tx,
        [
            kind(
                budget_id=street.id,
                points=wish.points,
                reason=wish.change,
                reference=wish.reference,
                occurred_at=now,
                actor_id=wish.actor.id,
            )
        ],
        now=now,
    )
    if isinstance(posted, Refusal):
        return posted
    if not posted.replayed:
        move_id = new_id()
        await tx.insert(BudgetMove, [_move(move_id, wish, posted)])
        if note is not None:
            await write_notes(tx, [NewNote(subject_id=move_id, author_id=wish.actor.id, text=note)], now=now)
        await record(tx, [_audit(street, wish, posted)], now=now)
    [after] = await _budgets(tx, [street], now)
    return after


async def _budgets(reader: Reader, streets: Collection[AreaEntry], now: datetime) -> list[Budget]:
    today = local_date(now)
    rules = (await rules_on(reader, {today})).get(today)
    terms = rules.document.budget if rules else None
    begin, period = _period(terms.period if terms else "year", today)
    ids = [street.id for street in streets]
    left = await balances(reader, ids, purse="budget")
    given = await _given(reader, ids, since=day_start(begin))
    return [
        Budget(
            street=street,
            left=left[street.id],
            given=given.get(street.id, 0),
            period=period,
            ceiling=terms.ceiling(street.code) if terms else None,
        )
        for street in streets
    ]


def _period(kind: Literal["month", "quarter", "year"], today: date) -> tuple[date, str]:
    """When the period of a local day began, and its name."""
    if kind == "month":
        return today.replace(day=1), f"{today:%Y-%m}"
    if kind == "quarter":
        first = 3 * ((today.month - 1) // 3) + 1
        return today.replace(month=first, day=1), f"{today.year}-Q{(first + 2) // 3}"
    return today.replace(month=1, day=1), str(today.year)


async def _given(reader: Reader, street_ids: Iterable[UUID], *, since: datetime) -> dict[UUID, int]:
    """What each street gave since an instant, less what came back."""
    accounts = {purse_account(street_id, "budget"): street_id for street_id in street_ids}
    found: dict[UUID, int] = {}
    for side, other, sign in (("from", "to", 1), ("to", "from", -1)):
        for row in await reader.fetch(
            f"SELECT moved.{side}_account_id AS id, SUM(moved.points) AS points FROM points_transfer AS moved "
            f"JOIN points_account AS other ON other.id = moved.{other}_account_id "
            f"WHERE {reader.one_of(f'moved.{side}_account_id', 1)} AND moved.recorded_at >= $2 "
            f"AND other.kind <> 'funded' GROUP BY moved.{side}_account_id",
            list(accounts),
            since,
            types={"id": UUID},
        ):
            street_id = accounts[row["id"]]
            found[street_id] = found.get(street_id, 0) + sign * int(row["points"])
    return found


def _move(move_id: UUID, wish: BudgetChange, posted: Posted) -> dict[str, Any]:
    return {
        "id": move_id,
        "operation_id": posted.operation_id,
        "street_id": wish.street_id,
        "change": wish.change,
        "points": wish.points,
        "balance_after": posted.balance_after,
        "reason": wish.reason,
        "made_by_id": wish.actor.id,
        "recorded_at": posted.recorded_at,
    }


def _audit(street: AreaEntry, wish: BudgetChange, posted: Posted) -> AuditEntry:
    return AuditEntry(
        actor=wish.actor.actor,
        action=f"budgets.{wish.change}",
        subject_kind="street",
        subject_id=street.id,
        street_id=street.id,
        detail={"points": wish.points, "left": posted.balance_after, "reason": wish.reason},
    )
