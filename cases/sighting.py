"""What residents say of a lane without an account (居民反映): left, then made a case by staff or set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cases.evidence import NewEvidence, attach_evidence
from cases.intake import Reported, report_cases
from cases.models import Sighting
from cases.reasons import ASIDE_REASONS
from cases.refusals import ContactNotAgreed, SightingDecided, SightingLaneUnknown, UnknownReason, UnknownSighting
from cases.reports import CaseReport
from cases.wording import Channel, Urgency
from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from kernel.numbering import take_numbers
from kernel.text import clean_text
from kernel.tokens import hash_secret, new_secret
from stewards.lanes import LaneEntry, load_lanes
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

TEXT_LENGTH = 500
ADDRESS_LENGTH = 100
CONTACT_LENGTH = 40
CONTACT_KEPT = timedelta(days=30)
"""How long a contact is kept after staff decided; half a year where nobody did."""
TEXT_KEPT = timedelta(days=365)
_UNDECIDED_KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSighting:
    """What a resident saw in a lane. `contact` needs `contact_agreed`; `picture_sha256` is a stored file."""

    lane_code: str
    text: str
    address: str = ""
    contact: str = ""
    contact_agreed: bool = False
    picture_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingLeft:
    """It is kept under a number; `secret` lets the browser that left it see what became of it."""

    sighting_id: UUID
    number: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSighting:
    """Staff make a case of it, in their words or else the resident's; for the steward on duty unless one is named."""

    sighting_id: UUID
    category: str
    caller: Principal
    steward_number: str | None = None
    description: str | None = None
    urgency: str = Urgency.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSightingAside:
    """Staff make no case of it, and say why."""

    sighting_id: UUID
    reason: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingStands:
    """Where it stands: taken with its case, or set aside."""

    sighting_id: UUID
    state: str
    case: Reported | None = None


async def leave_sightings(tx: Tx, wishes: Sequence[LeaveSighting], *, now: datetime) -> list[SightingLeft | Refusal]:
    """Keep what residents saw, for staff to look at.

    Refuses SightingLaneUnknown, ContactNotAgreed and unfit texts, each by its pointer.
    """
    lanes = (await load_lanes(tx, codes={wish.lane_code for wish in wishes})).by_code
    outcomes: list[SightingLeft | Refusal] = []
    rows: list[dict[str, Any]] = []
    for wish in wishes:
        try:
            row, secret = _left(wish, lanes.get(wish.lane_code), now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        rows.append(row)
        outcomes.append(SightingLeft(sighting_id=row["id"], number="", secret=secret))
    prefix = f"F{local_date(now):%y%m%d}"
    numbers = {
        row["id"]: f"{prefix}{number:04d}"
        for row, number in zip(rows, await take_numbers(tx, f"sighting {prefix}", len(rows)), strict=True)
    }
    await tx.insert(Sighting, [{**row, "number": numbers[row["id"]]} for row in rows])
    entries = [
        AuditEntry(
            actor=Actor("resident"),
            action="sightings.left",
            subject_kind="sighting",
            subject_id=row["id"],
            street_id=row["street_id"],
            detail={"number": numbers[row["id"]]},
        )
        for row in rows
    ]
    if entries:
        await record(tx, entries, now=now)
    return [
        outcome
        if isinstance(outcome, Refusal)
        else SightingLeft(sighting_id=outcome.sighting_id, number=numbers[outcome.sighting_id], secret=outcome.secret)
        for outcome in outcomes
    ]


def _left(wish: LeaveSighting, lane: LaneEntry | None, now: datetime) -> tuple[dict[str, Any], str]:
    if lane is None or not lane.valid_on(local_date(now)):
        raise SightingLaneUnknown(pointer="/lane")
    contact = clean_text(wish.contact, max_length=CONTACT_LENGTH, pointer="/contact", allow_empty=True)
    if contact and not wish.contact_agreed:
        raise ContactNotAgreed(pointer="/contact_agreed")
    secret = new_secret()
    row = {
        "id": new_id(),
        "secret_sha256": hash_secret(secret),
        "lane_id": lane.id,
        "community_id": lane.community_id,
        "street_id": lane.street_id,
        "text": clean_text(wish.text, max_length=TEXT_LENGTH, pointer="/text", lines=True),
        "address": clean_text(wish.address, max_length=ADDRESS_LENGTH, pointer="/address", allow_empty=True),
        "contact": contact or None,
        "contact_agreed_at": now if contact else None,
        "picture_id": wish.picture_sha256,
        "left_at": now,
        "state": "waiting",
    }
    return row, secret


async def take_sightings(tx: Tx, wishes: Sequence[TakeSighting], *, now: datetime) -> list[SightingStands | Refusal]:
    """Make cases of what residents saw, with their pictures as evidence. Whoever takes one over may not verify it.

    Refuses UnknownSighting, SightingDecided, and what a report is refused for.
    """
    found = await tx.lock(Sighting, {wish.sighting_id for wish in wishes})
    refused: dict[int, Refusal] = {}
    reports: dict[int, CaseReport] = {}
    asked: set[UUID] = set()
    for at, wish in enumerate(wishes):
        try:
            row = _waiting(found.get(wish.sighting_id), wish.caller, asked)
            reports[at] = _report(wish, row)
            asked.add(wish.sighting_id)
        except Refusal as refusal:
            refused[at] = refusal
    stored = dict(zip(reports, await report_cases(tx, list(reports.values()), now=now), strict=True))
    outcomes: list[SightingStands | Refusal] = []
    evidence, entries = [], []
    for at, wish in enumerate(wishes):
        outcome = refused.get(at) or stored[at]
        if isinstance(outcome, Refusal):
            outcomes.append(outcome)
            continue
        row = found[wish.sighting_id]
        await _decide(tx, row, wish.caller, now, state="taken", case_id=outcome.case_id)
        entries.append(_entry(wish.caller, "sightings.taken", row, {"case": outcome.number}))
        if row["picture_id"] is not None:
            evidence.append(NewEvidence(case_id=outcome.case_id, file_sha256=row["picture_id"], actor=wish.caller))
        outcomes.append(SightingStands(sighting_id=row["id"], state="taken", case=outcome))
    await attach_evidence(tx, evidence, now=now)
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _report(wish: TakeSighting, row: Row) -> CaseReport:
    return CaseReport(
        external_id=str(row["id"]),
        channel=Channel.RESIDENT,
        category=wish.category,
        reporter=wish.caller.actor,
        reported_at=row["left_at"],
        lane_id=row["lane_id"],
        steward_number=wish.steward_number,
        urgency=wish.urgency,
        description=row["text"] if wish.description is None else wish.description,
        address=row["address"],
        principal=wish.caller,
    )


async def set_sightings_aside(
    tx: Tx, wishes: Sequence[SetSightingAside], *, now: datetime
) -> list[SightingStands | Refusal]:
    """Make no case of what residents saw; each reads the reason.

    Refuses UnknownSighting, SightingDecided, UnknownReason.
    """
    found = await tx.lock(Sighting, {wish.sighting_id for wish in wishes})
    asked: set[UUID] = set()
    outcomes: list[SightingStands | Refusal] = []
    entries = []
    for wish in wishes:
        try:
            row = _waiting(found.get(wish.sighting_id), wish.caller, asked)
            if wish.reason not in ASIDE_REASONS:
                raise UnknownReason(reason=wish.reason[:32], pointer="/reason")
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        asked.add(wish.sighting_id)
        await _decide(tx, row, wish.caller, now, state="set_aside", reason=wish.reason)
        entries.append(_entry(wish.caller, "sightings.set_aside", row, {"reason": wish.reason}))
        outcomes.append(SightingStands(sighting_id=row["id"], state="set_aside"))
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _waiting(row: Row | None, caller: Principal, decided: set[UUID]) -> Row:
    if row is None:
        raise UnknownSighting
    place = Place(street_id=row["street_id"], community_id=row["community_id"], lane_id=row["lane_id"])
    if not may(caller, Action.SIGHTINGS_DECIDE, place):
        raise UnknownSighting
    if row["state"] != "waiting" or row["id"] in decided:
        raise SightingDecided(number=row["number"])
    return row


async def _decide(tx: Tx, row: Row, caller: Principal, now: datetime, **columns: Any) -> None:
    await tx.update(Sighting, [{"id": row["id"], "decided_at": now, "decided_by_id": caller.id, **columns}])


def _entry(caller: Principal, action: str, row: Row, detail: dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        actor=caller.actor,
        action=action,
        subject_kind="sighting",
        subject_id=row["id"],
        street_id=row["street_id"],
        detail={"number": row["number"], **detail},
    )


async def forget_sightings(tx: Tx, *, now: datetime) -> int:
    """Forget contacts when nobody needs them any more, and a year later what was written; answers how many rows."""
    contacts = await tx.execute(
        "UPDATE cases_sighting SET contact = NULL WHERE contact IS NOT NULL AND (decided_at < $1 OR left_at < $2)",
        now - CONTACT_KEPT,
        now - _UNDECIDED_KEPT,
    )
    texts = await tx.execute(
        "UPDATE cases_sighting SET text = '', address = '' WHERE decided_at < $1 AND text <> ''", now - TEXT_KEPT
    )
    return contacts + texts


async def _forget(run: JobRun) -> None:
    await run.database.run(lambda tx: forget_sightings(tx, now=run.now()))


SIGHTINGS_FORGOTTEN = Job(
    name="sightings-forgotten", every=timedelta(days=1), offset=timedelta(hours=3, minutes=45), run=_forget
)
"""The nightly job that forgets what residents left."""
