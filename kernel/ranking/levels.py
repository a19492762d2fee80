"""How many stand on lower keys: counts by whole number in blocks, whose totals a Fenwick tree adds up.

A block holds up to 256 neighbouring keys, so that a new key moves few others; the tree answers the sum of all blocks
before one in steps of their number's logarithm (Fenwick, 'A New Data Structure for Cumulative Frequency Tables', 1994).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping

_BLOCK = 256


class Levels:
    """Whole numbers in ascending order, each with how many stand on it."""

    def __init__(self, counts: Mapping[int, int]) -> None:
        keys = sorted(counts)
        half = _BLOCK // 2
        self._keys = [keys[start : start + half] for start in range(0, len(keys), half)]
        self._counts = [[counts[key] for key in block] for block in self._keys]
        self._lasts = [block[-1] for block in self._keys]
        self._sum_up()

    def _sum_up(self) -> None:
        """Make the tree anew: each of its places adds up the blocks back to where its lowest bit says."""
        tree = [0, *(sum(block) for block in self._counts)]
        size = len(tree)
        for at in range(1, size):
            parent = at + (at & -at)
            if parent < size:
                tree[parent] += tree[at]
        self._tree = tree
        self._highest = 1 << (size.bit_length() - 1)

    def _before_block(self, block: int) -> int:
        tree, total = self._tree, 0
        while block:
            total += tree[block]
            block &= block - 1
        return total

    def below(self, key: int) -> int:
        """How many stand on keys lower than this one."""
        block = bisect_left(self._lasts, key)
        if block == len(self._lasts):
            return self._before_block(block)
        at = bisect_left(self._keys[block], key)
        return self._before_block(block) + sum(self._counts[block][:at])

    def _tell(self, block: int, change: int) -> None:
        tree, size = self._tree, len(self._tree)
        at = block + 1
        while at < size:
            tree[at] += change
            at += at & -at

    def add(self, key: int) -> None:
        """One more stands on a key."""
        if not self._keys:
            self._keys, self._counts, self._lasts = [[key]], [[1]], [key]
            self._sum_up()
            return
        block = min(bisect_left(self._lasts, key), len(self._lasts) - 1)
        keys, counts = self._keys[block], self._counts[block]
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            counts[at] += 1
            self._tell(block, 1)
            return
        keys.insert(at, key)
        counts.insert(at, 1)
        self._lasts[block] = keys[-1]
        if len(keys) <= _BLOCK:
            self._tell(block, 1)
            return
        half = len(keys) // 2
        self._keys[block : block + 1] = [keys[:half], keys[half:]]
        self._counts[block : block + 1] = [counts[:half], counts[half:]]
        self._lasts[block : block + 1] = [keys[half - 1], keys[-1]]
        self._sum_up()

    def remove(self, key: int) -> None:
        """One fewer stands on a key, which has at least one."""
        block = bisect_left(self._lasts, key)
        keys, counts = self._keys[block], self._counts[block]
        at = bisect_left(keys, key)
        counts[at] -= 1
        if counts[at]:
            self._tell(block, -1)
            return
        del keys[at], counts[at]
        if keys:
            self._lasts[block] = keys[-1]
            self._tell(block, -1)
            return
        del self._keys[block], self._counts[block], self._lasts[block]
        self._sum_up()

    def holding(self, position: int) -> tuple[int, int]:
        """The key on which whoever stands at a position (from 0) stands, and how many stand below that key.

        Raises:
            IndexError: fewer stand on all keys together.

        """
        block, step, before = 0, self._highest, 0
        while step:
            further = block + step
            if further < len(self._tree) and before + self._tree[further] <= position:
                block, before = further, before + self._tree[further]
            step >>= 1
        for key, count in zip(self._keys[block], self._counts[block], strict=True):
            if before + count > position:
                return key, before
            before += count
        raise IndexError(position)

    def keys_from(self, key: int) -> Iterator[int]:
        """The keys in ascending order, from one that is there."""
        block = bisect_left(self._lasts, key)
        yield from self._keys[block][bisect_left(self._keys[block], key) :]
        for later in self._keys[block + 1 :]:
            yield from later
