"""Why a report or a step of a case was refused: each with a stable code, and a pointer to the field at fault."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_
from stewards.permissions import NotAllowed


class UnknownCase(Refusal):
    """No such case, or none that the caller may know of (the two answer alike)."""

    code = "unknown_case"
    kind = Kind.NOT_FOUND
    message = N_("没有这个案件。")


class CaseDiffers(Refusal):
    """The same source and external id came before with other content (案件内容不一致)."""

    code = "case_differs"
    message = N_("来源 {source} 的编号 {external_id} 已经登记过，但内容不同。")


class WrongCaseState(Refusal):
    """The case is not in a state in which this step can be taken."""

    code = "wrong_case_state"
    message = N_("案件 {number} 现在是“{state}”，不能{action}。")


class CaseChanged(Refusal):
    """Somebody else took a step since the caller looked (版本不一致)."""

    code = "case_changed"
    kind = Kind.STALE
    message = N_("案件 {number} 刚刚被别人处理过，请刷新后再办理。")


class OwnCase(Refusal):
    """The steward who earns from a case may not decide about it (本人案件回避)."""

    code = "own_case"
    kind = Kind.FORBIDDEN
    message = N_("案件 {number} 是您本人的案件，要由别人来办理。")


class OwnReport(Refusal):
    """Whoever entered a report may not verify it (录入人回避)."""

    code = "own_report"
    kind = Kind.FORBIDDEN
    message = N_("案件 {number} 是您录入的，要由别人来核实。")


class NothingToUndo(Refusal):
    """The last step was not the caller's own, cannot be undone, or is too long ago."""

    code = "nothing_to_undo"
    message = N_("案件 {number} 没有可以撤回的操作：只能在 {minutes} 分钟内撤回您本人的最后一步。")


class ReasonMissing(Refusal):
    """Returning, rejecting and reopening say why."""

    code = "reason_missing"
    kind = Kind.INVALID
    message = N_("请选择原因。")


class UnknownReason(Refusal):
    """A reason that is not on the list of this step."""

    code = "unknown_reason"
    kind = Kind.INVALID
    message = N_("没有“{reason}”这个原因。")


class NoteMissing(Refusal):
    """'Other' needs a sentence."""

    code = "note_missing"
    kind = Kind.INVALID
    message = N_("选择“其他”时，请写明情况。")


class OriginalMissing(Refusal):
    """A duplicate names the case that it repeats."""

    code = "original_missing"
    kind = Kind.INVALID
    message = N_("请指明与哪个案件重复。")


class UnknownOriginal(Refusal):
    """The case that is said to be repeated does not exist or is out of the caller's reach."""

    code = "unknown_original"
    kind = Kind.INVALID
    message = N_("没有找到被重复的案件。")


class DuplicateOfItself(Refusal):
    """A case cannot repeat itself."""

    code = "duplicate_of_itself"
    kind = Kind.INVALID
    message = N_("案件 {number} 不能与自己重复。")


class OriginalIsDuplicate(Refusal):
    """The case that is said to be repeated is a duplicate already; its original is named."""

    code = "original_is_duplicate"
    message = N_("案件 {number} 本身就是案件 {original} 的重复件，请改为与案件 {original} 重复。")


class OriginalRejected(Refusal):
    """Nothing was recognised there, so nothing can be repeated."""

    code = "original_rejected"
    message = N_("案件 {number} 已不予认定，不能作为被重复的案件。")


class OriginalIsLater(Refusal):
    """Whoever reported first keeps the case; the later one is the duplicate."""

    code = "original_is_later"
    message = N_("案件 {original} 比案件 {number} 报得晚；先报的有效，请把案件 {original} 标为重复。")


class HasDuplicates(Refusal):
    """Other cases were linked to this one as its duplicates; a duplicate cannot have duplicates."""

    code = "has_duplicates"
    message = N_("已有 {count} 个案件标为与案件 {number} 重复，请先处理它们。")


class UnknownLane(Refusal):
    """No such lane."""

    code = "unknown_lane"
    kind = Kind.INVALID
    message = N_("没有编号为“{lane}”的小巷。")


class LaneMissing(Refusal):
    """A report says where."""

    code = "lane_missing"
    kind = Kind.INVALID
    message = N_("请选择小巷。")


class LaneNotInUse(Refusal):
    """The lane did not exist (yet, or any more) on the day of the report."""

    code = "lane_not_in_use"
    kind = Kind.INVALID
    message = N_("小巷“{lane}”在 {day} 不在使用期内。")


class UnknownSteward(Refusal):
    """No such steward."""

    code = "unknown_steward"
    kind = Kind.INVALID
    message = N_("没有编号为“{steward}”的小巷管家。")


class NobodyOnDuty(Refusal):
    """No steward looked after the lane on that day, and none was named."""

    code = "nobody_on_duty"
    kind = Kind.INVALID
    message = N_("{day} 没有管家负责小巷“{lane}”，请指明管家。")


class StewardNotOnDuty(Refusal):
    """The steward had no lane on that day."""

    code = "steward_not_on_duty"
    kind = Kind.INVALID
    message = N_("管家 {steward} 在 {day} 没有负责任何小巷。")


class StewardNotServing(Refusal):
    """The steward was not serving: not joined yet, left already, or suspended."""

    code = "steward_not_serving"
    kind = Kind.INVALID
    message = N_("管家 {steward} 在 {day} 不在岗。")


class ReportedForAnother(Refusal):
    """A steward reports in his or her own name only."""

    code = "reported_for_another"
    kind = Kind.FORBIDDEN
    message = N_("小巷管家只能上报自己的案件。")


class ReportedTooLate(Refusal):
    """Persons report soon: caps count the day of the report, and days gone by are not filled up later."""

    code = "reported_too_late"
    kind = Kind.INVALID
    message = N_("时间 {at} 太早了：发现问题后 {hours} 小时内上报。")


class LaneOfAnotherStreet(Refusal):
    """Stewards report in their own street, and where they look after a lane."""

    code = "lane_of_another_street"
    kind = Kind.FORBIDDEN
    message = N_("小巷“{lane}”不在您的街道，请选本街道的小巷。")


class TooManySteps(Refusal):
    """One request takes few steps on one case: each waits for the one before."""

    code = "too_many_steps"
    message = N_("一次请求里，同一个案件最多办理 {limit} 步，其余的请另外提交。")


class SourceReserved(Refusal):
    """Persons report from a source of their own, and no system uses theirs: numbers cannot be taken by others."""

    code = "source_reserved"
    kind = Kind.FORBIDDEN
    message = N_("不能以“{source}”为来源：个人上报的来源由系统填写，各系统用自己的来源。")


class InTheFuture(Refusal):
    """The time lies ahead."""

    code = "in_the_future"
    kind = Kind.INVALID
    message = N_("时间 {at} 还没有到。")


class TooLongAgo(Refusal):
    """The time is so long ago that it must be a slip of the pen."""

    code = "too_long_ago"
    kind = Kind.INVALID
    message = N_("时间 {at} 太早了，请核对。")


class BeforeTheReport(Refusal):
    """A step cannot precede the report."""

    code = "before_the_report"
    kind = Kind.INVALID
    message = N_("时间 {at} 早于案件的上报时间。")


class LaneOutOfReach(NotAllowed):
    """The lane lies outside the part of the district in which the caller works."""

    code = "lane_out_of_reach"
    message = N_("小巷“{lane}”不在您负责的范围内，请由所在的街道或社区登记。")


class BeforeTheVerification(Refusal):
    """A case is solved after it was verified, or in the same moment."""

    code = "before_the_verification"
    kind = Kind.INVALID
    message = N_("时间 {at} 早于案件的核实时间 {verified_at}。")


class BeforeJoining(Refusal):
    """The report is older than the steward's service."""

    code = "before_joining"
    kind = Kind.INVALID
    message = N_("管家 {steward} 在 {joined_on} 才加入，不能登记更早的案件。")


class TimeZoneMissing(Refusal):
    """An instant without an offset could be any of several."""

    code = "time_zone_missing"
    kind = Kind.INVALID
    message = N_("时间要带时区，例如 2026-10-03T08:00:00+08:00。")


class NotAChoice(Refusal):
    """A value that is not on its list."""

    code = "not_a_choice"
    kind = Kind.INVALID
    message = N_("“{value}”不在可选值里：{choices}。")


class DescriptionMissing(Refusal):
    """What a person reports is described."""

    code = "description_missing"
    kind = Kind.INVALID
    message = N_("请写明看到了什么。")


class OutsideTheGlobe(Refusal):
    """A latitude or longitude out of range, not a number, or without its other half."""

    code = "outside_the_globe"
    kind = Kind.INVALID
    message = N_("坐标不对：纬度在 -90 到 90 之间，经度在 -180 到 180 之间，两者要一起给出。")


class UnknownFile(Refusal):
    """Evidence is uploaded before it is attached."""

    code = "unknown_file"
    kind = Kind.INVALID
    message = N_("没有收到这个文件，请重新上传。")


class TooMuchEvidence(Refusal):
    """A case holds a limited number of files."""

    code = "too_much_evidence"
    message = N_("一个案件最多附 {limit} 个文件。")


class EvidenceClosed(Refusal):
    """Nothing is added to a case that was rejected or marked as a duplicate."""

    code = "evidence_closed"
    message = N_("案件 {number} 已经结束，不能再附文件。")


class SightingLaneUnknown(Refusal):
    """No lane has this code today."""

    code = "sighting_lane_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这条小巷，请重新扫码。")


class ContactNotAgreed(Refusal):
    """A telephone number is kept only with the separate consent to be asked back (单独同意)."""

    code = "contact_not_agreed"
    kind = Kind.INVALID
    message = N_("留了联系方式，请勾选同意；不想留就把它清空。")


class UnknownSighting(Refusal):
    """Nothing that a resident saw has this id, or none that the caller may know of."""

    code = "unknown_sighting"
    kind = Kind.NOT_FOUND
    message = N_("没有这条居民反映。")


class SightingDecided(Refusal):
    """Somebody has decided about it before."""

    code = "sighting_decided"
    message = N_("居民反映 {number} 已经有人处理过了。")
