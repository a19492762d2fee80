"""Collecting garbage rarely while a large file is taken in."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Look for cycles of dead objects a few times a second instead of a thousand times.

    An import makes millions of small objects that die by themselves; the search takes a fifth of its time. Memory
    stays bounded, as one chunk of rows makes far fewer objects than the limit.
    """
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
