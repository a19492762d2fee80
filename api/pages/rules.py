"""The public rules: what each event is worth, in plain words, from the rule set in force."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.rendering import PageRequest, page
from kernel.clock import local_date
from kernel.consultation.drafts import list_drafts
from kernel.consultation.versions import list_versions
from kernel.messages import Text
from points.receipt import EVENT_NAMES
from points.rule_versions import RULES, rules_on
from points.rule_words import cap_sentence, passages
from points.rules import Event, RuleSet

_MOST_DRAFTS = 20
_FROM_CASES = frozenset({Event.CASE_VERIFIED, Event.CASE_SOLVED, Event.DUPLICATE, Event.FALSE_REPORT})


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
    reader = await district.database.reader()
    rules = (await rules_on(reader, [today])).get(today)
    drafts, _ = await list_drafts(reader, RULES, all_states=False, limit=_MOST_DRAFTS)
    document = rules.document if rules else None
    deduction = document.tariffs.get(Event.FALSE_REPORT) if document else None
    return page(
        request,
        "public/rules.html",
        rules=rules,
        general=general_caps(document) if document else [],
        others=other_events(document) if document else [],
        passages=passages(document) if document else [],
        upcoming=[version for version in await list_versions(reader, RULES) if version.effective_on > today],
        consultations=[draft for draft in drafts if draft.state == "consultation"],
        deducts=deduction.deducts if deduction else None,
    )


route_handlers: list[Any] = [show_rules]
