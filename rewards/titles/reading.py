"""Title rounds as pages and the API show them: the rounds, what they were computed from, and their lists."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.database import Reader, Row
from points.rules import TitleRule
from rewards.titles.drafting import rule_of
from rewards.titles.lists import read_list
from rewards.titles.models import TitleInputs
from rewards.titles.refusals import UnknownRound
from stewards.lanes import AreaEntry, list_streets


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


ROUNDS = """
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
ROUND_TYPES: dict[str, type] = {
    "id": UUID,
    "begins_on": date,
    "ends_on": date,
    **dict.fromkeys(("created_at", "published_at", "proposed_at"), datetime),
}


def round_line(row: Row) -> RoundLine:
    """A row of ROUNDS as a line."""
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
        f"{ROUNDS} WHERE {' AND '.join(conditions)} ORDER BY round.ends_on DESC, round.id DESC LIMIT {int(limit) + 1}",
        *args,
        types=ROUND_TYPES,
    )
    return [round_line(row) for row in rows[:limit]], len(rows) > limit


async def show_round(reader: Reader, round_id: UUID, *, drafts: bool) -> tuple[RoundLine, TitleRule, str]:
    """A round with its rules, also as they were written.

    Raises:
        UnknownRound: there is none, or it is a draft that only the district may see.

    """
    rows = await reader.fetch(f"{ROUNDS} WHERE round.id = $1", round_id, types=ROUND_TYPES)
    if not rows or (rows[0]["published_at"] is None and not drafts):
        raise UnknownRound
    return round_line(rows[0]), rule_of(rows[0]), rows[0]["rules"]


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
