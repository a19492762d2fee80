"""Enrolling stewards (登记), many at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import clean_text, storable
from stewards.consents import CONSENT_FIELDS
from stewards.duty import check_duty
from stewards.lanes import LaneDirectory, load_lanes
from stewards.models import Community, Consent, LaneDuty, Steward
from stewards.names import spelling
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Principal
from stewards.refusals import (
    AlreadyEnrolled,
    ConsentUnknown,
    DatesReversed,
    JoiningNotPlausible,
    LaneUnknown,
    LeavingDateNeeded,
    NumberNotAllowed,
    PhoneNotAllowed,
    PlaceUnknown,
    StatusUnknown,
)

STATUSES = ("active", "suspended", "left", "deceased")
NAME_LENGTH = 64
EARLIEST_JOINING = date(1990, 1, 1)  # before any programme of this kind
_GONE = frozenset({"left", "deceased"})
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")
_PHONE = re.compile(r"[0-9+][0-9+() -]{0,31}")
_COMPARED = ("name", "community_id", "phone", "joined_on", "left_on", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSteward:
    """A person to enrol, in the community with a code, whose street follows from it.

    `lanes` are codes of lanes that the steward looks after from the day of joining. `pin_hash` is an argon2 hash.
    """

    number: str
    name: str
    community_code: str
    joined_on: date
    phone: str | None = None
    left_on: date | None = None
    status: str = "active"
    lanes: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    pin_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The steward stands as wished; `repeated` where the same was enrolled before and nothing was written."""

    steward_id: UUID
    number: str
    repeated: bool


async def enrol_stewards(
    tx: Tx, wishes: Sequence[NewSteward], *, by: Actor, now: datetime, principal: Principal | None = None
) -> list[Enrolled | Refusal]:
    """Enrol stewards by number, with their lanes and consents, audited; a row at fault harms no other.

    A number that is taken answers `repeated` when name, community, phone, dates and status are the same, and
    AlreadyEnrolled when they differ. A PIN is only set where there is none. `principal`, where a person calls, has
    to be allowed to enrol in the places of the lanes.
    """
    communities = await _communities(tx, {wish.community_code for wish in wishes})
    lanes = await load_lanes(tx, codes={code for wish in wishes for code in wish.lanes})
    checked: list[dict[str, Any] | Refusal] = []
    for wish in wishes:
        try:
            sound = _checked(wish, communities, lanes, today=local_date(now))
            for code in wish.lanes:
                if principal is not None and not may(principal, Action.STEWARDS_ENROL, lanes.by_code[code].place):
                    raise NotAllowed(pointer="/lanes")
            checked.append(sound)
        except Refusal as refusal:
            checked.append(refusal)
    numbers = {row["number"] for row in checked if not isinstance(row, Refusal)}
    known: dict[str, Row] = await tx.lock(Steward, numbers, key="number")
    outcomes: list[Enrolled | Refusal] = []
    fresh: list[tuple[NewSteward, dict[str, Any]]] = []
    pins: list[dict[str, Any]] = []
    for wish, row in zip(wishes, checked, strict=True):
        if isinstance(row, Refusal):
            outcomes.append(row)
            continue
        before = known.get(row["number"])
        if before is None:
            row |= {"id": new_id(), "pin_hash": wish.pin_hash, "version": 1, "created_at": now}
            known[row["number"]] = row
            fresh.append((wish, row))
            outcomes.append(Enrolled(steward_id=row["id"], number=row["number"], repeated=False))
        elif all(before[name] == row[name] for name in _COMPARED):
            if wish.pin_hash is not None and before["pin_hash"] is None:
                pins.append({"id": before["id"], "pin_hash": wish.pin_hash})
            outcomes.append(Enrolled(steward_id=before["id"], number=row["number"], repeated=True))
        else:
            outcomes.append(AlreadyEnrolled(pointer="/number", number=row["number"]))
    await _write(tx, fresh, lanes, by=by, now=now)
    await tx.update(Steward, pins)
    return outcomes


def check_status(status: str, joined_on: date, left_on: date | None) -> None:
    """Refuse a status that does not go with the dates of joining and leaving.

    Raises:
        StatusUnknown, LeavingDateNeeded, DatesReversed: as they say.

    """
    if status not in STATUSES:
        raise StatusUnknown(pointer="/status", allowed="、".join(STATUSES))
    if (status in _GONE) != (left_on is not None):
        raise LeavingDateNeeded(pointer="/left_on")
    if left_on is not None and left_on < joined_on:
        raise DatesReversed(pointer="/left_on", from_on=joined_on, to_on=left_on)


def clean_phone(phone: str | None) -> str | None:
    """A phone number without surrounding blanks; blank is None.

    Raises:
        PhoneNotAllowed: it holds something other than digits, blanks and + - ( ).

    """
    if phone is None or not phone.strip():
        return None
    cleaned = phone.strip()
    if not _PHONE.fullmatch(cleaned):
        raise PhoneNotAllowed(pointer="/phone")
    return cleaned


def check_joining(joined_on: date, today: date) -> None:
    """Refuse a day of joining that must be a slip of the pen.

    Raises:
        JoiningNotPlausible: before 1990, or more than a year ahead.

    """
    latest = today + timedelta(days=366)
    if not EARLIEST_JOINING <= joined_on <= latest:
        raise JoiningNotPlausible(pointer="/joined_on", earliest=EARLIEST_JOINING, latest=latest)


def _checked(wish: NewSteward, communities: Mapping[str, Row], lanes: LaneDirectory, *, today: date) -> dict[str, Any]:
    if not _NUMBER.fullmatch(wish.number):
        raise NumberNotAllowed(pointer="/number")
    name = clean_text(wish.name, max_length=NAME_LENGTH, pointer="/name")
    community = communities.get(wish.community_code)
    if community is None:
        raise PlaceUnknown(pointer="/community", code=wish.community_code)
    check_joining(wish.joined_on, today)
    check_status(wish.status, wish.joined_on, wish.left_on)
    for field in wish.consents:
        if field not in CONSENT_FIELDS:
            raise ConsentUnknown(pointer="/consents", allowed="、".join(CONSENT_FIELDS))
    for code in wish.lanes:
        lane = lanes.by_code.get(code)
        if lane is None:
            raise LaneUnknown(pointer="/lanes", code=code)
        from_on = max(wish.joined_on, lane.valid_from)
        refused = check_duty(lane, from_on, wish.left_on, joined_on=wish.joined_on, left_on=wish.left_on)
        if refused:
            refused.pointer = "/lanes"
            raise refused
    pinyin, initials = spelling(name)
    return {
        "number": wish.number,
        "name": name,
        "pinyin": pinyin,
        "initials": initials,
        "street_id": community["street_id"],
        "community_id": community["id"],
        "phone": clean_phone(wish.phone),
        "joined_on": wish.joined_on,
        "left_on": wish.left_on,
        "status": wish.status,
    }


async def _communities(tx: Tx, codes: set[str]) -> dict[str, Row]:
    wanted = sorted(code for code in codes if storable(code))
    return {row["code"]: row for row in await tx.rows(Community, f"WHERE {tx.one_of('code', 1)}", wanted)}


async def _write(
    tx: Tx,
    fresh: Sequence[tuple[NewSteward, Mapping[str, Any]]],
    lanes: LaneDirectory,
    *,
    by: Actor,
    now: datetime,
) -> None:
    if not fresh:
        return
    await tx.insert(Steward, [row for _, row in fresh])
    await tx.insert(
        LaneDuty,
        [
            {
                "id": new_id(),
                "lane_id": lane.id,
                "steward_id": row["id"],
                "from_on": max(wish.joined_on, lane.valid_from),
                "to_on": wish.left_on,
            }
            for wish, row in fresh
            for lane in (lanes.by_code[code] for code in dict.fromkeys(wish.lanes))
        ],
    )
    await tx.insert(
        Consent,
        [
            {"id": new_id(), "steward_id": row["id"], "field": field, "granted_at": now}
            for wish, row in fresh
            for field in dict.fromkeys(wish.consents)
        ],
    )
    entries = [
        AuditEntry(
            actor=by,
            action="stewards.enrolled",
            subject_kind="steward",
            subject_id=row["id"],
            street_id=row["street_id"],
            detail={"lanes": len(wish.lanes), "consents": sorted(set(wish.consents))},
        )
        for wish, row in fresh
    ]
    await record(tx, entries, now=now)
