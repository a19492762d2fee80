"""Open ballots (开放票): by the public QR code of a lane or hall, bound to a browser, capped, never in the quorum.

Nothing is kept of the network but a pseudonym of the day: its count is what is capped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from evaluation.ballot_notes import clean_ballot_note
from evaluation.bars import Bars, Person, bars_of, check_bar
from evaluation.casting import BallotCast, BallotWrites, NotAsked, asked_source, check_marks, stored_marks
from evaluation.models import Ballot
from evaluation.periods import Period
from evaluation.scheme_versions import current_period, scheme_for
from evaluation.schemes import Scheme
from evaluation.slips import StewardUnknown, window_of
from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id
from kernel.messages import N_

OpenKind = Literal["lane", "hall"]
_KEPT = timedelta(days=3)  # a day's counts serve that day


class OpenNotTaken(Refusal):
    """The scheme in force takes no open ballots."""

    code = "open_ballots_not_taken"
    message = N_("现行评价方案不收开放票，请用社区发的评价单。")


class PlaceFull(Refusal):
    """So many open ballots came by this code today."""

    code = "place_full_today"
    kind = Kind.THROTTLED
    message = N_("今天用这个二维码评价的人已满 {most} 位，请明天再来，或向社区要一张评价单。")


class NetworkFull(Refusal):
    """So many open ballots came from this network today."""

    code = "network_full_today"
    kind = Kind.THROTTLED
    message = N_("今天从这个网络来的评价已满 {most} 份，请换手机流量，或向社区要一张评价单。")


class NotHere(Refusal):
    """The steward does not look after this place now."""

    code = "steward_not_here"
    kind = Kind.NOT_FOUND
    message = N_("这位管家现在不在这里，请重新扫码。")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPlace:
    """What a public code stands for: a lane, or the hall of a community."""

    kind: OpenKind
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBallot:
    """Marks by a browser that scanned a public code. `device` and `network` (of the day) are pseudonyms."""

    place: OpenPlace
    steward_id: UUID
    scores: Mapping[str, int]
    device: str
    network: str
    note: str | None = None
    person: Person | None = None


async def cast_open_ballots(tx: Tx, wishes: Sequence[OpenBallot], *, now: datetime) -> list[BallotCast | Refusal]:
    """Cast open ballots of the present period: a browser has one for each steward, which it may change.

    Refuses NoSchemeInForce, NotAsked, OpenNotTaken, NotHere, RaterBarred, PlaceFull, NetworkFull, MarkMissing,
    MarkUnfit, DimensionUnknown, unfit notes. Who is refused used up nothing.
    """
    period = await current_period(tx, now)
    await window_of(tx, period, now=now)
    found = await scheme_for(tx, period)
    source = asked_source(found, "residents")
    here = await _stewards_at(tx, {wish.place.id: wish.place.kind for wish in wishes}, local_date(now))
    ids = [_ballot_id(period, wish) for wish in wishes]
    before = await tx.lock(Ballot, ids)
    bars = await bars_of(tx, [wish.person for wish in wishes if wish.person])
    tallies = await _Tallies.load(tx, wishes, local_date(now))
    standing = set(before)
    outcomes: list[BallotCast | Refusal] = []
    writes = BallotWrites()
    for wish, ballot_id in zip(wishes, ids, strict=True):
        try:
            _check(wish, found.scheme, here, bars)
            if (wrong := check_marks(source, wish.scores)) is not None:
                raise wrong
            note = clean_ballot_note(wish.note)
            changed = ballot_id in standing
            if changed:
                writes.change(ballot_id, stored_marks(wish.scores), now)
            else:
                tallies.count(wish, found.scheme)
                standing.add(ballot_id)
                writes.add(_row(wish, ballot_id, period, now))
            writes.say(ballot_id, note)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(
            BallotCast(ballot_id=ballot_id, steward_id=wish.steward_id, period=period.name, changed=changed)
        )
    await tallies.save(tx)
    await writes.carry_out(tx, now=now)
    return outcomes


async def forget_tallies(tx: Tx, *, now: datetime) -> int:
    """Forget the counts of days that are past; answers how many."""
    return await tx.execute("DELETE FROM evaluation_open_tally WHERE day < $1", local_date(now) - _KEPT)


async def stewards_here(reader: Reader, place: OpenPlace, today: date) -> set[UUID]:
    """The active stewards of a lane or a community."""
    return (await _stewards_at(reader, {place.id: place.kind}, today))[place.id]


def _check(wish: OpenBallot, scheme: Scheme, here: Mapping[UUID, set[UUID]], bars: Bars) -> None:
    source = scheme.source("residents")
    if source is None:
        raise NotAsked
    if source.open_ballots is None:
        raise OpenNotTaken
    if wish.steward_id not in here[wish.place.id]:
        raise NotHere if here[wish.place.id] else StewardUnknown
    check_bar(bars, wish.person, wish.steward_id, scheme.conflicts)


def _ballot_id(period: Period, wish: OpenBallot) -> UUID:
    """The same for the same browser, steward and period, wherever it scanned."""
    return derived_id("open ballot", period.name, str(wish.steward_id), wish.device)


def _row(wish: OpenBallot, ballot_id: UUID, period: Period, now: datetime) -> dict[str, Any]:
    return {
        "id": ballot_id,
        "period": period.name,
        "source": "residents",
        "steward_id": wish.steward_id,
        "rater": derived_id("open rater", period.name, wish.device),
        "open_kind": wish.place.kind,
        "open_place_id": wish.place.id,
        "scores": stored_marks(wish.scores),
        "device_sha256": wish.device,
        "network_sha256": wish.network,
        "cast_at": now,
    }


class _Tallies:
    """The day's counts of the places and networks of a batch, locked in id order until the transaction ends."""

    def __init__(self, counted: dict[UUID, int], day: date) -> None:
        self._counted = counted
        self._day = day

    @classmethod
    async def load(cls, tx: Tx, wishes: Sequence[OpenBallot], day: date) -> "_Tallies":
        """Count one in each first, so that a count of today that nobody had yet is locked as well."""
        counted: dict[UUID, int] = {}
        for tally in sorted({one for wish in wishes for one in cls._ids(wish, day)}):
            row = await tx.fetch_one(
                "INSERT INTO evaluation_open_tally (id, day, counted) VALUES ($1, $2, 1) "
                "ON CONFLICT (id) DO UPDATE SET counted = evaluation_open_tally.counted + 1 RETURNING counted",
                tally,
                day,
            )
            assert row is not None  # noqa: S101 - RETURNING answers the row that was written
            counted[tally] = row["counted"] - 1
        return cls(counted, day)

    @staticmethod
    def _ids(wish: OpenBallot, day: date) -> tuple[UUID, UUID]:
        return (
            derived_id("open ballots", wish.place.kind, str(wish.place.id), day.isoformat()),
            derived_id("open ballots", "network", wish.network, day.isoformat()),
        )

    def count(self, wish: OpenBallot, scheme: Scheme) -> None:
        """One more of a place and a network, unless either is full."""
        source = scheme.source("residents")
        if source is None or source.open_ballots is None:
            raise OpenNotTaken
        caps = source.open_ballots
        place, network = self._ids(wish, self._day)
        if self._counted[place] >= caps.per_lane_day:
            raise PlaceFull(most=caps.per_lane_day)
        if self._counted[network] >= caps.per_network_day:
            raise NetworkFull(most=caps.per_network_day)
        self._counted[place] += 1
        self._counted[network] += 1

    async def save(self, tx: Tx) -> None:
        """Write what was counted; the one that was counted to lock a row goes again where nothing came of it."""
        for tally, counted in sorted(self._counted.items()):
            if counted == 0:
                await tx.execute("DELETE FROM evaluation_open_tally WHERE id = $1", tally)
            else:
                await tx.execute("UPDATE evaluation_open_tally SET counted = $2 WHERE id = $1", tally, counted)


async def _stewards_at(reader: Reader, places: Mapping[UUID, OpenKind], today: date) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {place: set() for place in places}
    lanes = sorted(place for place, kind in places.items() if kind == "lane")
    halls = sorted(place for place, kind in places.items() if kind == "hall")
    rows = await reader.fetch(
        "SELECT duty.lane_id AS place_id, steward.id FROM stewards_lane_duty duty "
        "JOIN stewards_steward steward ON steward.id = duty.steward_id "
        f"WHERE {reader.one_of('duty.lane_id', 1)} AND duty.from_on <= $2 "
        "AND (duty.to_on IS NULL OR duty.to_on >= $2) AND steward.status = 'active'",
        lanes,
        today,
        types={"place_id": UUID, "id": UUID},
    )
    rows += await reader.fetch(
        "SELECT community_id AS place_id, id FROM stewards_steward "
        f"WHERE {reader.one_of('community_id', 1)} AND status = 'active'",
        halls,
        types={"place_id": UUID, "id": UUID},
    )
    for row in rows:
        found[row["place_id"]].add(row["id"])
    return found
