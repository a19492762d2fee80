"""What can be assessed."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field


class Event(StrEnum):
    """What can be assessed. `false_report` takes points away; all others give them."""

    CASE_VERIFIED = "case_verified"
    CASE_SOLVED = "case_solved"
    PATROL = "patrol"
    VISIT = "visit"
    ACT = "act"
    RECORD = "record"
    WHISTLE_SOLVED = "whistle_solved"
    REFRESH = "refresh"
    HALL_SESSION = "hall_session"
    COURSE = "course"
    MAP = "map"
    SERVICE = "service"  # volunteering by the clock (志愿服务)
    ENROLMENT = "enrolment"
    REFERRAL = "referral"  # somebody whom a steward brought joined
    DUPLICATE = "duplicate"
    FALSE_REPORT = "false_report"


def _every_event(value: Any) -> Any:
    return [event.value for event in Event] if value == "all" else value


# "all" or a list. A validator that runs before makes pydantic read Python values, where strict knows no text.
Events = Annotated[
    tuple[Annotated[Event, Field(strict=False)], ...],
    BeforeValidator(_every_event),
    Field(min_length=1, strict=False),
]
