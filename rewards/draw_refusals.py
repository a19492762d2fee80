"""Why something about a draw or a waiting list was not done."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownDraw(Refusal):
    """No such draw, or none that the caller may know of."""

    code = "unknown_draw"
    kind = Kind.NOT_FOUND
    message = N_("没有这次抽签。")


class UnknownStock(Refusal):
    """The item is not kept at this place, or the caller may not know of it."""

    code = "unknown_stock"
    kind = Kind.INVALID
    message = N_("这个领取点没有这种物品的库存。")


class DrawWindowWrong(Refusal):
    """Applications begin now or later, last from an hour to 90 days, and end in the future."""

    code = "draw_window_wrong"
    kind = Kind.INVALID
    message = N_("报名时间要从现在或以后开始，持续 {hours} 小时到 {days} 天。")


class DrawPlacesWrong(Refusal):
    """A draw gives from 1 to 10,000 units."""

    code = "draw_places_wrong"
    kind = Kind.INVALID
    message = N_("名额应为 1 到 {most} 之间的整数。")


class TooLittleToKeep(Refusal):
    """There are fewer units than the draw is to give; they are kept aside from its announcement on."""

    code = "too_little_to_keep"
    message = N_("可以留出的只有 {free} 件，不够 {places} 件。")


class ApplicationsNotOpen(Refusal):
    """Applications have not begun, or have ended."""

    code = "applications_not_open"
    message = N_("现在不能报名：报名时间是 {opens_at} 至 {closes_at}。")


class ApplicationsStillOpen(Refusal):
    """A draw is done once applications have ended, never before."""

    code = "applications_still_open"
    message = N_("报名到 {closes_at} 才截止，之后才能抽签。")


class DrawEnded(Refusal):
    """The draw is done, or was called off."""

    code = "draw_ended"
    message = N_("这次抽签已经结束。")


class NotApplied(Refusal):
    """The steward does not take part."""

    code = "not_applied"
    message = N_("您没有报名这次抽签。")


class NotServing(Refusal):
    """Only who serves now takes part."""

    code = "not_serving"
    kind = Kind.FORBIDDEN
    message = N_("只有在岗的管家可以参加。")


class NotEnoughToApply(Refusal):
    """Whoever wins pays at once, so whoever applies has the points."""

    code = "not_enough_to_apply"
    message = N_("中签要用 {needed} 分，您现有 {available} 分，还差 {missing} 分。")


class StillInStock(Refusal):
    """There is nothing to wait for: it can be ordered."""

    code = "still_in_stock"
    message = N_("现在就有货，直接兑换即可，不用候补。")


class WaitingTooMuch(Refusal):
    """A steward waits for as many items as one may."""

    code = "waiting_too_much"
    message = N_("您已在候补 {limit} 种物品，先退出一种再加入。")


class NotWaiting(Refusal):
    """The steward does not wait for it."""

    code = "not_waiting"
    message = N_("您没有候补这种物品。")


class NoOffer(Refusal):
    """There is no offer to take up, or its time is over."""

    code = "no_offer"
    message = N_("没有留给您的名额，或保留时间已过。")
