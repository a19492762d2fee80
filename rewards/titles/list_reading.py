"""A list of a title round as its reviewers see it: candidates by name, reasons, objections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.database import Reader, Row
from points.rules import TitleRule
from points.titles import Outcome
from rewards.titles.behind import TEAM_OF_TICKET, members_behind
from rewards.titles.inputs import Inputs
from rewards.titles.lists import Strike, inputs_of, newest_snapshots, place_of, read_list
from rewards.titles.models import TitleList, TitleNotice
from rewards.titles.reading import RoundLine, show_round
from rewards.titles.refusals import UnknownList
from rewards.titles.selecting import Line, Selection, select
from stewards.lanes import AreaEntry, list_streets
from stewards.permissions import Action, may
from stewards.principal import Principal
from stewards.reach import reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who stands behind a ticket, as staff see it: a steward, or a team by its number and name, with its members."""

    ticket: UUID
    steward_id: UUID  # of a team its leader
    number: str
    name: str
    community: str
    community_en: str
    team_id: UUID | None = None
    members: tuple[str, ...] = ()  # names


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection with its answer."""

    id: UUID
    number: str
    ticket: UUID
    notice_id: UUID
    made_by_kind: str
    objector: str | None  # a steward's own name, or the one that was given at a desk
    contact: str | None
    text: str
    made_at: datetime
    answer_by_on: date
    state: str
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListInFull:
    """A list as its committee sees it: everybody's line in order, with names, and what happened so far."""

    round: RoundLine
    rule: TitleRule
    inputs: Inputs
    id: UUID
    street: AreaEntry | None
    street_id: UUID | None
    state: str
    version: int
    lines: tuple[Line, ...]
    people: dict[UUID, Person]
    struck: tuple[Strike, ...]
    sha256: str
    reviews: tuple[tuple[UUID, str, datetime], ...]  # of this version: who (id, name), when
    notices: tuple[Row, ...]  # newest first
    objections: tuple[Objection, ...]  # newest first

    def of(self, *outcomes: Outcome) -> list[Line]:
        """The lines with one of some outcomes, in order."""
        return [line for line in self.lines if line.outcome in outcomes]

    @property
    def winners(self) -> list[Line]:
        """Those who are put forward."""
        return self.of(Outcome.PROPOSED)


async def list_in_full(reader: Reader, principal: Principal, list_id: UUID) -> ListInFull:
    """A list for its committee.

    Raises:
        UnknownList: there is none within reach.

    """
    rows = await reader.rows(TitleList, "WHERE id = $1", list_id)
    if not rows or not may(principal, Action.TITLES_READ, place_of(rows[0])):
        raise UnknownList
    row = rows[0]
    shown, rule, _ = await show_round(reader, row["round_id"], drafts=True)
    inputs, inputs_sha256 = await inputs_of(reader, row["round_id"])
    snapshot = (await newest_snapshots(reader, [row]))[list_id]
    listed = read_list(snapshot["body"])
    selection = selected(inputs, inputs_sha256, listed.struck)
    streets = {street.id: street for street in await list_streets(reader)}
    reviews = await reader.fetch(
        "SELECT review.staff_id, COALESCE(staff.name, '') AS name, review.reviewed_at FROM rewards_title_review review "
        "LEFT JOIN stewards_staff staff ON staff.id = review.staff_id "
        "WHERE review.list_id = $1 AND review.version = $2 ORDER BY review.reviewed_at",
        list_id,
        row["version"],
        types={"staff_id": UUID, "reviewed_at": datetime},
    )
    return ListInFull(
        round=shown,
        rule=rule,
        inputs=inputs,
        id=list_id,
        street=streets.get(row["street_id"]),
        street_id=row["street_id"],
        state=row["state"],
        version=row["version"],
        lines=selection.of_street(listed.street),
        people=await _people(reader, row),
        struck=listed.struck,
        sha256=snapshot["body_sha256"],
        reviews=tuple((review["staff_id"], review["name"], review["reviewed_at"]) for review in reviews),
        notices=tuple(await reader.rows(TitleNotice, "WHERE list_id = $1 ORDER BY version DESC", list_id)),
        objections=tuple(await _objections(reader, list_id)),
    )


_SELECTED: dict[tuple[str, frozenset[UUID]], Selection] = {}
_MOST_SELECTED = 32


def selected(inputs: Inputs, inputs_sha256: str, struck: Sequence[Strike]) -> Selection:
    """A selection; inputs never change, so those that were computed lately are kept."""
    key = inputs_sha256, frozenset(one.ticket for one in struck)
    found = _SELECTED.get(key)
    if found is None:
        found = select(inputs, key[1])
        if len(_SELECTED) >= _MOST_SELECTED:
            _SELECTED.clear()
        _SELECTED[key] = found
    return found


async def _people(reader: Reader, row: Row) -> dict[UUID, Person]:
    within = "AND candidate.street_id = $2" if row["street_id"] else ""
    rows = await reader.fetch(
        f"""
        SELECT candidate.id AS ticket, steward.id AS steward_id, team.id AS team_id,
               COALESCE(team.number, steward.number) AS number, COALESCE(team.name, steward.name) AS name,
               community.name AS community, community.name_en AS community_en
        FROM rewards_title_candidate candidate
        JOIN stewards_steward steward ON steward.id = candidate.steward_id
        JOIN stewards_community community ON community.id = candidate.community_id
        {TEAM_OF_TICKET}
        WHERE candidate.round_id = $1 {within}
        """,
        row["round_id"],
        *([row["street_id"]] if row["street_id"] else []),
        types={"ticket": UUID, "steward_id": UUID, "team_id": UUID},
    )
    members = await members_behind(reader, [one["ticket"] for one in rows if one["team_id"] is not None])
    names = {ticket: tuple(member.name for member in of_team) for ticket, of_team in members.items()}
    return {one["ticket"]: Person(**one, members=names.get(one["ticket"], ())) for one in rows}


async def _objections(reader: Reader, list_id: UUID) -> list[Objection]:
    rows = await reader.fetch(
        """
        SELECT objection.id, objection.number, objection.candidate_id AS ticket, objection.notice_id,
               objection.made_by_kind, COALESCE(objection.objector, steward.name) AS objector, objection.contact,
               objection.text, objection.made_at, objection.answer_by_on, objection.state, objection.answer,
               objection.answered_at
        FROM rewards_title_objection objection
        JOIN rewards_title_notice notice ON notice.id = objection.notice_id
        LEFT JOIN stewards_steward steward
               ON steward.id = objection.made_by_id AND objection.made_by_kind = 'steward'
        WHERE notice.list_id = $1 ORDER BY objection.made_at DESC, objection.id DESC
        """,
        list_id,
        types={
            "id": UUID,
            "ticket": UUID,
            "notice_id": UUID,
            "made_at": datetime,
            "answered_at": datetime,
            "answer_by_on": date,
        },
    )
    return [Objection(**row) for row in rows]


async def count_open_objections(reader: Reader, principal: Principal) -> int:
    """How many objections wait for an answer on lists that the caller reviews."""
    condition, args = reach(principal, Action.TITLES_REVIEW).condition(reader, 1, street="listed.street_id")
    row = await reader.fetch_one(
        "SELECT COUNT(*) AS n FROM rewards_title_objection objection "
        "JOIN rewards_title_notice notice ON notice.id = objection.notice_id "
        "JOIN rewards_title_list listed ON listed.id = notice.list_id "
        f"WHERE objection.state = 'open' AND {condition}",
        *args,
    )
    return int(row["n"]) if row else 0
