"""Answers about boards: from ranks while they are there and fresh, else from SQL; both say the same as of their time.

Names, and who is shown at all, are read with each answer, so that a consent that was withdrawn is honoured at once.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from kernel.clock import Clock, day_start, local_date
from kernel.database import Database, Reader
from kernel.group_commit import GroupCommit
from kernel.ranking import Line, Ranks, RanksUnavailable, Window
from rewards import standing
from rewards.boards.closing import frozen_board
from rewards.boards.definitions import BOARDS, BoardKey, League, Metric, Span, key_of, span_of
from rewards.boards.projector import Mark, Projector
from rewards.periods import Period
from rewards.standing import NEIGHBOURS, Ranked, Standing, Top
from rewards.teams.reading import team_names
from stewards.faces import Face, find_faces
from stewards.roles import Scope


class Since(StrEnum):
    """What movement compares with."""

    YESTERDAY = "yesterday"
    WEEK = "week"
    CLOSE = "close"


OLDEST = timedelta(seconds=5)
"""How old an answer of the ranks may be."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Near(NamedTuple):
    """Where ranks hold a steward, or a team, on a board, with the nearest lines."""

    key: BoardKey
    window: Window
    own: Line
    span: Span

    @property
    def members(self) -> tuple[str, ...]:
        """Those who stand there, by id."""
        return tuple(line.member for line in self.window.lines)

    def standing(self, names: Mapping[str, str]) -> Standing:
        """The same with names; who has none wishes to be on no board by now."""
        at = self.own.position
        return Standing(
            steward_id=_id(self.own.member),
            period=self.key.period,
            scope=self.key.among,
            begins_at=self.span.shown_from,
            ends_at=self.span.ends_at,
            as_of=_as_of(self.window),
            rank=self.own.rank,
            points=self.own.score,
            of_how_many=self.window.count,
            movement=None if self.own.former is None else self.own.rank - self.own.former,
            above=tuple(_shown([line for line in self.window.lines if line.position < at], names)),
            below=tuple(_shown([line for line in self.window.lines if line.position > at], names)),
            metric=self.key.metric,
        )


class Boards:
    """The boards of a district as one process answers them."""

    def __init__(self, database: Database, ranks: Ranks, clock: Clock) -> None:
        self._database = database
        self._ranks = ranks
        self._clock = clock
        self._faces = GroupCommit[Collection[str], Mapping[str, Face]](self._read_faces)
        self.projector = Projector(database, ranks, clock)

    async def _read_faces(self, asked: Sequence[Collection[str]]) -> list[Mapping[str, Face]]:
        found = await find_faces(await self._database.reader(), {each for ids in asked for each in ids})
        return [found] * len(asked)

    async def faces(self, steward_ids: Collection[str]) -> Mapping[str, Face]:
        """Who these are as everybody may see them now (and maybe others): those who ask together are read together."""
        return await self._faces.submit(steward_ids)

    async def near(
        self, member: str, metric: Metric, period: Period, among: Scope | League, *, neighbours: int = NEIGHBOURS
    ) -> Near | None:
        """Where the ranks hold a steward with the nearest on either side; None where SQL has to answer.

        Raises:
            UnknownBoard: there is no such board over this period.

        """
        now = self._clock.now()
        key = key_of(metric, period, among, now)
        window = await self._ranked(
            key,
            now,
            lambda: self._ranks.around(key.name, member, above=neighbours, below=neighbours, before=key.former_name),
        )
        own = next((line for line in window.lines if line.member == member), None) if window else None
        return None if window is None or own is None else Near(key, window, own, span_of(metric, period, now))

    async def standing_of(
        self,
        steward_id: UUID,
        metric: Metric,
        period: Period,
        among: Scope | League,
        *,
        neighbours: int = NEIGHBOURS,
        reader: Reader | None = None,
    ) -> Standing:
        """A steward's standing with the nearest on either side. `reader` asks SQL where that has to answer.

        Raises:
            UnknownBoard: there is no such board over this period.

        """
        near = await self.near(str(steward_id), metric, period, among, neighbours=neighbours)
        if near is None:
            reader, now = reader or await self._database.reader(), self._clock.now()
            return await standing.standing_of(reader, steward_id, period, among, now=now, metric=metric)
        return near.standing(await self.names(metric, near.members))

    async def top(
        self, metric: Metric, period: Period, among: Scope | League, limit: int, *, reader: Reader | None = None
    ) -> Top:
        """The first lines of a board. `reader` asks SQL where that has to answer.

        Raises:
            UnknownBoard: there is no such board over this period.

        """
        now = self._clock.now()
        key = key_of(metric, period, among, now)
        window = await self._ranked(key, now, lambda: self._ranks.top(key.name, limit, before=key.former_name))
        if window is None:
            reader = reader or await self._database.reader()
            return await standing.top(reader, among, period, limit, now=now, metric=metric)
        span = span_of(metric, period, now)
        members = {line.member for line in window.lines}
        names = await self.names(metric, members) if members else {}
        return Top(
            metric=metric,
            period=period,
            scope=among,
            begins_at=span.shown_from,
            ends_at=span.ends_at,
            as_of=_as_of(window),
            of_how_many=window.count,
            lines=tuple(_shown(window.lines, names)),
        )

    async def top_since(self, since: Since, metric: Metric, period: Period, among: Scope | League, limit: int) -> Top:
        """The first lines with movement since a week ago, or since the period before was closed.

        Where that was not closed yet, or the period began within the week, nobody had a rank then. SQL answers.

        Raises:
            UnknownBoard: there is no such board over this period.

        """
        now = self._clock.now()
        reader = await self._database.reader()
        if since is Since.WEEK:
            then = day_start(local_date(now) - timedelta(days=7))
            return await standing.top(reader, among, period, limit, now=now, metric=metric, then=then)
        found = await self.top(metric, period, among, limit)
        closed = None
        if not isinstance(among, League) and period is not Period.ALL:
            day = local_date(found.begins_at) - timedelta(days=1)
            closed = await frozen_board(reader, metric, period, among, day)
        ranks = {steward_id: rank for rank, steward_id, _ in closed.lines} if closed else {}
        return replace(
            found,
            lines=tuple(msgspec.structs.replace(line, rank_then=ranks.get(line.steward_id)) for line in found.lines),
        )

    async def names(self, metric: Metric, ids: Collection[str]) -> Mapping[str, str]:
        """What those of a board are called who may be shown now; who wishes to be on none by now is absent."""
        if BOARDS[metric].of_teams:
            return await team_names(await self._database.reader(), ids)
        return names_of(await self.faces(ids), ids)

    async def _ranked(self, key: BoardKey, now: datetime, ask: Callable[[], Awaitable[Window | None]]) -> Window | None:
        """The ranks' answer; None where SQL has to give it."""
        try:
            window = await ask()
        except RanksUnavailable:
            window = None
        if window is None:
            self.projector.want(key)
            return None
        return window if now - _as_of(window) <= OLDEST else None


def names_of(faces: Mapping[str, Face], ids: Iterable[str]) -> dict[str, str]:
    """The names of those who may be shown on boards."""
    return {known: face.name for known in ids if (face := faces.get(known)) is not None and face.on_boards}


def _shown(lines: Iterable[Line], names: Mapping[str, str]) -> Iterator[Ranked]:
    """The lines of those who have a name."""
    for line in lines:
        name = names.get(line.member)
        if name is not None:
            yield Ranked(
                rank=line.rank, steward_id=_id(line.member), name=name, points=line.score, rank_then=line.former
            )


_id = lru_cache(maxsize=65_536)(UUID)  # made of text, a UUID takes longer than the line around it


def _as_of(window: Window) -> datetime:
    mark = Mark.parse(window.mark)
    return mark.as_of if mark else _LONG_AGO
