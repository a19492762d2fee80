"""What a batch of reports refers to: lanes, stewards, their duty and the rules of those days, loaded set-wise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from cases.refusals import (
    BeforeJoining,
    LaneNotInUse,
    LaneOfAnotherStreet,
    LaneOutOfReach,
    NobodyOnDuty,
    StewardNotOnDuty,
    StewardNotServing,
    UnknownLane,
    UnknownSteward,
)
from cases.reports import Facts, fingerprint_of
from kernel.database import Reader, Row
from kernel.text import storable
from points.assess import UnknownCategory
from points.rule_versions import NoRulesInForce, rules_on
from points.rules import Rules
from stewards.duty import duty_on
from stewards.lanes import LaneDirectory, LaneEntry, load_lanes
from stewards.permissions import Action, may, require
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A sound report whose lane, and steward where one is named, exist."""

    facts: Facts
    lane: LaneEntry
    steward_id: UUID | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Directory:
    """The lanes and stewards that reports name."""

    lanes: LaneDirectory
    steward_ids: Mapping[str, UUID]  # by number
    known_stewards: frozenset[UUID]

    def place(self, facts: Facts) -> Placed:
        """The report with its lane and steward.

        Raises:
            UnknownLane, UnknownSteward: there is none.
            NotAllowed: the caller may not report there; to staff LaneOutOfReach names the lane.

        """
        report = facts.report
        lane = (
            self.lanes.by_id.get(report.lane_id)
            if report.lane_id is not None
            else self.lanes.by_code.get(report.lane_code or "")
        )
        if lane is None:
            raise UnknownLane(lane=str(report.lane_code or report.lane_id)[:64], pointer="/lane")
        steward_id = facts.steward_id
        if report.steward_number is not None:
            steward_id = self.steward_ids.get(report.steward_number)
            if steward_id is None or facts.steward_id not in (None, steward_id):
                raise UnknownSteward(steward=report.steward_number[:20], pointer="/steward")
        if steward_id is not None and steward_id not in self.known_stewards:
            raise UnknownSteward(steward=str(steward_id), pointer="/steward")
        if report.principal is not None:
            _check_reach(report.principal, lane, steward_id)
        return Placed(
            facts=facts,
            lane=lane,
            steward_id=steward_id,
            fingerprint=fingerprint_of(facts, lane_id=lane.id, steward_id=steward_id),
        )


def _check_reach(principal: Principal, lane: LaneEntry, steward_id: UUID | None) -> None:
    if principal.kind == "staff" and not may(principal, Action.CASES_REPORT, lane.place, steward_id):
        raise LaneOutOfReach(lane=lane.name, pointer="/lane")  # lanes are no secret, and the clerk has to find the row
    require(principal, Action.CASES_REPORT, lane.place, steward_id)


@dataclass(frozen=True, slots=True)
class Days:
    """Who was on duty, who served and which rules were in force on the days of the reports."""

    on_duty: Mapping[tuple[UUID, date], UUID]  # by lane and day
    stewards: Mapping[UUID, Row]
    duties: Mapping[UUID, Sequence[Row]]  # by steward
    rules: Mapping[date, Rules]

    def steward_of(self, placed: Placed) -> UUID:
        """The steward who earns from a new case.

        Raises:
            Refusal: the lane, the category or the steward did not hold on that day.

        """
        facts, lane, day = placed.facts, placed.lane, placed.facts.day
        if not lane.valid_on(day):
            raise LaneNotInUse(lane=lane.code, day=day.isoformat(), pointer="/lane")
        rules = self.rules.get(day)
        if rules is None:
            raise NoRulesInForce(day=day.isoformat(), pointer="/reported_at")
        # A rule set without categories pays every case alike and leaves their names to the reporter.
        if rules.document.categories and facts.report.category not in rules.document.categories:
            raise UnknownCategory(category=facts.report.category[:32], pointer="/category")
        steward_id = placed.steward_id or self.on_duty.get((lane.id, day))
        if steward_id is None:
            raise NobodyOnDuty(lane=lane.code, day=day.isoformat(), pointer="/steward")
        self._check_service(self.stewards[steward_id], day)
        if placed.steward_id is not None and not any(
            duty["from_on"] <= day and (duty["to_on"] is None or day <= duty["to_on"])
            for duty in self.duties.get(steward_id, ())
        ):
            raise StewardNotOnDuty(steward=self.stewards[steward_id]["number"], day=day.isoformat(), pointer="/steward")
        if facts.report.reporter.kind == "steward":
            streets = {duty["street_id"] for duty in self.duties[steward_id]} | {self.stewards[steward_id]["street_id"]}
            if lane.street_id not in streets:
                raise LaneOfAnotherStreet(lane=lane.code, pointer="/lane")
        return steward_id

    def _check_service(self, steward: Row, day: date) -> None:
        if day < steward["joined_on"]:
            raise BeforeJoining(
                steward=steward["number"], joined_on=steward["joined_on"].isoformat(), pointer="/reported_at"
            )
        left_on = steward["left_on"]
        serving = steward["status"] == "active" and left_on is None
        if not serving and (left_on is None or day > left_on or steward["status"] == "suspended"):
            raise StewardNotServing(steward=steward["number"], day=day.isoformat(), pointer="/steward")


async def load_directory(reader: Reader, facts: Iterable[Facts]) -> Directory:
    """The lanes and stewards that reports name, by id, code and number."""
    listed = list(facts)
    lanes = await load_lanes(
        reader,
        ids={fact.report.lane_id for fact in listed if fact.report.lane_id is not None},
        codes={fact.report.lane_code for fact in listed if fact.report.lane_code is not None},
    )
    ids = sorted({fact.steward_id for fact in listed if fact.steward_id is not None})
    numbers = sorted({number for fact in listed if (number := fact.report.steward_number) and storable(number)})
    found: Sequence[Row] = []
    if ids or numbers:
        found = await reader.fetch(
            f"SELECT id, number FROM stewards_steward WHERE {reader.one_of('id', 1)} OR {reader.one_of('number', 2)}",
            ids,
            numbers,
            types={"id": UUID},
        )
    return Directory(
        lanes=lanes,
        steward_ids={row["number"]: row["id"] for row in found},
        known_stewards=frozenset(row["id"] for row in found),
    )


async def load_days(reader: Reader, placed: Sequence[Placed]) -> Days:
    """Duty, service and rules on the days of new cases."""
    on_duty = await duty_on(
        reader, sorted({(wish.lane.id, wish.facts.day) for wish in placed if wish.steward_id is None})
    )
    named = {wish.steward_id for wish in placed if wish.steward_id is not None}
    stewards = await reader.fetch(
        "SELECT id, number, street_id, joined_on, left_on, status FROM stewards_steward WHERE "
        + reader.one_of("id", 1),
        sorted(named | set(on_duty.values())),
        types={"id": UUID, "street_id": UUID, "joined_on": date, "left_on": date},
    )
    duties: dict[UUID, list[Any]] = {}
    if named:
        for duty in await reader.fetch(
            "SELECT duty.steward_id, community.street_id, duty.from_on, duty.to_on FROM stewards_lane_duty duty "
            "JOIN stewards_lane lane ON lane.id = duty.lane_id "
            "JOIN stewards_community community ON community.id = lane.community_id "
            "WHERE " + reader.one_of("duty.steward_id", 1),
            sorted(named),
            types={"steward_id": UUID, "street_id": UUID, "from_on": date, "to_on": date},
        ):
            duties.setdefault(duty["steward_id"], []).append(duty)
    return Days(
        on_duty=on_duty,
        stewards={row["id"]: row for row in stewards},
        duties=duties,
        rules=await rules_on(reader, {wish.facts.day for wish in placed}),
    )
