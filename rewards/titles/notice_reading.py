"""Public notices of title lists: who stands on them and why, through which day objections are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from kernel.text import storable
from rewards.titles.behind import TEAM_OF_TICKET, members_behind
from rewards.titles.drafting import rule_of
from rewards.titles.explaining import decimal_text
from rewards.titles.list_reading import selected
from rewards.titles.lists import inputs_of, read_list
from rewards.titles.models import TitleList, TitleNotice, TitleSnapshot
from rewards.titles.reading import RoundLine, show_round
from rewards.titles.refusals import UnknownNotice
from rewards.titles.selecting import Line
from stewards.consents import OFF_BOARDS, consents_of
from stewards.lanes import AreaEntry, list_streets
from stewards.names import public_name


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePerson:
    """A line of a notice: by place, with the name as the person allows; a team's with those of its members."""

    ticket: UUID
    place: int
    name: str
    community: str
    community_en: str
    marks: str
    verified_cases: int
    members: tuple[str, ...] = ()  # of a team


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
    of_teams: bool
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
    inputs, inputs_sha256 = await inputs_of(reader, row["round_id"])
    lines = {line.ticket: line for line in selected(inputs, inputs_sha256, listed.struck).lines}
    streets = {street.id: street for street in await list_streets(reader)}
    today = local_date(now)
    return NoticeShown(
        **{name: notice[name] for name in _NOTICE_FIELDS},
        round=shown,
        street=streets.get(row["street_id"]),
        answer_working_days=rule.answer_working_days,
        sha256=snapshot["body_sha256"],
        people=tuple(await _noticed(reader, [lines[ticket] for ticket in listed.winners])),
        of_teams=rule.of == "team",
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
               community.name_en AS community_en, team.name AS team
        FROM rewards_title_candidate candidate
        JOIN stewards_steward steward ON steward.id = candidate.steward_id
        JOIN stewards_community community ON community.id = candidate.community_id
        {TEAM_OF_TICKET}
        WHERE {reader.one_of("candidate.id", 1)}
        """,
        sorted(line.ticket for line in lines),
        types={"ticket": UUID, "id": UUID},
    )
    people = {row["ticket"]: row for row in rows}
    members = await members_behind(reader, [row["ticket"] for row in rows if row["team"] is not None])
    named = {row["id"] for row in rows} | {member.steward_id for of_team in members.values() for member in of_team}
    consents = await consents_of(reader, sorted(named)) if rows else {}
    found = []
    for at, line in enumerate(lines, 1):
        row = people[line.ticket]
        found.append(
            NoticePerson(
                ticket=line.ticket,
                place=at,
                name=row["team"] or public_name(row["name"], "full_name" in consents[row["id"]]),
                community=row["community"],
                community_en=row["community_en"],
                marks=decimal_text(line.marks) if line.marks is not None else "",
                verified_cases=line.entrant.measures.get("verified_cases", 0),
                members=tuple(
                    public_name(member.name, "full_name" in consents[member.steward_id])
                    for member in members.get(line.ticket, ())
                    if OFF_BOARDS not in consents[member.steward_id]
                ),
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
