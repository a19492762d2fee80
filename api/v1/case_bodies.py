"""What is sent about cases."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from pydantic.config import JsonDict

from api.bodies import Body, Instant, Latitude, Longitude
from cases.intake import CaseReport
from cases.wording import Channel
from kernel.audit import Actor
from stewards.principal import Principal

MOST_ROWS = 1_000

_CHANNELS = {"steward": Channel.PHONE, "staff": Channel.DESK}
Reason = Annotated[str, Field(min_length=1, max_length=32)]
Note = Annotated[str, Field(max_length=2_000)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class ReportCase(Body):
    """A problem that a steward found. `source` and `external_id` name it for ever: the same again adds nothing.

    Machines name the system that it comes from. What persons report has a source of its own and ids within what that
    person reported (41 characters at most); they leave `source` out.
    """

    external_id: Annotated[str, Field(min_length=1, max_length=64, examples=["2026-0001234"])]
    category: Annotated[str, Field(min_length=1, max_length=32, examples=["road_damage"])]
    lane: Annotated[str, Field(min_length=1, max_length=64, description="Code or id of the lane")]
    reported_at: Instant
    source: Annotated[str | None, Field(min_length=1, max_length=32, examples=["city-grid"])] = None
    steward: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=64,
            description="Number or id; else the reporter, or whoever was on duty in the lane that day",
        ),
    ] = None
    urgency: Literal["normal", "hazard"] = "normal"
    livelihood: bool = False
    description: Annotated[str, Field(max_length=2_000)] = ""
    address: Annotated[str, Field(max_length=200)] = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    channel: Literal["phone", "desk", "chat", "sheet", "api"] | None = None


def wish_of(body: ReportCase, principal: Principal) -> CaseReport:
    """A report as the domain takes it."""
    lane_id = _as_id(body.lane)
    steward_id = _as_id(body.steward) if body.steward is not None else None
    return CaseReport(
        source=body.source,
        external_id=body.external_id,
        channel=body.channel or _CHANNELS.get(principal.kind, Channel.API),
        category=body.category,
        reporter=Actor(principal.kind, principal.id),
        reported_at=body.reported_at,
        lane_id=lane_id,
        lane_code=None if lane_id else body.lane,
        steward_id=steward_id,
        steward_number=None if steward_id else body.steward,
        urgency=body.urgency,
        livelihood=body.livelihood,
        description=body.description,
        address=body.address,
        latitude=body.latitude,
        longitude=body.longitude,
        principal=principal,
    )


def _as_id(value: str) -> UUID | None:
    if len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None


def _rows_of(model: str) -> JsonDict:
    """Rows are read one by one, so that one at fault harms no other; the description names what each should be."""
    return {"items": {"$ref": f"#/components/schemas/{model}"}}


class BulkReport(Body):
    """Up to 1,000 reports, each stored or refused by itself."""

    cases: Annotated[list[Any], Field(min_length=1, max_length=MOST_ROWS, json_schema_extra=_rows_of("ReportCase"))]


class TakeStep(Body):
    """A step that needs no reason. `occurred_at` is when it took place, where it is entered later."""

    note: Note | None = None
    occurred_at: Instant | None = None


class TakeStepWithReason(Body):
    """A step that says why, by a code from the list of the step."""

    reason: Reason
    note: Note | None = None
    occurred_at: Instant | None = None


class MarkDuplicate(Body):
    """Which case was there first."""

    duplicate_of: UUID
    note: Note | None = None
    occurred_at: Instant | None = None


class StepOfMany(Body):
    """One step of a bulk request."""

    case: UUID
    action: Literal["verify", "return", "complete", "reject", "solve", "reopen", "duplicate", "undo"]
    reason: Reason | None = None
    note: Note | None = None
    duplicate_of: UUID | None = None
    version: Version | None = None
    occurred_at: Instant | None = None


class BulkSteps(Body):
    """Up to 1,000 steps, each taken or refused by itself, in order."""

    steps: Annotated[list[Any], Field(min_length=1, max_length=MOST_ROWS, json_schema_extra=_rows_of("StepOfMany"))]
