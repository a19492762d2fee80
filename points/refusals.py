"""Why the ledger refuses a wish."""

from kernel.errors import Kind, Refusal


class OperationDiffers(Refusal):
    """The reference was used before for something else."""

    code = "operation_differs"
    message = "“{reason} {reference}”已经记过账，内容与这次不同。"


class PointsOutOfRange(Refusal):
    """Not a number of points that can be moved."""

    code = "points_out_of_range"
    kind = Kind.INVALID
    message = "积分应为 1 到 {most} 之间的整数。"


class ReferenceUnfit(Refusal):
    """A reason or reference that is empty or too long to be kept."""

    code = "reference_unfit"
    kind = Kind.INVALID
    message = "事由应为 1 到 {longest_reason} 个字符，编号应为 1 到 {longest_reference} 个字符。"


class PurseUnfit(Refusal):
    """That purse cannot be used for that."""

    code = "purse_unfit"
    kind = Kind.INVALID
    message = "这一类积分不能这样使用。"


class NotEnoughPoints(Refusal):
    """The owner has fewer points to spend than that."""

    code = "not_enough_points"
    message = "可用积分不足：需要 {needed} 分，现有 {available} 分。"


class BudgetExhausted(Refusal):
    """The street's budget holds less than that."""

    code = "budget_exhausted"
    message = "街道积分预算不足：需要 {needed} 分，剩余 {left} 分。"


class BudgetFull(Refusal):
    """The street's budget would rise above its ceiling."""

    code = "budget_full"
    message = "超出街道积分预算上限：最多还能增加 {room} 分。"


class UnknownHold(Refusal):
    """No points were held under this reference."""

    code = "unknown_hold"
    kind = Kind.NOT_FOUND
    message = "没有这笔冻结记录。"


class HoldSettled(Refusal):
    """Less than that is still held."""

    code = "hold_settled"
    message = "冻结的积分已经结算：需要 {needed} 分，仍冻结 {left} 分。"


class UnknownCapture(Refusal):
    """Nothing was captured under this reference."""

    code = "unknown_capture"
    kind = Kind.NOT_FOUND
    message = "没有这笔扣除记录。"


class CaptureRefunded(Refusal):
    """Less than that can still be refunded."""

    code = "capture_refunded"
    message = "已经退还过：需要退还 {needed} 分，还可退还 {left} 分。"


class NothingToExpire(Refusal):
    """No points of this owner are past their last day."""

    code = "nothing_to_expire"
    message = "没有到期的积分。"


class NothingLeft(Refusal):
    """There are no points to close the account with."""

    code = "nothing_left"
    message = "账户里没有剩余积分。"


class StillHeld(Refusal):
    """Points are still held for orders; those come first."""

    code = "still_held"
    message = "还有 {held} 分被冻结，请先办结或取消订单。"


class UnknownOperation(Refusal):
    """There is no such operation."""

    code = "unknown_operation"
    kind = Kind.NOT_FOUND
    message = "没有这笔积分记录。"


class AlreadyReversed(Refusal):
    """It was reversed before; an operation is reversed once for ever."""

    code = "already_reversed"
    message = "这笔积分已经冲正过，不能再次冲正。"


class ReversalStands(Refusal):
    """A reversal cannot be reversed; what was right is recorded anew."""

    code = "reversal_stands"
    message = "冲正记录本身不能再冲正，请重新记一笔。"


class SettlementStands(Refusal):
    """The settling of a hold is not reversed: what was captured is refunded, what was released is held anew."""

    code = "settlement_stands"
    message = "冻结积分的结算不能冲正，请办理退还或重新冻结。"


class AlreadySettled(Refusal):
    """What would have to be given back is no longer there."""

    code = "already_settled"
    message = "这笔积分已经结算，不能退回。"
