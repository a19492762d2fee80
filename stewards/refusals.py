"""Why something about people and places was not done: one refusal for each state that can refuse."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class PlaceUnknown(Refusal):
    """No street, community or lane has this code."""

    code = "place_unknown"
    kind = Kind.INVALID
    message = N_("没有代码为 {code} 的街道、社区或小巷。")


class ParentDiffers(Refusal):
    """A place stays where it was first put; a reorganisation ends it and opens another under a code of its own."""

    code = "parent_differs"
    kind = Kind.CONFLICT
    message = N_("{code} 已经属于 {parent}，不能改到别处；区划调整时请给旧的填写截止日期，再用新代码新建。")


class DatesReversed(Refusal):
    """An end lies before its beginning."""

    code = "dates_reversed"
    kind = Kind.INVALID
    message = N_("截止日期 {to_on} 早于开始日期 {from_on}。")


class JoiningNotPlausible(Refusal):
    """A day of joining so far away that it must be a slip of the pen."""

    code = "joining_not_plausible"
    kind = Kind.INVALID
    message = N_("加入日期要在 {earliest} 到 {latest} 之间，请核对。")


class NotWholeMetres(Refusal):
    """A length or width is not a positive whole number of metres."""

    code = "not_whole_metres"
    kind = Kind.INVALID
    message = N_("长和宽要填 1 到 {limit} 之间的整数，单位是米。")


class NumberNotAllowed(Refusal):
    """A steward's number holds something other than letters, digits and hyphens."""

    code = "number_not_allowed"
    kind = Kind.INVALID
    message = N_("编号只能用字母、数字和短横线，最多 20 位。")


class PhoneNotAllowed(Refusal):
    """A phone number holds something other than digits, spaces and + - ( )."""

    code = "phone_not_allowed"
    kind = Kind.INVALID
    message = N_("电话只能用数字、空格和 + - ( )，最多 32 位。")


class StatusUnknown(Refusal):
    """A steward is active, suspended, left or deceased."""

    code = "status_unknown"
    kind = Kind.INVALID
    message = N_("状态应当是 {allowed} 之一。")


class LeavingDateNeeded(Refusal):
    """Who left has a last day; who is active has none."""

    code = "leaving_date_needed"
    kind = Kind.INVALID
    message = N_("离任的管家要填离任日期，在任的不能填。")


class AlreadyEnrolled(Refusal):
    """The number belongs to a steward with other data."""

    code = "already_enrolled"
    kind = Kind.CONFLICT
    message = N_("编号 {number} 已经登记，资料不同；要修改请用编辑。")


class StewardUnknown(Refusal):
    """No steward has this id or number, or none that the caller may see."""

    code = "steward_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这位管家。")


class StewardChanged(Refusal):
    """The steward was edited by someone else since it was read (If-Match)."""

    code = "steward_changed"
    kind = Kind.STALE
    message = N_("资料已被别人改过（现在是第 {version} 版），请刷新后再改。")


class ConsentUnknown(Refusal):
    """Consent is given to one of the fields of a steward's card."""

    code = "consent_unknown"
    kind = Kind.INVALID
    message = N_("可以单独同意公开的项目是 {allowed}。")


class LaneUnknown(Refusal):
    """No lane has this code."""

    code = "lane_unknown"
    kind = Kind.INVALID
    message = N_("没有代码为 {code} 的小巷。")


class LaneNotValid(Refusal):
    """The lane does not exist on these days."""

    code = "lane_not_valid"
    kind = Kind.CONFLICT
    message = N_("小巷 {code} 在这段日期内未启用。")


class DutyOverlaps(Refusal):
    """The steward looks after the lane in a part of this time already."""

    code = "duty_overlaps"
    kind = Kind.CONFLICT
    message = N_("这位管家从 {from_on} 起已经负责 {code}，时间重叠。")


class DutyOutsideService(Refusal):
    """Duty begins with or after the day of joining and ends with or before that of leaving."""

    code = "duty_outside_service"
    kind = Kind.CONFLICT
    message = N_("负责日期超出了这位管家的在任时间（{joined_on} 起）。")


class DutyUnknown(Refusal):
    """No such duty."""

    code = "duty_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这条负责记录。")


class DutyEnded(Refusal):
    """A duty that has ended is not prolonged; the lane is assigned anew, with its checks."""

    code = "duty_ended"
    kind = Kind.CONFLICT
    message = N_("这条负责记录已在 {to_on} 结束；要延长请重新指定。")


class LoginNotAllowed(Refusal):
    """A login holds something other than small letters, digits, dots, hyphens and underscores."""

    code = "login_not_allowed"
    kind = Kind.INVALID
    message = N_("登录名用 2 到 32 个小写字母、数字、点、短横线或下划线。")


class LoginTaken(Refusal):
    """The login belongs to someone with another name."""

    code = "login_taken"
    kind = Kind.CONFLICT
    message = N_("登录名 {login} 已经有人使用。")


class RoleUnknown(Refusal):
    """No such role, or not one for staff or for machines."""

    code = "role_unknown"
    kind = Kind.INVALID
    message = N_("角色应当是 {allowed} 之一。")


class RoleScopeWrong(Refusal):
    """The role is held at another level."""

    code = "role_scope_wrong"
    kind = Kind.INVALID
    message = N_("角色 {role} 的范围应当是 {allowed}。")


class StaffUnknown(Refusal):
    """No member of staff has this id or login."""

    code = "staff_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这位工作人员。")


class StaffLeft(Refusal):
    """Someone who left is not given a role or a password; who comes back gets a login of their own."""

    code = "staff_left"
    kind = Kind.CONFLICT
    message = N_("{login} 已经离职，不能再授权；重新入职请用新的登录名。")


class LastDistrictAdmin(Refusal):
    """Somebody has to administer the district: the last one cannot leave or be demoted before another is there."""

    code = "last_district_admin"
    kind = Kind.CONFLICT
    message = N_("这是最后一位区管理员，请先授权另一位。")


class GrantUnknown(Refusal):
    """This person was given no role with this id."""

    code = "grant_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这项授权。")


class KeyUnknown(Refusal):
    """No access token has this id."""

    code = "key_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这个访问令牌。")


class KeyHolderWrong(Refusal):
    """A token belongs to exactly one steward, member of staff or machine."""

    code = "key_holder_wrong"
    kind = Kind.INVALID
    message = N_("访问令牌要指定一位管家、一位工作人员或一种机器角色，只选其一。")


class KeyExpiryPast(Refusal):
    """A token would have expired before it was issued."""

    code = "key_expiry_past"
    kind = Kind.INVALID
    message = N_("令牌的失效时间已经过去。")


class PinTooEasy(Refusal):
    """A PIN that is among the first to be tried."""

    code = "pin_too_easy"
    kind = Kind.INVALID
    message = N_("这个密码太容易被猜到，请换 6 个不连续、不重复的数字。")


class PinNotSixDigits(Refusal):
    """A PIN has six digits."""

    code = "pin_not_six_digits"
    kind = Kind.INVALID
    message = N_("密码是 6 位数字。")


class PasswordTooShort(Refusal):
    """A password for staff is too short."""

    code = "password_too_short"
    kind = Kind.INVALID
    message = N_("密码至少 {min_length} 个字符，最多 {max_length} 个。")


class PasswordTooEasy(Refusal):
    """A password that is among the first to be tried, or that is the login itself."""

    code = "password_too_easy"
    kind = Kind.INVALID
    message = N_("这个密码太容易被猜到，请换一个。")


class SignInRefused(Refusal):
    """Number and PIN, or login and password, do not belong together; which of them is wrong is not said."""

    code = "sign_in_refused"
    kind = Kind.UNAUTHENTICATED
    message = N_("编号或密码不对。")


class SecondFactorNeeded(Refusal):
    """The password is right; the code of the second factor is asked for. `challenge` stands for the password."""

    code = "second_factor_needed"
    kind = Kind.UNAUTHENTICATED
    message = N_("还要填手机上的 6 位动态验证码。")

    def __init__(self, challenge: str) -> None:
        super().__init__()
        self.challenge = challenge


class SecondFactorMissing(SecondFactorNeeded):
    """The password is right; this role needs a second factor, which is set in the browser first."""

    code = "second_factor_missing"
    message = N_("您的角色登录要用动态验证码，请先在网页上登录一次，按提示设好。")


class SecondFactorRefused(Refusal):
    """The code is wrong, was used already, or is too old."""

    code = "second_factor_refused"
    kind = Kind.UNAUTHENTICATED
    message = N_("验证码不对，或者已经用过。请填手机上现在显示的 6 位数字。")


class SecondFactorKept(Refusal):
    """A second factor is set already; it has to be reset before another takes its place."""

    code = "second_factor_kept"
    message = N_("动态验证码已经设好了。换手机请先让另一位区管理员重置。")


class ErasureAsked(Refusal):
    """A request for erasure waits already."""

    code = "erasure_asked"
    message = N_("已经申请过注销，等区里办理。")


class ErasureUnknown(Refusal):
    """No request with this id waits."""

    code = "erasure_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这份等待办理的注销申请。")


class ErasureNeedsLeaving(Refusal):
    """Who still serves has a name; the steward leaves first."""

    code = "erasure_needs_leaving"
    message = N_("这位管家还在岗，先办离岗，再办注销。")


class CardRefused(Refusal):
    """A one-time card that was never issued, was used, was replaced by a newer one or is too old: all answer alike."""

    code = "card_refused"
    kind = Kind.UNAUTHENTICATED
    message = N_("这张登录卡无效：可能已经用过、换过新卡或者过期了。请到社区再领一张。")


class SessionUnknown(Refusal):
    """No open session of this person has this id."""

    code = "session_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这个登录。")


class PartnerUnknown(Refusal):
    """No such partner, or none that the caller may know of."""

    code = "partner_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这个合作方。")


class PartnerEnded(Refusal):
    """The partner has ended: it gets no token and nothing new."""

    code = "partner_ended"
    message = N_("这个合作方已经停止合作。")


class PartnerCodeNotAllowed(Refusal):
    """A partner's code holds something other than letters, digits and hyphens."""

    code = "partner_code_not_allowed"
    kind = Kind.INVALID
    message = N_("合作方代码只能用字母、数字和短横线，最多 32 位。")


class StewardLinked(Refusal):
    """Another member of staff is known to be this steward."""

    code = "steward_linked"
    message = N_("这位管家已经登记为另一位工作人员本人。")
