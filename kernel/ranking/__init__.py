"""Ranking: who stands where by a whole number, behind one protocol with two engines (memory, Redis)."""

from kernel.ranking.memory import MemoryRanks
from kernel.ranking.protocol import Entry, Line, Move, Ranks, RanksUnavailable, Window, percentile
from kernel.ranking.redis_ranks import RedisRanks

__all__ = [
    "Entry",
    "Line",
    "MemoryRanks",
    "Move",
    "Ranks",
    "RanksUnavailable",
    "RedisRanks",
    "Window",
    "percentile",
]
