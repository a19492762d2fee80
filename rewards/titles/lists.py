"""Lists in their versions: each computed from the inputs and from who was struck, hashed, chained to the former."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.database import Reader, Row, Tx
from kernel.ids import derived_id, new_id
from kernel.messages import Text
from points.rules import TitleRule
from rewards.titles.causes import LIST_STATES
from rewards.titles.inputs import Inputs, read_inputs, sha256_of
from rewards.titles.models import TitleInputs, TitleSnapshot
from rewards.titles.refusals import ListChanged, ListStands, UnknownList
from rewards.titles.selecting import Selection, select
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal

FORMAT = "jinpai-title-list/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """Who was taken off a list in which version: a veto's code, or the number of the objection that was upheld."""

    ticket: UUID
    reference: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one version of a list says."""

    round_id: UUID
    street: str | None
    version: int
    inputs_sha256: str
    struck: tuple[Strike, ...]
    winners: tuple[UUID, ...]
    previous: str | None  # hash of the version before


def list_id_of(round_id: UUID, street_id: UUID | None) -> UUID:
    """The id of a list: it follows from the round and the street."""
    return derived_id("title list", str(round_id), str(street_id))


def body_of(listed: Listed) -> str:
    """A version of a list as canonical JSON."""
    document = {
        "format": FORMAT,
        "round": str(listed.round_id),
        "street": listed.street,
        "version": listed.version,
        "inputs_sha256": listed.inputs_sha256,
        "struck": [
            {"ticket": str(one.ticket), "reference": one.reference, "version": one.version} for one in listed.struck
        ],
        "winners": [str(ticket) for ticket in listed.winners],
        "previous": listed.previous,
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def read_list(body: bytes | str) -> Listed:
    """A version of a list from its JSON.

    Raises:
        KeyError, TypeError, ValueError: it is no such document.

    """
    document: Mapping[str, Any] = orjson.loads(body)
    if document["format"] != FORMAT:
        raise ValueError(document["format"])
    return Listed(
        round_id=UUID(document["round"]),
        street=document["street"],
        version=document["version"],
        inputs_sha256=document["inputs_sha256"],
        struck=tuple(
            Strike(ticket=UUID(one["ticket"]), reference=one["reference"], version=one["version"])
            for one in document["struck"]
        ),
        winners=tuple(UUID(ticket) for ticket in document["winners"]),
        previous=document["previous"],
    )


def snapshot_row(
    listed: Listed, *, list_id: UUID, cause: str, strike: Strike | None, by: UUID | None, now: datetime
) -> dict[str, Any]:
    """A version of a list as it is stored."""
    body = body_of(listed)
    return {
        "id": new_id(),
        "list_id": list_id,
        "version": listed.version,
        "cause": cause,
        "ticket": strike.ticket if strike else None,
        "reference": strike.reference if strike else None,
        "winners": len(listed.winners),
        "body": body,
        "body_sha256": sha256_of(body),
        "made_by_id": by,
        "made_at": now,
    }


async def inputs_of(reader: Reader, round_id: UUID) -> tuple[Inputs, str]:
    """The frozen inputs of a round that has lists, which are made of them, with their hash."""
    [row] = await reader.rows(TitleInputs, "WHERE round_id = $1", round_id)
    return _parsed(row), row["body_sha256"]


_PARSED: dict[str, Inputs] = {}
_MOST_PARSED = 8


def _parsed(row: Row) -> Inputs:
    """Inputs are two thousand lines of JSON that never change: those that were read lately are kept by their hash."""
    found = _PARSED.get(row["body_sha256"])
    if found is None:
        found = read_inputs(row["body"])
        if len(_PARSED) >= _MOST_PARSED:
            _PARSED.clear()
        _PARSED[row["body_sha256"]] = found
    return found


async def newest_snapshots(reader: Reader, lists: Sequence[Row]) -> dict[UUID, Row]:
    """The snapshot that counts of each list (rows with id and version)."""
    wanted = {row["id"]: row["version"] for row in lists}
    rows = await reader.rows(TitleSnapshot, f"WHERE {reader.one_of('list_id', 1)} ORDER BY version", sorted(wanted))
    return {row["list_id"]: row for row in rows if row["version"] == wanted[row["list_id"]]}


async def struck_off(
    tx: Tx, row: dict[str, Any], *, ticket: UUID, cause: str, reference: str, by: UUID | None, now: datetime
) -> Selection:
    """Strike somebody off a locked list: its next version is computed, chained and stored; the row is brought along.

    The list has to be reviewed and announced anew.
    """
    inputs, inputs_sha256 = await inputs_of(tx, row["round_id"])
    newest = (await newest_snapshots(tx, [row]))[row["id"]]
    former = read_list(newest["body"])
    strike = Strike(ticket=ticket, reference=reference, version=former.version + 1)
    struck = (*former.struck, strike)
    selection = select(inputs, {one.ticket for one in struck})
    listed = Listed(
        round_id=row["round_id"],
        street=former.street,
        version=strike.version,
        inputs_sha256=inputs_sha256,
        struck=struck,
        winners=tuple(line.ticket for line in selection.winners(former.street)),
        previous=newest["body_sha256"],
    )
    made = snapshot_row(listed, list_id=row["id"], cause=cause, strike=strike, by=by, now=now)
    await tx.insert(TitleSnapshot, [made])
    row |= {"version": listed.version, "state": "proposed"}
    return selection


def place_of(row: Row) -> Place:
    """Where a list is; a district's list is nowhere in particular, so that only roles of the district reach it."""
    return Place(street_id=row["street_id"])


def within_reach(row: dict[str, Any] | None, caller: Principal, action: Action) -> dict[str, Any]:
    """A list that the caller may do something with.

    Raises:
        UnknownList: there is none, or out of reach.
        NotAllowed: it may be read and no more.

    """
    if row is None or not may(caller, Action.TITLES_READ, place_of(row)):
        raise UnknownList
    if not may(caller, action, place_of(row)):
        raise NotAllowed
    return row


def check_version(row: Row, version: int) -> None:
    """Refuse what was decided by an older version.

    Raises:
        ListChanged: there is a newer one.

    """
    if row["version"] != version:
        raise ListChanged(version=row["version"])


def check_state(row: Row, *states: str) -> None:
    """Refuse what cannot be done in the list's state.

    Raises:
        ListStands: it is in none of the states.

    """
    if row["state"] not in states:
        raise ListStands(state=Text(LIST_STATES[row["state"]]))


def name_of(rule: TitleRule) -> dict[str, str]:
    """A title's names, as parameters of messages."""
    return {"title_zh": rule.zh, "title_en": rule.en}
