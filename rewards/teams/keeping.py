"""Keeping teams: founded, changed and dissolved as of a day, with whoever belongs and leads from then on.

A wish names the whole team as it is from a day on; who is missing left on that day, who is new came. So the same wish
again changes nothing, and the rows say for every day of the past who belonged and who led.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import day_start, local_date
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id, new_id
from kernel.text import clean_text, storable
from points.accounts import purse_account
from rewards.teams.models import Team, TeamMember
from rewards.teams.refusals import (
    TeamDayUnfit,
    TeamEnded,
    TeamHasPoints,
    TeamLeaderOutside,
    TeamMemberElsewhere,
    TeamMemberUnknown,
    TeamNumberUnfit,
    TeamSizeUnfit,
    UnknownTeam,
    UnknownTeamStreet,
)
from stewards.changes import tell_changed
from stewards.models import Steward, Street
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal

NUMBER_LENGTH, NAME_LENGTH = 16, 32
_NUMBER = re.compile(rf"[0-9A-Za-z-]{{1,{NUMBER_LENGTH}}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSize:
    """How many members a team has, both included."""

    least: int
    most: int


STANDARD_SIZE = TeamSize(least=3, most=5)
"""Of the founding programme: three to five stewards of adjoining lanes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWish:
    """A team as it is from a local day on: members and leader by their numbers."""

    number: str
    name: str
    street_code: str
    on: date
    members: tuple[str, ...]
    leader: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamEnding:
    """A team is dissolved; the day is the first on which it is no team any more."""

    number: str
    on: date
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamKept:
    """The team stands as wished; `changed` is false where it stood so already."""

    team_id: UUID
    number: str
    changed: bool


@dataclass(slots=True)
class _Known:
    """What is locked, as it stands after the wishes so far."""

    streets: Mapping[str, Row]
    stewards: Mapping[str, Row]  # by number
    teams: dict[str, dict[str, Any]]  # by number
    members: list[dict[str, Any]]
    stored: set[UUID] = field(default_factory=set)
    touched: dict[UUID, tuple[Any, dict[str, Any]]] = field(default_factory=dict)

    def of_team(self, team_id: UUID) -> list[dict[str, Any]]:
        return [row for row in self.members if row["team_id"] == team_id]

    def of_steward(self, steward_id: UUID) -> list[dict[str, Any]]:
        return [row for row in self.members if row["steward_id"] == steward_id]

    def touch(self, model: Any, row: dict[str, Any]) -> None:
        self.touched[row["id"]] = (model, row)

    async def save(self, tx: Tx) -> None:
        """Write what was touched. Memberships end before others begin, as nobody may be in two teams at once."""
        for model in (Team, TeamMember):
            rows = [row for kind, row in self.touched.values() if kind is model]
            known = [row for row in rows if row["id"] in self.stored]
            if model is TeamMember:
                known.sort(key=lambda row: row["until_at"] is None)
            await tx.update(model, known)
            await tx.insert(model, [row for row in rows if row["id"] not in self.stored])


async def _known(tx: Tx, numbers: set[str], streets: set[str], people: set[str]) -> _Known:
    named = [number for number in sorted(people) if storable(number)]
    found = await tx.rows(Steward, f"WHERE {tx.one_of('number', 1)}", named)
    stewards = await tx.lock(Steward, [row["id"] for row in found])
    team_ids = [derived_id("team", number) for number in sorted(numbers)]
    teams = await tx.lock(Team, team_ids)
    rows = await tx.rows(
        TeamMember,
        f"WHERE {tx.one_of('team_id', 1)} OR {tx.one_of('steward_id', 2)} ORDER BY since_at, id",
        team_ids,
        sorted(stewards),
    )
    codes = sorted(code for code in streets if storable(code))
    places = await tx.rows(Street, f"WHERE {tx.one_of('code', 1)}", codes)
    return _Known(
        streets={row["code"]: row for row in places},
        stewards={row["number"]: row for row in stewards.values()},
        teams={row["number"]: dict(row) for row in teams.values()},
        members=[dict(row) for row in rows],
        stored={*teams, *(row["id"] for row in rows)},
    )


async def keep_teams(
    tx: Tx, wishes: Sequence[TeamWish], *, now: datetime, size: TeamSize = STANDARD_SIZE
) -> list[TeamKept | Refusal]:
    """Found or change teams as of a day, audited; boards count the new membership at once.

    Refusals: TeamNumberUnfit; UnknownTeamStreet; NotAllowed; TeamEnded; TeamDayUnfit; TeamSizeUnfit; TeamLeaderOutside;
    TeamMemberUnknown; TeamMemberElsewhere; TextMissing and so on for the name.
    """
    known = await _known(
        tx,
        {wish.number for wish in wishes if _NUMBER.fullmatch(wish.number)},
        {wish.street_code for wish in wishes},
        {number for wish in wishes for number in wish.members},
    )
    entries: list[AuditEntry] = []
    concerned: set[UUID] = set()
    outcomes: list[TeamKept | Refusal] = []
    for wish in wishes:
        try:
            team, action, ids = _kept(known, wish, now, size)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if action is not None:
            concerned |= ids
            entries.append(_audit(team, action, wish.caller, since=wish.on))
        outcomes.append(TeamKept(team_id=team["id"], number=team["number"], changed=action is not None))
    await _settle(tx, known, entries, concerned, now)
    return outcomes


def _kept(known: _Known, wish: TeamWish, now: datetime, size: TeamSize) -> tuple[dict[str, Any], str | None, set[UUID]]:
    """The team, what was done with it (None: nothing), and the stewards whom that concerns.

    Raises:
        Refusal: see keep_teams; nothing was changed.

    """
    if not _NUMBER.fullmatch(wish.number):
        raise TeamNumberUnfit(pointer="/number")
    name = clean_text(wish.name, max_length=NAME_LENGTH, pointer="/name")
    street, team = known.streets.get(wish.street_code), known.teams.get(wish.number)
    if street is None or (team is not None and team["street_id"] != street["id"]):
        raise UnknownTeamStreet(pointer="/street", code=wish.street_code[:20])
    if not may(wish.caller, Action.TEAMS_EDIT, Place(street_id=street["id"])):
        raise NotAllowed
    if team is not None and team["ended_on"] is not None:
        raise TeamEnded
    members = list(dict.fromkeys(wish.members))
    if not size.least <= len(members) <= size.most:
        raise TeamSizeUnfit(pointer="/members", least=size.least, most=size.most, count=len(members))
    if wish.leader not in members:
        raise TeamLeaderOutside(pointer="/leader")
    before = known.of_team(team["id"]) if team else []
    _check_day(wish.on, team, before, now)
    at = day_start(wish.on)
    team_id = team["id"] if team else derived_id("team", wish.number)
    wanted: dict[UUID, bool] = {}
    for number in members:
        steward = known.stewards.get(number)
        if steward is None or steward["status"] != "active" or steward["street_id"] != street["id"]:
            raise TeamMemberUnknown(pointer="/members", steward=number[:20])
        others = [row for row in known.of_steward(steward["id"]) if row["team_id"] != team_id]
        if any(row["until_at"] is None or row["until_at"] > at for row in others):
            raise TeamMemberElsewhere(pointer="/members", steward=number)
        wanted[steward["id"]] = number == wish.leader
    action = None if team else "founded"
    if team is None:
        team = {"id": team_id, "number": wish.number, "street_id": street["id"], "founded_on": wish.on}
        team |= {"name": name, "ended_on": None}
        known.teams[wish.number] = team
        known.touch(Team, team)
    elif team["name"] != name:
        team["name"], action = name, "changed"
        known.touch(Team, team)
    if _change_members(known, team_id, before, wanted, at):
        action = action or "changed"
    return team, action, {*wanted, *(row["steward_id"] for row in before)}


def _check_day(on: date, team: Row | None, before: Sequence[Row], now: datetime) -> None:
    """Refuse a day that is not over today, or before what is written down already.

    Raises:
        TeamDayUnfit: it is such a day.

    """
    changes = [row[edge] for row in before for edge in ("since_at", "until_at") if row[edge] is not None]
    since = max(map(local_date, changes), default=team["founded_on"] if team else None)
    if on > local_date(now) or (since is not None and on < since):
        raise TeamDayUnfit(pointer="/on", since=since.isoformat() if since else "—")


def _change_members(
    known: _Known, team_id: UUID, before: Sequence[dict[str, Any]], wanted: Mapping[UUID, bool], at: datetime
) -> bool:
    """End and begin memberships; a leader who becomes a member, or the other way, does both. Whether any changed."""
    staying = set()
    changed = False
    for row in before:
        if row["until_at"] is not None:
            continue
        if wanted.get(row["steward_id"]) == row["leads"]:
            staying.add(row["steward_id"])
            continue
        row |= {"until_at": at, "open_for_id": None, "leading_id": None}
        known.touch(TeamMember, row)
        changed = True
    for steward_id, leads in wanted.items():
        if steward_id in staying:
            continue
        row = {"id": new_id(), "team_id": team_id, "steward_id": steward_id, "since_at": at, "until_at": None}
        row |= {"leads": leads, "open_for_id": steward_id, "leading_id": team_id if leads else None}
        known.members.append(row)
        known.touch(TeamMember, row)
        changed = True
    return changed


async def end_teams(tx: Tx, wishes: Sequence[TeamEnding], *, now: datetime) -> list[TeamKept | Refusal]:
    """Dissolve teams as of a day, audited; one that is dissolved stays as it is.

    Refusals: UnknownTeam; NotAllowed; TeamDayUnfit; TeamHasPoints (their pool is not empty).
    """
    known = await _known(tx, {wish.number for wish in wishes if _NUMBER.fullmatch(wish.number)}, set(), set())
    pools = {purse_account(team["id"], "pool"): team["id"] for team in known.teams.values()}
    balances = await tx.fetch(
        f"SELECT id, balance FROM points_account WHERE {tx.one_of('id', 1)}", sorted(pools), types={"id": UUID}
    )
    left = {pools[row["id"]]: int(row["balance"]) for row in balances}
    entries: list[AuditEntry] = []
    concerned: set[UUID] = set()
    outcomes: list[TeamKept | Refusal] = []
    for wish in wishes:
        try:
            team, changed = _ended(known, known.teams.get(wish.number), wish, left, now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if changed:
            concerned |= {row["steward_id"] for row in known.of_team(team["id"])}
            entries.append(_audit(team, "ended", wish.caller, since=wish.on))
        outcomes.append(TeamKept(team_id=team["id"], number=team["number"], changed=changed))
    await _settle(tx, known, entries, concerned, now)
    return outcomes


def _ended(
    known: _Known, team: dict[str, Any] | None, wish: TeamEnding, left: Mapping[UUID, int], now: datetime
) -> tuple[dict[str, Any], bool]:
    if team is None or not may(wish.caller, Action.TEAMS_READ, Place(street_id=team["street_id"])):
        raise UnknownTeam
    if not may(wish.caller, Action.TEAMS_EDIT, Place(street_id=team["street_id"])):
        raise NotAllowed
    if team["ended_on"] is not None:
        return team, False
    before = known.of_team(team["id"])
    _check_day(wish.on, team, before, now)
    if left.get(team["id"], 0):
        raise TeamHasPoints(points=left[team["id"]])
    team["ended_on"] = wish.on
    known.touch(Team, team)
    _change_members(known, team["id"], before, {}, day_start(wish.on))
    return team, True


async def _settle(tx: Tx, known: _Known, entries: Sequence[AuditEntry], concerned: set[UUID], now: datetime) -> None:
    await known.save(tx)
    await tell_changed(tx, concerned, now=now)
    if entries:
        await record(tx, entries, now=now)


def _audit(team: Row, action: str, caller: Principal, *, since: date) -> AuditEntry:
    return AuditEntry(
        actor=caller.actor,
        action=f"teams.{action}",
        subject_kind="team",
        subject_id=team["id"],
        street_id=team["street_id"],
        detail={"number": team["number"], "on": since.isoformat()},
    )
