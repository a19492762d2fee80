"""Why a case was returned, rejected or reopened: short lists of codes, which can be counted and translated."""

from collections.abc import Mapping

from cases.wording import CaseAction
from kernel.messages import N_, Text

OTHER = "other"
UNDO_REASON = "undo"

RETURN_REASONS: Mapping[str, str] = {
    "photo_missing": N_("缺少照片"),
    "photo_unclear": N_("照片看不清"),
    "place_unclear": N_("地点说不清"),
    "problem_unclear": N_("问题说不清"),
    "wrong_category": N_("类别不对"),
    OTHER: N_("其他"),
}
REJECT_REASONS: Mapping[str, str] = {
    "not_found": N_("现场没有发现"),
    "not_public": N_("不在公共区域"),
    "not_in_scope": N_("不属于受理范围"),
    "not_proven": N_("证据不足"),
    OTHER: N_("其他"),
}
REOPEN_REASONS: Mapping[str, str] = {
    "not_solved": N_("问题没有解决"),
    "came_back": N_("问题又出现了"),
    "wrongly_verified": N_("核实有误"),
    "wrongly_rejected": N_("不予认定有误"),
    "not_a_duplicate": N_("并不重复"),
    "new_evidence": N_("有了新的证据"),
    OTHER: N_("其他"),
}
ASIDE_REASONS: Mapping[str, str] = {
    "call_12345": N_("要由有关部门办，请拨 12345"),
    "known": N_("已经有人在办"),
    "not_found": N_("去看过，现场没有发现"),
    "unclear": N_("说得不够清楚，没法去办"),
    "unfit": N_("不属于受理范围"),
}
REASONS: Mapping[CaseAction, Mapping[str, str]] = {
    CaseAction.RETURN: RETURN_REASONS,
    CaseAction.REJECT: REJECT_REASONS,
    CaseAction.REOPEN: REOPEN_REASONS,
}
_ALL: Mapping[str, str] = {**RETURN_REASONS, **REJECT_REASONS, **REOPEN_REASONS, UNDO_REASON: N_("撤回操作")}


def reason_text(reason: str) -> Text:
    """A reason in words."""
    return Text(_ALL[reason])


def aside_text(reason: str) -> Text:
    """Why what a resident saw was set aside, in words that the resident reads."""
    return Text(ASIDE_REASONS[reason])
