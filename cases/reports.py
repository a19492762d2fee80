"""A report as it arrives, and what of it can be checked by itself: text, times, choices, coordinates."""

import hashlib
import math
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from cases.refusals import (
    DescriptionMissing,
    InTheFuture,
    LaneMissing,
    NotAChoice,
    OutsideTheGlobe,
    ReportedForAnother,
    ReportedTooLate,
    SourceReserved,
    TimeZoneMissing,
    TooLongAgo,
)
from cases.transitions import CLOCK_SKEW
from cases.wording import Channel, Urgency
from kernel.audit import Actor
from kernel.clock import local_date
from kernel.text import clean_text
from stewards.principal import Principal

SOURCE_LENGTH = 32
EXTERNAL_ID_LENGTH = 64
DESCRIPTION_LENGTH = 2_000
ADDRESS_LENGTH = 200
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before any programme of this kind; a slip of the pen
# How far back persons report: the days of the caps are those of the reports, and nobody fills up days gone by.
LATEST: Mapping[str, timedelta] = {"steward": timedelta(hours=48), "staff": timedelta(days=31)}
# What persons report comes from one source for each kind of them, so that nobody can take another system's numbers.
OWN_SOURCE: Mapping[str, str] = {"steward": "phone", "staff": "desk"}
_OWN_CHANNELS: Mapping[str, tuple[Channel, ...]] = {
    "steward": (Channel.PHONE,),
    "staff": (Channel.DESK, Channel.CHAT, Channel.PHONE, Channel.RESIDENT),
}
BY_HAND = frozenset({Channel.PHONE, Channel.DESK, Channel.CHAT, Channel.RESIDENT})  # somebody writes what was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """A problem that a steward found (上报), as it arrives.

    `source` and `external_id` name it for ever in the system that it comes from. What a person reports has a source of
    its own, which may be left out, and is named within what that person reported. The lane is named by id or by code.
    Without `steward_id` and `steward_number` it belongs to the reporter, if a steward, else to whoever was on duty in
    the lane on the local day of `reported_at`. `principal`, where a person or machine calls, has to be allowed to
    report in that place.
    """

    source: str | None = None
    external_id: str
    channel: str
    category: str
    reporter: Actor
    reported_at: datetime
    lane_id: UUID | None = None
    lane_code: str | None = None
    steward_id: UUID | None = None
    steward_number: str | None = None
    urgency: str = Urgency.NORMAL
    livelihood: bool = False
    description: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    principal: Principal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A report whose own fields are sound."""

    report: CaseReport
    source: str
    external_id: str
    steward_id: UUID | None  # as named, or the reporter
    reported_at: datetime  # UTC
    description: str
    address: str

    @property
    def key(self) -> tuple[str, str]:
        """What a case is stored once by."""
        return (self.source, self.external_id)

    @property
    def day(self) -> date:
        """The local day of the report."""
        return local_date(self.reported_at)


def checked(report: CaseReport, now: datetime) -> Facts:
    """The report, cleaned.

    Raises:
        Refusal: a field is at fault, named by its pointer.

    """
    _choice(report.channel, _OWN_CHANNELS.get(report.reporter.kind, tuple(Channel)), "/channel")
    _choice(report.urgency, tuple(Urgency), "/urgency")
    if report.lane_id is None and report.lane_code is None:
        raise LaneMissing(pointer="/lane")
    description = clean_text(
        report.description, max_length=DESCRIPTION_LENGTH, pointer="/description", allow_empty=True, lines=True
    )
    if not description and report.channel in BY_HAND:
        raise DescriptionMissing(pointer="/description")
    _coordinates(report.latitude, report.longitude)
    return Facts(
        report=report,
        source=_source(report),
        external_id=_external_id(report),
        steward_id=_own_steward(report),
        reported_at=_instant(report.reported_at, now),
        description=description,
        address=clean_text(report.address, max_length=ADDRESS_LENGTH, pointer="/address", allow_empty=True),
    )


def check_age(facts: Facts, now: datetime) -> None:
    """Refuse a new report of a person about what is long gone. Machines and sheets may bring old cases.

    Raises:
        ReportedTooLate: stewards have 48 hours, staff 31 days.

    """
    latest = LATEST.get(facts.report.reporter.kind)
    if latest is not None and facts.reported_at < now - latest:
        hours = latest // timedelta(hours=1)
        raise ReportedTooLate(at=facts.reported_at.isoformat(), hours=hours, pointer="/reported_at")


def fingerprint_of(facts: Facts, *, lane_id: UUID, steward_id: UUID | None) -> str:
    """What was reported, as a SHA-256 in hex, to tell a repeat from a conflict.

    `steward_id` is None where duty decides, so that a later change of duty does not turn a repeat into a conflict.
    Who brought the report, and how, does not count: the same sheet may be imported by somebody else.
    """
    report = facts.report
    said: list[Any] = [
        report.category,
        str(lane_id),
        str(steward_id) if steward_id else None,
        facts.reported_at.isoformat(),
        report.urgency,
        report.livelihood,
        facts.description,
        facts.address,
        None if report.latitude is None else float(report.latitude),
        None if report.longitude is None else float(report.longitude),
    ]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def _source(report: CaseReport) -> str:
    own = OWN_SOURCE.get(report.reporter.kind)
    if own is not None and report.source is None:
        return own
    source = clean_text(report.source or "", max_length=SOURCE_LENGTH, pointer="/source")
    if source != own and (own is not None or source in OWN_SOURCE.values()):
        raise SourceReserved(source=_shown(source), pointer="/source")
    return source


def _external_id(report: CaseReport) -> str:
    """The id; of a person's report after that person's, so that nobody takes a number that is somebody else's."""
    reporter = report.reporter
    prefix = ""
    if reporter.kind in OWN_SOURCE and reporter.id is not None:
        prefix = urlsafe_b64encode(reporter.id.bytes).decode().rstrip("=") + "/"
    return prefix + clean_text(report.external_id, max_length=EXTERNAL_ID_LENGTH - len(prefix), pointer="/external_id")


def _choice(value: str, choices: Sequence[Channel | Urgency], pointer: str) -> None:
    allowed = [choice.value for choice in choices]
    if value not in allowed:
        raise NotAChoice(value=_shown(value), choices="、".join(allowed), pointer=pointer)


def _shown(value: object) -> str:
    # What a caller sent is repeated to him, but neither at length nor with what cannot be printed.
    return "".join(character if character.isprintable() else "?" for character in str(value)[:40])


def _own_steward(report: CaseReport) -> UUID | None:
    if report.reporter.kind != "steward":
        return report.steward_id
    if report.steward_id not in (None, report.reporter.id) or report.steward_number is not None:
        raise ReportedForAnother(pointer="/steward")
    return report.reporter.id


def _instant(at: datetime, now: datetime) -> datetime:
    if at.tzinfo is None or at.utcoffset() is None:
        raise TimeZoneMissing(pointer="/reported_at")
    if at > now + CLOCK_SKEW:
        raise InTheFuture(at=at.isoformat(), pointer="/reported_at")
    if at < EARLIEST:
        raise TooLongAgo(at=at.isoformat(), pointer="/reported_at")
    return at.astimezone(UTC)


def _coordinates(latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) != (longitude is None):
        raise OutsideTheGlobe(pointer="/latitude" if latitude is None else "/longitude")
    for value, limit, pointer in ((latitude, 90, "/latitude"), (longitude, 180, "/longitude")):
        if value is not None and (isinstance(value, bool) or not math.isfinite(value) or abs(value) > limit):
            raise OutsideTheGlobe(pointer=pointer)
