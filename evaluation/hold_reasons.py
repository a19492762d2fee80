"""Why ballots are held, in words: each guard's code with the figures that it saw."""

from collections.abc import Mapping
from typing import Any

from kernel.messages import N_, Text

_WORDS: Mapping[str, str] = {
    "same_device": N_("同一部手机给同一位管家投了很多票，第 {most} 票以后的先不算"),
    "burst": N_("{minutes} 分钟里的 {ballots} 票中有 {equal} 票一模一样，比平常多得多"),
    "surplus": N_("每项都打 {mark} 分的有 {found} 票，按其他票推算大约 {expected} 票"),
    "straight_line": N_("同一个人给 {stewards} 位管家每项都打 {mark} 分"),
    "retaliation": N_("两位管家互相打低分，都比别人的评价低 {points} 分以上"),
    "favour": N_("两位管家互相打高分，都比别人的评价高 {points} 分以上"),
    "appeal": N_("管家申诉 {number}"),
}


def hold_reason(code: str, params: Mapping[str, Any]) -> Text:
    """A guard's reason as a sentence; one that nobody knows any more says its code."""
    message = _WORDS.get(code)
    return Text(message, params) if message else Text(N_("规则 {code}"), {"code": code})
