"""Why a penalty was not proposed, objected to or decided."""

from kernel.errors import Kind, Refusal


class UnknownPenalty(Refusal):
    """There is no such penalty within reach."""

    code = "unknown_penalty"
    kind = Kind.NOT_FOUND
    message = "没有这笔扣分。"


class PenaltyTwice(Refusal):
    """The same was proposed before, for the same reason and about the same thing."""

    code = "penalty_twice"
    message = "这件事已经登记过扣分（{number}），不能重复扣。"


class PenaltyDecided(Refusal):
    """It was decided before."""

    code = "penalty_decided"
    message = "{number} 已经办结，不能再办。"


class WindowOver(Refusal):
    """The days to object are over."""

    code = "window_over"
    message = "{number} 的申诉期已过。"


class NotObjected(Refusal):
    """Nobody objected, so it becomes due by itself."""

    code = "not_objected"
    message = "{number} 没有异议，申诉期满后自动生效，不用审批。"


class ObjectionMissing(Refusal):
    """An objection says why."""

    code = "objection_missing"
    kind = Kind.INVALID
    message = "请写明您的理由。"


class OwnPenalty(Refusal):
    """Nobody upholds what he or she proposed."""

    code = "own_penalty"
    kind = Kind.FORBIDDEN
    message = "{number} 是您提出的，要由另一个人裁定。"
