"""Why something about a title round was not done."""

from kernel.documents import DocumentRefused
from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownRound(Refusal):
    """No such round, or none that the caller may know of."""

    code = "unknown_title_round"
    kind = Kind.NOT_FOUND
    message = N_("没有这次评选。")


class UnknownTitle(Refusal):
    """The rules in force name no such title."""

    code = "unknown_title"
    kind = Kind.INVALID
    message = N_("现行规则里没有“{title}”这个称号。")


class TitleRulesRefused(DocumentRefused):
    """A round's rules have mistakes; `faults` lists them all."""

    code = "title_rules_refused"
    message = N_("评选规则有 {count} 处错误，第一处在“{where}”：{what}。")


class RoundExists(Refusal):
    """There is a round of this title for this period."""

    code = "title_round_exists"
    message = N_("这个称号在 {period} 已经有一次评选。")


class RoundSpanWrong(Refusal):
    """What counts lasts up to 366 days and ends in the year that the title is for."""

    code = "title_span_wrong"
    kind = Kind.INVALID
    message = N_("评选期最长 366 天，最后一天要在称号所属的年份里。")


class PeriodDiffers(Refusal):
    """A yearly title is given for a year, a monthly one for a month."""

    code = "title_period_differs"
    kind = Kind.INVALID
    message = N_("这个称号按{period}评选，周期写作 {example}。")


class PublishedTooLate(Refusal):
    """Rules stand before the period that they judge has ended."""

    code = "title_rules_too_late"
    message = N_("评选规则要在评选期结束（{ends_on}）之前公布。")


class RoundStands(Refusal):
    """The round is not in a state in which this can be done."""

    code = "title_round_state"
    message = N_("评选现在是“{state}”，不能这样办。")


class RoundChanged(Refusal):
    """Somebody changed the draft in between."""

    code = "title_round_changed"
    kind = Kind.STALE
    message = N_("草稿刚被别人改过，请刷新后再改。")


class PeriodNotOver(Refusal):
    """Candidates are computed once the period is over."""

    code = "title_period_not_over"
    message = N_("评选期到 {ends_on} 才结束，之后才能计算。")


class HigherTitleFirst(Refusal):
    """Who has the higher title is left out, so that one is computed first."""

    code = "higher_title_first"
    message = N_("请先计算“{title}”的评选，获得它的人不再参选这个称号。")


class UnknownList(Refusal):
    """No such list, or none within reach."""

    code = "unknown_title_list"
    kind = Kind.NOT_FOUND
    message = N_("没有这份推荐名单。")


class ListChanged(Refusal):
    """The list has a newer version than the one that was looked at."""

    code = "title_list_changed"
    kind = Kind.STALE
    message = N_("名单已经变成第 {version} 版，请看过再办。")


class ListStands(Refusal):
    """The list is not in a state in which this can be done."""

    code = "title_list_state"
    message = N_("名单现在是“{state}”，不能这样办。")


class ReviewedBefore(Refusal):
    """One person reviews a version once."""

    code = "title_reviewed_before"
    message = N_("您已经评审过这一版，要由另一个人再评审。")


class OwnTitle(Refusal):
    """Nobody decides about a list on which he or she stands, or about an objection of his or her own."""

    code = "own_title"
    kind = Kind.FORBIDDEN
    message = N_("这件事和您本人有关，请由别人办理。")


class UnknownCandidate(Refusal):
    """The ticket is not on this list, or not put forward by it."""

    code = "unknown_title_candidate"
    kind = Kind.INVALID
    message = N_("拟推荐名单里没有这个参评号。")


class CauseUnknown(Refusal):
    """No such cause."""

    code = "title_cause_unknown"
    kind = Kind.INVALID
    message = N_("没有这种原因，可用的有：{allowed}。")


class NobodyListed(Refusal):
    """A list without anybody is not announced."""

    code = "title_list_empty"
    message = N_("名单上没有人，不用公示。")


class NoticeDayPast(Refusal):
    """A notice begins today or later."""

    code = "title_notice_day_past"
    kind = Kind.INVALID
    message = N_("公示从今天或以后开始，最迟 {latest}。")


class NoticeTooShort(Refusal):
    """A notice lasts the rules' working days at least."""

    code = "title_notice_too_short"
    kind = Kind.INVALID
    message = N_("公示最后一天要在 {least} 到 {most} 之间。")


class UnknownNotice(Refusal):
    """There is no such notice."""

    code = "unknown_title_notice"
    kind = Kind.NOT_FOUND
    message = N_("没有这份公示。")


class NoticeNotRunning(Refusal):
    """Objections are taken while the notice runs."""

    code = "title_notice_not_running"
    message = N_("异议只在公示期内受理（{from_on} 至 {to_on}）。")


class NoticeReplaced(Refusal):
    """The list changed, and a later notice counts."""

    code = "title_notice_replaced"
    message = N_("名单已经变动，请看最新一期公示。")


class ObjectorMissing(Refusal):
    """An objection names who makes it."""

    code = "title_objector_missing"
    kind = Kind.INVALID
    message = N_("异议要实名，请填写提出人姓名。")


class UnknownObjection(Refusal):
    """No such objection within reach."""

    code = "unknown_title_objection"
    kind = Kind.NOT_FOUND
    message = N_("没有这条异议。")


class ObjectionAnswered(Refusal):
    """It was answered before."""

    code = "title_objection_answered"
    message = N_("{number} 已经答复，不能再改。")


class NoticeStillRunning(Refusal):
    """Titles are given once the notice is over."""

    code = "title_notice_running"
    message = N_("公示到 {to_on} 为止，之后才能授予。")


class ObjectionsOpen(Refusal):
    """Titles are given once every objection is answered."""

    code = "title_objections_open"
    message = N_("还有 {count} 条异议没有答复。")


class HigherTitleHeld(Refusal):
    """Somebody on the list was given a higher title for the same period."""

    code = "higher_title_held"
    message = N_("名单上有 {count} 人同期已获更高称号，请先把他们移出名单。")


class UnknownAward(Refusal):
    """Nobody was given this title."""

    code = "unknown_title_award"
    kind = Kind.NOT_FOUND
    message = N_("没有这项称号。")


class AwardRevoked(Refusal):
    """The title was revoked before."""

    code = "title_award_revoked"
    message = N_("这项称号已经撤销。")


class AwardDiffers(Refusal):
    """The steward holds this title for this period from elsewhere, or with another day."""

    code = "title_award_differs"
    message = N_("这个人 {period} 已有这个称号，登记的内容不同。")


class AwardInFuture(Refusal):
    """A past title was given on a day that has come, in or after its year."""

    code = "title_award_in_future"
    kind = Kind.INVALID
    message = N_("授予日期要在称号所属年份的第一天之后、今天或更早。")


class MarksNotWeighed(Refusal):
    """The round's rules weigh no marks of a committee."""

    code = "title_marks_not_weighed"
    message = N_("这次评选的规则里没有评审打分。")


class PanelSizeUnfit(Refusal):
    """Two people or more mark (评审组)."""

    code = "title_panel_size_unfit"
    kind = Kind.INVALID
    message = N_("评审组要有 {least} 到 {most} 人。")


class PanelMemberUnfit(Refusal):
    """Somebody who is not on the staff, or holds no role by which to mark."""

    code = "title_panel_member_unfit"
    kind = Kind.INVALID
    message = N_("评审组成员要是能评审打分的在职工作人员。")


class PanelDaysUnfit(Refusal):
    """Marks are given after the period, from today on, for a month at most."""

    code = "title_panel_days_unfit"
    kind = Kind.INVALID
    message = N_("打分最早从 {earliest} 开始，从今天以后结束，最长 {most} 天。")


class PanelClosed(Refusal):
    """The window is over: who marked and what stays as it is."""

    code = "title_panel_closed"
    message = N_("评审打分已于 {to_on} 结束，不能再改。")


class PanelMissing(Refusal):
    """The rules weigh marks, and nobody was named to give them."""

    code = "title_panel_missing"
    message = N_("规则里有评审打分，请先安排评审组。")


class MarksNotOpen(Refusal):
    """Marks are given within the window."""

    code = "title_marks_not_open"
    message = N_("评审打分从 {from_on} 到 {to_on}，现在不能打分。")


class MarksNotClosed(Refusal):
    """A round is computed once its committee has done marking."""

    code = "title_marks_not_closed"
    message = N_("评审打分到 {to_on} 为止，之后才能计算。")


class MarksUnfit(Refusal):
    """Everybody is marked in every respect, from 0 to 100."""

    code = "title_marks_unfit"
    kind = Kind.INVALID
    message = N_("每个人的每一项都要打 0 到 100 的整数分。")


class TitleHolderDiffers(Refusal):
    """A title of teams for a steward, or one of stewards for a team."""

    code = "title_holder_differs"
    kind = Kind.INVALID
    message = N_("“{title}”授予{holder}，请按{holder}登记。")


class HolderUnclear(Refusal):
    """A title is entered for one steward or for one team."""

    code = "title_holder_unclear"
    kind = Kind.INVALID
    message = N_("登记往年称号，管家和管家团只填一个。")
