"""Looking again (抽查): a weekly draw of verified cases, each checked by somebody else, and alerts about quick credits.

A re-check ends in 'confirmed', or the case is reopened, which takes its credit back and tells its steward why.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from cases.handling import CaseStep, handle_cases
from cases.models import BurstAlert, Case, Recheck, RecheckWeek
from cases.recheck_refusals import AlertReviewed, OwnRecheck, RecheckDone, UnknownAlert, UnknownRecheck
from cases.sampling import Verified, bursts, drawn
from cases.wording import CaseAction
from kernel.audit import SYSTEM, AuditEntry, record
from kernel.clock import day_start, local_date
from kernel.database import Row, Tx
from kernel.district_settings import DistrictSettings
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from stewards.district_settings import settings_now
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal

_LOOK_BACK = timedelta(hours=3)
_WEEK = timedelta(days=7)
RecheckOutcome = Literal["confirmed", "taken_back"]
AlertFinding = Literal["fine", "follow_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckStep:
    """What somebody found who looked at a case again."""

    recheck_id: UUID
    outcome: RecheckOutcome
    actor: Principal
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """A re-check that was done."""

    recheck_id: UUID
    case_id: UUID
    number: str
    outcome: RecheckOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """What somebody found who looked at an alert."""

    alert_id: UUID
    finding: AlertFinding
    actor: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSeen:
    """An alert that somebody has looked at."""

    alert_id: UUID
    finding: AlertFinding


async def draw_week(tx: Tx, week_on: date, *, seed: str, percent: int, now: datetime) -> int:
    """Draw the re-checks of a week that is over, once for ever; answers how many there are."""
    if await tx.rows(RecheckWeek, "WHERE week_on = $1", week_on):
        return 0
    rows = await tx.fetch(
        "SELECT c.id, c.number, c.episode, e.actor_kind, e.actor_id FROM cases_case AS c "
        "JOIN cases_event AS e ON e.case_id = c.id AND e.episode = c.episode AND e.action = 'verify' "
        "WHERE c.state IN ('verified', 'solved') AND e.recorded_at >= $1 AND e.recorded_at < $2",
        day_start(week_on),
        day_start(week_on + _WEEK),
        types={"id": UUID, "actor_id": UUID},
    )
    by_key = {f"{row['number']}/{row['episode']}": row for row in rows}
    chosen = [by_key[key] for key in drawn(seed, by_key, percent)]
    week = {
        "week_on": week_on,
        "seed": seed,
        "percent": percent,
        "verified": len(by_key),
        "drawn": len(chosen),
        "drawn_at": now,
    }
    await tx.insert(RecheckWeek, [week])
    await tx.insert(
        Recheck,
        [
            {
                "id": new_id(),
                "case_id": row["id"],
                "week_id": week_on,
                "episode": row["episode"],
                "verified_by_kind": row["actor_kind"],
                "verified_by_id": row["actor_id"],
                "state": "waiting",
                "checked_by_id": None,
                "checked_at": None,
            }
            for row in chosen
        ],
    )
    detail = {"week": week_on.isoformat(), "seed": seed, "verified": len(by_key), "drawn": len(chosen)}
    await record(tx, [AuditEntry(actor=SYSTEM, action="rechecks.draw", subject_kind="week", detail=detail)], now=now)
    return len(chosen)


async def find_bursts(tx: Tx, *, now: datetime, within: timedelta, most: int) -> int:
    """Raise an alert for each run of verifications by people that was too quick; answers how many were found."""
    rows = await tx.fetch(
        "SELECT e.recorded_at, c.steward_id, e.actor_id, c.street_id FROM cases_event AS e "
        "JOIN cases_case AS c ON c.id = e.case_id "
        "WHERE e.recorded_at > $1 AND e.recorded_at <= $2 AND e.action = 'verify' AND e.actor_kind = 'staff'",
        now - _LOOK_BACK,
        now,
        types={"recorded_at": datetime, "steward_id": UUID, "actor_id": UUID, "street_id": UUID},
    )
    found = bursts(
        [Verified(at=row["recorded_at"], steward_id=row["steward_id"], verifier_id=row["actor_id"]) for row in rows],
        within=within,
        most=most,
    )
    streets: dict[UUID, UUID] = {}
    for row in rows:
        streets[row["steward_id"]] = streets[row["actor_id"]] = row["street_id"]
    await tx.insert(
        BurstAlert,
        [
            {
                "id": new_id(),
                "kind": burst.kind,
                "subject_id": burst.subject_id,
                "street_id": streets[burst.subject_id],
                "first_at": burst.first_at,
                "last_at": burst.last_at,
                "verifications": burst.count,
                "state": "open",
                "reviewed_by_id": None,
                "reviewed_at": None,
                "found_at": now,
            }
            for burst in found
        ],
        skip_existing=True,
    )
    return len(found)


async def decide_rechecks(tx: Tx, wishes: Sequence[RecheckStep], *, now: datetime) -> list[Rechecked | Refusal]:
    """Confirm cases that were drawn, or reopen them; each refused or done by itself.

    Refusals: UnknownRecheck, also for those out of reach; NotAllowed; RecheckDone; OwnRecheck; what reopening refuses.
    """
    rows = {key: dict(row) for key, row in (await tx.lock(Recheck, {wish.recheck_id for wish in wishes})).items()}
    cases = await tx.lock(Case, {row["case_id"] for row in rows.values()})
    outcomes: list[Rechecked | Refusal] = []
    for wish in wishes:
        row = rows.get(wish.recheck_id)
        case = cases[row["case_id"]] if row else None
        try:
            if row is None or case is None or not may(wish.actor, Action.CASES_RECHECK, _place(case)):
                raise UnknownRecheck
            _check(wish, row, case)
            if wish.outcome == "taken_back":
                await _reopen(tx, wish, case, now=now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        row |= {"state": wish.outcome, "checked_by_id": wish.actor.id, "checked_at": now}
        await tx.update(Recheck, [{name: row[name] for name in ("id", "state", "checked_by_id", "checked_at")}])
        entry = AuditEntry(
            actor=wish.actor.actor,
            action=f"rechecks.{wish.outcome}",
            subject_kind="case",
            subject_id=case["id"],
            street_id=case["street_id"],
            detail={"number": case["number"], "week": row["week_id"].isoformat()},
        )
        await record(tx, [entry], now=now)
        outcomes.append(
            Rechecked(recheck_id=row["id"], case_id=case["id"], number=case["number"], outcome=wish.outcome)
        )
    return outcomes


async def review_alerts(tx: Tx, wishes: Sequence[AlertStep], *, now: datetime) -> list[AlertSeen | Refusal]:
    """Say what came of looking at alerts; nothing else follows from it. Refusals: UnknownAlert, AlertReviewed."""
    rows = {key: dict(row) for key, row in (await tx.lock(BurstAlert, {wish.alert_id for wish in wishes})).items()}
    outcomes: list[AlertSeen | Refusal] = []
    for wish in wishes:
        row = rows.get(wish.alert_id)
        if row is None or not may(wish.actor, Action.ALERTS_REVIEW, Place(street_id=row["street_id"])):
            outcomes.append(UnknownAlert())
            continue
        if wish.actor.id == row["subject_id"]:
            outcomes.append(NotAllowed())  # nobody clears himself
            continue
        if row["state"] != "open":
            outcomes.append(AlertReviewed())
            continue
        row |= {"state": wish.finding, "reviewed_by_id": wish.actor.id, "reviewed_at": now}
        await tx.update(BurstAlert, [{name: row[name] for name in ("id", "state", "reviewed_by_id", "reviewed_at")}])
        entry = AuditEntry(
            actor=wish.actor.actor,
            action=f"alerts.{wish.finding}",
            subject_kind="alert",
            subject_id=row["id"],
            street_id=row["street_id"],
            detail={"kind": row["kind"], "verifications": row["verifications"]},
        )
        await record(tx, [entry], now=now)
        outcomes.append(AlertSeen(alert_id=row["id"], finding=wish.finding))
    return outcomes


def _check(wish: RecheckStep, row: Row, case: Row) -> None:
    number = case["number"]
    if row["state"] != "waiting" or row["episode"] != case["episode"] or case["state"] not in {"verified", "solved"}:
        raise RecheckDone(number=number)
    if wish.actor.id in {case["reporter_id"], row["verified_by_id"]}:
        raise OwnRecheck(number=number)


async def _reopen(tx: Tx, wish: RecheckStep, case: Row, *, now: datetime) -> None:
    step = CaseStep(
        case_id=case["id"],
        action=CaseAction.REOPEN,
        actor=wish.actor,
        reason="wrongly_verified",
        note=wish.note,
    )
    [outcome] = await handle_cases(tx, [step], now=now)
    if isinstance(outcome, Refusal):
        raise outcome


def _place(case: Row) -> Place:
    return Place(street_id=case["street_id"], community_id=case["community_id"], lane_id=case["lane_id"])


async def _draw(run: JobRun, defaults: DistrictSettings) -> None:
    """Draw the week that ended last, and those before it that nobody drew since the job was due."""
    today = local_date(run.now())
    monday = today - timedelta(days=today.weekday())
    due = local_date(run.due_at)
    week_on = min(due - timedelta(days=due.weekday()), monday) - _WEEK
    while week_on < monday:

        async def step(tx: Tx, week_on: date = week_on) -> None:
            percent = (await settings_now(tx, defaults, run.now())).recheck_percent
            await draw_week(tx, week_on, seed=secrets.token_hex(16), percent=percent, now=run.now())
            await run.save(tx, None)

        await run.database.run(step)
        week_on += _WEEK


async def _alert(run: JobRun, defaults: DistrictSettings) -> None:
    async def step(tx: Tx) -> None:
        own = await settings_now(tx, defaults, run.now())
        within = timedelta(minutes=own.burst_minutes)
        await find_bursts(tx, now=run.now(), within=within, most=own.burst_most)
        await run.save(tx, None)

    await run.database.run(step)


def recheck_jobs(defaults: DistrictSettings) -> list[Job]:
    """The night after a week its re-checks are drawn; every hour quick runs of verifications are looked for.

    How many and how quick the district sets; `defaults` hold where it has set nothing.
    """
    return [
        Job(
            name="case-rechecks",
            every=timedelta(days=1),
            offset=timedelta(hours=1),
            run=partial(_draw, defaults=defaults),
        ),
        Job(
            name="burst-alerts",
            every=timedelta(hours=1),
            offset=timedelta(minutes=5),
            run=partial(_alert, defaults=defaults),
        ),
    ]
