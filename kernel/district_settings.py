"""What a district may set by itself, without touching the server: each key with its type and bounds.

The deployment's settings have the same names and are what holds until the district sets something else.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=64)]
Address = Annotated[str, Field(max_length=120)]
Phone = Annotated[str, Field(max_length=32, pattern=r"^[0-9 +()-]*$")]
SessionDays = Annotated[int, Field(ge=1, le=365)]
Percent = Annotated[int, Field(ge=0, le=100)]
BurstMinutes = Annotated[int, Field(ge=1, le=120)]
BurstMost = Annotated[int, Field(ge=1, le=10_000)]
ReminderDays = Annotated[int, Field(ge=0, le=14)]
PointFen = Annotated[int, Field(ge=0, le=1_000_000)]


class DistrictSettings(BaseModel):
    """The settings of a district (区级设置)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer_name: Name = "小巷管家"
    """Who signs certificates, such as the district's office."""
    office_address: Address = ""
    """Where the office is; notices and pages that send people there say it."""
    office_phone: Phone = ""
    """The office's telephone, never a person's."""
    session_days: SessionDays = 30
    """How long a browser stays signed in."""
    clerks_second_factor: bool = False
    """Whether all staff need a second factor to sign in; district administrators always do, save in a demo."""
    recheck_percent: Percent = 5
    """How many percent of a week's verified cases are drawn to be looked at again."""
    burst_minutes: BurstMinutes = 10
    burst_most: BurstMost = 15
    """More verifications than this within `burst_minutes`, for one steward or by one person, raise an alert."""
    order_reminder_days: ReminderDays = 3
    """How many days before its last day an order that waits is mentioned again; 0 on the day itself."""
    point_fen: PointFen = 100
    """What a point is worth in fen (分, a hundredth of a yuan), for reports and settlements; 100 is one yuan."""


KEYS: tuple[str, ...] = tuple(DistrictSettings.model_fields)
"""Every key, in the order in which it is shown."""
