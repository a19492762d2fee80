"""What a street may issue, what a point stands for, and how points are granted by hand."""

from typing import Annotated, Literal

from pydantic import Field

from kernel.messages import N_
from points.rules.fields import Code, Contradictions, Named, Points, Section, SomePoints

MOST_BUDGET = 1_000_000_000
GrantStepName = Literal["apply", "check", "committee", "post"]


class Peg(Section):
    """What a point is worth in money where a programme says so: `points` stand for `fen` (100 fen are 1 yuan)."""

    points: SomePoints = 1
    fen: Annotated[int, Field(ge=1, le=100_000_000)]

    def fen_of(self, points: int) -> int:
        """The money that points stand for, in fen, rounded down."""
        return points * self.fen // self.points


class Budget(Section):
    """Who pays for points (积分预算): each street from a budget of its own, up to a ceiling a period."""

    paid_by: Literal["street"]
    period: Literal["month", "quarter", "year"] = "year"
    most: Annotated[int, Field(ge=1, le=MOST_BUDGET)]  # of every street that is not named below
    streets: dict[Annotated[str, Field(min_length=1, max_length=32)], Annotated[int, Field(ge=0, le=MOST_BUDGET)]] = (
        Field(default_factory=dict)
    )  # by street code

    def ceiling(self, street_code: str) -> int:
        """The most that a street may issue in a period."""
        return self.streets.get(street_code, self.most)


class GrantReason(Named):
    """Why points may be granted by hand, and how many at most at once."""

    most: SomePoints | None = None


class Grants(Section):
    """Points given by hand (发放): from a list of reasons, in face values, with a second approver above a threshold."""

    reasons: dict[Code, GrantReason] = Field(default_factory=dict)
    alone_up_to: Points = 20  # above, a second person approves
    alone_a_month: Points | None = None  # by one clerk without a second person; ten times the above where absent
    most: SomePoints = 500  # at once
    face_values: tuple[SomePoints, ...] = ()  # points come in these (面值); any number where it is empty
    steps: tuple[GrantStepName, ...] = ("apply", "post")  # of what takes more than one person

    @property
    def most_alone_a_month(self) -> int:
        """How much one clerk may give in a local month without a second person."""
        return 10 * self.alone_up_to if self.alone_a_month is None else self.alone_a_month

    def in_face_values(self, points: int) -> dict[int, int] | None:
        """How many of each face value make up points, the fewest pieces; None where they cannot."""
        if not self.face_values:
            return {}
        return _fewest(points, sorted(set(self.face_values), reverse=True))


def _fewest(points: int, values: list[int]) -> dict[int, int] | None:
    """The fewest pieces, largest values first in `values`: the largest is used freely, what is left is exact.

    Of as many smaller pieces as the largest value counts, some add up to a multiple of it and can be exchanged for no
    more pieces. So the smaller ones come to less than the largest times the second largest.
    """
    spare = values[0] * values[1] if len(values) > 1 else 0
    whole = max(0, points - spare) // values[0]
    rest = points - whole * values[0]
    unreachable = rest + 1
    pieces = [0] + [unreachable] * rest
    last = [0] * (rest + 1)
    for amount in range(1, rest + 1):
        for value in values:
            if value <= amount and pieces[amount - value] + 1 < pieces[amount]:
                pieces[amount], last[amount] = pieces[amount - value] + 1, value
    if pieces[rest] == unreachable:
        return None
    found = {values[0]: whole} if whole else {}
    while rest:
        found[last[rest]] = found.get(last[rest], 0) + 1
        rest -= last[rest]
    return dict(sorted(found.items(), reverse=True))


def grant_contradictions(grants: Grants) -> Contradictions:
    """Where face values, reasons and steps contradict each other."""
    if len(set(grants.face_values)) != len(grants.face_values):
        yield ("grants", "face_values"), N_("同一面值写了两次"), {}
    if grants.alone_up_to > grants.most:
        yield ("grants", "alone_up_to"), N_("不得大于 {le}"), {"le": grants.most}
    if grants.alone_a_month is not None and grants.alone_a_month < grants.alone_up_to:
        yield ("grants", "alone_a_month"), N_("不得小于 {ge}"), {"ge": grants.alone_up_to}
    if len(set(grants.steps)) != len(grants.steps) or grants.steps[:1] != ("apply",) or grants.steps[-1:] != ("post",):
        yield ("grants", "steps"), N_("步骤应以 apply 开始、以 post 结束，每步一次"), {}
    for code, reason in grants.reasons.items():
        if reason.most is not None and grants.face_values and reason.most < min(grants.face_values):
            yield (
                ("grants", "reasons", code, "most"),
                N_("最多 {most} 分，比最小面值 {least} 还少"),
                {"most": reason.most, "least": min(grants.face_values)},
            )
