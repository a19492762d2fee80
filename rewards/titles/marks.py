"""The committee's marks as figures (评审打分): pure, so that anybody can compute them again from published inputs."""

from collections.abc import Mapping, Sequence

from rewards.titles.inputs import HUNDREDTHS

LEAST_MARKERS = 2
"""How many members have to have marked somebody before their marks are a figure."""
MOST_MARK = 100


def review_mark(given: Mapping[str, Sequence[int]]) -> int | None:
    """The mean of everybody's marks in every respect, in hundredths of 0 to 100, rounded half up.

    Each member marks somebody in every respect, and all respects count alike. None where too few have done so.
    """
    marks = [mark for of_dimension in given.values() for mark in of_dimension]
    if min(map(len, given.values()), default=0) < LEAST_MARKERS:
        return None
    return (2 * HUNDREDTHS * sum(marks) + len(marks)) // (2 * len(marks))
