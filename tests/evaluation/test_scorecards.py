"""Scorecards: what they are computed from, and what must not matter."""

import random
from dataclasses import replace
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.averages import effective_count, trimmed_mean
from evaluation.card_documents import card_document
from evaluation.guards import judge_ballots
from evaluation.rehearsal import People, Rehearsal
from evaluation.scorecards import compute_cards, hundredths, places
from evaluation.severity import estimate_severities
from tests.evaluation.builders import STREET, a_scheme, a_source, a_vote, some_stewards, the_shipped_scheme


def test_no_ballots_and_no_cases_give_no_score() -> None:
    [card] = compute_cards(the_shipped_scheme(), some_stewards(1), [], {}).values()
    assert card.score is None
    assert {source.reason for source in card.sources} == {"nothing_known"}


@given(st.lists(st.integers(0, 100), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_a_score_depends_on_the_ballots_and_not_on_their_order(marks: list[int], shuffled: random.Random) -> None:
    steward = UUID(int=1_000)
    votes = [a_vote(steward, mark) for mark in marks]
    scheme = a_scheme(a_source(trim_percent=10))
    before = compute_cards(scheme, {steward: STREET}, votes, {})
    shuffled.shuffle(votes)
    assert compute_cards(scheme, {steward: STREET}, votes, {}) == before


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.05, 1)), min_size=1, max_size=40), st.integers(0, 40))
def test_a_trimmed_mean_lies_within_the_values(values: list[tuple[float, float]], trim: int) -> None:
    mean = trimmed_mean(values, trim)
    assert min(value for value, _ in values) - 1e-9 <= mean <= max(value for value, _ in values) + 1e-9


def test_trimming_cuts_through_a_ballot_instead_of_jumping() -> None:
    values = [(float(value), 1.0) for value in (0, 50, 50, 50, 100)]
    assert trimmed_mean(values, 20) == 50
    assert trimmed_mean([(0.0, 1.0), (60.0, 1.0), (60.0, 1.0)], 10) == pytest.approx((0.7 * 0 + 60 + 0.7 * 60) / 2.4)


def test_effective_count_is_the_count_of_equal_weights() -> None:
    assert effective_count([0.2] * 7) == pytest.approx(7)
    assert effective_count([1.0, 0.0]) == 1


@settings(max_examples=50)
@given(st.lists(st.integers(40, 100), min_size=8, max_size=8))
def test_few_ballots_are_drawn_further_toward_the_streets_mean(marks: list[int]) -> None:
    stewards = some_stewards(9)
    others = list(stewards)[1:]
    votes = [a_vote(steward, mark) for steward, mark in zip(others, marks, strict=True) for _ in range(8)]
    first = next(iter(stewards))
    scheme = a_scheme(a_source(shrinkage=5))
    few = compute_cards(scheme, stewards, [*votes, a_vote(first, 0)], {})[first].sources[0].dimensions[0]
    many = compute_cards(scheme, stewards, [*votes, *(a_vote(first, 0) for _ in range(20))], {})[first]
    assert few.own_percent == 17
    assert many.sources[0].dimensions[0].own_percent == 80
    assert few.score > many.sources[0].dimensions[0].score


def test_the_page_adds_up_to_the_hundredth() -> None:
    random.seed(5)
    scheme = the_shipped_scheme()
    stewards = some_stewards(12)
    residents = scheme.source("residents")
    assert residents is not None
    votes = [
        a_vote(steward, {d.code: random.randint(1, 5) for d in residents.asked})
        for steward in stewards
        for _ in range(9)
    ]
    for card in compute_cards(scheme, stewards, votes, {}).values():
        source = next(source for source in card.sources if source.code == "residents")
        assert source.score == hundredths(sum((d.weight * d.score for d in source.dimensions), Fraction(0)) / 100)
        assert card.score == source.score


def test_severity_is_removed_where_raters_overlap() -> None:
    strict = [
        (rater, UUID(int=at), 50 + at + shift) for rater, shift in (("strict", -10), ("kind", 10)) for at in range(40)
    ]
    found = estimate_severities([(rater, steward, float(value)) for rater, steward, value in strict])
    assert found.by_rater["strict"] == pytest.approx(-10, abs=0.5)
    assert found.by_rater["kind"] == pytest.approx(10, abs=0.5)


def test_who_shares_no_steward_with_anybody_is_taken_as_average_and_the_card_says_so() -> None:
    stewards = some_stewards(6)
    first, *_, last = stewards
    votes = [a_vote(s, 60, source="street", rater="alone") for s in list(stewards)[:3]]
    votes += [
        a_vote(s, mark, source="street", rater=r) for s in list(stewards)[3:] for r, mark in (("a", 50), ("b", 90))
    ]
    cards = compute_cards(a_scheme(a_source("street", severity=True)), stewards, votes, {})
    assert cards[first].sources[0].severity == "assumed"
    assert cards[first].score == 60
    assert cards[last].sources[0].severity == "removed"


def test_a_kind_clerk_does_not_lift_those_whom_only_he_knows_better() -> None:
    stewards = list(some_stewards(20))
    votes = [a_vote(s, 70, source="street", rater="kind") for s in stewards[:12]]
    votes += [a_vote(s, 50, source="street", rater="strict") for s in stewards[8:]]
    cards = compute_cards(a_scheme(a_source("street", severity=True)), dict.fromkeys(stewards, STREET), votes, {})
    assert abs(float((cards[stewards[0]].score or 0) - (cards[stewards[19]].score or 0))) <= 4  # of 20


def test_open_ballots_weigh_little_and_never_make_the_minimum() -> None:
    steward = UUID(int=1_000)
    rule = {"weight_percent": 20, "most_share_percent": 20}
    scheme = a_scheme(a_source(minimum_raters=5, open_ballots=rule))
    full = [a_vote(steward, 50) for _ in range(5)]
    stuffed = [a_vote(steward, 100, open=True) for _ in range(500)]
    alone = compute_cards(scheme, {steward: STREET}, [*full[:4], *stuffed], {})[steward]
    assert alone.sources[0].reason == "below_minimum"
    card = compute_cards(scheme, {steward: STREET}, [*full, *stuffed], {})[steward]
    assert card.sources[0].open_ballots == 500
    assert card.sources[0].open_mean == 100
    assert card.score == hundredths(Fraction(50 * 5 + 100, 6))  # all 500 together weigh one full ballot in six


def test_a_source_that_nobody_answered_hides_no_doubt_of_the_others() -> None:
    """Who lacks the residents is compared with those who have them, also where no card has every source."""
    stewards = some_stewards(12)
    draw = random.Random(5)
    votes = [a_vote(s, draw.randint(40, 90), source="street") for s in stewards]
    votes += [a_vote(s, draw.randint(40, 90)) for s in list(stewards)[1:] for _ in range(6)]
    sources = [a_source("street", weight=50), a_source(weight=50)]
    with_peers = [a_source("street", weight=40), a_source(weight=40), a_source("peers", weight=20)]
    plain, asked = (compute_cards(a_scheme(*found), stewards, votes, {}) for found in (sources, with_peers))
    for steward in stewards:
        assert (plain[steward].score, plain[steward].low) == (asked[steward].score, asked[steward].low)
    first, second = list(stewards)[:2]
    assert plain[first].deviation > plain[second].deviation


def test_no_order_is_read_out_of_noise_unless_the_scheme_wants_it() -> None:
    random.seed(2)
    stewards = some_stewards(30)
    votes = [a_vote(s, random.randint(30, 90)) for s in stewards for _ in range(6)]
    scheme = a_scheme(a_source(shrinkage="estimated"))
    cards = compute_cards(scheme, stewards, votes, {}).values()
    assert set(places(cards, scheme).values()) == {1}
    strict = places(cards, scheme.model_copy(update={"ranks": "strict"}))
    assert min(strict.values()) == 1
    assert max(strict.values()) > 20


@pytest.mark.parametrize("seed", range(4))
def test_figures_depend_on_nobodys_id(seed: int) -> None:
    """Another database gives other ids and another order of rows; the figures are the same to the last digit."""
    scheme = the_shipped_scheme()
    shuffled = random.Random(seed)
    town = Rehearsal(scheme, People(staff=3), seed).town(stewards=14, ballots=7)
    other = {steward: UUID(int=shuffled.getrandbits(128)) for steward in town.stewards}
    votes = [
        replace(vote, id=UUID(int=shuffled.getrandbits(128)), steward_id=other[vote.steward_id]) for vote in town.votes
    ]
    shuffled.shuffle(votes)
    stewards = {other[steward]: street for steward, street in town.stewards.items()}
    facts = {other[steward]: found for steward, found in town.facts.items()}
    first, second = judge_ballots(scheme, town.votes), judge_ballots(scheme, votes)
    before = compute_cards(scheme, town.stewards, town.votes, town.facts, held=first.held, weights=first.weights)
    after = compute_cards(scheme, stewards, votes, facts, held=second.held, weights=second.weights)
    kept = {steward: card_document(card) for steward, card in before.items()}
    assert {steward: card_document(after[other[steward]]) for steward in kept} == kept
