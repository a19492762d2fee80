"""The draw of re-checks and the search for quick runs, against naive models."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cases.sampling import Verified, bursts, drawn
from tests.stewards.builders import NOON

ANN, BEN = UUID(int=1), UUID(int=2)


@given(st.text(max_size=8), st.sets(st.text(max_size=6), max_size=60), st.integers(0, 100))
def test_a_draw_is_the_same_for_everybody_and_takes_its_percentage_rounded_up(
    seed: str, keys: set[str], percent: int
) -> None:
    chosen = drawn(seed, keys, percent)
    assert chosen == drawn(seed, sorted(keys, reverse=True), percent)
    assert set(chosen) <= keys
    assert len(chosen) == -(-len(keys) * percent // 100)


def test_another_seed_draws_others() -> None:
    keys = [str(number) for number in range(400)]
    first, second = set(drawn("a", keys, 5)), set(drawn("b", keys, 5))
    assert len(first) == len(second) == 20
    assert len(first & second) < 10


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([ANN, BEN]), st.sampled_from([ANN, BEN])), max_size=40),
    st.integers(1, 12),
    st.integers(1, 6),
)
def test_a_burst_is_found_exactly_where_a_window_is_too_full(
    given_: Sequence[tuple[int, UUID, UUID]], minutes: int, most: int
) -> None:
    found = [
        Verified(at=NOON + timedelta(minutes=at), steward_id=steward, verifier_id=verifier)
        for at, steward, verifier in given_
    ]
    runs = bursts(found, within=timedelta(minutes=minutes), most=most)
    for kind, of in (("steward", lambda one: one.steward_id), ("verifier", lambda one: one.verifier_id)):
        for subject in (ANN, BEN):
            moments = sorted(one.at for one in found if of(one) == subject)
            crowded = {
                other
                for at in moments
                if sum(at <= later <= at + timedelta(minutes=minutes) for later in moments) > most
                for other in moments
                if at <= other <= at + timedelta(minutes=minutes)
            }
            mine = [run for run in runs if (run.kind, run.subject_id) == (kind, subject)]
            covered = {at for at in moments if any(run.first_at <= at <= run.last_at for run in mine)}
            assert covered == crowded
            assert sum(run.count for run in mine) == sum(at in crowded for at in moments)
