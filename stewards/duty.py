"""Lane duty (负责小巷): who looks after which lane on which days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from stewards.lanes import LaneEntry, load_lanes
from stewards.models import LaneDuty, Steward
from stewards.refusals import (
    DatesReversed,
    DutyEnded,
    DutyOutsideService,
    DutyOverlaps,
    DutyUnknown,
    LaneNotValid,
    LaneUnknown,
    StewardUnknown,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyWish:
    """A steward looks after the lane with a code from a day to another (both included), or until further notice."""

    steward_id: UUID
    lane_code: str
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyAssigned:
    """The duty stands; `repeated` where it stood so already."""

    duty_id: UUID
    steward_id: UUID
    lane_id: UUID
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEnd:
    """A duty ends with a day (included)."""

    duty_id: UUID
    to_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    id: UUID
    from_on: date
    to_on: date | None

    def overlaps(self, from_on: date, to_on: date | None) -> bool:
        return (self.to_on is None or from_on <= self.to_on) and (to_on is None or self.from_on <= to_on)


async def assign_duties(
    tx: Tx, wishes: Sequence[DutyWish], *, by: Actor, now: datetime
) -> list[DutyAssigned | Refusal]:
    """Assign lanes. A lane may have several stewards; one steward's times on one lane may not overlap.

    The stewards' rows are locked, so that two processes cannot assign overlapping times at once.
    """
    stewards = await tx.lock(Steward, {wish.steward_id for wish in wishes})
    lanes = await load_lanes(tx, codes={wish.lane_code for wish in wishes})
    spans = await _spans(tx, sorted(stewards))
    added: list[dict[str, Any]] = []
    outcomes: list[DutyAssigned | Refusal] = []
    for wish in wishes:
        steward = stewards.get(wish.steward_id)
        lane = lanes.by_code.get(wish.lane_code)
        if steward is None:
            outcomes.append(StewardUnknown(pointer="/steward_id"))
            continue
        if lane is None:
            outcomes.append(LaneUnknown(pointer="/lane", code=wish.lane_code))
            continue
        mine = spans[(lane.id, wish.steward_id)]
        same = next((span for span in mine if (span.from_on, span.to_on) == (wish.from_on, wish.to_on)), None)
        if same is not None:
            outcomes.append(DutyAssigned(duty_id=same.id, steward_id=wish.steward_id, lane_id=lane.id, repeated=True))
            continue
        refused = check_duty(
            lane, wish.from_on, wish.to_on, joined_on=steward["joined_on"], left_on=steward["left_on"]
        ) or _overlap(lane, wish, mine)
        if refused:
            outcomes.append(refused)
            continue
        span = _Span(id=new_id(), from_on=wish.from_on, to_on=wish.to_on)
        mine.append(span)
        added.append(
            {
                "id": span.id,
                "lane_id": lane.id,
                "steward_id": wish.steward_id,
                "from_on": wish.from_on,
                "to_on": wish.to_on,
            }
        )
        outcomes.append(DutyAssigned(duty_id=span.id, steward_id=wish.steward_id, lane_id=lane.id, repeated=False))
    await tx.insert(LaneDuty, added)
    entries = [
        AuditEntry(
            actor=by,
            action="duty.assigned",
            subject_kind="steward",
            subject_id=row["steward_id"],
            street_id=stewards[row["steward_id"]]["street_id"],
            detail={"lane_id": str(row["lane_id"]), "from_on": row["from_on"].isoformat()},
        )
        for row in added
    ]
    if entries:
        await record(tx, entries, now=now)
    return outcomes


async def end_duties(tx: Tx, wishes: Sequence[DutyEnd], *, by: Actor, now: datetime) -> list[DutyEnd | Refusal]:
    """Set the last day of duties. Cases that were reported before keep their steward."""
    duties = await tx.lock(LaneDuty, {wish.duty_id for wish in wishes})
    changed: dict[UUID, dict[str, Any]] = {}
    outcomes: list[DutyEnd | Refusal] = []
    for wish in wishes:
        duty = duties.get(wish.duty_id)
        if duty is None:
            outcomes.append(DutyUnknown(pointer="/duty_id"))
        elif wish.to_on < duty["from_on"]:
            outcomes.append(DatesReversed(pointer="/to_on", from_on=duty["from_on"], to_on=wish.to_on))
        elif duty["to_on"] is not None and wish.to_on > duty["to_on"]:
            outcomes.append(DutyEnded(pointer="/to_on", to_on=duty["to_on"]))
        else:
            changed[wish.duty_id] = {"id": wish.duty_id, "to_on": wish.to_on}
            outcomes.append(wish)
    await tx.update(LaneDuty, list(changed.values()))
    entries = [
        AuditEntry(
            actor=by,
            action="duty.ended",
            subject_kind="steward",
            subject_id=duties[duty_id]["steward_id"],
            detail={"lane_id": str(duties[duty_id]["lane_id"]), "to_on": row["to_on"].isoformat()},
        )
        for duty_id, row in changed.items()
    ]
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def check_duty(
    lane: LaneEntry, from_on: date, to_on: date | None, *, joined_on: date, left_on: date | None
) -> Refusal | None:
    """Why a steward who joined and left on these days cannot have a lane in a time; None when nothing is against it."""
    if to_on is not None and to_on < from_on:
        return DatesReversed(pointer="/to_on", from_on=from_on, to_on=to_on)
    if from_on < joined_on or (left_on is not None and (to_on or from_on) > left_on):
        return DutyOutsideService(pointer="/from_on", joined_on=joined_on)
    if not lane.valid_on(from_on) or (to_on is not None and not lane.valid_on(to_on)):
        return LaneNotValid(pointer="/lane", code=lane.code)
    return None


async def duty_on(reader: Reader, pairs: Iterable[tuple[UUID, date]]) -> dict[tuple[UUID, date], UUID]:
    """Who looks after each lane on each local day: of several, whoever began first, then the lowest number.

    Pairs without anybody are absent. Days outside a steward's service do not count.
    """
    wanted = set(pairs)
    if not wanted:
        return {}
    days = [day for _, day in wanted]
    found = await reader.fetch(
        f"""
        SELECT duty.lane_id, duty.steward_id, duty.from_on, duty.to_on, steward.joined_on, steward.left_on
        FROM stewards_lane_duty duty JOIN stewards_steward steward ON steward.id = duty.steward_id
        WHERE {reader.one_of("duty.lane_id", 1)} AND duty.from_on <= $2 AND (duty.to_on IS NULL OR duty.to_on >= $3)
        ORDER BY duty.from_on, steward.number
        """,
        sorted({lane_id for lane_id, _ in wanted}),
        max(days),
        min(days),
        types={
            "lane_id": UUID,
            "steward_id": UUID,
            "from_on": date,
            "to_on": date,
            "joined_on": date,
            "left_on": date,
        },
    )
    by_lane: defaultdict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
    for row in found:
        by_lane[row["lane_id"]].append(row)
    chosen: dict[tuple[UUID, date], UUID] = {}
    for lane_id, day in wanted:
        for row in by_lane[lane_id]:
            if (
                max(row["from_on"], row["joined_on"]) <= day
                and (row["to_on"] is None or day <= row["to_on"])
                and (row["left_on"] is None or day <= row["left_on"])
            ):
                chosen[(lane_id, day)] = row["steward_id"]
                break
    return chosen


async def _spans(tx: Tx, steward_ids: Sequence[UUID]) -> defaultdict[tuple[UUID, UUID], list[_Span]]:
    found: defaultdict[tuple[UUID, UUID], list[_Span]] = defaultdict(list)
    for row in await tx.rows(LaneDuty, f"WHERE {tx.one_of('steward_id', 1)} ORDER BY from_on", list(steward_ids)):
        found[(row["lane_id"], row["steward_id"])].append(
            _Span(id=row["id"], from_on=row["from_on"], to_on=row["to_on"])
        )
    return found


def _overlap(lane: LaneEntry, wish: DutyWish, mine: Sequence[_Span]) -> Refusal | None:
    for span in mine:
        if span.overlaps(wish.from_on, wish.to_on):
            return DutyOverlaps(pointer="/from_on", from_on=span.from_on, code=lane.code)
    return None
