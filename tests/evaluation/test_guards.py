"""Guards: what is held out, and that honest ballots are not."""

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from evaluation.guards import Verdict, chance_of, judge_ballots
from evaluation.rehearsal import People, Rehearsal
from evaluation.votes import Vote
from tests.evaluation.builders import OPENED, a_scheme, a_source, a_vote, some_stewards, the_shipped_scheme


def reasons(verdict: Verdict) -> Counter[str]:
    return Counter(held.code for held in verdict.held.values())


def honest_ballots(seed: int = 3) -> list[Vote]:
    return list(Rehearsal(the_shipped_scheme(), People(), seed).town(stewards=100, ballots=35).votes)


def test_at_most_half_a_percent_of_honest_ballots_is_held() -> None:
    held = ballots = 0
    for seed in range(6):
        votes = honest_ballots(seed)
        held += len(judge_ballots(the_shipped_scheme(), votes).held)
        ballots += len(votes)
    assert held / ballots <= 0.005


def test_a_household_may_share_a_phone_but_not_a_street() -> None:
    steward = UUID(int=1_000)
    votes = [a_vote(steward, 40 + at, device="phone") for at in range(6)]
    verdict = judge_ballots(a_scheme(a_source()), votes)
    assert reasons(verdict) == {"same_device": 3}


def test_a_burst_of_equal_ballots_is_held_and_a_lively_session_is_not() -> None:
    stewards = list(some_stewards(30))
    random.seed(4)
    usual = [
        a_vote(s, random.randint(20, 95), cast_at=OPENED + timedelta(days=random.random() * 80))
        for s in stewards
        for _ in range(10)
    ]
    session = [a_vote(stewards[1], 50 + at, cast_at=OPENED + timedelta(minutes=at)) for at in range(15)]
    brigade = [a_vote(stewards[0], 100, cast_at=OPENED + timedelta(minutes=at)) for at in range(6)]
    verdict = judge_ballots(a_scheme(a_source()), [*usual, *session, *brigade])
    assert {vote.id for vote in brigade} <= verdict.held.keys()
    assert not {vote.id for vote in session} & verdict.held.keys()


def test_praise_that_the_others_do_not_explain_is_held_down_to_what_they_do() -> None:
    rehearsal = Rehearsal(the_shipped_scheme(), People(), 8)
    town = rehearsal.town(stewards=60, ballots=28)
    target = next(iter(town.stewards))
    colluding = rehearsal.attack(target, "patient", 9)
    verdict = judge_ballots(the_shipped_scheme(), [*town.votes, *colluding])
    caught = {vote.id for vote in colluding} & verdict.held.keys()
    assert len(caught) >= 8
    assert all(verdict.held[ballot].code == "surplus" for ballot in caught)


def test_praise_does_not_move_anyone_down() -> None:
    rehearsal = Rehearsal(the_shipped_scheme(), People(), 9)
    town = rehearsal.town(stewards=60, ballots=28)
    target = next(iter(town.stewards))
    colluding = rehearsal.attack(target, "patient", 12)
    verdict = judge_ballots(the_shipped_scheme(), [*town.votes, *colluding])
    own = [vote for vote in town.votes if vote.steward_id == target]
    assert sum(vote.id in verdict.held for vote in own) <= 3


def test_one_mark_for_everybody_says_nothing() -> None:
    stewards = some_stewards(12)
    lazy = [a_vote(s, 80, source="street", rater="lazy") for s in stewards]
    careful = [a_vote(s, 60 + at, source="street", rater="careful") for at, s in enumerate(stewards)]
    verdict = judge_ballots(a_scheme(a_source("street")), [*lazy, *careful])
    assert verdict.held.keys() == {vote.id for vote in lazy}
    assert reasons(verdict) == {"straight_line": 12}


def test_raters_who_copy_each_other_count_as_one() -> None:
    stewards = some_stewards(10)
    copied = [
        a_vote(s, 50 + 3 * at, source="street", rater=r) for r in ("a", "b", "c") for at, s in enumerate(stewards)
    ]
    own = [a_vote(s, 70 - 2 * at, source="street", rater="d") for at, s in enumerate(stewards)]
    verdict = judge_ballots(a_scheme(a_source("street")), [*copied, *own])
    assert verdict.held == {}
    assert [verdict.weights[vote.id] for vote in copied] == [pytest.approx(1 / 3)] * 30
    assert not {vote.id for vote in own} & verdict.weights.keys()


@pytest.mark.parametrize(("mark", "code"), [(5, "retaliation"), (100, "favour")])
def test_two_peers_who_pay_each_other_back_are_held(mark: int, code: str) -> None:
    one, other, third, fourth, fifth = some_stewards(5)
    votes = [a_vote(s, 60, source="peers", rater=str(r)) for s in (one, other) for r in (third, fourth, fifth)]
    pair = [a_vote(other, mark, source="peers", rater=str(one)), a_vote(one, mark, source="peers", rater=str(other))]
    verdict = judge_ballots(a_scheme(a_source("peers")), [*votes, *pair])
    assert verdict.held.keys() == {vote.id for vote in pair}
    assert reasons(verdict) == {code: 2}


def test_binomial_chances_are_those_of_the_tables() -> None:
    assert chance_of(5, 10, 0.5) == pytest.approx(0.623046875)
    assert chance_of(0, 10, 0.1) == pytest.approx(1)
