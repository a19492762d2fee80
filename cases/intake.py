"""Intake: reports become cases, each stored once by (source, external id), a refused one harming no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.wording import Channel, State, Urgency
from kernel.audit import Actor
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """A problem that a steward found (上报), as it arrives.

    `source` and `external_id` name it for ever in the system that it comes from. The lane is named by id or by code.
    Without `steward_id` and `steward_number` it belongs to the reporter, if a steward, else to whoever was on duty in
    the lane on the local day of `reported_at`. `principal`, where a person or machine calls, has to be allowed to
    report in that place.
    """

    source: str
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
class Reported:
    """A case that is stored. `repeated` where the same report had been stored before, with its state of now."""

    case_id: UUID
    number: str
    repeated: bool
    state: State
    episode: int
    version: int
    steward_id: UUID
    lane_id: UUID
    street_id: UUID


async def report_cases(tx: Tx, wishes: Sequence[CaseReport], *, now: datetime) -> list[Reported | Refusal]:
    """Store new cases and recognise repeated ones. A repeat with other content is refused (CaseDiffers)."""
    raise NotImplementedError


__all__ = ["CaseReport", "Channel", "Reported", "report_cases"]
