"""Reading rounds: for staff with names, for a steward the own line, for everybody what is published without names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader, Row
from kernel.text import storable
from points.rules import TitleRule
from points.titles import Outcome
from rewards.titles.drafting import rule_of
from rewards.titles.explaining import Reason, decimal_text, explain
from rewards.titles.inputs import Inputs
from rewards.titles.lists import Strike, inputs_of, newest_snapshots, place_of, read_list
from rewards.titles.models import (
    TitleCandidate,
    TitleInputs,
    TitleList,
    TitleNotice,
    TitleSnapshot,
)
from rewards.titles.refusals import UnknownList, UnknownNotice, UnknownRound
from rewards.titles.selecting import Line, Selection, select
from stewards.consents import consents_of
from stewards.lanes import AreaEntry, list_streets
from stewards.names import public_name
from stewards.permissions import Action, may
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundLine:
    """A round in a list: how far its streets' lists are, and how many are put forward or hold the title."""

    id: UUID
    title: str
    name: str
    name_en: str
    period: str
    begins_on: date
    ends_on: date
    state: str
    revision: int
    rules_sha256: str
    created_at: datetime
    published_at: datetime | None
    proposed_at: datetime | None
    lists: int
    awarded: int  # lists whose titles were given
    winners: int


_ROUNDS = """
    SELECT round.id, round.title, round.period, round.begins_on, round.ends_on, round.state, round.revision,
           round.rules, round.rules_sha256, round.created_at, round.published_at, round.proposed_at,
           (SELECT COUNT(*) FROM rewards_title_list list WHERE list.round_id = round.id) AS lists,
           (SELECT COUNT(*) FROM rewards_title_list list
            WHERE list.round_id = round.id AND list.state = 'awarded') AS awarded,
           (SELECT CAST(COALESCE(SUM(snapshot.winners), 0) AS BIGINT) FROM rewards_title_list list
            JOIN rewards_title_snapshot snapshot ON snapshot.list_id = list.id AND snapshot.version = list.version
            WHERE list.round_id = round.id) AS winners
    FROM rewards_title_round round
"""
_ROUND_TYPES: dict[str, type] = {
    "id": UUID,
    "begins_on": date,
    "ends_on": date,
    **dict.fromkeys(("created_at", "published_at", "proposed_at"), datetime),
}


def _round_line(row: Row) -> RoundLine:
    rule = rule_of(row)
    shown = {name: row[name] for name in RoundLine.__dataclass_fields__ if name not in {"name", "name_en"}}
    return RoundLine(**shown, name=rule.zh, name_en=rule.en)


async def list_rounds(
    reader: Reader, *, drafts: bool, starting_after: UUID | None = None, limit: int = 50
) -> tuple[list[RoundLine], bool]:
    """Rounds, those whose period ended last first, and whether there are more; without `drafts` only public ones."""
    conditions = ["1 = 1"] if drafts else ["round.state IN ('published', 'proposed')"]
    args: list[Any] = []
    if starting_after is not None:
        args.append(starting_after)
        conditions.append("(round.ends_on, round.id) < (SELECT ends_on, id FROM rewards_title_round WHERE id = $1)")
    rows = await reader.fetch(
        f"{_ROUNDS} WHERE {' AND '.join(conditions)} ORDER BY round.ends_on DESC, round.id DESC LIMIT {int(limit) + 1}",
        *args,
        types=_ROUND_TYPES,
    )
    return [_round_line(row) for row in rows[:limit]], len(rows) > limit


async def show_round(reader: Reader, round_id: UUID, *, drafts: bool) -> tuple[RoundLine, TitleRule, str]:
    """A round with its rules, also as they were written.

    Raises:
        UnknownRound: there is none, or it is a draft that only the district may see.

    """
    rows = await reader.fetch(f"{_ROUNDS} WHERE round.id = $1", round_id, types=_ROUND_TYPES)
    if not rows or (rows[0]["published_at"] is None and not drafts):
        raise UnknownRound
    return _round_line(rows[0]), rule_of(rows[0]), rows[0]["rules"]


async def published_inputs(reader: Reader, round_id: UUID) -> tuple[str, str]:
    """The frozen inputs as they are published, and their hash.

    Raises:
        UnknownRound: there is none, or nothing is frozen yet.

    """
    rows = await reader.rows(TitleInputs, "WHERE round_id = $1", round_id)
    if not rows:
        raise UnknownRound
    return rows[0]["body"], rows[0]["body_sha256"]


async def published_snapshots(reader: Reader, round_id: UUID) -> dict[str | None, list[str]]:
    """Every version of every list of a round, by street, the first version first."""
    rows = await reader.fetch(
        "SELECT snapshot.body FROM rewards_title_snapshot snapshot JOIN rewards_title_list list "
        "ON list.id = snapshot.list_id WHERE list.round_id = $1 ORDER BY snapshot.list_id, snapshot.version",
        round_id,
    )
    found: dict[str | None, list[str]] = {}
    for row in rows:
        found.setdefault(read_list(row["body"]).street, []).append(row["body"])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLine:
    """A list of a round, as everybody may know it."""

    id: UUID
    round_id: UUID
    street: AreaEntry | None
    state: str
    version: int
    winners: int
    notice: str | None  # number of the newest one
    notice_to_on: date | None
    objections_open: int


async def lists_of_round(reader: Reader, round_id: UUID) -> list[ListLine]:
    """The lists of a round by street code."""
    rows = await reader.fetch(
        """
        SELECT list.id, list.round_id, list.street_id, list.state, list.version, snapshot.winners,
               notice.number AS notice, notice.to_on AS notice_to_on,
               (SELECT COUNT(*) FROM rewards_title_objection objection
                JOIN rewards_title_notice one ON one.id = objection.notice_id
                WHERE one.list_id = list.id AND objection.state = 'open') AS objections_open
        FROM rewards_title_list list
        JOIN rewards_title_snapshot snapshot ON snapshot.list_id = list.id AND snapshot.version = list.version
        LEFT JOIN rewards_title_notice notice ON notice.list_id = list.id AND notice.version = list.version
        WHERE list.round_id = $1
        """,
        round_id,
        types={"id": UUID, "round_id": UUID, "street_id": UUID, "notice_to_on": date},
    )
    streets = {street.id: street for street in await list_streets(reader)}
    lines = [
        ListLine(
            street=streets.get(row["street_id"]),
            **{name: row[name] for name in ListLine.__dataclass_fields__ if name != "street"},
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: line.street.code if line.street else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who stands behind a ticket, as staff see it."""

    ticket: UUID
    steward_id: UUID
    number: str
    name: str
    community: str
    community_en: str


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
    found = await inputs_of(reader, row["round_id"])
    assert found is not None  # noqa: S101 - lists are made with their inputs
    snapshot = (await newest_snapshots(reader, [row]))[list_id]
    listed = read_list(snapshot["body"])
    selection = selected(found[0], found[1], listed.struck)
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
        inputs=found[0],
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
        SELECT candidate.id AS ticket, steward.id AS steward_id, steward.number, steward.name,
               community.name AS community, community.name_en AS community_en
        FROM rewards_title_candidate candidate
        JOIN stewards_steward steward ON steward.id = candidate.steward_id
        JOIN stewards_community community ON community.id = candidate.community_id
        WHERE candidate.round_id = $1 {within}
        """,
        row["round_id"],
        *([row["street_id"]] if row["street_id"] else []),
        types={"ticket": UUID, "steward_id": UUID},
    )
    return {one["ticket"]: Person(**one) for one in rows}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePerson:
    """A line of a notice: by place, with the name as the person allows."""

    ticket: UUID
    place: int
    name: str
    community: str
    community_en: str
    marks: str
    verified_cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeShown:
    """A public notice with its people; `replaced` where the list has changed since."""

    id: UUID
    list_id: UUID
    number: str
    version: int
    round: RoundLine
    street: AreaEntry | None
    from_on: date
    to_on: date
    working_days: int
    answer_working_days: int
    unit: str
    address: str
    phone: str
    published_at: datetime
    sha256: str
    people: tuple[NoticePerson, ...]
    replaced: bool
    running: bool
    state: str


async def notice_by_number(reader: Reader, number: str, *, now: datetime) -> NoticeShown:
    """A public notice, with names as they are allowed today.

    Raises:
        UnknownNotice: there is none.

    """
    notices = await reader.rows(TitleNotice, "WHERE number = $1", number if storable(number) else "")
    if not notices:
        raise UnknownNotice
    notice = notices[0]
    [row] = await reader.rows(TitleList, "WHERE id = $1", notice["list_id"])
    shown, rule, _ = await show_round(reader, row["round_id"], drafts=True)
    [snapshot] = await reader.rows(
        TitleSnapshot, "WHERE list_id = $1 AND version = $2", notice["list_id"], notice["version"]
    )
    listed = read_list(snapshot["body"])
    found = await inputs_of(reader, row["round_id"])
    assert found is not None  # noqa: S101 - lists are made with their inputs
    lines = {line.ticket: line for line in selected(found[0], found[1], listed.struck).lines}
    streets = {street.id: street for street in await list_streets(reader)}
    today = local_date(now)
    return NoticeShown(
        **{name: notice[name] for name in _NOTICE_FIELDS},
        round=shown,
        street=streets.get(row["street_id"]),
        answer_working_days=rule.answer_working_days,
        sha256=snapshot["body_sha256"],
        people=tuple(await _noticed(reader, [lines[ticket] for ticket in listed.winners])),
        replaced=notice["version"] != row["version"] or row["state"] == "cancelled",
        running=notice["from_on"] <= today <= notice["to_on"],
        state=row["state"],
    )


_NOTICE_FIELDS = (
    "id", "list_id", "number", "version", "from_on", "to_on", "working_days", "unit", "address", "phone",
    "published_at",
)  # fmt: skip


async def _noticed(reader: Reader, lines: Sequence[Line]) -> list[NoticePerson]:
    rows = await reader.fetch(
        f"""
        SELECT candidate.id AS ticket, steward.id, steward.name, community.name AS community,
               community.name_en AS community_en
        FROM rewards_title_candidate candidate
        JOIN stewards_steward steward ON steward.id = candidate.steward_id
        JOIN stewards_community community ON community.id = candidate.community_id
        WHERE {reader.one_of("candidate.id", 1)}
        """,
        sorted(line.ticket for line in lines),
        types={"ticket": UUID, "id": UUID},
    )
    people = {row["ticket"]: row for row in rows}
    consents = await consents_of(reader, [row["id"] for row in rows]) if rows else {}
    found = []
    for at, line in enumerate(lines, 1):
        row = people[line.ticket]
        found.append(
            NoticePerson(
                ticket=line.ticket,
                place=at,
                name=public_name(row["name"], "full_name" in consents[row["id"]]),
                community=row["community"],
                community_en=row["community_en"],
                marks=decimal_text(line.marks) if line.marks is not None else "",
                verified_cases=line.entrant.measures.get("verified_cases", 0),
            )
        )
    return found


async def notice_id_of(reader: Reader, number: str) -> UUID:
    """The id of a notice.

    Raises:
        UnknownNotice: there is none of this number.

    """
    rows = await reader.rows(TitleNotice, "WHERE number = $1", number if storable(number) else "")
    if not rows:
        raise UnknownNotice
    notice_id: UUID = rows[0]["id"]
    return notice_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """A notice in the list of notices."""

    number: str
    title: str
    title_en: str
    period: str
    street: str | None
    street_en: str | None
    from_on: date
    to_on: date
    winners: int
    replaced: bool


async def list_notices(reader: Reader, *, limit: int = 50, before: str | None = None) -> tuple[list[NoticeLine], bool]:
    """Public notices, the newest first; `before` is the number of the last one of the page before."""
    known = before if before and storable(before) else None
    condition, args = ("WHERE notice.number < $1", [known]) if known else ("", [])
    rows = await reader.fetch(
        f"""
        SELECT notice.number, notice.from_on, notice.to_on, snapshot.winners, round.rules, round.period,
               street.name AS street, street.name_en AS street_en,
               CASE WHEN notice.version <> list.version OR list.state = 'cancelled' THEN 1 ELSE 0 END AS replaced
        FROM rewards_title_notice notice
        JOIN rewards_title_list list ON list.id = notice.list_id
        JOIN rewards_title_round round ON round.id = list.round_id
        JOIN rewards_title_snapshot snapshot ON snapshot.list_id = list.id AND snapshot.version = notice.version
        LEFT JOIN stewards_street street ON street.id = list.street_id
        {condition} ORDER BY notice.number DESC LIMIT {int(limit) + 1}
        """,
        *args,
        types={"from_on": date, "to_on": date},
    )
    lines = []
    for row in rows[:limit]:
        rule = rule_of(row)
        kept = {name: row[name] for name in ("number", "period", "street", "street_en", "from_on", "to_on", "winners")}
        lines.append(NoticeLine(**kept, title=rule.zh, title_en=rule.en, replaced=bool(row["replaced"])))
    return lines, len(rows) > limit


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """How a steward stands in a round: the own ticket, what came of it and why."""

    round: RoundLine
    ticket: UUID
    line: Line
    reasons: tuple[Reason, ...]
    state: str  # of the list


async def own_lines(reader: Reader, steward_id: UUID, *, limit: int = 6) -> list[OwnLine]:
    """The newest rounds in which a steward is an entrant, with every rule's figure."""
    rows = await reader.fetch(
        f"""
        SELECT candidate.id AS ticket, candidate.round_id, list.id, list.state, list.version
        FROM rewards_title_candidate candidate
        JOIN rewards_title_round round ON round.id = candidate.round_id
        JOIN rewards_title_list list ON list.round_id = candidate.round_id
             AND (list.street_id = candidate.street_id OR list.street_id IS NULL)
        WHERE candidate.steward_id = $1 AND round.state = 'proposed'
        ORDER BY round.ends_on DESC, round.id DESC LIMIT {int(limit)}
        """,
        steward_id,
        types={"ticket": UUID, "round_id": UUID, "id": UUID},
    )
    snapshots = await newest_snapshots(reader, rows) if rows else {}
    rounds = {}
    if rows:
        shown = await reader.fetch(
            f"{_ROUNDS} WHERE {reader.one_of('round.id', 1)}",
            sorted({row["round_id"] for row in rows}),
            types=_ROUND_TYPES,
        )
        rounds = {row["id"]: _round_line(row) for row in shown}
    found = []
    for row in rows:
        inputs = await inputs_of(reader, row["round_id"])
        assert inputs is not None  # noqa: S101 - candidates are made with their inputs
        selection = selected(inputs[0], inputs[1], read_list(snapshots[row["id"]]["body"]).struck)
        line = next(line for line in selection.lines if line.ticket == row["ticket"])
        found.append(
            OwnLine(
                round=rounds[row["round_id"]],
                ticket=row["ticket"],
                line=line,
                reasons=tuple(explain(inputs[0], line)),
                state=row["state"],
            )
        )
    return found


async def ticket_of(reader: Reader, round_id: UUID, steward_id: UUID) -> UUID | None:
    """A steward's ticket in a round."""
    rows = await reader.rows(TitleCandidate, "WHERE round_id = $1 AND steward_id = $2", round_id, steward_id)
    return rows[0]["id"] if rows else None
