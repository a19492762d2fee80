"""The rules of one round: a title of the rule set, or one written for this round, in the same grammar."""

from collections.abc import Mapping
from typing import Any

from kernel.documents import DocumentFault, pointer, read_document
from kernel.messages import N_, Text
from points.rules import TitleRule
from points.rules.titles import ReviewDimension, Source, title_contradictions
from rewards.titles.refusals import TitleRulesRefused

SOURCES: Mapping[Source, str] = {
    "vote": N_("公众投票"),
    "review": N_("评审"),
    "evaluation": N_("综合评价"),
    "points_percentile": N_("积分位次"),
    "difficulty": N_("案件难度"),
    "minutes": N_("服务时长"),
}
OVERALL = ReviewDimension(code="overall", zh="综合评审", en="On the whole")
"""What the committee marks where the rules name no respects."""


def dimensions_of(rule: TitleRule) -> tuple[ReviewDimension, ...]:
    """In which respects a round's committee marks; none where the rules weigh no marks."""
    return rule.review_on or ((OVERALL,) if "review" in rule.weights else ())


def read_title_rule(document: bytes | str | Mapping[str, Any]) -> tuple[TitleRule, str]:
    """The rules of a round and their canonical JSON.

    Raises:
        TitleRulesRefused: with every mistake that was found.

    """
    rule, canonical = read_document(TitleRule, document, TitleRulesRefused)
    found = [
        DocumentFault(pointer(path[2:]), Text(message, params))
        for path, message, params in title_contradictions([rule])
    ]
    if found:
        raise TitleRulesRefused(found)
    return rule, canonical


def parse_title_rule(canonical: str) -> TitleRule:
    """Rules that were read before."""
    return TitleRule.model_validate_json(canonical)
