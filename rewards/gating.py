"""Gates of items, and the refusal that says what is missing and how far."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from kernel.messages import N_, Text
from points.gates import Missing
from points.rules import Gate, Measure
from rewards.refusals import NotEligible
from rewards.wording import PERIODS

MEASURES: Mapping[Measure, str] = {
    "minutes": N_("服务时长（分钟）"),
    "lifetime_points": N_("累计积分"),
    "spendable": N_("可用积分"),
    "verified_cases": N_("核实案件数"),
    "months_served": N_("任职月数"),
    "courses": N_("完成课程数"),
    "level": N_("等级"),
    "redemptions": N_("兑换次数"),
    "no_shows": N_("爽约次数"),
    "deductions": N_("被扣积分"),
    "titles": N_("获得称号数"),
    "members": N_("团员人数"),
}
MEASURED: tuple[Measure, ...] = get_args(Measure)
AT_LEAST: tuple[Measure, ...] = (
    "minutes", "lifetime_points", "verified_cases", "months_served", "courses", "level", "titles",
)  # fmt: skip
"""What an item itself may ask for: its audience by level, title and tenure, and minimum gates."""


def gates_of(asked: Mapping[str, int]) -> tuple[Gate, ...]:
    """An item's own gates: so much at least of each measure."""
    return tuple(
        Gate(code=measure, measure=measure, at_least=asked[measure]) for measure in AT_LEAST if measure in asked
    )


def missing_text(shut: Missing) -> Text:
    """What one shut gate needs."""
    if shut.measure is None:
        return Text(N_("这个账户不能兑换这类物品"))
    said = {"measure": Text(MEASURES[shut.measure]), "needed": shut.needed, "have": shut.have, "more": shut.more}
    if shut.per is not None and shut.measure == "no_shows":
        return Text(N_("{period}爽约不能超过 {needed} 次，已有 {have} 次"), {**said, "period": Text(PERIODS[shut.per])})
    if shut.per is not None:
        return Text(N_("{period}最多兑换 {needed} 次，已兑 {have} 次"), {**said, "period": Text(PERIODS[shut.per])})
    if shut.at_most:
        return Text(N_("{measure}不能超过 {needed}，现在是 {have}"), said)
    return Text(N_("{measure}要达到 {needed}，现在是 {have}，还差 {more}"), said)


def missing_shown(shut: Missing) -> dict[str, Any]:
    """What one shut gate needs, for machines and pages."""
    return {
        "code": shut.code,
        "measure": shut.measure,
        "needed": shut.needed,
        "have": shut.have,
        "more": shut.more,
        "at_most": shut.at_most,
        "per": shut.per,
        "detail": missing_text(shut),
    }


def not_eligible(item: str, shut: Sequence[Missing]) -> NotEligible:
    """The refusal of somebody who lacks something."""
    return NotEligible(item=item, first=missing_text(shut[0]), missing=[missing_shown(each) for each in shut])
