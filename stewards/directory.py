"""Finding stewards: by place, number, name and pinyin, within what the reader may see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from kernel.database import Reader, Row, Together
from kernel.text import storable
from stewards.consents import consents_of
from stewards.names import asked_spelling, mask_phone, public_name
from stewards.permissions import Action, may_at_any
from stewards.principal import Place, Principal
from stewards.reach import Reach, reach

LONGEST_QUERY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEntry:
    """A lane that a steward looks after, from a day to another (both included)."""

    duty_id: UUID
    lane_id: UUID
    lane_code: str
    lane_name: str
    lane_name_en: str
    from_on: date
    to_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardEntry:
    """A steward as a reader may see: `phone` is masked where the reader may not call, `duties` are today's."""

    id: UUID
    number: str
    name: str
    street_id: UUID
    street_code: str
    street_name: str
    street_name_en: str
    community_id: UUID
    community_code: str
    community_name: str
    community_name_en: str
    phone: str | None
    joined_on: date
    left_on: date | None
    status: str
    version: int
    duties: tuple[DutyEntry, ...]
    consents: frozenset[str]

    @property
    def public_name(self) -> str:
        """The name as everybody may see it."""
        return public_name(self.name, "full_name" in self.consents)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the steward stands, for permissions: the community, and each lane."""
        home = Place(street_id=self.street_id, community_id=self.community_id)
        return (
            home,
            *(
                Place(street_id=self.street_id, community_id=self.community_id, lane_id=duty.lane_id)
                for duty in self.duties
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardQuery:
    """What to look for. `q` is a part of a name or number, or pinyin, whole or initials; codes name places."""

    street_code: str | None = None
    community_code: str | None = None
    lane_code: str | None = None
    status: str | None = None
    q: str | None = None
    starting_after: UUID | None = None
    limit: int = 20


_STEWARDS = """
    SELECT steward.id, steward.number, steward.name, steward.street_id, street.code AS street_code,
           street.name AS street_name, street.name_en AS street_name_en, steward.community_id,
           community.code AS community_code, community.name AS community_name, community.name_en AS community_name_en,
           steward.phone, steward.joined_on, steward.left_on, steward.status, steward.version
    FROM stewards_steward steward
    JOIN stewards_street street ON street.id = steward.street_id
    JOIN stewards_community community ON community.id = steward.community_id
"""
_TYPES = {"id": UUID, "street_id": UUID, "community_id": UUID, "joined_on": date, "left_on": date}
_ON_DUTY = """steward.id IN (
    SELECT duty.steward_id FROM stewards_lane_duty duty JOIN stewards_lane lane ON lane.id = duty.lane_id
    WHERE {lane} AND duty.from_on <= ${today} AND (duty.to_on IS NULL OR duty.to_on >= ${today})
)"""


async def list_stewards(
    reader: Reader, principal: Principal | None, query: StewardQuery, *, today: date
) -> tuple[list[StewardEntry], bool]:
    """The stewards that a caller may see and that match, by number, and whether there are more after them.

    `starting_after` is the id of the last one of the page before.
    """
    within = reach(principal, Action.STEWARDS_READ)
    if within.nothing:
        return [], False
    conditions, args = _matching(reader, query, today)
    allowed, more = _within(reader, within, len(args) + 1, today)
    conditions.append(allowed)
    args += more
    if query.starting_after is not None:
        args.append(query.starting_after)
        conditions.append(f"steward.number > (SELECT number FROM stewards_steward WHERE id = ${len(args)})")
    args.append(query.limit + 1)
    rows = await reader.fetch(
        f"{_STEWARDS} WHERE {' AND '.join(conditions)} ORDER BY steward.number LIMIT ${len(args)}", *args, types=_TYPES
    )
    return await _entries(reader, principal, rows[: query.limit], today), len(rows) > query.limit


async def find_stewards(
    reader: Reader,
    principal: Principal | None,
    *,
    ids: Iterable[UUID] = (),
    numbers: Iterable[str] = (),
    today: date,
) -> list[StewardEntry]:
    """The stewards with these ids or numbers that a caller may see, by number; others are absent."""
    within = reach(principal, Action.STEWARDS_READ)
    if within.nothing:
        return []
    args: list[Any] = [sorted(set(ids)), sorted(number for number in set(numbers) if storable(number))]
    allowed, more = _within(reader, within, 3, today)
    rows = await reader.fetch(
        f"{_STEWARDS} WHERE ({reader.one_of('steward.id', 1)} OR {reader.one_of('steward.number', 2)}) AND {allowed} "
        "ORDER BY steward.number",
        *args,
        *more,
        types=_TYPES,
    )
    return await _entries(reader, principal, rows, today)


async def steward_ids(reader: Reader, numbers: Iterable[str]) -> dict[str, UUID]:
    """The ids of stewards by number, whoever asks; unknown numbers are absent."""
    wanted = sorted(number for number in set(numbers) if storable(number))
    found = await reader.fetch(
        f"SELECT id, number FROM stewards_steward WHERE {reader.one_of('number', 1)}", wanted, types={"id": UUID}
    )
    return {row["number"]: row["id"] for row in found}


def _matching(reader: Reader, query: StewardQuery, today: date) -> tuple[list[str], list[Any]]:
    conditions: list[str] = ["1 = 1"]
    args: list[Any] = []
    named = (("street.code", query.street_code), ("community.code", query.community_code))
    for column, value in (*named, ("steward.status", query.status)):
        if value is not None:
            args.append(value if storable(value) else "")
            conditions.append(f"{column} = ${len(args)}")
    if query.lane_code is not None:
        args += [query.lane_code if storable(query.lane_code) else "", today]
        conditions.append(_ON_DUTY.format(lane=f"lane.code = ${len(args) - 1}", today=len(args)))
    asked = (query.q or "").strip()
    if asked:
        conditions.append(_named(asked, args))
    return conditions, args


def _named(asked: str, args: list[Any]) -> str:
    if not storable(asked) or len(asked) > LONGEST_QUERY:
        return "1 = 0"
    likes = [("steward.name", f"%{_literal(asked)}%"), ("LOWER(steward.number)", f"{_literal(asked.lower())}%")]
    spelt = asked_spelling(asked)
    if spelt.isascii() and spelt.isalpha():
        likes += [("steward.pinyin", f"{spelt}%"), ("steward.initials", f"{spelt}%")]
    parts = []
    for column, pattern in likes:
        args.append(pattern)
        parts.append(f"{column} LIKE ${len(args)} ESCAPE '!'")
    return f"({' OR '.join(parts)})"


def _literal(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _within(reader: Reader, within: Reach, first: int, today: date) -> tuple[str, list[Any]]:
    """What `Reach.condition` says of places and oneself, and the stewards on duty today in lanes within reach."""
    condition, args = within.condition(
        reader, first, street="steward.street_id", community="steward.community_id", steward="steward.id"
    )
    if within.lane_ids and not within.everything:
        args += [sorted(within.lane_ids), today]
        at = first + len(args) - 2
        condition = f"({condition} OR {_ON_DUTY.format(lane=reader.one_of('duty.lane_id', at), today=at + 1)})"
    return condition, args


async def _duties(reader: Reader, steward_ids: Sequence[UUID], today: date) -> defaultdict[UUID, list[DutyEntry]]:
    found: defaultdict[UUID, list[DutyEntry]] = defaultdict(list)
    for row in await reader.fetch(
        f"""
        SELECT duty.id, duty.steward_id, duty.lane_id, lane.code, lane.name, lane.name_en, duty.from_on, duty.to_on
        FROM stewards_lane_duty duty JOIN stewards_lane lane ON lane.id = duty.lane_id
        WHERE {reader.one_of("duty.steward_id", 1)} AND duty.from_on <= $2 AND (duty.to_on IS NULL OR duty.to_on >= $2)
        ORDER BY duty.from_on, lane.code
        """,
        list(steward_ids),
        today,
        types={"id": UUID, "steward_id": UUID, "lane_id": UUID, "from_on": date, "to_on": date},
    ):
        found[row["steward_id"]].append(
            DutyEntry(
                duty_id=row["id"],
                lane_id=row["lane_id"],
                lane_code=row["code"],
                lane_name=row["name"],
                lane_name_en=row["name_en"],
                from_on=row["from_on"],
                to_on=row["to_on"],
            )
        )
    return found


async def _entries(reader: Reader, principal: Principal | None, rows: Sequence[Row], today: date) -> list[StewardEntry]:
    ids = [row["id"] for row in rows]
    async with Together(reader) as ask:
        on_duty = ask(_duties, ids, today)
        consented = ask(consents_of, ids)
    duties, consents = on_duty.result(), consented.result()
    entries = []
    for row in rows:
        fields: dict[str, Any] = dict(row)
        entry = StewardEntry(**fields, duties=tuple(duties[row["id"]]), consents=consents[row["id"]])
        if not may_at_any(principal, Action.STEWARDS_READ_PHONE, entry.places, entry.id):
            fields["phone"] = mask_phone(entry.phone)
            entry = StewardEntry(**fields, duties=entry.duties, consents=entry.consents)
        entries.append(entry)
    return entries
