"""Ranks in Redis, shared by the processes of a district: a sorted set a board, read and moved by scripts.

Keys hold `{district}`, so that a cluster keeps all of a district's on one node. A sorted set orders equal scores by
member: members are written as tie, NUL, member, and scores negated, so that Redis' own order is ours. A hash beside
the set finds a member's entry. A whole window, its ranks and its mark come in one round trip.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

import orjson
from redis.exceptions import NoScriptError, RedisError

from kernel.ranking.protocol import Entry, Move, RanksUnavailable, Window, ranked
from kernel.ranking.redis_wire import Wire

T = TypeVar("T")

_PATIENCE_SECONDS = 2.0
_CHUNK = 1_000  # milliseconds of work for Redis, also on a busy machine: a question that waits long ends the connection
_BUILDING_SECONDS = 600  # what a process that died left half built goes by itself

_BOARDS = "return cjson.encode(redis.call('SMEMBERS', KEYS[1]))"

_WINDOW = """
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then return false end
local count = redis.call('ZCARD', KEYS[3])
local first, last
if ARGV[2] == '' then
  first, last = 0, tonumber(ARGV[4]) - 1
else
  local entry = redis.call('HGET', KEYS[4], ARGV[2])
  if entry then
    local at = redis.call('ZRANK', KEYS[3], entry)
    first, last = math.max(0, at - tonumber(ARGV[3])), at + tonumber(ARGV[4])
  else
    first, last = math.max(0, count - tonumber(ARGV[3])), count - 1
  end
end
local rows = {}
if last >= first then rows = redis.call('ZRANGE', KEYS[3], first, last, 'WITHSCORES') end
local rank = 0
if #rows > 0 then rank = redis.call('ZCOUNT', KEYS[3], '-inf', '(' .. rows[2]) + 1 end
local former = {}
if KEYS[5] then
  for at = 1, #rows, 2 do
    local member = string.match(rows[at], '([^%z]*)$')
    local entry = redis.call('HGET', KEYS[6], member)
    if entry then
      former[#former + 1] = redis.call('ZCOUNT', KEYS[5], '-inf', '(' .. redis.call('ZSCORE', KEYS[5], entry)) + 1
    else
      former[#former + 1] = 0
    end
  end
end
return cjson.encode({redis.call('GET', KEYS[1]) or '', count, first, rank, rows, former})
"""

_MOVE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
local plan = cjson.decode(ARGV[3])
for _, swap in ipairs(plan.built) do
  if swap[4] ~= '' and redis.call('EXISTS', swap[4], swap[5]) ~= 2 then return 0 end
end
for _, drop in ipairs(plan.dropped) do
  redis.call('UNLINK', drop[2], drop[3])
  redis.call('SREM', KEYS[2], drop[1])
end
for _, swap in ipairs(plan.built) do
  redis.call('UNLINK', swap[2], swap[3])
  if swap[4] ~= '' then
    redis.call('RENAME', swap[4], swap[2])
    redis.call('RENAME', swap[5], swap[3])
    redis.call('PERSIST', swap[2])
    redis.call('PERSIST', swap[3])
  end
  redis.call('SADD', KEYS[2], swap[1])
end
for _, change in ipairs(plan.changed) do
  if redis.call('SISMEMBER', KEYS[2], change[1]) == 1 then
    for _, put in ipairs(change[4]) do
      local entry = redis.call('HGET', change[3], put[1])
      if entry then
        redis.call('ZREM', change[2], entry)
        redis.call('HDEL', change[3], put[1])
      end
      if put[2] ~= '' then
        entry = put[2] .. '\\0' .. put[1]
        redis.call('ZADD', change[2], put[3], entry)
        redis.call('HSET', change[3], put[1], entry)
      end
    end
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


class _Script:
    """A script that is sent by its hash, and as a whole once Redis does not know it (any more)."""

    def __init__(self, wire: Wire, text: str) -> None:
        self._wire = wire
        self._text = text.encode()
        self._sha = hashlib.sha1(self._text, usedforsecurity=False).hexdigest().encode()  # what Redis calls it by

    async def __call__(self, keys: Sequence[str], args: Sequence[str | int | bytes]) -> bytes | None:
        told = [each if isinstance(each, bytes) else str(each).encode() for each in (len(keys), *keys, *args)]
        try:
            return await self._wire.ask(b"EVALSHA", self._sha, *told)
        except NoScriptError:
            return await self._wire.ask(b"EVAL", self._text, *told)


class RedisRanks:
    """The engine that several processes share. `district` sets apart the districts of one Redis."""

    def __init__(self, url: str, district: str) -> None:
        self._wire = Wire(url, _PATIENCE_SECONDS)
        self._prefix = f"jinpai:{{{district}}}:"
        self._boards_script = _Script(self._wire, _BOARDS)
        self._window_script = _Script(self._wire, _WINDOW)
        self._move_script = _Script(self._wire, _MOVE)

    def _keys(self, board: str) -> tuple[str, str]:
        return f"{self._prefix}order:{board}", f"{self._prefix}entry:{board}"

    @property
    def _own(self) -> tuple[str, str]:
        return f"{self._prefix}mark", f"{self._prefix}boards"

    async def mark(self) -> str | None:
        """The mark at which all boards stand."""
        found = await _asked(lambda: self._wire.ask(b"GET", self._own[0].encode()))
        return found.decode() if found else None

    async def boards(self) -> frozenset[str]:
        """The boards that are held."""
        found = await _asked(lambda: self._boards_script([self._own[1]], []))
        return frozenset(orjson.loads(found or b"[]") or ())  # Lua's empty table is {}

    async def top(self, board: str, limit: int, *, before: str | None = None) -> Window | None:
        """The first lines of a board, in one round trip."""
        return await self._window(board, "", 0, limit, before)

    async def around(
        self, board: str, member: str, *, above: int, below: int, before: str | None = None
    ) -> Window | None:
        """A member's line with its neighbours, in one round trip."""
        return await self._window(board, member, above, below, before)

    async def _window(self, board: str, member: str, above: int, below: int, before: str | None) -> Window | None:
        keys = [*self._own, *self._keys(board), *(self._keys(before) if before else ())]
        found = await _asked(lambda: self._window_script(keys, [board, member, above, below]))
        if found is None:
            return None
        mark, count, first, rank, rows, former = orjson.loads(found)
        members = [entry.rpartition("\0")[2] for entry in rows[::2]] if rows else []  # Lua's empty table is {}
        scores = [-int(float(score)) for score in rows[1::2]] if rows else []
        formers = [place or None for place in former] if former else [None] * len(members)
        lines = ranked(zip(members, scores, formers, strict=True), position=first, rank=rank)
        return Window(lines=lines, count=count, mark=mark)

    async def move(self, move: Move) -> bool:
        """Carry a move out: whole boards are written beside the old ones first, then everything happens at once."""
        return await _asked(lambda: self._move(move))

    async def _move(self, move: Move) -> bool:
        plan: dict[str, list[Any]] = {"built": [], "changed": [], "dropped": []}
        for board, entries in move.built.items():
            plan["built"].append([board, *self._keys(board), *await self._written(entries)])
        for board, changes in move.changed.items():
            puts = [
                [member, entry.tie if entry else "", str(-entry.score if entry else 0)]
                for member, entry in changes.items()
            ]
            plan["changed"].append([board, *self._keys(board), puts])
        plan["dropped"] = [[board, *self._keys(board)] for board in move.dropped]
        moved = await self._move_script(list(self._own), [move.expected or "", move.mark, orjson.dumps(plan)])
        return moved == b"1"

    async def _written(self, entries: Sequence[Entry]) -> tuple[str, str]:
        """The names of keys that hold these entries; empty names where there are none."""
        if not entries:
            return "", ""
        order, hashed = self._keys(f"new:{uuid4().hex}")
        for start in range(0, len(entries), _CHUNK):
            chunk = [(entry, f"{entry.tie}\0{entry.member}") for entry in entries[start : start + _CHUNK]]
            placed = [part for entry, written in chunk for part in (str(-entry.score), written)]
            found = [part for entry, written in chunk for part in (entry.member, written)]
            await asyncio.gather(
                self._told("ZADD", order, *placed),
                self._told("HSET", hashed, *found),
                self._told("EXPIRE", order, str(_BUILDING_SECONDS)),
                self._told("EXPIRE", hashed, str(_BUILDING_SECONDS)),
            )
        return order, hashed

    async def _told(self, *parts: str) -> bytes | None:
        return await self._wire.ask(*(part.encode() for part in parts))

    async def clear(self) -> None:
        """Forget everything of this district."""
        held = await self.boards()
        keys = [*self._own, *(key for board in held for key in self._keys(board))]
        await _asked(lambda: self._told("UNLINK", *keys))

    async def close(self) -> None:
        """Hang up."""
        self._wire.close()


async def _asked(question: Callable[[], Awaitable[T]]) -> T:
    """Redis' answer.

    Raises:
        RanksUnavailable: it gives none, or one that makes no sense.

    """
    try:
        return await question()
    except (RedisError, OSError) as error:
        raise RanksUnavailable(type(error).__name__) from error
