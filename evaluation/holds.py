"""Guards at work (防刷复核): after the window suspicious ballots are held out, and two people decide about each.

    open -> counted     (two people said so)
    open -> left_out    (the same)

Where the first two differ, a third decides. Each review is kept; no ballot is ever changed or deleted.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson

from evaluation.bars import Person, bars_of
from evaluation.guards import Verdict, judge_ballots
from evaluation.hold_reasons import hold_reason
from evaluation.models import GuardRun, Hold, HoldReview
from evaluation.open_casting import forget_tallies
from evaluation.periods import Period, period_named
from evaluation.scheme_versions import NoSchemeInForce, SchemeInForce, scheme_for
from evaluation.stored_votes import read_votes
from evaluation.votes import Held
from kernel.audit import SYSTEM, AuditEntry, record
from kernel.database import Database, Reader, Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id, new_id
from kernel.jobs import Job, JobRun
from kernel.messages import N_, Text
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.reach import reach

HoldState = Literal["open", "counted", "left_out"]
HoldVerdict = Literal["count", "leave_out"]
REVIEWERS = 2

_STATES: Mapping[HoldVerdict, HoldState] = {"count": "counted", "leave_out": "left_out"}


class UnknownHold(Refusal):
    """There is no such held ballot within reach."""

    code = "unknown_hold"
    kind = Kind.NOT_FOUND
    message = N_("没有这张待复核的票。")


class HoldDecided(Refusal):
    """Two people have agreed already."""

    code = "hold_decided"
    message = N_("这张票已经复核完了。")


class ReviewedBefore(Refusal):
    """The same person does not review twice."""

    code = "reviewed_before"
    kind = Kind.FORBIDDEN
    message = N_("您已经复核过这张票，要由另一个人再看。")


class ReviewerInvolved(Refusal):
    """Whoever cast the ballot, or is near to its steward, does not review it (应当回避)."""

    code = "reviewer_involved"
    kind = Kind.FORBIDDEN
    message = N_("这张票与您有关，要由别人来复核。")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStep:
    """One person's word on a held ballot."""

    hold_id: UUID
    verdict: HoldVerdict
    actor: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReviewed:
    """A held ballot after a review; `open` while the second person is awaited."""

    hold_id: UUID
    state: HoldState
    reviews: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEntry:
    """A held ballot as its reviewers see it: what was said of whom, never by whom."""

    id: UUID
    steward_id: UUID
    steward_number: str
    steward_name: str
    period: str
    source: str
    open_ballot: bool
    marks: Mapping[str, int]
    cast_at: datetime
    reason: Text
    guard: str
    state: HoldState
    reviews: int
    own: bool  # the reader has reviewed it


async def hold_period(database: Database, period: Period, *, now: datetime) -> int | None:
    """Let the guards look at a period whose window is over, once; how many ballots they held, None where they had
    looked before or may not yet.
    """
    reader = await database.reader()
    found = await _due(reader, period, now)
    if found is None:
        return None
    votes = await read_votes(reader, period)
    verdict = await asyncio.to_thread(judge_ballots, found.scheme, votes)  # takes a while, and needs no database
    return await database.run(lambda tx: keep_holds(tx, period, verdict, len(votes), now=now))


async def keep_holds(tx: Tx, period: Period, verdict: Verdict, ballots: int, *, now: datetime) -> int:
    """Keep what the guards found in a period; once."""
    run_id = derived_id("guard run", period.name)
    if await tx.lock(GuardRun, [run_id]):
        return 0
    made = {"id": run_id, "period": period.name, "ballots": ballots, "held": len(verdict.held), "ran_at": now}
    await tx.insert(GuardRun, [made])
    await hold_ballots(tx, period.name, verdict.held, now=now)
    entry = AuditEntry(
        actor=SYSTEM,
        action="ballots.guard",
        subject_kind="guard_run",
        subject_id=run_id,
        detail={"period": period.name, "ballots": ballots, "held": len(verdict.held)},
    )
    await record(tx, [entry], now=now)
    return len(verdict.held)


async def hold_ballots(tx: Tx, period: str, held: Mapping[UUID, Held], *, now: datetime) -> None:
    """Hold ballots out for review; one that is held or was reviewed before stays as it is."""
    rows = await tx.fetch(
        "SELECT ballot.id, steward.street_id FROM evaluation_ballot ballot "
        f"JOIN stewards_steward steward ON steward.id = ballot.steward_id WHERE {tx.one_of('ballot.id', 1)}",
        sorted(held),
        types={"id": UUID, "street_id": UUID},
    )
    await tx.insert(
        Hold,
        [
            {
                "id": derived_id("hold", str(row["id"])),
                "ballot_id": row["id"],
                "period": period,
                "street_id": row["street_id"],
                "guard": held[row["id"]].code,
                "params": orjson.dumps(dict(held[row["id"]].params), option=orjson.OPT_SORT_KEYS).decode(),
                "state": "open",
                "held_at": now,
                "decided_at": None,
            }
            for row in rows
        ],
        skip_existing=True,
    )


async def review_holds(tx: Tx, wishes: Sequence[HoldStep], *, now: datetime) -> list[HoldReviewed | Refusal]:
    """Review held ballots, in order. The second person with the same word decides; a third where two differ.

    Refuses UnknownHold, also out of reach; NotAllowed; HoldDecided; ReviewedBefore; ReviewerInvolved.
    """
    rows = {key: dict(row) for key, row in (await tx.lock(Hold, {wish.hold_id for wish in wishes})).items()}
    ballots = await _ballots(tx, [row["ballot_id"] for row in rows.values()])
    said: dict[UUID, dict[UUID, HoldVerdict]] = {hold_id: {} for hold_id in rows}
    for review in await tx.rows(HoldReview, f"WHERE {tx.one_of('hold_id', 1)}", sorted(rows)):
        said[review["hold_id"]][review["reviewer_id"]] = review["verdict"]
    bars = await bars_of(tx, {Person("staff", wish.actor.id) for wish in wishes if wish.actor.id})
    outcomes: list[HoldReviewed | Refusal] = []
    reviews, entries = [], []
    changed: dict[UUID, dict[str, Any]] = {}
    for wish in wishes:
        row = rows.get(wish.hold_id)
        try:
            reviewer = _allowed(wish, row, ballots, said)
            assert row is not None  # noqa: S101 - _allowed refuses what is not there
            if bars[Person("staff", reviewer)].get(ballots[row["ballot_id"]]["steward_id"]):
                raise ReviewerInvolved
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        said[row["id"]][reviewer] = wish.verdict
        reviews.append(
            {
                "id": new_id(),
                "hold_id": row["id"],
                "reviewer_id": reviewer,
                "verdict": wish.verdict,
                "reviewed_at": now,
            }
        )
        if Counter(said[row["id"]].values())[wish.verdict] >= REVIEWERS:
            row |= {"state": _STATES[wish.verdict], "decided_at": now}
            changed[row["id"]] = {"id": row["id"], "state": row["state"], "decided_at": now}
        entries.append(
            AuditEntry(
                actor=wish.actor.actor,
                action="holds.review",
                subject_kind="hold",
                subject_id=row["id"],
                street_id=row["street_id"],
                detail={"verdict": wish.verdict, "state": row["state"]},
            )
        )
        outcomes.append(HoldReviewed(hold_id=row["id"], state=row["state"], reviews=len(said[row["id"]])))
    await tx.insert(HoldReview, reviews)
    await tx.update(Hold, list(changed.values()))
    await record(tx, entries, now=now)
    return outcomes


def _allowed(
    wish: HoldStep,
    row: Mapping[str, Any] | None,
    ballots: Mapping[UUID, Row],
    said: Mapping[UUID, Mapping[UUID, HoldVerdict]],
) -> UUID:
    if row is None or not may(wish.actor, Action.BALLOTS_REVIEW, _place(ballots[row["ballot_id"]])):
        raise UnknownHold
    if wish.actor.kind != "staff" or wish.actor.id is None:
        raise NotAllowed
    if row["state"] != "open":
        raise HoldDecided
    if wish.actor.id in said[row["id"]]:
        raise ReviewedBefore
    if ballots[row["ballot_id"]]["staff_id"] == wish.actor.id:
        raise ReviewerInvolved
    return wish.actor.id


async def list_holds(
    reader: Reader,
    principal: Principal,
    *,
    state: HoldState = "open",
    period: str | None = None,
    starting_after: UUID | None = None,
    limit: int = 20,
) -> tuple[list[HoldEntry], bool]:
    """Held ballots within reach in a state, and whether there are more."""
    condition, args = reach(principal, Action.BALLOTS_REVIEW).condition(
        reader, 4, street="steward.street_id", community="steward.community_id"
    )
    further = "" if period is None else f" AND hold.period = ${4 + len(args)}"
    args += [] if period is None else [period]
    further += "" if starting_after is None else f" AND hold.id > ${4 + len(args)}"
    args += [] if starting_after is None else [starting_after]
    rows = await reader.fetch(
        "SELECT hold.id, ballot.steward_id, steward.number AS steward_number, steward.name AS steward_name, "
        "hold.period, ballot.source, ballot.open_kind, ballot.scores, ballot.cast_at, hold.guard, hold.params, "
        "hold.state, (SELECT COUNT(*) FROM evaluation_hold_review review WHERE review.hold_id = hold.id) AS reviews, "
        "(SELECT COUNT(*) FROM evaluation_hold_review own WHERE own.hold_id = hold.id AND own.reviewer_id = $3) AS own "
        "FROM evaluation_hold hold JOIN evaluation_ballot ballot ON ballot.id = hold.ballot_id "
        "JOIN stewards_steward steward ON steward.id = ballot.steward_id "
        f"WHERE hold.state = $1 AND {condition}{further} ORDER BY hold.id LIMIT $2",
        state,
        limit + 1,
        principal.id,
        *args,
        types={"id": UUID, "steward_id": UUID, "cast_at": datetime},
    )
    return [_entry(row) for row in rows[:limit]], len(rows) > limit


def _entry(row: Row) -> HoldEntry:
    return HoldEntry(
        id=row["id"],
        steward_id=row["steward_id"],
        steward_number=row["steward_number"],
        steward_name=row["steward_name"],
        period=row["period"],
        source=row["source"],
        open_ballot=row["open_kind"] is not None,
        marks=orjson.loads(row["scores"]),
        cast_at=row["cast_at"],
        reason=hold_reason(row["guard"], orjson.loads(row["params"])),
        guard=row["guard"],
        state=row["state"],
        reviews=row["reviews"],
        own=bool(row["own"]),
    )


async def count_open_holds(reader: Reader, principal: Principal) -> int:
    """How many held ballots within reach wait for a review."""
    condition, args = reach(principal, Action.BALLOTS_REVIEW).condition(reader, 1, street="street_id")
    row = await reader.fetch_one(
        f"SELECT COUNT(*) AS n FROM evaluation_hold WHERE state = 'open' AND {condition}", *args
    )
    return int(row["n"]) if row else 0


async def reviewed_verdict(reader: Reader, period: Period, verdict: Verdict) -> Verdict:
    """What the guards say of a period, with what two people decided: let count, or left out for good."""
    found = Verdict(held=dict(verdict.held), weights=dict(verdict.weights))
    for row in await reader.rows(Hold, "WHERE period = $1 ORDER BY id", period.name):
        if row["state"] == "counted":
            found.held.pop(row["ballot_id"], None)
        else:
            found.held.setdefault(row["ballot_id"], Held(row["guard"], orjson.loads(row["params"])))
    return found


async def _due(reader: Reader, period: Period, now: datetime) -> SchemeInForce | None:
    if await reader.rows(GuardRun, "WHERE period = $1", period.name):
        return None
    try:
        found = await scheme_for(reader, period)
    except NoSchemeInForce:
        return None
    return found if now >= period.closes_at(found.scheme.window.closes_days_after) else None


async def _unguarded(reader: Reader) -> list[str]:
    rows = await reader.fetch(
        "SELECT DISTINCT period FROM evaluation_ballot WHERE NOT EXISTS "
        "(SELECT 1 FROM evaluation_guard_run done WHERE done.period = evaluation_ballot.period) ORDER BY period"
    )
    return [row["period"] for row in rows]


async def _run_guards(run: JobRun) -> None:
    now = run.now()
    for name in await _unguarded(await run.database.reader()):
        await hold_period(run.database, period_named(name), now=now)
        await run.renew()
    await run.database.run(lambda tx: forget_tallies(tx, now=now))


GUARDS_JOB = Job(name="ballot-guards", every=timedelta(days=1), offset=timedelta(minutes=20), run=_run_guards)
"""Every night: periods whose window has closed are looked at; the day counts of open ballots are forgotten."""


async def _ballots(tx: Tx, ballot_ids: Sequence[UUID]) -> dict[UUID, Row]:
    rows = await tx.fetch(
        "SELECT ballot.id, ballot.steward_id, ballot.staff_id, steward.street_id, steward.community_id "
        "FROM evaluation_ballot ballot JOIN stewards_steward steward ON steward.id = ballot.steward_id "
        f"WHERE {tx.one_of('ballot.id', 1)}",
        sorted(ballot_ids),
        types={"id": UUID, "steward_id": UUID, "staff_id": UUID, "street_id": UUID, "community_id": UUID},
    )
    return {row["id"]: row for row in rows}


def _place(row: Mapping[str, Any]) -> Place:
    return Place(street_id=row["street_id"], community_id=row["community_id"])
