"""Ladders of levels and stars: what each rung needs, and how one falls."""

from typing import Annotated, Literal

from pydantic import Field

from kernel.messages import N_
from points.rules.fields import Code, Contradictions, Minutes, Named, Points, Section


class Rung(Named):
    """A level (等级): so many minutes of service and so many lifetime points, both."""

    code: Code
    minutes: Minutes = 0
    points: Points = 0


class Demotion(Section):
    """How a level is lost. `below`: it follows minutes and points down when deductions lower them. `idle`: a calendar
    year with fewer than so many minutes and points costs `rungs`.
    """

    when: Literal["below", "idle"]
    minutes: Minutes = 0
    points: Points = 0
    rungs: Annotated[int, Field(ge=1, le=20)] = 1


class Ladder(Section):
    """Rungs from the lowest to the highest. Without `demotion` nobody ever falls."""

    rungs: Annotated[tuple[Rung, ...], Field(min_length=1, max_length=20, strict=False)]
    demotion: Demotion | None = None


def ladder_contradictions(ladder: Ladder, name: str) -> Contradictions:
    """Where rungs do not rise, or falling is set without what it needs."""
    codes: set[str] = set()
    for index, rung in enumerate(ladder.rungs):
        at = (name, "rungs", index)
        if rung.code in codes:
            yield (*at, "code"), N_("等级代码“{code}”重复"), {"code": rung.code}
        codes.add(rung.code)
        if not (rung.minutes or rung.points):
            yield at, N_("等级“{code}”没有任何要求"), {"code": rung.code}
        if index:
            below = ladder.rungs[index - 1]
            rises = rung.minutes >= below.minutes and rung.points >= below.points
            if not rises or (rung.minutes, rung.points) == (below.minutes, below.points):
                yield at, N_("等级“{code}”的要求应比“{below}”高"), {"code": rung.code, "below": below.code}
    demotion = ladder.demotion
    if demotion is None:
        return
    asks = bool(demotion.minutes or demotion.points)
    if (demotion.when == "idle") != asks:
        yield (name, "demotion"), N_("idle 要写一年至少多少分钟或积分，below 不写"), {}
