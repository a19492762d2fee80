"""Why a team is not kept as wished."""

from typing import ClassVar

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownTeam(Refusal):
    """There is no such team, or not within reach."""

    code = "unknown_team"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    message = N_("没有这个管家团。")


class TeamNumberUnfit(Refusal):
    """A number that is written otherwise than with letters, digits and hyphens."""

    code = "team_number_unfit"
    kind: ClassVar[Kind] = Kind.INVALID
    message = N_("管家团编号用字母、数字和短横线，最多 16 位。")


class UnknownTeamStreet(Refusal):
    """There is no street of this code, or the team belongs to another."""

    code = "unknown_team_street"
    kind: ClassVar[Kind] = Kind.INVALID
    message = N_("没有编号为“{code}”的街道，或者管家团属于别的街道。")


class TeamSizeUnfit(Refusal):
    """Fewer or more members than a team has (人数不符)."""

    code = "team_size_unfit"
    kind: ClassVar[Kind] = Kind.INVALID
    message = N_("管家团要有 {least} 到 {most} 人，现在是 {count} 人。")


class TeamMemberUnknown(Refusal):
    """Somebody who does not serve in the team's street."""

    code = "team_member_unknown"
    kind: ClassVar[Kind] = Kind.INVALID
    message = N_("“{steward}”不是本街道在任的小巷管家。")


class TeamMemberElsewhere(Refusal):
    """Somebody who belonged to another team on that day: nobody is in two."""

    code = "team_member_elsewhere"
    message = N_("“{steward}”那天还在别的管家团。")


class TeamLeaderOutside(Refusal):
    """A leader who is no member (团长)."""

    code = "team_leader_outside"
    kind: ClassVar[Kind] = Kind.INVALID
    message = N_("团长要是团员之一。")


class TeamDayUnfit(Refusal):
    """A day in the future, or before the last change of the team."""

    code = "team_day_unfit"
    kind: ClassVar[Kind] = Kind.INVALID
    message = N_("日期不能晚于今天，也不能早于这个团最近一次变动的 {since}。")


class TeamEnded(Refusal):
    """The team was dissolved (已解散)."""

    code = "team_ended"
    message = N_("这个管家团已经解散。")


class TeamHasPoints(Refusal):
    """A team whose pool still has points cannot be dissolved."""

    code = "team_has_points"
    message = N_("团队积分还有 {points} 分，先用完或捐出再解散。")
