"""What upholding an appeal does: corrections by the ledger's verbs, a reopening that is asked for, ballots held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evaluation.holds import hold_ballots
from evaluation.periods import period_named
from evaluation.reopening import ReopeningAsked, ReopeningWish, ask_reopenings
from evaluation.votes import Held
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Kind, Refusal
from kernel.messages import N_
from points.award import AwardReversal
from points.ledger import post
from points.reversing import reverse_awards
from points.rule_versions import rules_on
from points.wishes import Credit
from stewards.permissions import NotAllowed
from stewards.principal import Principal

APPEAL = "appeal"


class BallotNotTheirs(Refusal):
    """A ballot that is to be reviewed is not about this steward and period."""

    code = "ballot_not_of_appeal"
    kind = Kind.INVALID
    message = N_("选中的票不是这位管家这个周期的，请重新调阅。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What was done: the ledger's operation, where there was one, and the points that it moved."""

    operation_id: UUID | None = None
    moved: int = 0


async def carry_out(
    tx: Tx,
    appeal: Mapping[str, Any],
    outcome: str,
    *,
    points: int | None,
    ballots: Sequence[UUID],
    by: Principal,
    now: datetime,
) -> Effect:
    """Do what an appeal that is upheld leads to.

    Raises:
        Refusal: the ledger, the reopening or the ballots refuse it.

    """
    if by.id is None:
        raise NotAllowed
    if outcome == "credit":
        return await _credit(tx, appeal, points or 0, by=by.id, now=now)
    if outcome == "reverse":
        return await _reverse(tx, appeal, by=by.id, now=now)
    if outcome == "recount":
        await _recount(tx, appeal, by=by.id, now=now)
    else:
        await _review(tx, appeal, ballots, now=now)
    return Effect()


async def _credit(tx: Tx, appeal: Mapping[str, Any], points: int, *, by: UUID, now: datetime) -> Effect:
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    wish = Credit(
        owner_id=appeal["steward_id"],
        points=points,
        reason=APPEAL,
        reference=f"appeal {appeal['number']}",
        occurred_at=now,
        expires_on=rules.document.expiry.last_day(today) if rules else None,
        budget_id=appeal["street_id"] if rules is not None and rules.document.budget is not None else None,
        actor_id=by,
    )
    [posted] = await post(tx, [wish], now=now)
    if isinstance(posted, Refusal):
        raise posted
    return Effect(operation_id=posted.operation_id, moved=points)


async def _reverse(tx: Tx, appeal: Mapping[str, Any], *, by: UUID, now: datetime) -> Effect:
    wish = AwardReversal(award=appeal["award_id"], cause=f"appeal {appeal['number']}", actor_id=by)
    [taken] = await reverse_awards(tx, [wish], now=now)
    if isinstance(taken, Refusal):
        raise taken
    return Effect(operation_id=taken.operation_id, moved=taken.points_returned - taken.points_taken - taken.debt)


async def _recount(tx: Tx, appeal: Mapping[str, Any], *, by: UUID, now: datetime) -> None:
    wish = ReopeningWish(period=period_named(appeal["period"]), reason="appeal_upheld", asked_by=by)
    [asked] = await ask_reopenings(tx, [wish], now=now)
    # One reopening serves all appeals that were upheld before it is allowed.
    if isinstance(asked, Refusal) and not isinstance(asked, ReopeningAsked):
        raise asked


async def _review(tx: Tx, appeal: Mapping[str, Any], ballots: Sequence[UUID], *, now: datetime) -> None:
    rows = await tx.fetch(
        "SELECT id FROM evaluation_ballot WHERE steward_id = $1 AND period = $2 AND " + tx.one_of("id", 3),
        appeal["steward_id"],
        appeal["period"],
        sorted(set(ballots)),
        types={"id": UUID},
    )
    if {row["id"] for row in rows} != set(ballots):
        raise BallotNotTheirs(pointer="/ballots")
    held = Held("appeal", {"number": appeal["number"]})
    await hold_ballots(tx, appeal["period"], dict.fromkeys(ballots, held), now=now)
