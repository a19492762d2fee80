"""The entries of boards, from sums: whole boards, or what became of single stewards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from kernel.database import Reader
from kernel.ranking import Entry
from rewards.boards.definitions import BOARDS, BoardKey, League, Metric, league_of
from rewards.boards.sums import HIDDEN, Sum, table_of
from stewards.roles import ScopeKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = 9_999_999_999_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What of a steward, or a team, decides on which boards he or she is, and where among equals."""

    id: UUID
    number: str
    street_id: UUID
    community_id: UUID | None
    hidden: bool


async def people_of(reader: Reader, steward_ids: Iterable[UUID], metric: Metric) -> dict[UUID, Person]:
    """These stewards, or teams on a board of teams, by id."""
    community = "NULL AS community_id" if BOARDS[metric].of_teams else "community_id"
    rows = await reader.fetch(
        f"SELECT id, number, street_id, {community}, CASE WHEN id IN {HIDDEN} THEN 1 ELSE 0 END AS hidden "
        f"FROM {table_of(metric)} WHERE {reader.one_of('id', 1)}",
        sorted(set(steward_ids)),
        types={"id": UUID, "street_id": UUID, "community_id": UUID},
    )
    return {row["id"]: Person(**{**row, "hidden": bool(row["hidden"])}) for row in rows}


async def leagues_of(reader: Reader, lane_ids: Iterable[UUID]) -> dict[UUID, League | None]:
    """The leagues of these lanes."""
    rows = await reader.fetch(
        f"SELECT id, length_m FROM stewards_lane WHERE {reader.one_of('id', 1)}",
        sorted(set(lane_ids)),
        types={"id": UUID},
    )
    return {row["id"]: league_of(row["length_m"]) for row in rows}


@dataclass(slots=True)
class _Total:
    value: int = 0
    value_then: int = 0
    reached_at: datetime | None = None

    def add(self, part: Sum) -> None:
        self.value += part.value
        self.value_then += part.value_then
        if part.reached_at and (self.reached_at is None or part.reached_at > self.reached_at):
            self.reached_at = part.reached_at


def _place(key: BoardKey) -> tuple[str, UUID | str | None]:
    return ("league", key.among.value) if isinstance(key.among, League) else (key.among.kind.value, key.among.id)


def _tie(person: Person, reached_at: datetime | None) -> str:
    micros = _NEVER if reached_at is None else (reached_at - _EPOCH) // (datetime.resolution)
    return f"{micros:016}:{person.number}"


def entries(
    keys: Sequence[BoardKey],
    found: Sequence[Sum],
    people: Mapping[UUID, Person],
    leagues: Mapping[UUID, League | None],
) -> dict[str, dict[str, Entry | None]]:
    """By board's name, now and at yesterday's end, what each steward's entry is; None for who is not on it.

    `found` are all sums of the stewards in question, for boards of one metric and period.
    """
    totals: defaultdict[tuple[tuple[str, UUID | str | None], UUID], _Total] = defaultdict(_Total)
    asked = {_place(key) for key in keys}
    for part in found:
        for place in _places(part, people[part.steward_id], leagues):
            if place in asked:
                totals[place, part.steward_id].add(part)
    made: dict[str, dict[str, Entry | None]] = {}
    for key in keys:
        made[key.name], made[key.former_name] = {}, {}
    by_place = {_place(key): key for key in keys}
    for (place, steward_id), total in totals.items():
        key, person = by_place[place], people[steward_id]
        tie = _tie(person, total.reached_at)
        for name, value in ((key.name, total.value), (key.former_name, total.value_then)):
            shown = value > 0 and not person.hidden
            made[name][str(steward_id)] = Entry(str(steward_id), value, tie) if shown else None
    # Who moved house has left other streets' boards; lanes keep whoever earned there.
    for key in keys:
        if not isinstance(key.among, League) and key.among.kind is not ScopeKind.LANE:
            for steward_id in people:
                for name in (key.name, key.former_name):
                    made[name].setdefault(str(steward_id), None)
    return made


def _places(part: Sum, person: Person, leagues: Mapping[UUID, League | None]) -> list[tuple[str, UUID | str | None]]:
    places: list[tuple[str, UUID | str | None]] = [
        ("district", None),
        ("street", person.street_id),
        ("community", person.community_id),
    ]
    if part.lane_id is not None:
        places.append(("lane", part.lane_id))
        league = leagues.get(part.lane_id)
        if league is not None:
            places.append(("league", league.value))
    return places
