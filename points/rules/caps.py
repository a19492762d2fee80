"""Upper limits: of points or of times, per person or lane, in a local period."""

from collections.abc import Mapping, Sequence
from typing import Literal

from kernel.messages import N_
from points.rules.events import Event, Events
from points.rules.fields import Code, Contradictions, Section, SomePoints
from points.rules.tariffs import Tariff, listed_contradictions

Period = Literal["day", "month", "quarter", "year"]


class Cap(Section):
    """An upper limit (上限) of points or of times, per person or lane, in a local day, month, quarter or year."""

    code: Code
    per: Literal["steward", "lane"]
    period: Period
    counts: Literal["points", "times"]
    limit: SomePoints
    events: Events


def cap_contradictions(caps: Sequence[Cap], tariffs: Mapping[Event, Tariff]) -> Contradictions:
    """Where caps share a code, or bind what is not paid."""
    codes: set[str] = set()
    for index, cap in enumerate(caps):
        if cap.code in codes:
            yield ("caps", index, "code"), N_("上限代码“{code}”重复"), {"code": cap.code}
        codes.add(cap.code)
        yield from listed_contradictions(cap.events, tariffs, "caps", index, "events")
