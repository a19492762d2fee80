"""Why a step of a consultation was not taken."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownDraft(Refusal):
    """There is no such draft, or none that the caller may see."""

    code = "unknown_draft"
    kind = Kind.NOT_FOUND
    message = N_("没有这份草案。")


class DraftChanged(Refusal):
    """Somebody changed the draft since it was read."""

    code = "draft_changed"
    kind = Kind.STALE
    message = N_("草案已被别人改过，请重新读取再改。")


class WrongDraftState(Refusal):
    """The draft is not where this step starts from."""

    code = "wrong_draft_state"
    message = N_("草案现在是“{state}”，不能这样办理。")


class ConsultationUnfit(Refusal):
    """The last day of a consultation is past or more than a year away."""

    code = "consultation_unfit"
    kind = Kind.INVALID
    message = N_("征求意见的截止日应在 {first} 到 {last} 之间。")


class ConsultationRuns(Refusal):
    """Who was asked may still answer."""

    code = "consultation_runs"
    message = N_("征求意见到 {until} 为止，之后才能公布。")


class CommentsUnanswered(Refusal):
    """Every comment is answered before the document is published."""

    code = "comments_unanswered"
    message = N_("还有 {count} 条意见没有答复，答复后才能公布。")


class ConsultationOver(Refusal):
    """No comments are taken now."""

    code = "consultation_over"
    message = N_("这份草案现在不收意见。")


class TooManyComments(Refusal):
    """One person said enough of one draft."""

    code = "too_many_comments"
    message = N_("同一份草案每人最多提 {most} 条意见。")


class UnknownComment(Refusal):
    """There is no such comment on this draft."""

    code = "unknown_comment"
    kind = Kind.NOT_FOUND
    message = N_("没有这条意见。")
