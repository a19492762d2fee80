"""Finding the lane that a row means: by code, by name, or by the longest lane name that occurs in an address."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    lengths: Mapping[str, Sequence[int]]  # of the names that begin with a letter, longest first

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
        longest: Sequence[LaneEntry] = ()
        reached = 0
        for start, letter in enumerate(text):
            for length in self.lengths.get(letter, ()):
                if length <= reached:
                    break  # at a corner, the lane that is named first
                if start + length > len(text):
                    continue
                lanes = self._within(self.by_name.get(text[start : start + length], ()), within)
                if lanes:
                    longest, reached = lanes, length
                    break
        if longest:
            return self._one(longest, address, "")
        raise LaneNotFound(value=address[:64])

    def _one(self, lanes: Sequence[LaneEntry], said: str, within: str) -> LaneEntry:
        lanes = self._within(lanes, within)
        if not lanes:
            raise LaneNotFound(value=said[:64])
        if len(lanes) > 1:
            raise LaneAmbiguous(lane=lanes[0].name, codes="、".join(lane.code for lane in lanes[:5]))
        return lanes[0]

    def _within(self, lanes: Sequence[LaneEntry], within: str) -> Sequence[LaneEntry]:
        if not (within and lanes):
            return lanes
        key = header_key(within)
        return [lane for lane in lanes if key in self.areas[lane.community_id] or key in self.areas[lane.street_id]]


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def finder_of(lanes: Iterable[LaneEntry], areas: Mapping[UUID, Sequence[str]]) -> LaneFinder:
    """Lanes, with the codes and names of each street and community."""
    by_code = {lane.code: lane for lane in lanes}
    by_name: defaultdict[str, list[LaneEntry]] = defaultdict(list)
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for lane in by_code.values():
        if len(name := _folded(lane.name)) >= SHORTEST_NAME:
            by_name[name].append(lane)
            lengths[name[0]].add(len(name))
    return LaneFinder(
        by_code=by_code,
        by_name=dict(by_name),
        areas={area: frozenset(map(header_key, names)) for area, names in areas.items()},
        lengths={letter: sorted(found, reverse=True) for letter, found in lengths.items()},
    )


async def load_finder(reader: Reader) -> LaneFinder:
    """Every lane, street and community of the district as they stand now."""
    directory = await load_lanes(reader)
    areas = (*await list_streets(reader), *await list_communities(reader))
    # Sheets write 史家 or 史家社区, 东四 or 东四街道, whichever of the two is registered.
    return finder_of(
        directory.by_code.values(),
        {
            area.id: [area.code, area.name, area.name.removesuffix("街道").removesuffix("社区")]
            + [area.name + suffix for suffix in ("街道", "社区") if not area.name.endswith(suffix)]
            for area in areas
        },
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
