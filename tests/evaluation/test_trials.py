"""What scorecards are measured to withstand. The figures of docs/evaluation.md, at reduced counts."""

import os

import pytest

from evaluation.rehearsal import Attack, People
from evaluation.trials import rank_correlation, try_attack, try_truth
from tests.evaluation.builders import the_shipped_scheme

TOWNS = int(os.environ.get("JINPAI_TOWNS", "12"))  # of 100 stewards


@pytest.mark.parametrize("attack", ["brigade", "shared_phone", "patient", "smear"])
def test_a_fifth_of_colluders_at_the_end_of_the_scale_moves_nobody_by_more_than_a_place(attack: Attack) -> None:
    found = try_attack(the_shipped_scheme(), People(), attack, share_percent=20, ballots=35, towns=4, seed=1)
    assert found.plain > 16
    assert found.guarded <= 1
    assert found.caught_percent >= 90


def test_colluders_who_answer_the_overall_question_alone_lose_most_of_their_gain() -> None:
    found = try_attack(the_shipped_scheme(), People(), "overall_only", share_percent=20, ballots=35, towns=4, seed=1)
    assert found.guarded <= 4
    assert found.guarded < found.plain


@pytest.mark.parametrize(("ballots", "margin"), [(5, 0.04), (10, 0.02), (35, 0.01)])
def test_scorecards_are_nearer_to_the_true_order_than_plain_means_and_nine_in_ten_intervals_hold_the_truth(
    ballots: int, margin: float
) -> None:
    towns = TOWNS if ballots < 35 else TOWNS // 2
    found = try_truth(the_shipped_scheme(), People(), ballots=ballots, towns=towns, seed=1)
    assert found.card_correlation >= found.plain_correlation + margin
    assert 87 <= found.covered_percent <= 93


def test_rank_correlation_is_spearmans() -> None:
    from uuid import UUID

    one = {UUID(int=at): float(at) for at in range(5)}
    assert rank_correlation(one, one) == pytest.approx(1)
    assert rank_correlation(one, {key: -value for key, value in one.items()}) == pytest.approx(-1)
