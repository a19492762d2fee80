"""Bars of a chart: as long as their figures are large, whatever the figures."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from api.pages.charts import WIDTH, bars
from kernel.messages import Text


@given(st.lists(st.tuples(st.integers(-10, 10**12), st.integers(0, 10**12)), max_size=30))
def test_longer_bars_stand_for_larger_figures_and_none_leaves_the_drawing(pairs: list[tuple[int, int]]) -> None:
    series = [(Text("甲"), [first for first, _ in pairs]), (Text("乙"), [second for _, second in pairs])]
    chart = bars([str(at) for at in range(len(pairs))], series)
    drawn = [bar for row in chart.rows for bar in row.bars]
    assert [bar.value for bar in drawn] == [value for pair in pairs for value in pair]
    for bar in drawn:
        assert (bar.width > 0) == (bar.value > 0)
        assert chart.left + bar.width <= WIDTH
        assert 0 <= bar.y < chart.height
    ordered = sorted(drawn, key=lambda bar: bar.value)
    assert all(before.width <= after.width for before, after in itertools.pairwise(ordered))
