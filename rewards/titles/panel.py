"""The committee's marks (评审打分): a panel is named for a round, and marks everybody of its streets within a window.

Blind: until the window is over nobody sees marks but his or her own. Afterwards nothing changes any more, and the
round can be computed from them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import record
from kernel.clock import local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from points.rules import TitleRule
from rewards.titles.drafting import audit_of, due_from, rule_of, stands
from rewards.titles.marks import LEAST_MARKERS, MOST_MARK
from rewards.titles.models import TitleRound
from rewards.titles.panel_models import TitleMark, TitlePanel, TitlePanelMember
from rewards.titles.refusals import (
    MarksNotClosed,
    MarksNotOpen,
    MarksNotWeighed,
    MarksUnfit,
    OwnTitle,
    PanelClosed,
    PanelDaysUnfit,
    PanelMemberUnfit,
    PanelMissing,
    PanelSizeUnfit,
    UnknownRound,
)
from rewards.titles.rules import dimensions_of
from rewards.titles.selecting import lists_by_street
from stewards.own_stewards import own_steward_of
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.refusals import StewardUnknown
from stewards.staffing import list_staff

MOST_MEMBERS = 30
MOST_DAYS = 31
"""How long a panel marks at most."""
LATEST = timedelta(days=366)
"""How long after the period it begins at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelWish:
    """Who marks, and from which local day to which; the same again changes nothing."""

    round_id: UUID
    members: tuple[UUID, ...]  # staff
    from_on: date
    to_on: date
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelNamed:
    """The panel stands as wished."""

    round_id: UUID
    members: int
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksWish:
    """A member's marks, whole numbers from 0 to 100 by steward and dimension; all of them or none."""

    round_id: UUID
    marks: Mapping[UUID, Mapping[str, int]]
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The marks stand as wished; `changed` says how many were new or different."""

    round_id: UUID
    stewards: int
    changed: int


async def name_panels(tx: Tx, wishes: Sequence[PanelWish], *, now: datetime) -> list[PanelNamed | Refusal]:
    """Say who marks the candidates of published rounds and when, audited. Once the window is over it stands.

    Refusals: UnknownRound; NotAllowed; RoundStands; MarksNotWeighed; PanelClosed; PanelSizeUnfit; PanelMemberUnfit;
    PanelDaysUnfit.
    """
    rounds = await tx.lock(TitleRound, {wish.round_id for wish in wishes})
    outcomes: list[PanelNamed | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(await _named(tx, rounds.get(wish.round_id), wish, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _named(tx: Tx, row: Row | None, wish: PanelWish, now: datetime) -> PanelNamed:
    if row is None:
        raise UnknownRound
    if not may(wish.caller, Action.TITLES_DRAFT):
        raise NotAllowed
    _weighed(row)
    panels = await tx.rows(TitlePanel, "WHERE round_id = $1", row["id"])
    today = local_date(now)
    if panels and panels[0]["to_on"] < today:
        raise PanelClosed(to_on=panels[0]["to_on"].isoformat())
    members = set(wish.members)
    if not LEAST_MARKERS <= len(members) <= MOST_MEMBERS:
        raise PanelSizeUnfit(pointer="/members", least=LEAST_MARKERS, most=MOST_MEMBERS)
    if not members <= {one.id for one in await who_may_mark(tx)}:
        raise PanelMemberUnfit(pointer="/members")
    before = {one["staff_id"] for one in await tx.rows(TitlePanelMember, "WHERE round_id = $1", row["id"])}
    if panels and (panels[0]["from_on"], panels[0]["to_on"], before) == (wish.from_on, wish.to_on, members):
        return PanelNamed(round_id=row["id"], members=len(members), changed=False)
    _check_days(row, panels[0]["from_on"] if panels else None, wish, today)
    panel = {"round_id": row["id"], "from_on": wish.from_on, "to_on": wish.to_on}
    panel |= {"named_by_id": wish.caller.id, "named_at": now}
    if panels:
        await tx.update(TitlePanel, [panel], key="round_id")
    else:
        await tx.insert(TitlePanel, [panel])
    gone = [_member_id(row["id"], staff_id) for staff_id in sorted(before - members)]
    await tx.execute(f"DELETE FROM rewards_title_panel_member WHERE {tx.one_of('id', 1)}", gone)
    await tx.insert(
        TitlePanelMember,
        [
            {"id": _member_id(row["id"], staff_id), "round_id": row["id"], "staff_id": staff_id}
            for staff_id in sorted(members - before)
        ],
    )
    days = {"from_on": wish.from_on.isoformat(), "to_on": wish.to_on.isoformat()}
    entry = audit_of(row, "titles.panel", wish.caller, members=sorted(map(str, members)), **days)
    await record(tx, [entry], now=now)
    return PanelNamed(round_id=row["id"], members=len(members), changed=True)


def _member_id(round_id: UUID, staff_id: UUID) -> UUID:
    return derived_id("title panel member", str(round_id), str(staff_id))


def _check_days(row: Row, begun_on: date | None, wish: PanelWish, today: date) -> None:
    """Refuse a window that begins before the period is over, in the past, or lasts too long.

    Raises:
        PanelDaysUnfit: it is such a window.

    """
    earliest = max(due_from(row), min(begun_on or today, today))
    if not (
        earliest <= wish.from_on <= due_from(row) + LATEST
        and today <= wish.to_on
        and 0 <= (wish.to_on - wish.from_on).days < MOST_DAYS
    ):
        raise PanelDaysUnfit(pointer="/from_on", earliest=earliest.isoformat(), most=MOST_DAYS)


def _weighed(row: Row) -> TitleRule:
    """The rules of a published round that weighs marks.

    Raises:
        RoundStands: it is not published, or computed already.
        MarksNotWeighed: the rules weigh none.

    """
    if row["state"] != "published":
        raise stands(row)
    rule = rule_of(row)
    if not dimensions_of(rule):
        raise MarksNotWeighed
    return rule


async def who_may_mark(reader: Reader) -> list[Any]:
    """The staff who may sit on a panel, by login."""
    return [
        person
        for person in await list_staff(reader)
        if person.status == "active"
        and may(Principal(kind="staff", id=person.id, name=person.name, grants=person.grants), Action.TITLES_MARK)
    ]


async def give_marks(tx: Tx, wishes: Sequence[MarksWish], *, now: datetime) -> list[Marked | Refusal]:
    """Mark candidates within the window, audited without the numbers; one's own may be changed until its end.

    Refusals: UnknownRound, also for those who are on no panel of it; RoundStands; MarksNotWeighed; MarksNotOpen;
    StewardUnknown; OwnTitle (the caller stands on the list); MarksUnfit.
    """
    rounds = await tx.lock(TitleRound, {wish.round_id for wish in wishes})
    outcomes: list[Marked | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(await _marked(tx, rounds.get(wish.round_id), wish, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _marked(tx: Tx, row: Row | None, wish: MarksWish, now: datetime) -> Marked:
    if row is None:
        raise UnknownRound
    by = await member_of(tx, row["id"], wish.caller)
    rule = _weighed(row)
    [panel] = await tx.rows(TitlePanel, "WHERE round_id = $1", row["id"])
    if not panel["from_on"] <= local_date(now) <= panel["to_on"]:
        raise MarksNotOpen(from_on=panel["from_on"].isoformat(), to_on=panel["to_on"].isoformat())
    codes = {one.code for one in dimensions_of(rule)}
    for of_steward in wish.marks.values():
        if of_steward.keys() != codes or not all(0 <= mark <= MOST_MARK for mark in of_steward.values()):
            raise MarksUnfit(pointer="/marks")
    await _check_people(tx, row, rule, wish)
    wanted = [
        {
            "id": derived_id("title mark", str(row["id"]), str(steward_id), str(by), code),
            "round_id": row["id"],
            "steward_id": steward_id,
            "staff_id": by,
            "dimension": code,
            "mark": mark,
            "marked_at": now,
        }
        for steward_id, of_steward in sorted(wish.marks.items())
        for code, mark in sorted(of_steward.items())
    ]
    before = await tx.lock(TitleMark, [mark["id"] for mark in wanted])
    await tx.insert(TitleMark, [mark for mark in wanted if mark["id"] not in before])
    differing = [one for one in wanted if one["id"] in before and before[one["id"]]["mark"] != one["mark"]]
    await tx.update(TitleMark, [{name: one[name] for name in ("id", "mark", "marked_at")} for one in differing])
    changed = len(wanted) - len(before) + len(differing)
    if changed:
        await record(tx, [audit_of(row, "titles.mark", wish.caller, stewards=len(wish.marks))], now=now)
    return Marked(round_id=row["id"], stewards=len(wish.marks), changed=changed)


async def member_of(reader: Reader, round_id: UUID, caller: Principal) -> UUID:
    """The caller's id as a member of a round's panel.

    Raises:
        UnknownRound: he or she is on no such panel, or holds no role any more by which to mark.

    """
    if caller.kind != "staff" or caller.id is None or not may(caller, Action.TITLES_MARK):
        raise UnknownRound
    if not await reader.rows(TitlePanelMember, "WHERE round_id = $1 AND staff_id = $2", round_id, caller.id):
        raise UnknownRound
    return caller.id


async def _check_people(tx: Tx, row: Row, rule: TitleRule, wish: MarksWish) -> None:
    """Refuse marks for somebody out of reach or no candidate, and for a list on which the caller stands.

    Raises:
        StewardUnknown, OwnTitle.

    """
    own = await own_steward_of(tx, wish.caller)
    wanted = set(wish.marks) | ({own} if own else set())
    people = {one["id"]: one for one in await markable(tx, row["ends_on"], steward_ids=wanted)}
    for steward_id in wish.marks:
        person = people.get(steward_id)
        if person is None or not may_mark(wish.caller, person):
            raise StewardUnknown(pointer="/marks")
        if own in people and (not lists_by_street(rule) or people[own]["street_id"] == person["street_id"]):
            raise OwnTitle


def may_mark(caller: Principal, person: Row) -> bool:
    """Whether a candidate is within a member's reach."""
    return may(caller, Action.TITLES_MARK, Place(street_id=person["street_id"], community_id=person["community_id"]))


async def markable(
    reader: Reader, on: date, *, street_id: UUID | None = None, steward_ids: Iterable[UUID] | None = None
) -> list[Row]:
    """Who served on the last day that counts, by number: everybody of a street, or some of these stewards."""
    within, arg = (
        ("steward.street_id = $2", street_id)
        if steward_ids is None
        else (reader.one_of("steward.id", 2), sorted(steward_ids))
    )
    return await reader.fetch(
        f"""
        SELECT steward.id, steward.number, steward.name, steward.street_id, steward.community_id,
               community.name AS community, community.name_en AS community_en
        FROM stewards_steward steward JOIN stewards_community community ON community.id = steward.community_id
        WHERE steward.status IN ('active', 'suspended') AND steward.joined_on <= $1 AND {within}
        ORDER BY steward.number
        """,
        on,
        arg,
        types={"id": UUID, "street_id": UUID, "community_id": UUID},
    )


async def check_closed(reader: Reader, row: Row, *, now: datetime) -> None:
    """Refuse to compute a round whose committee has not done marking.

    Raises:
        PanelMissing: nobody was named to mark.
        MarksNotClosed: the window is not over.

    """
    if not dimensions_of(rule_of(row)):
        return
    panels = await reader.rows(TitlePanel, "WHERE round_id = $1", row["id"])
    if not panels:
        raise PanelMissing
    if local_date(now) <= panels[0]["to_on"]:
        raise MarksNotClosed(to_on=panels[0]["to_on"].isoformat())
