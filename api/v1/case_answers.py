"""What is shown of cases."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from api.v1.answers import AwardShown, LinkShown, PlaceShown, ReversedShown, award_shown, reversed_shown
from cases.evidence import EvidenceShown
from cases.handling import Handled
from cases.intake import Reported
from cases.queue import CaseLine
from cases.showing import CaseShown, LinkedCase, TimelineEntry
from kernel.messages import Locale, Text
from points.receipt import sentence
from stewards.names import mask_name
from stewards.principal import Principal


class CaseStewardShown(msgspec.Struct, kw_only=True):
    """The steward who earns from a case; the name is masked where the reader may not see it in full."""

    id: UUID
    number: str
    name: str


class CaseAnswer(msgspec.Struct, kw_only=True):
    """A case."""

    id: UUID
    number: str
    source: str
    external_id: str
    channel: str
    category: str
    urgency: str
    livelihood: bool
    state: str
    episode: int
    version: int
    reported_at: datetime
    received_at: datetime
    verified_at: datetime | None
    solved_at: datetime | None
    lane: PlaceShown
    community_id: UUID
    street_id: UUID
    steward: CaseStewardShown
    duplicate_of: LinkShown | None
    latitude: float | None
    longitude: float | None
    description: str
    address: str
    evidence_count: int


class TimelineShown(msgspec.Struct, kw_only=True):
    """One step in the history of a case."""

    event_id: UUID
    action: str
    from_state: str | None
    to_state: str
    episode: int
    reason: str | None
    note: str | None
    actor_kind: str
    award_id: UUID | None
    points: int | None
    receipt: str | None
    recorded_at: datetime


class EvidenceAnswer(msgspec.Struct, kw_only=True):
    """A file of a case; `url` answers its bytes."""

    id: UUID
    sha256: str
    media_type: str
    size_bytes: int
    added_at: datetime
    url: str


class LinkedShown(msgspec.Struct, kw_only=True):
    """A case that is linked with this one."""

    id: UUID
    number: str
    state: str


class CaseInFull(msgspec.Struct, kw_only=True):
    """A case with its history, evidence and links."""

    case: CaseAnswer
    timeline: list[TimelineShown]
    evidence: list[EvidenceAnswer]
    duplicate_of: LinkedShown | None
    duplicates: list[LinkedShown]


class CaseReported(msgspec.Struct, kw_only=True):
    """A report that is stored; `repeated` where it had been stored before."""

    id: UUID
    number: str
    state: str
    episode: int
    version: int
    steward_id: UUID
    lane_id: UUID
    repeated: bool


class CaseStanding(msgspec.Struct, kw_only=True):
    """Where a case stands after a step."""

    id: UUID
    number: str
    state: str
    episode: int
    version: int
    steward_id: UUID


class CaseHandled(msgspec.Struct, kw_only=True):
    """A step that was taken, with what it was worth and what it took back."""

    case: CaseStanding
    action: str
    event_id: UUID
    award: AwardShown | None
    reversed: list[ReversedShown]


class BulkRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of one row: the status that it would have had alone, with its answer or its problem."""

    index: int
    status: int
    case: CaseReported | None = None
    handled: CaseHandled | None = None
    problem: dict[str, Any] | None = None


class BulkAnswer(msgspec.Struct, kw_only=True):
    """An outcome for each row, in order."""

    data: list[BulkRow]
    accepted: int
    refused: int


def case_shown(line: CaseLine, principal: Principal) -> CaseAnswer:
    """A line of a list, for a reader."""
    return CaseAnswer(
        id=line.id,
        number=line.number,
        source=line.source,
        external_id=line.external_id,
        channel=line.channel,
        category=line.category,
        urgency=line.urgency,
        livelihood=line.livelihood,
        state=line.state,
        episode=line.episode,
        version=line.version,
        reported_at=line.reported_at,
        received_at=line.received_at,
        verified_at=line.verified_at,
        solved_at=line.solved_at,
        lane=PlaceShown(id=line.lane_id, code=line.lane_code, name=line.lane_name, name_en=line.lane_name_en),
        community_id=line.community_id,
        street_id=line.street_id,
        steward=CaseStewardShown(
            id=line.steward_id,
            number=line.steward_number,
            # Machines need the number alone; people within reach see who it is.
            name=line.steward_name if principal.kind in {"steward", "staff"} else mask_name(line.steward_name),
        ),
        duplicate_of=(
            LinkShown(id=line.duplicate_of, number=line.duplicate_of_number or "") if line.duplicate_of else None
        ),
        latitude=line.latitude,
        longitude=line.longitude,
        description=line.description,
        address=line.address,
        evidence_count=line.evidence_count,
    )


def case_in_full(shown: CaseShown, principal: Principal, locale: Locale) -> CaseInFull:
    """A case with everything that belongs to it."""
    return CaseInFull(
        case=case_shown(shown.line, principal),
        timeline=[_timeline(entry, locale) for entry in shown.timeline],
        evidence=[evidence_shown(file) for file in shown.evidence],
        duplicate_of=_linked(shown.duplicate_of) if shown.duplicate_of else None,
        duplicates=[_linked(link) for link in shown.duplicates],
    )


def evidence_shown(file: EvidenceShown) -> EvidenceAnswer:
    """A file of a case."""
    return EvidenceAnswer(
        id=file.id,
        sha256=file.file_sha256,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        added_at=file.added_at,
        url=f"/api/v1/cases/{file.case_id}/evidence/{file.id}",
    )


def reported_shown(outcome: Reported) -> CaseReported:
    """A stored report."""
    return CaseReported(
        id=outcome.case_id,
        number=outcome.number,
        state=outcome.state,
        episode=outcome.episode,
        version=outcome.version,
        steward_id=outcome.steward_id,
        lane_id=outcome.lane_id,
        repeated=outcome.repeated,
    )


def handled_shown(outcome: Handled, locale: Locale) -> CaseHandled:
    """A step that was taken."""
    return CaseHandled(
        case=CaseStanding(
            id=outcome.case_id,
            number=outcome.number,
            state=outcome.state,
            episode=outcome.episode,
            version=outcome.version,
            steward_id=outcome.steward_id,
        ),
        action=outcome.action,
        event_id=outcome.event_id,
        award=award_shown(outcome.award, locale) if outcome.award else None,
        reversed=[reversed_shown(taken, locale) for taken in outcome.reversed],
    )


def _linked(link: LinkedCase) -> LinkedShown:
    return LinkedShown(id=link.id, number=link.number, state=link.state)


def _timeline(entry: TimelineEntry, locale: Locale) -> TimelineShown:
    told: Text | None = sentence(entry.receipt) if entry.receipt else None
    return TimelineShown(
        event_id=entry.event_id,
        action=entry.action,
        from_state=entry.from_state,
        to_state=entry.to_state,
        episode=entry.episode,
        reason=entry.reason,
        note=entry.note,
        actor_kind=entry.actor_kind,
        award_id=entry.award_id,
        points=entry.points,
        receipt=told.render(locale) if told else None,
        recorded_at=entry.recorded_at,
    )
