"""Who is put forward follows from the inputs alone: compared with a naive model, and rule by rule."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import derived_id
from points.rules import TitleRule
from points.titles import Outcome
from rewards.titles.explaining import explain, why_barred
from rewards.titles.inputs import Entrant, Inputs, InputsRefused, body_of, read_inputs
from rewards.titles.selecting import Percentiled, percentiles, running, select
from tests.rewards.titles.rounds import a_rule, an_entrant, some_inputs

SOURCES = ("evaluation", "points_percentile", "difficulty")
entrants = st.builds(
    lambda number, street, community, marks, cases, months, veto, won, barred: an_entrant(
        number,
        street=street,
        community=f"{street}-{community}",
        marks=dict(zip(SOURCES, marks, strict=True)),
        verified_cases=cases,
        months_served=months,
        vetoes=frozenset({"faked_case"} if veto else ()),
        won=won,
        bars=("off_boards",) if barred else (),
    ),
    number=st.integers(0, 10**9),
    street=st.sampled_from(["A", "B"]),
    community=st.sampled_from(["1", "2"]),
    marks=st.tuples(*[st.integers(0, 4).map(lambda mark: mark * 2_500)] * 3),
    cases=st.integers(10, 14),
    months=st.integers(4, 8),
    veto=st.sampled_from([False] * 5 + [True]),
    won=st.sampled_from([(), ("2025",), ("2024", "2025"), ("2023", "2024")]),
    barred=st.sampled_from([False] * 5 + [True]),
)
fields = st.lists(entrants, max_size=30, unique_by=lambda one: one.ticket)


def naive(inputs: Inputs, struck: set[UUID]) -> dict[str, list[UUID]]:
    """The winners by street, the long way round: take the best one left, again and again."""
    rule = inputs.rule
    found: dict[str, list[UUID]] = {}
    for street in sorted({one.street for one in inputs.entrants}):
        left = [
            one
            for one in inputs.entrants
            if one.street == street
            and one.ticket not in struck
            and one.measures["verified_cases"] >= 12
            and one.measures["months_served"] >= 6
            and not one.vetoes
            and not one.bars
            and not {"2024", "2025"} <= set(one.won)
        ]
        won: list[Entrant] = []
        while left and len(won) < rule.quota:
            best = left[0]
            for one in left[1:]:
                if ahead(rule, one, best):
                    best = one
            left.remove(best)
            if sum(one.community == best.community for one in won) < (rule.most_per_community or 99):
                won.append(best)
        found[street] = [one.ticket for one in won]
    return found


def ahead(rule: TitleRule, one: Entrant, other: Entrant) -> bool:
    def figures(entrant: Entrant) -> tuple[Any, ...]:
        marks = sum(Fraction(entrant.marks.get(source, 0) * weight) for source, weight in rule.weights.items())
        return marks, entrant.measures["verified_cases"], entrant.measures["months_served"]

    if figures(one) == figures(other):
        return str(one.ticket) < str(other.ticket)
    return figures(one) > figures(other)


@given(fields, st.integers(1, 4), st.sampled_from([None, 1, 2]), st.data())
def test_the_winners_are_those_of_the_naive_model(
    found: list[Entrant], quota: int, share: int | None, data: st.DataObject
) -> None:
    inputs = some_inputs(found, rule=a_rule(quota=quota, most_per_community=share))
    struck = set(data.draw(st.lists(st.sampled_from([one.ticket for one in found]), unique=True)) if found else [])
    selection = select(inputs, struck)
    assert {street: [line.ticket for line in selection.winners(street)] for street in naive(inputs, struck)} == naive(
        inputs, struck
    )
    assert sorted(line.ticket for line in selection.lines) == sorted(one.ticket for one in found)


@given(fields, st.randoms())
def test_the_order_of_the_inputs_means_nothing_and_the_document_says_all(found: list[Entrant], chance: Any) -> None:
    inputs = some_inputs(found)
    shuffled = list(found)
    chance.shuffle(shuffled)
    again = read_inputs(body_of(some_inputs(shuffled)))
    assert select(again).lines == select(read_inputs(body_of(inputs))).lines
    assert body_of(again) == body_of(inputs)


@given(fields)
def test_everybody_has_an_outcome_with_a_reason_for_each_rule(found: list[Entrant]) -> None:
    inputs = some_inputs(found)
    for line in select(inputs).lines:
        reasons = explain(inputs, line)
        said = [reason.text.render(locale) for reason in reasons for locale in ("zh", "en")]
        assert all(said)
        assert len(reasons) >= 3 + 1 + len(inputs.rule.gates) + len(inputs.rule.vetoes)
        kept_out = [reason for reason in reasons[:-1] if reason.holds is False]
        assert bool(why_barred(inputs.rule, line)) == (line.outcome is Outcome.BARRED)
        assert kept_out or line.outcome in {Outcome.PROPOSED, Outcome.NEXT}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"months_served": 2}, "任职月数 2，要求不少于 6"),
        ({"verified_cases": 11}, "核实案件数 11，要求不少于 12"),
        ({"vetoes": frozenset({"faked_case"})}, "一票否决（虚报案件）：有"),
        ({"won": ("2024", "2025")}, "连续当选已满规定次数"),
        ({"bars": ("off_boards",)}, "本人不愿上榜"),
        ({"bars": ("after:platinum",)}, "同期已获或拟获更高称号"),
    ],
)
def test_who_is_barred_is_told_why(changes: dict[str, Any], reason: str) -> None:
    inputs = some_inputs([an_entrant(1, **changes), an_entrant(2)])
    barred = next(line for line in select(inputs).lines if line.outcome is Outcome.BARRED)
    assert [text.render("zh") for text in why_barred(inputs.rule, barred)] == [reason]
    assert barred.ticket == derived_id("ticket", "1")


def test_a_source_without_any_figure_leaves_its_weight_to_the_others() -> None:
    entrant = an_entrant(1, marks={"points_percentile": 8_000, "difficulty": 5_000})
    inputs = some_inputs([entrant], without=("evaluation",))
    [line] = select(inputs).lines
    assert line.marks == (Fraction(30) * 80 + 20 * 50) / 50
    assert explain(inputs, line)[0].text.render("zh") == "综合评价：这一期还没有数据，50% 按比例让给其他各项"


def test_the_explanation_adds_up_to_the_total() -> None:
    inputs = some_inputs([an_entrant(1, marks={"evaluation": 8_735, "points_percentile": 9_000, "difficulty": 4_000})])
    [line] = select(inputs).lines
    said = [reason.text.render("zh") for reason in explain(inputs, line)]
    assert said[:5] == [
        "综合评价 87.35，占 50%，得 43.68 分",
        "积分位次 90.00，占 30%，得 27.00 分",
        "案件难度 40.00，占 20%，得 8.00 分",
        "合计 78.68 分",
        "本街道第 1 名",
    ]


@pytest.mark.parametrize(
    ("period", "won", "count"),
    [
        ("2026", ("2024", "2025"), 2),
        ("2026", ("2023", "2024"), 0),
        ("2026-01", ("2025-11", "2025-12"), 2),
        ("2026-Q1", ("2025-Q4",), 1),
        ("2026-10", ("2026-08",), 0),
    ],
)
def test_running_counts_periods_without_a_gap(period: str, won: tuple[str, ...], count: int) -> None:
    assert running(period, won) == count


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_percentiles_are_the_share_of_the_others_that_one_is_ahead_of_ties_halved(figures: list[int]) -> None:
    keys = [derived_id("key", str(at)) for at in range(len(figures))]
    found = percentiles(
        [Percentiled(key=key, group="A", figure=Fraction(figure)) for key, figure in zip(keys, figures, strict=True)]
    )
    for at, key in enumerate(keys):
        others = figures[:at] + figures[at + 1 :]
        share = Fraction(10_000)
        if others:
            beaten = sum(Fraction(2 if other < figures[at] else 1 if other == figures[at] else 0) for other in others)
            share = Fraction(beaten) / (2 * len(others)) * 10_000
        assert found[key] == int(share + Fraction(1, 2))


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"format":"jinpai-title-inputs/2"}', '{"format":"jinpai-title-inputs/1"}']
)
def test_what_is_no_inputs_is_refused(body: str) -> None:
    with pytest.raises(InputsRefused):
        read_inputs(body)
