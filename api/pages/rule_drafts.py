"""Drafts of rule sets as pages: the district's desk, and the consultation for everybody."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from api.pages.consultation import Consultation, consultation_pages
from api.pages.document_desk import DocumentDesk, desk_pages
from api.pages.rules import general_caps, other_events
from kernel.clock import local_date
from kernel.consultation.versions import VersionRecord
from kernel.database import Reader
from kernel.messages import N_
from points.rule_documents import parse_rules
from points.rule_versions import RULES, rules_on
from points.rule_words import passages
from points.rules import RuleSet
from stewards.permissions import Action


def _next_month(newest: VersionRecord, now: datetime) -> date:
    soonest = max(local_date(now), newest.effective_on)
    return (soonest.replace(day=1) + timedelta(days=32)).replace(day=1)


async def _shown(reader: Reader, document: str, today: date) -> Mapping[str, Any]:
    current = (await rules_on(reader, [today])).get(today)
    rules = parse_rules(document)
    return {
        "rules": rules,
        "current": current.document.categories if current else {},
        "others": other_events(rules),
        "general": general_caps(rules),
        "passages": passages(rules),
    }


_DESK = DocumentDesk(
    kind=RULES,
    path="/admin/rules",
    list_template="staff/rules.html",
    draft_template="staff/rule_draft.html",
    action=Action.RULES_DRAFT,
    sections=tuple(RuleSet.model_fields),
    no_file=N_("请选择规则文件。"),
    begins=_next_month,
)
_CONSULTATION = Consultation(
    kind=RULES,
    path="/rules/drafts",
    template="public/rule_draft.html",
    action=Action.RULES_COMMENT,
    shown=_shown,
)

route_handlers: list[Any] = [*desk_pages(_DESK), *consultation_pages(_CONSULTATION)]
