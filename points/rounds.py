"""Several steps on one thing in a batch are taken one after another, all others at once. Pure."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

Wish = TypeVar("Wish")


def rounds(wishes: Sequence[Wish], thing: Callable[[Wish], Hashable]) -> Iterator[list[tuple[int, Wish]]]:
    """The first wish about each thing with its place in the batch, then the second ones, and so on."""
    left = list(enumerate(wishes))
    while left:
        seen: set[Hashable] = set()
        due: list[tuple[int, Wish]] = []
        later: list[tuple[int, Wish]] = []
        for at, wish in left:
            (later if thing(wish) in seen else due).append((at, wish))
            seen.add(thing(wish))
        yield due
        left = later
