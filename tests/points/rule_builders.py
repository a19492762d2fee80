"""Rule sets and events that tests speak of, each told by what matters to the test."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kernel.ids import derived_id
from points.assess import EarningEvent
from points.rule_documents import parse_rules, shipped_programme
from points.rules import Event, Rules

ANN = derived_id("steward", "ann")
LANE = derived_id("lane", "caochang")


def rules(document: dict[str, Any] | bytes, *, number: int = 1) -> Rules:
    """A rule set as if it had been published under a number."""
    return Rules(derived_id("rules", str(number)), number, parse_rules(document))


def dongcheng() -> Rules:
    """The programme that is shipped."""
    return rules(shipped_programme())


def a_document(**changes: Any) -> dict[str, Any]:
    """A small valid rule document: road damage is worth 6 and half as much again when solved."""
    return {
        "name": "示例规则",
        "effective_on": "2026-01-01",
        "tariffs": {
            "case_verified": {"points_from": "category"},
            "case_solved": {"points_from": "solved_bonus"},
            "patrol": {"points": 1},
        },
        "categories": {"road_damage": {"points": 6, "zh": "道路破损", "en": "Road damage"}},
        "solved_bonus": {"percent": 50, "minimum": 1},
        **changes,
    }


def a_cap(**changes: Any) -> dict[str, Any]:
    """A cap of 80 points a steward and month on everything."""
    return {
        "code": "person_month",
        "per": "steward",
        "period": "month",
        "counts": "points",
        "limit": 80,
        "events": "all",
        **changes,
    }


def an_event(event: str = "case_verified", **changes: Any) -> EarningEvent:
    """Road damage that Ann reported in her lane at noon on 3 October 2026, Beijing time."""
    facts: dict[str, Any] = {
        "steward_id": ANN,
        "street_id": UUID(int=1),
        "lane_id": LANE,
        "event": Event(event),
        "reference": "case 2610030001/verified/1",
        "occurred_at": datetime(2026, 10, 3, 4, 0, tzinfo=UTC),
        "category": "road_damage",
    }
    return EarningEvent(**{**facts, **changes})
