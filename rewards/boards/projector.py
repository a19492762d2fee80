"""The projector: keeps ranks following the truth, in rounds that any process may do at any time.

A round looks which stewards were marked since the state that the ranks say they are of, reads their sums again in one
snapshot of the database, and moves all boards to the state of that snapshot at once. Where another process moved them
meanwhile it does nothing and looks again. Boards are built when somebody has asked for them; a flush, a crash or the
end of a day leaves boards that are missing, which SQL answers until the next round has built them.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import structlog

from kernel.changes import EVERYTHING, changed_since, newest_change
from kernel.clock import Clock, local_date
from kernel.database import Database, Reader, Tx
from kernel.ranking import Entry, Move, Ranks, RanksUnavailable
from rewards.boards.definitions import BOARDS, BoardKey, Metric, span_of
from rewards.boards.feed import STREAM, settled_until
from rewards.boards.projection import entries, leagues_of, people_of
from rewards.boards.sums import sums
from rewards.periods import Period
from rewards.teams.reading import teams_of

_POLL_SECONDS = 1.0
_FRESH = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_CHANGED = 2_000  # beyond, whole boards are quicker than single stewards
MOST_BOARDS = 5_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mark:
    """Of which state of the truth ranks are: all marks up to `sequence`, everything recorded until `as_of`."""

    sequence: int
    as_of: datetime

    @property
    def text(self) -> str:
        """The mark as ranks keep it."""
        return f"{self.sequence}:{(self.as_of - _EPOCH) // timedelta(microseconds=1)}"

    @classmethod
    def parse(cls, text: str | None) -> "Mark | None":
        """The mark that a text says."""
        return _marked(text) if text else None


@lru_cache(maxsize=16)  # all boards stand at one mark, and every answer looks at it
def _marked(text: str) -> Mark:
    sequence, _, micros = text.partition(":")
    return Mark(int(sequence), _EPOCH + timedelta(microseconds=int(micros)))


class Projector:
    """Keeps one engine of ranks at the truth of one database."""

    def __init__(self, database: Database, ranks: Ranks, clock: Clock) -> None:
        self._database = database
        self._ranks = ranks
        self._clock = clock
        self._wanted: dict[BoardKey, None] = {}
        self._woken = asyncio.Event()
        self._seen: Mark | None = None
        self._listeners: list[Callable[[], None]] = []
        self._failing = False

    def want(self, key: BoardKey) -> None:
        """Have a board built; SQL answers until it is there."""
        if len(self._wanted) < MOST_BOARDS:
            self._wanted[key] = None
            self._woken.set()

    def wake(self) -> None:
        """Look at once: something has just been committed here."""
        self._woken.set()

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called after each round in which the truth had moved on."""
        self._listeners.append(listener)

    async def run_forever(self, stop: asyncio.Event) -> None:
        """Do rounds until `stop` is set: at once when woken, else each second."""
        while not stop.is_set():
            self._woken.clear()
            await self.catch_up()
            waits = [asyncio.ensure_future(event.wait()) for event in (stop, self._woken)]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait(waits, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()

    async def catch_up(self) -> None:
        """One round, again while another process was quicker; failures are logged, and the next round comes."""
        try:
            while not await self.round():
                pass
            self._failing = False
        except RanksUnavailable as error:
            if not self._failing:
                log.warning("boards.ranks_unavailable", error=str(error))
            self._failing = True
        except Exception:
            log.exception("boards.round_failed")

    async def round(self) -> bool:
        """Move the ranks to the present state of the truth; False where another process moved them meanwhile.

        Raises:
            RanksUnavailable: the engine does not answer.

        """
        expected = await self._ranks.mark()
        stands = Mark.parse(expected)
        names = await self._ranks.boards()
        reader = await self._database.reader()
        until = await settled_until(reader)
        head = await newest_change(reader, STREAM)
        now = self._clock.now()
        today = local_date(now)
        held = {key for key in map(BoardKey.parse, names) if key is not None and key.day == today}
        self._wanted = {replace(key, day=today): None for key in self._wanted}  # a new day has boards of its own
        if stands is not None and stands.sequence > head:
            stands = None  # the database was put back to an older state
        if stands is None:
            held = set()
        gone = [name for name in names if BoardKey.parse(name.removesuffix(":then")) not in held]
        missing = [key for key in self._wanted if key not in held]
        if stands is not None and not missing and not gone and head == stands.sequence:
            as_of = max(stands.as_of, min(now, until) if until else now)
            self._tell(stands)
            if as_of - stands.as_of < _FRESH:
                return True
            return await self._ranks.move(Move(expected=expected, mark=Mark(head, as_of).text))
        planned = await self._database.snapshot(lambda tx: self._plan(tx, stands, held, missing))
        if local_date(planned.now) != today:
            return False
        move = Move(
            expected=expected,
            mark=planned.mark.text,
            built=planned.built,
            changed=planned.changed,
            dropped=[name for name in gone if name not in planned.built],
        )
        if not await self._ranks.move(move):
            return False
        self._tell(planned.mark)
        return True

    def _tell(self, mark: Mark) -> None:
        if self._seen is None or mark.sequence != self._seen.sequence or mark.as_of < self._seen.as_of:
            for listener in self._listeners:
                listener()
        self._seen = mark

    async def _plan(self, tx: Tx, stands: Mark | None, held: set[BoardKey], missing: Sequence[BoardKey]) -> "_Planned":
        waiting_until = await settled_until(tx)
        changed = await changed_since(tx, STREAM, stands.sequence if stands else 0)
        head = await newest_change(tx, STREAM)
        now = self._clock.now()  # after the snapshot was taken, so that it holds what was recorded until now
        as_of = min(now, waiting_until) if waiting_until else now
        if stands is not None:
            as_of = max(as_of, stands.as_of)
        until = as_of if waiting_until else None
        sequence = head
        if until is not None:
            cut = await _first_cut(tx, changed, until)
            sequence = head if cut is None else max(cut - 1, stands.sequence if stands else 0)
        builds = list(missing)
        named: Sequence[UUID] = list(changed)
        if EVERYTHING in changed or len(changed) > _MOST_CHANGED:
            builds, named, held = [*missing, *held], [], set()
        built: dict[str, Sequence[Entry]] = {}
        puts: dict[str, Mapping[str, Entry | None]] = {}
        for keys in _alike(builds):
            made = await _entries(tx, keys, now, until, None)
            built |= {name: [entry for entry in board.values() if entry] for name, board in made.items()}
        if named:
            for keys in _alike(held):
                puts |= await _entries(tx, keys, now, until, named)
        return _Planned(now, Mark(sequence, as_of), built, puts)


@dataclass(frozen=True, slots=True)
class _Planned:
    now: datetime
    mark: Mark
    built: Mapping[str, Sequence[Entry]]
    changed: Mapping[str, Mapping[str, Entry | None]]


def _alike(keys: Iterable[BoardKey]) -> list[list[BoardKey]]:
    """Boards of one metric and period together: they are made of the same sums."""
    groups: defaultdict[tuple[Metric, Period], list[BoardKey]] = defaultdict(list)
    for key in keys:
        groups[key.metric, key.period].append(key)
    return list(groups.values())


async def _entries(
    tx: Reader, keys: Sequence[BoardKey], now: datetime, until: datetime | None, stewards: Sequence[UUID] | None
) -> dict[str, dict[str, Entry | None]]:
    metric, period = keys[0].metric, keys[0].period
    span = span_of(metric, period, now)
    if stewards is not None and BOARDS[metric].of_teams:
        stewards = await teams_of(tx, stewards)
    found = await sums(tx, metric, span, now=now, until=until, stewards=stewards)
    people = await people_of(tx, stewards if stewards is not None else {part.steward_id for part in found}, metric)
    found = [part for part in found if part.steward_id in people]
    leagues = await leagues_of(tx, {part.lane_id for part in found if part.lane_id})
    return entries(keys, found, people, leagues)


async def _first_cut(tx: Reader, changed: Mapping[UUID, int], until: datetime) -> int | None:
    """The first mark of what was recorded later: from there on has to be read again."""
    rows = await tx.fetch(
        f"SELECT DISTINCT steward_id FROM points_award WHERE {tx.one_of('steward_id', 1)} AND recorded_at > $2",
        list(changed),
        until,
        types={"steward_id": UUID},
    )
    cuts = [changed[row["steward_id"]] for row in rows]
    if EVERYTHING in changed:
        closed = await tx.fetch_one("SELECT COUNT(*) AS closes FROM evaluation_close WHERE closed_at > $1", until)
        if closed is not None and closed["closes"]:
            cuts.append(changed[EVERYTHING])
    return min(cuts, default=None)
