"""Why something about half-days and appointments was not done."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownSlot(Refusal):
    """No such half-day for this item at this place."""

    code = "unknown_slot"
    kind = Kind.INVALID
    message = N_("没有这个预约时段。")


class SlotDayWrong(Refusal):
    """Half-days are opened from today on, and not too far ahead."""

    code = "slot_day_wrong"
    kind = Kind.INVALID
    message = N_("时段要在今天起 {days} 天之内。")


class SlotCapacityWrong(Refusal):
    """A half-day serves from none to a few hundred."""

    code = "slot_capacity_wrong"
    kind = Kind.INVALID
    message = N_("每个时段的名额应为 0 到 {most} 之间的整数。")


class BelowBooked(Refusal):
    """More have booked already than the half-day would serve."""

    code = "below_booked"
    message = N_("这个时段已约 {booked} 个，名额不能少于它；请先为他们改期。")


class NoSlotsForThis(Refusal):
    """Only services are booked by half-day."""

    code = "no_slots_for_this"
    kind = Kind.INVALID
    message = N_("只有服务可以设置预约时段。")


class SlotFull(Refusal):
    """The half-day is booked out."""

    code = "slot_full"
    message = N_("{day} {half}只剩 {left} 个名额，请换一个时段。")


class SlotOver(Refusal):
    """The half-day has begun or is over."""

    code = "slot_over"
    message = N_("这个时段已经开始或已过，请换一个。")


class SlotTooLate(Refusal):
    """The half-day lies after the last day on which the order can be collected."""

    code = "slot_too_late"
    message = N_("这个时段在 {last_day} 之后，订单到那天就失效，请选早一些的。")


class AppointmentNeeded(Refusal):
    """The service is booked by half-day: say when."""

    code = "appointment_needed"
    kind = Kind.INVALID
    message = N_("这项服务要预约，请选一个时段。")


class UnknownAppointment(Refusal):
    """No such appointment, or none that the caller may know of."""

    code = "unknown_appointment"
    kind = Kind.NOT_FOUND
    message = N_("没有这个预约。")


class AppointmentEnded(Refusal):
    """It was kept, or its order is closed."""

    code = "appointment_ended"
    message = N_("这个预约已经结束，不能改期。")


class MovedTooOften(Refusal):
    """Appointments are moved a few times by stewards themselves; the desk may do it more often."""

    code = "moved_too_often"
    message = N_("同一个预约最多改期 {limit} 次，请到领取点办理。")


class SlotNotOver(Refusal):
    """Nobody has missed an appointment that is still to come."""

    code = "slot_not_over"
    message = N_("时段还没有过，不能记为未到。")


class NothingToExcuse(Refusal):
    """Nobody recorded that this appointment was missed."""

    code = "nothing_to_excuse"
    message = N_("这个预约没有记过未到。")
