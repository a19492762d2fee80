"""What manual awards are allowed: the list of reasons, how much, in which face values, and from when two decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kernel.errors import Kind, Refusal
from points.receipt import Label
from points.rules import Grants
from points.rules.budgets import GrantStepName

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
    """The rules give fixed face values, and these points cannot be made up of them."""

    code = "not_a_face_value"
    kind = Kind.INVALID
    message = "加分要由这几种面值凑成：{values}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTerms:
    """The terms of manual awards (人工加分).

    Above `alone_up_to` points at once, or `alone_a_month` in a month by one clerk, it takes the steps that are listed,
    each by another person.
    """

    reasons: Mapping[str, Label]
    alone_up_to: int
    most: int
    alone_a_month: int
    steps: tuple[GrantStepName, ...] = ("apply", "post")
    most_by_reason: Mapping[str, int] = field(default_factory=dict)
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
        most = min(self.most, self.most_by_reason.get(reason, self.most))
        if type(points) is not int or not 0 < points <= most:
            raise GrantOutOfRange(pointer="/points", most=most)
        if Grants(face_values=self.face_values).in_face_values(points) is None:
            raise NotAFaceValue(pointer="/points", values=", ".join(map(str, self.face_values)))

    def takes_two(self, points: int, *, given: int = 0) -> bool:
        """Whether a second person has to approve so many points of a clerk who has `given` so many alone this month."""
        return points > self.alone_up_to or given + points > self.alone_a_month


def terms_of(grants: Grants) -> GrantTerms:
    """The terms that a rule set states; its list of reasons is the usual one where it gives none."""
    return GrantTerms(
        reasons={code: Label(reason.zh, english=reason.en) for code, reason in grants.reasons.items()}
        or DEFAULT_TERMS.reasons,
        alone_up_to=grants.alone_up_to,
        most=grants.most,
        alone_a_month=grants.most_alone_a_month,
        steps=grants.steps,
        most_by_reason={code: reason.most for code, reason in grants.reasons.items() if reason.most is not None},
        face_values=grants.face_values,
    )


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
    alone_a_month=200,
)
"""The terms where the rule set in force says nothing of manual awards."""
