"""Whom a steward may judge as a peer (互评): active stewards of the same street, where a scheme asks peers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson

from evaluation.bars import Person, bars_of
from evaluation.models import Ballot
from evaluation.periods import Period
from evaluation.scheme_versions import NoSchemeInForce, scheme_for
from evaluation.schemes import Conflict, Scheme, Source
from evaluation.sheets import open_periods
from evaluation.slips import StewardUnknown
from kernel.clock import local_date
from kernel.database import Reader
from stewards.directory import StewardEntry, StewardQuery, list_stewards
from stewards.principal import system_principal


@dataclass(frozen=True, slots=True, kw_only=True)
class PeersAsked:
    """A period that takes ballots of peers now, and what its scheme asks them."""

    period: Period
    scheme: Scheme
    source: Source
    closes_at: datetime

    @property
    def last_day(self) -> date:
        """The last day on which ballots are taken."""
        return local_date(self.closes_at - timedelta(seconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerMarks:
    """What a rater said of a peer in a period, and why he or she may not, where that is so."""

    marks: Mapping[str, int] | None
    barred: Conflict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterPlace:
    """Where a rater serves, which says who the peers are."""

    steward_id: UUID
    street_id: UUID
    street_code: str
    community_code: str


async def place_of_rater(reader: Reader, steward_id: UUID) -> RaterPlace:
    """Where a steward serves.

    Raises:
        StewardUnknown: there is none.

    """
    row = await reader.fetch_one(
        "SELECT steward.id AS steward_id, steward.street_id, street.code AS street_code, "
        "community.code AS community_code FROM stewards_steward steward "
        "JOIN stewards_street street ON street.id = steward.street_id "
        "JOIN stewards_community community ON community.id = steward.community_id WHERE steward.id = $1",
        steward_id,
        types={"steward_id": UUID, "street_id": UUID},
    )
    if row is None:
        raise StewardUnknown
    return RaterPlace(**dict(row))


async def periods_of_peers(reader: Reader, *, now: datetime) -> list[PeersAsked]:
    """The periods that take ballots of peers now, oldest first; none where no scheme asks them."""
    try:
        periods = await open_periods(reader, now)
    except NoSchemeInForce:
        return []
    found = []
    for period in periods:
        scheme = (await scheme_for(reader, period)).scheme
        source = scheme.source("peers")
        if source is not None and source.asked:
            closes_at = period.closes_at(scheme.window.closes_days_after)
            found.append(PeersAsked(period=period, scheme=scheme, source=source, closes_at=closes_at))
    return found


async def list_peers(
    reader: Reader, own: RaterPlace, query: StewardQuery, *, today: date
) -> tuple[list[StewardEntry], bool]:
    """Active stewards of one's own street without oneself, and whether there are more. Show public names alone."""
    within = replace(query, street_code=own.street_code, status="active")
    found, more = await list_stewards(reader, system_principal(), within, today=today)
    return [peer for peer in found if peer.id != own.steward_id], more


async def marks_of_peers(
    reader: Reader, rater_id: UUID, asked: PeersAsked, steward_ids: Iterable[UUID]
) -> dict[UUID, PeerMarks]:
    """Of each of these stewards what the rater said, and whether the scheme's bars keep him or her from judging."""
    ids = sorted(set(steward_ids))
    rows = await reader.rows(
        Ballot,
        f"WHERE period = $1 AND source = 'peers' AND rater = $2 AND {reader.one_of('steward_id', 3)}",
        asked.period.name,
        rater_id,
        ids,
    )
    said = {row["steward_id"]: orjson.loads(row["scores"]) for row in rows}
    person = Person("steward", rater_id)
    bars = (await bars_of(reader, [person]))[person]
    return {
        steward: PeerMarks(
            marks=said.get(steward),
            barred=conflict if (conflict := bars.get(steward)) in asked.scheme.conflicts else None,
        )
        for steward in ids
    }
