"""The programmes of docs/examples, to be asked what something is worth."""

from datetime import date
from pathlib import Path
from typing import Any

from kernel.ids import derived_id
from points.assess import Assessment, assess
from points.rule_documents import parse_rules
from points.rules import Rules, RuleSet
from tests.points.rule_builders import an_event

PROGRAMMES = Path(__file__).parents[2] / "docs" / "examples" / "programmes"
HOUR = 60
DAY = date(2026, 10, 3)


def document(name: str) -> RuleSet:
    return parse_rules((PROGRAMMES / f"{name}.json").read_bytes())


def worth(name: str, event: str = "service", **facts: Any) -> Assessment:
    """What an event is worth under a programme, with nothing used of its caps."""
    rules = Rules(derived_id("programme", name), 1, document(name))
    return assess(an_event(event, **{"category": None, **facts}), rules, {})
