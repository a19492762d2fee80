"""Finding the lane that a row means: by code, by name, or by the longest lane name that occurs in an address."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cases.imports.readers import Cells, bind
from cases.imports.refusals import LaneAmbiguous, LaneNotFound
from cases.imports.sources import LaneSource
from cases.refusals import UnknownLane
from kernel.database import Reader
from kernel.sheets import CellEmpty, Table, header_key
from stewards.lanes import LaneEntry, list_communities, list_streets, load_lanes

SHORTEST_NAME = 2  # a single character would be found in any address


@dataclass(frozen=True, slots=True)
class LaneFinder:
    """Every lane of the district, ready to be found."""

    by_code: Mapping[str, LaneEntry]
    by_name: Mapping[str, Sequence[LaneEntry]]
    areas: Mapping[UUID, frozenset[str]]  # the codes and names of each street and community
    lengths: Sequence[int]  # of names, longest first

    def of_code(self, code: str) -> LaneEntry:
        """The lane with a code.

        Raises:
            UnknownLane: there is none.

        """
        try:
            return self.by_code[code]
        except KeyError:
            raise UnknownLane(lane=code[:64]) from None

    def of_name(self, name: str, within: str) -> LaneEntry:
        """The lane of a name, in a street or community if that is given.

        Raises:
            LaneNotFound, LaneAmbiguous: there is none, or several.

        """
        return self._one(self.by_name.get(_folded(name), ()), name, within)

    def in_address(self, address: str, within: str) -> LaneEntry:
        """The lane with the longest name that occurs in an address.

        Raises:
            LaneNotFound, LaneAmbiguous: there is none, or several of one name.

        """
        text = _folded(address)
        for length in self.lengths:
            found = {
                piece: lanes
                for start in range(len(text) - length + 1)
                if (lanes := self.by_name.get(piece := text[start : start + length]))
            }
            inside = {piece: kept for piece, lanes in found.items() if (kept := self._within(lanes, within))}
            if inside:
                return self._one(next(iter(inside.values())), address, "")  # at a corner, the lane that is named first
        raise LaneNotFound(value=address[:64])

    def _one(self, lanes: Sequence[LaneEntry], said: str, within: str) -> LaneEntry:
        lanes = self._within(lanes, within)
        if not lanes:
            raise LaneNotFound(value=said[:64])
        if len(lanes) > 1:
            raise LaneAmbiguous(lane=lanes[0].name, codes="、".join(lane.code for lane in lanes[:5]))
        return lanes[0]

    def _within(self, lanes: Sequence[LaneEntry], within: str) -> Sequence[LaneEntry]:
        if not within:
            return lanes
        key = header_key(within)
        return [lane for lane in lanes if key in self.areas[lane.community_id] or key in self.areas[lane.street_id]]


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


async def load_finder(reader: Reader) -> LaneFinder:
    """Every lane, street and community of the district as they stand now."""
    directory = await load_lanes(reader)
    by_name: defaultdict[str, list[LaneEntry]] = defaultdict(list)
    for lane in directory.by_code.values():
        if len(name := _folded(lane.name)) >= SHORTEST_NAME:
            by_name[name].append(lane)
    areas = {
        area.id: frozenset({header_key(area.code), header_key(area.name), header_key(area.name).removesuffix("社区")})
        for area in (*await list_streets(reader), *await list_communities(reader))
    }
    return LaneFinder(
        by_code=directory.by_code,
        by_name=dict(by_name),
        areas=areas,
        lengths=sorted({len(name) for name in by_name}, reverse=True),
    )


def bind_lane(source: LaneSource, table: Table, finder: LaneFinder) -> tuple[str | None, Callable[[Cells], LaneEntry]]:
    """The column in which a person would look for the lane, and the function that finds it in a row.

    The function raises CellEmpty, UnknownLane, LaneNotFound or LaneAmbiguous.

    Raises:
        ColumnMissing: the table lacks a column.

    """
    way = bind(source.way, table, "lane", as_it_stands=source.code is None)
    within = bind(source.within, table, "lane.within", as_it_stands=True) if source.within else None
    by_code = source.code is not None
    find = finder.of_name if source.name is not None else finder.in_address
    remembered: dict[tuple[str, str], LaneEntry] = {}

    def lane_of(cells: Cells) -> LaneEntry:
        said = way.read(cells)
        if not said:
            if source.fallback is None:
                raise CellEmpty
            return finder.of_code(source.fallback)
        if by_code:
            if said not in finder.by_code and source.fallback is not None:
                return finder.of_code(source.fallback)
            return finder.of_code(said)
        key = (said, within.read(cells) if within else "")
        lane = remembered.get(key)
        if lane is None:
            try:
                lane = find(*key)
            except LaneNotFound:
                if source.fallback is None:
                    raise
                lane = finder.of_code(source.fallback)
            remembered[key] = lane
        return lane

    return way.column, lane_of
