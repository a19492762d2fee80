"""Why an appeal was not taken or not decided."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_

MOST_POINTS = 1_000


class UnknownAppeal(Refusal):
    """There is no such appeal within reach."""

    code = "unknown_appeal"
    kind = Kind.NOT_FOUND
    message = N_("没有这件申诉。")


class NothingToAppeal(Refusal):
    """There is no such award or score of the steward's."""

    code = "nothing_to_appeal"
    kind = Kind.NOT_FOUND
    message = N_("没有这笔积分或这个评价结果。")


class AppealTooLate(Refusal):
    """The days in which it can be appealed are over."""

    code = "appeal_too_late"
    message = N_("已经超过 {days} 天，不能再申诉。")


class AppealTooEarly(Refusal):
    """The period's ballots are not counted yet."""

    code = "appeal_too_early"
    message = N_("{period} 的评价还没有截止，截止后才能申诉。")


class AppealTwice(Refusal):
    """The same was appealed before."""

    code = "appeal_twice"
    message = N_("这件事已经申诉过（{number}）。")


class AppealDecided(Refusal):
    """It was answered or withdrawn before."""

    code = "appeal_decided"
    message = N_("{number} 已经办结，不能再办。")


class AppealInvolved(Refusal):
    """Whoever had a part in what is appealed, or is near to the steward, does not answer (应当回避)."""

    code = "appeal_involved"
    kind = Kind.FORBIDDEN
    message = N_("{number} 与您经手的事或亲近的人有关，要由没有参与的人答复。")


class OutcomeUnfit(Refusal):
    """The outcome does not go with what is appealed."""

    code = "outcome_unfit"
    kind = Kind.INVALID
    message = N_("请选择怎样更正。")


class PointsUnfit(Refusal):
    """A correction gives between 1 and so many points."""

    code = "appeal_points_unfit"
    kind = Kind.INVALID
    message = N_("补的分数要在 1 到 {most} 之间。")
