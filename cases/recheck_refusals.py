"""Why a re-check was not decided or an alert not reviewed."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownRecheck(Refusal):
    """There is no such re-check within reach."""

    code = "unknown_recheck"
    kind = Kind.NOT_FOUND
    message = N_("没有这件抽查。")


class RecheckDone(Refusal):
    """It was checked before, or the case has gone on since."""

    code = "recheck_done"
    message = N_("案件 {number} 已经抽查过，或者已经重新办理。")


class OwnRecheck(Refusal):
    """Whoever reported or verified a case does not check it again."""

    code = "own_recheck"
    kind = Kind.FORBIDDEN
    message = N_("案件 {number} 是您登记或核实的，要由别人来抽查。")


class UnknownAlert(Refusal):
    """There is no such alert within reach."""

    code = "unknown_alert"
    kind = Kind.NOT_FOUND
    message = N_("没有这条提醒。")


class AlertReviewed(Refusal):
    """Somebody has looked at it before."""

    code = "alert_reviewed"
    message = N_("这条提醒已经有人看过。")
