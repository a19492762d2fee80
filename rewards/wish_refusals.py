"""Why something about a wish was not done."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownWish(Refusal):
    """No such wish, or one of another street (the two answer alike)."""

    code = "unknown_wish"
    kind = Kind.NOT_FOUND
    message = N_("没有这个心愿。")


class WishKnown(Refusal):
    """The street has this wish already: support it instead."""

    code = "wish_known"
    message = N_("“{title}”已经在心愿单上，去支持它吧。")


class TooManyWishes(Refusal):
    """A steward waits for answers to as many wishes as one may."""

    code = "too_many_wishes"
    message = N_("您已有 {limit} 个心愿在等答复，先等一等再提新的。")


class WishAnswered(Refusal):
    """It is offered already, or was declined; votes no longer matter."""

    code = "wish_answered"
    message = N_("这个心愿已经有了答复，不再投票。")


class AnswerMissing(Refusal):
    """Whoever declines a wish says why."""

    code = "answer_missing"
    kind = Kind.INVALID
    message = N_("不提供的，请写明原因。")
