"""What manual awards are allowed: the list of reasons, how much, in which face values, and from when two decide."""

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.errors import Kind, Refusal
from points.receipt import Label

OTHER = "other"


class GrantReasonUnknown(Refusal):
    """The rules' list of reasons does not have this one."""

    code = "grant_reason_unknown"
    kind = Kind.INVALID
    message = "加分事由应当是 {allowed} 之一。"


class GrantNoteMissing(Refusal):
    """'Other' says nothing by itself."""

    code = "grant_note_missing"
    kind = Kind.INVALID
    message = "选“其他”时请写明是什么事。"


class GrantOutOfRange(Refusal):
    """Not a number of points that may be granted at once."""

    code = "grant_out_of_range"
    kind = Kind.INVALID
    message = "一次加分应为 1 到 {most} 之间的整数。"


class NotAFaceValue(Refusal):
    """The rules give fixed face values, and this is none of them."""

    code = "not_a_face_value"
    kind = Kind.INVALID
    message = "加分只有这几种面值：{values}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTerms:
    """The terms of manual awards (人工加分). Above `alone_up_to` points a second person has to approve."""

    reasons: Mapping[str, Label]
    alone_up_to: int
    most: int
    face_values: tuple[int, ...] = ()

    def check(self, *, reason: str, points: int, has_note: bool) -> None:
        """Refuse what the terms do not allow.

        Raises:
            GrantReasonUnknown, GrantNoteMissing, GrantOutOfRange, NotAFaceValue: as they say.

        """
        if reason not in self.reasons:
            raise GrantReasonUnknown(pointer="/reason", allowed=", ".join(self.reasons))
        if reason == OTHER and not has_note:
            raise GrantNoteMissing(pointer="/note")
        if type(points) is not int or not 0 < points <= self.most:
            raise GrantOutOfRange(pointer="/points", most=self.most)
        if self.face_values and points not in self.face_values:
            raise NotAFaceValue(pointer="/points", values=", ".join(map(str, self.face_values)))

    def takes_two(self, points: int) -> bool:
        """Whether a second person has to approve so many points."""
        return points > self.alone_up_to


DEFAULT_TERMS = GrantTerms(
    reasons={
        "back_fill": Label("补登服务", english="Service entered late"),
        "outstanding": Label("突出贡献", english="Outstanding help"),
        "activity": Label("组织活动", english="Organised an activity"),
        "correction": Label("更正漏记", english="Correction of what was missed"),
        OTHER: Label("其他", english="Other"),
    },
    alone_up_to=20,
    most=500,
)
"""The terms where the rule set in force says nothing of manual awards."""
