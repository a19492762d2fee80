"""Places of a sheet: each row is about a lane, or a community or street where the narrower columns are blank.

The dates of a row are those of the place that it is about. Wider places that it mentions are added if they are new
(from the same day) and must bear the name that they have here; only a row about a place itself renames it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.imports.mapping import PlacesMapping
from cases.imports.refusals import PlaceContradicts, PlaceNamedOtherwise
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.sheets import SheetRow, Table
from stewards.lanes import list_communities, list_streets
from stewards.permissions import Action, NotAllowed, may
from stewards.places import (
    CommunityWish,
    LaneWish,
    PlaceSaved,
    StreetWish,
    save_communities,
    save_lanes,
    save_streets,
)
from stewards.principal import Place, Principal
from stewards.refusals import ParentDiffers

Wish = StreetWish | CommunityWish | LaneWish
Key = tuple[type[Wish], str]
_CODES = frozenset({"street_code", "community_code", "lane_code", "length_m", "width_m"})


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A row that could be read: the place that it is about, and the wider ones that it mentions."""

    line: int
    about: Wish
    street: StreetWish
    community: CommunityWish | None

    @property
    def mentions(self) -> tuple[Wish, ...]:
        """The wider places, the widest first."""
        return tuple(wish for wish in (self.street, self.community) if wish is not None and wish is not self.about)


class PlaceImport:
    """The importer of places (see cases.imports.runs.Importer)."""

    def __init__(self, mapping: PlacesMapping, table: Table, principal: Principal, *, year: int | None) -> None:
        self._bound = BoundMapping(mapping, table, codes=_CODES, year=year)
        self._principal = principal
        self._first: dict[Key, tuple[Wish, int]] = {}
        self._seen: dict[Wish, PlaceRow] = {}

    def read(self, row: SheetRow) -> PlaceRow | list[RowFault]:
        """A row of the sheet as a place, or its faults."""
        reader = RowReader(self._bound, row)
        place = self._read(reader, row.line)
        if place is None or reader.faults:
            return reader.faults
        known = self._first.setdefault(_key(place.about), (place.about, row.line))
        if known[0] != place.about:
            return [self._fault(row.line, place.about, PlaceContradicts(code=place.about.code, line=known[1]))]
        return place

    async def take(self, tx: Tx, rows: Sequence[PlaceRow], *, now: datetime) -> list[RowOutcome]:
        """Save the places of some rows, the widest first."""
        refused: dict[int, Refusal] = {}
        streets, communities = await list_streets(tx), await list_communities(tx)
        codes = {area.id: area.code for area in streets}
        known: set[Key] = {(StreetWish, area.code) for area in streets}
        known |= {(CommunityWish, area.code) for area in communities} | {_key(row.about) for row in rows}
        names: dict[Key, str] = {(StreetWish, area.code): area.name for area in streets}
        names |= {(CommunityWish, area.code): area.name for area in communities}
        names |= {_key(row.about): row.about.name for row in rows}
        street_of = {area.code: codes[area.street_id] for area in communities}
        wishes: dict[Wish, None] = {}
        for index, row in enumerate(rows):
            found = self._bar(row, names, street_of)
            if found:
                refused[index] = found
                continue
            for mention in row.mentions:
                if _key(mention) not in known:
                    known.add(_key(mention))
                    wishes[mention] = None
            wishes[row.about] = None
        saved = await self._save(tx, list(wishes), now)
        told: set[Wish] = set()
        outcomes = []
        for index, row in enumerate(rows):
            found = refused.get(index) or _first_refusal(saved, (*row.mentions, row.about))
            if found:
                outcomes.append(RowOutcome("refused", [self._fault(row.line, row.about, found)]))
                continue
            place = saved[row.about]
            fresh = isinstance(place, PlaceSaved) and place.change != "unchanged" and row.about not in told
            told.add(row.about)
            outcomes.append(RowOutcome("accepted" if fresh else "repeated"))
        return outcomes

    def remember(self, rows: Iterable[PlaceRow]) -> None:
        """Keep each place once."""
        for row in rows:
            self._seen.setdefault(row.about, row)

    def context(self, rows: Iterable[PlaceRow]) -> list[PlaceRow]:
        """Every place that stood in the sheet before."""
        return list(self._seen.values())

    def _read(self, reader: RowReader, line: int) -> PlaceRow | None:
        since, until = reader.needed_day("valid_from"), reader.day("valid_to")
        street = (reader.needed("street_code"), reader.needed("street_name"))
        community = (reader.text("community_code"), reader.text("community_name"))
        lane = (reader.text("lane_code"), reader.text("lane_name"))
        if any(lane) or any(community):
            community = (reader.needed("community_code"), reader.needed("community_name"))
        if any(lane):
            lane = (reader.needed("lane_code"), reader.needed("lane_name"))
        length_m, width_m = reader.integer("length_m"), reader.integer("width_m")
        if reader.faults or since is None:
            return None
        # The last day is that of the place which the row is about.
        of_street = StreetWish(
            code=street[0], name=street[1], valid_from=since, valid_to=None if any(community) else until
        )
        of_community = CommunityWish(
            code=community[0],
            street_code=street[0],
            name=community[1],
            valid_from=since,
            valid_to=None if any(lane) else until,
        )
        of_lane = LaneWish(
            code=lane[0],
            community_code=community[0],
            name=lane[1],
            valid_from=since,
            valid_to=until,
            length_m=length_m,
            width_m=width_m,
        )
        about: Wish = of_lane if any(lane) else of_community if any(community) else of_street
        return PlaceRow(line, about, of_street, of_community if any(community) else None)

    async def _save(self, tx: Tx, wishes: Sequence[Wish], now: datetime) -> dict[Wish, PlaceSaved | Refusal]:
        by = self._principal.actor
        streets = [wish for wish in wishes if isinstance(wish, StreetWish)]
        communities = [wish for wish in wishes if isinstance(wish, CommunityWish)]
        lanes = [wish for wish in wishes if isinstance(wish, LaneWish)]
        saved: dict[Wish, PlaceSaved | Refusal] = {}
        saved.update(zip(streets, await save_streets(tx, streets, by=by, now=now), strict=True))
        saved.update(zip(communities, await save_communities(tx, communities, by=by, now=now), strict=True))
        saved.update(zip(lanes, await save_lanes(tx, lanes, by=by, now=now), strict=True))
        return saved

    def _bar(self, row: PlaceRow, names: dict[Key, str], street_of: dict[str, str]) -> Refusal | None:
        """Why a row cannot be taken, as far as the wider places that it mentions are concerned."""
        # A street's id follows from its code, so a street that is not there yet can be asked for as well.
        if not may(self._principal, Action.PLACES_EDIT, Place(street_id=derived_id("street", row.street.code))):
            return NotAllowed(pointer="/street_code")
        for mention in row.mentions:
            named = names.setdefault(_key(mention), mention.name)
            if named != mention.name:
                return PlaceNamedOtherwise(code=mention.code, name=named, pointer=_POINTERS[type(mention)])
            if isinstance(mention, CommunityWish):
                stands_in = street_of.setdefault(mention.code, mention.street_code)
                if stands_in != mention.street_code:
                    return ParentDiffers(code=mention.code, parent=stands_in, pointer="/street_code")
        return None

    def _fault(self, line: int, about: Wish, refusal: Refusal) -> RowFault:
        level = _LEVELS[type(about)]
        fields = {f"/{name}": f"{name}_name" for name in ("street", "community", "lane")}
        fields |= {f"/{name}_code": f"{name}_code" for name in ("street", "community", "lane")}
        fields |= {"/code": f"{level}_code", "/name": f"{level}_name", "": f"{level}_code"}
        fields |= {f"/{name}": name for name in ("valid_from", "valid_to", "length_m", "width_m")}
        return self._bound.fault(line, refusal, fields)


_LEVELS: dict[type[Wish], str] = {StreetWish: "street", CommunityWish: "community", LaneWish: "lane"}
_POINTERS: dict[type[Wish], str] = {wish: f"/{level}" for wish, level in _LEVELS.items()}


def _first_refusal(saved: dict[Wish, PlaceSaved | Refusal], wishes: Iterable[Wish]) -> Refusal | None:
    return next((found for wish in wishes if isinstance(found := saved.get(wish), Refusal)), None)


def _key(wish: Wish) -> Key:
    return (type(wish), wish.code)
