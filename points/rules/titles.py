"""Titles: who may be put forward, how candidates are ranked, what the public may object to."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from kernel.messages import N_
from points.rules.fields import Code, Contradictions, Days, Named
from points.rules.gates import Gate, Measure, gate_contradictions

Source = Literal["vote", "review", "evaluation", "points_percentile", "difficulty", "minutes"]
Veto = Literal["faked_case", "payment_taken", "privacy_breach", "complaint_upheld", "cheating"]
TieBreak = Literal[
    "evaluation", "points_percentile", "difficulty", "minutes", "vote", "review", "verified_cases", "months_served"
]

TEAM_SOURCES: frozenset[Source] = frozenset({"evaluation", "points_percentile", "difficulty"})
"""What there is of a team: its members' scores, the points and the cases of its own time."""
TEAM_MEASURES: frozenset[Measure] = frozenset({"verified_cases", "months_served", "members"})


class ReviewDimension(Named):
    """A respect (评审项目) in which the committee marks everybody from 0 to 100; all count alike."""

    code: Code


class TitleRule(Named):
    """A title (称号): quota, candidates, weights, who is eligible, public notice and veto (一票否决)."""

    code: Code
    of: Literal["steward", "team"] = "steward"  # who is given it
    per: Literal["district", "street", "community"] = "street"
    period: Literal["month", "quarter", "year"] = "year"
    quota: Annotated[int, Field(ge=1, le=1_000)]
    candidates: Annotated[int, Field(ge=1, le=10_000)] | None = None
    weights: Annotated[dict[Source, Annotated[int, Field(ge=1, le=100)]], Field(min_length=1)]
    review_on: Annotated[tuple[ReviewDimension, ...], Field(strict=False, max_length=6)] = ()  # none: on the whole
    gates: Annotated[tuple[Gate, ...], Field(strict=False)] = ()
    clean_record: bool = False  # nothing upheld in the period
    winners_out_years: Annotated[int, Field(ge=0, le=50)] = 0  # the winners of the last so many years are out
    most_running: Annotated[int, Field(ge=1, le=50)] | None = None  # years, quarters or months in a row
    after: Annotated[tuple[Code, ...], Field(strict=False)] = ()  # who has one of these titles for the period is out
    ties: Annotated[tuple[TieBreak, ...], Field(strict=False)] = ("verified_cases", "months_served")  # then by lot
    most_per_community: Annotated[int, Field(ge=1, le=1_000)] | None = None
    notice_working_days: Days = 5
    answer_working_days: Days = 3
    vetoes: Annotated[tuple[Veto, ...], Field(strict=False)] = ()
    veto_items: dict[Veto, Annotated[tuple[Code, ...], Field(strict=False)]] = Field(default_factory=dict)
    """Items of the deduction list that are a veto once they were taken in the period."""


def title_contradictions(titles: Sequence[TitleRule]) -> Contradictions:
    """Where a title has more winners than candidates, or weights that are no whole."""
    codes: set[str] = set()
    for index, title in enumerate(titles):
        at = ("titles", index)
        if title.code in codes:
            yield (*at, "code"), N_("称号代码“{code}”重复"), {"code": title.code}
        codes.add(title.code)
        if sum(title.weights.values()) != 100:
            yield (*at, "weights"), N_("权重相加是 {sum}，应为 100"), {"sum": sum(title.weights.values())}
        if title.candidates is not None and title.candidates < title.quota:
            yield (
                (*at, "candidates"),
                N_("候选人 {candidates} 名少于名额 {quota}"),
                {"candidates": title.candidates, "quota": title.quota},
            )
        if title.review_on and "review" not in title.weights:
            yield (*at, "review_on"), N_("权重里没有评审，不用写评审项目"), {}
        for place, code in enumerate(one.code for one in title.review_on):
            if code in {one.code for one in title.review_on[:place]}:
                yield (*at, "review_on", place, "code"), N_("评审项目代码“{code}”重复"), {"code": code}
        if title.code in title.after:
            yield (*at, "after"), N_("称号不能排在自己之后"), {}
        for veto in title.veto_items:
            if veto not in title.vetoes:
                yield (*at, "veto_items", veto), N_("一票否决里没有“{veto}”"), {"veto": veto}
        for gate_index, gate in enumerate(title.gates):
            if gate.of != "title":
                yield (*at, "gates", gate_index, "of"), N_('称号的门槛应写 "of": "title"'), {}
        yield from _of_whom(title, *at)
        yield from gate_contradictions(title.gates, *at, "gates")


def _of_whom(title: TitleRule, *at: str | int) -> Contradictions:
    """What is asked of stewards that only teams have, and of teams (管家团) what only a steward has."""
    for index, gate in enumerate(title.gates):
        if title.of == "steward" and gate.measure == "members":
            yield (*at, "gates", index, "measure"), N_("members 只用于管家团的称号"), {}
        if title.of == "team" and gate.measure not in TEAM_MEASURES:
            yield (*at, "gates", index, "measure"), N_("管家团的门槛只看团员人数、核实案件数和成团月数"), {}
    if title.of == "steward":
        return
    for source in title.weights:
        if source not in TEAM_SOURCES:
            yield (*at, "weights", source), N_("管家团只按综合评价、积分位次和案件难度评分"), {}
    if title.per == "community":
        yield (*at, "per"), N_("管家团的称号按街道或全区评"), {}
    if title.after:
        yield (*at, "after"), N_("管家团的称号不设更高称号"), {}
    if title.most_per_community is not None:
        yield (*at, "most_per_community"), N_("管家团不属于一个社区"), {}
