"""What breaking the rules costs, before anybody takes it: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kernel.errors import Kind, Refusal
from points.rules import Event, RuleSet


class UnknownDeduction(Refusal):
    """The deduction list in force has no such item."""

    code = "unknown_deduction"
    kind = Kind.INVALID
    message = "现行扣分清单里没有“{item}”。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """One item of a deduction list: how many points it costs and what it is called."""

    item: str
    group: str
    points: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheatingCost:
    """What faking costs: points of each purse, whether gifts are voided, and the last day of the bar."""

    takes: Mapping[str, int]
    voids_gifts: bool
    barred_until: date | None


def deduction_of(rules: RuleSet, item: str) -> Deduction:
    """An item of the deduction list; `false_report` is known to every rule set with that tariff.

    Raises:
        UnknownDeduction: it is not on the list.

    """
    listed = rules.sanctions.deductions
    if listed is not None and item in listed.items:
        found = listed.items[item]
        return Deduction(item=item, group=found.group, points=found.points, zh=found.zh, en=found.en)
    tariff = rules.tariffs.get(Event.FALSE_REPORT)
    if item == Event.FALSE_REPORT and tariff is not None and tariff.deducts is not None:
        return Deduction(item=item, group="false_report", points=tariff.deducts, zh="虚报", en="False report")
    raise UnknownDeduction(pointer="/item", item=item)


def cheating_costs(rules: RuleSet, *, purses: Mapping[str, int], offence: int, found_on: date) -> CheatingCost | None:
    """What the n-th faking costs somebody with so many points in each purse; None where the rules say nothing."""
    cheating = rules.sanctions.cheating
    if cheating is None:
        return None
    years = cheating.barred_years(offence)
    return CheatingCost(
        takes={kind: points for kind, points in purses.items() if points} if cheating.zeroes_balance else {},
        voids_gifts=cheating.voids_gifts,
        barred_until=_years_later(found_on, years) if years else None,
    )


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)
