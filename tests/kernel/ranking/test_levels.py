"""Counts in blocks answer like a sorted list, however they grow and shrink."""

from bisect import bisect_left, insort
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.ranking import levels
from kernel.ranking.levels import Levels

KEYS = st.integers(-40, 40) | st.sampled_from([-(2**53), 2**53])


@pytest.fixture(autouse=True, scope="module")
def _small_blocks() -> object:
    """Blocks that split soon."""
    kept, levels._BLOCK = levels._BLOCK, 4
    yield
    levels._BLOCK = kept


@given(first=st.lists(KEYS, max_size=60), steps=st.lists(st.tuples(st.booleans(), KEYS), max_size=120))
@settings(max_examples=200)
def test_levels_answer_like_a_sorted_list(first: list[int], steps: list[tuple[bool, int]]) -> None:
    found = Levels(Counter(first))
    model = sorted(first)
    for adds, key in steps:
        if adds:
            insort(model, key)
            found.add(key)
        elif key in model:
            model.remove(key)
            found.remove(key)
    for key in {*model, -41, 0, 41}:
        assert found.below(key) == bisect_left(model, key)
    for position, key in enumerate(model):
        assert found.holding(position) == (key, bisect_left(model, key))
    with pytest.raises(IndexError):
        found.holding(len(model))
    distinct = sorted(set(model))
    for at, key in enumerate(distinct):
        assert list(found.keys_from(key)) == distinct[at:]
