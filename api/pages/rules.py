"""The public rules: what each event is worth, in plain words, from the rule set in force."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.rendering import PageRequest, page
from kernel.clock import local_date
from kernel.messages import N_, Text
from points.receipt import EVENT_NAMES
from points.rule_versions import rules_on
from points.rules import Cap, Event, RuleSet

_FROM_CASES = frozenset({Event.CASE_VERIFIED, Event.CASE_SOLVED, Event.DUPLICATE, Event.FALSE_REPORT})
_CAPS = {
    ("steward", "day", "points"): N_("每人每天最多得 {limit} 分"),
    ("steward", "month", "points"): N_("每人每月最多得 {limit} 分"),
    ("steward", "quarter", "points"): N_("每人每季度最多得 {limit} 分"),
    ("steward", "year", "points"): N_("每人每年最多得 {limit} 分"),
    ("lane", "day", "points"): N_("每条小巷每天最多得 {limit} 分"),
    ("lane", "month", "points"): N_("每条小巷每月最多得 {limit} 分"),
    ("lane", "quarter", "points"): N_("每条小巷每季度最多得 {limit} 分"),
    ("lane", "year", "points"): N_("每条小巷每年最多得 {limit} 分"),
    ("steward", "day", "times"): N_("每人每天最多计 {limit} 次"),
    ("steward", "month", "times"): N_("每人每月最多计 {limit} 次"),
    ("steward", "quarter", "times"): N_("每人每季度最多计 {limit} 次"),
    ("steward", "year", "times"): N_("每人每年最多计 {limit} 次"),
    ("lane", "day", "times"): N_("每条小巷每天最多计 {limit} 次"),
    ("lane", "month", "times"): N_("每条小巷每月最多计 {limit} 次"),
    ("lane", "quarter", "times"): N_("每条小巷每季度最多计 {limit} 次"),
    ("lane", "year", "times"): N_("每条小巷每年最多计 {limit} 次"),
}
_EXPIRY = {
    "none": N_("积分长期有效。"),
    "end_of_year": N_("当年的积分到当年 12 月 31 日为止。"),
    "annual_reset": N_("每年 1 月 1 日人人从 {base} 分重新开始。"),
    "end_of_next_year": N_("当年的积分用到第二年 12 月 31 日为止。"),
}


def cap_sentence(cap: Cap) -> Text:
    """A cap as a sentence, such as 每人每月最多得 80 分."""
    return Text(_CAPS[cap.per, cap.period, cap.counts], {"limit": cap.limit})


def general_caps(rules: RuleSet) -> list[Text]:
    """The caps that bind whatever is earned."""
    return [cap_sentence(cap) for cap in rules.caps if len(cap.events) == len(Event)]


def other_events(rules: RuleSet) -> list[tuple[Text, int, list[Text]]]:
    """The events that are worth fixed points: what, how many, and the caps of their own."""
    return [
        (
            Text(EVENT_NAMES[event]),
            tariff.points,
            [cap_sentence(cap) for cap in rules.caps if event in cap.events and len(cap.events) < len(Event)],
        )
        for event, tariff in rules.tariffs.items()
        if event not in _FROM_CASES and tariff.points is not None
    ]


@get("/rules", opt={"public": True}, include_in_schema=False)
async def show_rules(request: PageRequest) -> Template:
    """The rules of today."""
    district = district_of(request)
    today = local_date(district.clock.now())
    rules = (await rules_on(await district.database.reader(), [today])).get(today)
    document = rules.document if rules else None
    deduction = document.tariffs.get(Event.FALSE_REPORT) if document else None
    return page(
        request,
        "public/rules.html",
        rules=rules,
        general=general_caps(document) if document else [],
        others=other_events(document) if document else [],
        expiry=Text(_EXPIRY[document.expiry.policy], {"base": document.expiry.base}) if document else None,
        deducts=deduction.deducts if deduction else None,
    )


route_handlers: list[Any] = [show_rules]
