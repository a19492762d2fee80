"""Computing a round: its inputs are frozen and hashed, everybody gets a ticket, each street its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import record
from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from rewards.titles.drafting import audit_of, stands
from rewards.titles.gathered import Gathered
from rewards.titles.gathering import gather, people_of
from rewards.titles.inputs import Inputs, body_of, sha256_of
from rewards.titles.lists import Listed, list_id_of, snapshot_row
from rewards.titles.models import TitleCandidate, TitleInputs, TitleList, TitleRound, TitleSnapshot
from rewards.titles.panel import check_closed
from rewards.titles.refusals import (
    HigherTitleFirst,
    MarksNotClosed,
    PanelMissing,
    PeriodNotOver,
    RoundStands,
    UnknownRound,
)
from rewards.titles.selecting import lists_by_street, select
from rewards.titles.team_models import TitleTeam, TitleTeamMember
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Principal, system_principal

GRACE = timedelta(days=7)
"""How long the job waits after the period: late verifications still count, and evaluation closes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A round to be computed."""

    round_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A round that is computed; `changed` is false where it was before."""

    round_id: UUID
    candidates: int
    lists: int
    winners: int
    inputs_sha256: str
    changed: bool


async def propose_rounds(tx: Tx, wishes: Sequence[Proposal], *, now: datetime) -> list[Proposed | Refusal]:
    """Freeze the inputs of published rounds and make their lists, audited. What was computed stays as it is.

    Refusals: UnknownRound; NotAllowed; RoundStands; PeriodNotOver; PanelMissing; MarksNotClosed; HigherTitleFirst.
    """
    rounds = await tx.lock(TitleRound, {wish.round_id for wish in wishes})
    outcomes: list[Proposed | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(await _proposed(tx, rounds.get(wish.round_id), wish.caller, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _proposed(tx: Tx, row: Row | None, caller: Principal, now: datetime) -> Proposed:
    if row is None:
        raise UnknownRound
    if not may(caller, Action.TITLES_DRAFT):
        raise NotAllowed
    # Locked above; but another wish of the same batch may have computed it since.
    before = await tx.rows(TitleInputs, "WHERE round_id = $1", row["id"])
    if before:
        return await _as_before(tx, before[0])
    if row["state"] != "published":
        raise stands(row)
    if local_date(now) <= row["ends_on"]:
        raise PeriodNotOver(ends_on=row["ends_on"].isoformat())
    await check_closed(tx, row, now=now)
    gathered = await gather(tx, row, now=now)
    body = body_of(gathered.inputs)
    hashed = sha256_of(body)
    await tx.insert(TitleCandidate, _candidates(row, gathered))
    await _write_teams(tx, gathered)
    inputs = {
        "round_id": row["id"],
        "candidates": len(gathered.people),
        "body": body,
        "body_sha256": hashed,
        "frozen_at": now,
    }
    await tx.insert(TitleInputs, [inputs])
    lists, snapshots = _lists(row, gathered, hashed, caller.id, now)
    await tx.insert(TitleList, lists)
    await tx.insert(TitleSnapshot, snapshots)
    await tx.update(TitleRound, [{"id": row["id"], "state": "proposed", "proposed_at": now}])
    winners = sum(snapshot["winners"] for snapshot in snapshots)
    await record(tx, [audit_of(row, "titles.propose", caller, inputs=hashed, winners=winners)], now=now)
    return Proposed(
        round_id=row["id"],
        candidates=len(gathered.people),
        lists=len(lists),
        winners=winners,
        inputs_sha256=hashed,
        changed=True,
    )


def _candidates(row: Row, gathered: Gathered) -> list[dict[str, Any]]:
    return [
        {
            "id": ticket,
            "round_id": row["id"],
            "steward_id": person["id"],
            "street_id": person["street_id"],
            "community_id": person["community_id"],
        }
        for ticket, person in people_of(gathered)
    ]


async def _write_teams(tx: Tx, gathered: Gathered) -> None:
    teams = sorted(gathered.teams.items(), key=lambda one: str(one[0]))
    await tx.insert(TitleTeam, [{"candidate_id": ticket, "team_id": team_id} for ticket, team_id in teams])
    members = [
        {"id": new_id(), "candidate_id": ticket, "steward_id": steward_id}
        for ticket, _ in teams
        for steward_id in gathered.members[ticket]
    ]
    await tx.insert(TitleTeamMember, members)


def _lists(
    row: Row, gathered: Gathered, hashed: str, by: UUID | None, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    selection = select(gathered.inputs)
    lists, snapshots = [], []
    for street, street_id in sorted(_streets(gathered).items(), key=lambda one: one[0] or ""):
        listed = Listed(
            round_id=row["id"],
            street=street,
            version=1,
            inputs_sha256=hashed,
            struck=(),
            winners=tuple(line.ticket for line in selection.winners(street)),
            previous=None,
        )
        list_id = list_id_of(row["id"], street_id)
        lists.append({"id": list_id, "round_id": row["id"], "street_id": street_id, "state": "proposed", "version": 1})
        snapshots.append(snapshot_row(listed, list_id=list_id, cause="computed", strike=None, by=by, now=now))
    return lists, snapshots


def _streets(gathered: Gathered) -> Mapping[str | None, UUID | None]:
    """The streets that have a list, by code; a district's title has one list, of no street."""
    inputs: Inputs = gathered.inputs
    if not lists_by_street(inputs.rule):
        return {None: None}
    return {person["street"]: person["street_id"] for person in gathered.people.values()}


async def _as_before(tx: Tx, inputs: Row) -> Proposed:
    counted = await tx.fetch_one(
        "SELECT COUNT(*) AS lists, CAST(COALESCE(SUM(snapshot.winners), 0) AS BIGINT) AS winners "
        "FROM rewards_title_list list JOIN rewards_title_snapshot snapshot "
        "ON snapshot.list_id = list.id AND snapshot.version = list.version WHERE list.round_id = $1",
        inputs["round_id"],
    )
    assert counted is not None  # noqa: S101 - a count answers one row
    return Proposed(
        round_id=inputs["round_id"],
        candidates=inputs["candidates"],
        lists=counted["lists"],
        winners=counted["winners"],
        inputs_sha256=inputs["body_sha256"],
        changed=False,
    )


async def propose_next(tx: Tx, *, until: date, now: datetime) -> Proposed | None:
    """Compute the next published round whose last day is `until` or earlier; None where there is none."""
    rounds = await tx.rows(
        TitleRound, "WHERE state = 'published' AND ends_on <= $1 ORDER BY ends_on, published_at, id", until
    )
    by = system_principal("titles")
    for row in rounds:
        [outcome] = await propose_rounds(tx, [Proposal(round_id=row["id"], caller=by)], now=now)
        if isinstance(outcome, HigherTitleFirst | MarksNotClosed | PanelMissing | RoundStands):
            continue  # its turn comes after the other one or the committee's marks, or somebody was quicker
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome
    return None


async def _run_due(run: JobRun) -> None:
    async def step(tx: Tx) -> Proposed | None:
        done = await propose_next(tx, until=local_date(run.now()) - GRACE - timedelta(days=1), now=run.now())
        await run.save(tx, None)
        return done

    while await run.database.run(step):
        pass


TITLES_PROPOSE = Job(name="titles-propose", every=timedelta(days=1), offset=timedelta(hours=3), run=_run_due)
"""Every night at three: rounds whose period ended a week ago are computed."""
