"""Why a manual award is not proposed, checked, approved, withdrawn or taken back."""

from kernel.errors import Kind, Refusal


class UnknownGrant(Refusal):
    """There is no such manual award within reach."""

    code = "unknown_grant"
    kind = Kind.NOT_FOUND
    message = "没有这笔人工加分。"


class GrantDecided(Refusal):
    """It was decided before."""

    code = "grant_decided"
    message = "{number} 已经办理过，不能再办。"


class GrantNotPosted(Refusal):
    """Only what was approved can be taken back."""

    code = "grant_not_posted"
    message = "{number} 没有入账，不用撤回。"


class StewardGone(Refusal):
    """The steward has left the service, so nothing new can be earned."""

    code = "steward_gone"
    message = "这位管家已经离任，不能再加分。"


class OwnProposal(Refusal):
    """Nobody decides about what he or she proposed."""

    code = "own_proposal"
    kind = Kind.FORBIDDEN
    message = "{number} 是您提出的，要由另一个人审批。"


class NotYourProposal(Refusal):
    """Only whoever proposed it may withdraw it."""

    code = "not_your_proposal"
    kind = Kind.FORBIDDEN
    message = "{number} 不是您提出的，不能由您撤销；可以不同意。"


class GrantStepOutOfTurn(Refusal):
    """The rules' steps come one after another, and only those that they state."""

    code = "grant_step_out_of_turn"
    message = "{number} 现在该办的是“{next}”，不是“{asked}”。"


class SameHands(Refusal):
    """Checking and the committee's decision are recorded by different people."""

    code = "grant_same_hands"
    kind = Kind.FORBIDDEN
    message = "{number} 的上一步是您办的，这一步要由另一个人办。"


class CommitteeNoteMissing(Refusal):
    """A committee's decision names its meeting."""

    code = "committee_note_missing"
    kind = Kind.INVALID
    message = "请写明是哪次会议、怎么议定的。"


class ReversalCauseUnknown(Refusal):
    """The list of causes does not have this one."""

    code = "reversal_cause_unknown"
    kind = Kind.INVALID
    message = "撤回的原因应当是 {allowed} 之一。"
