"""Casting ballots: a resident with a slip, a member of staff by role, a fellow steward. One ballot each, changeable
inside the window.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from evaluation.ballot_notes import NewBallotNote, clean_ballot_note, write_ballot_notes
from evaluation.bars import Bars, Person, bars_of, check_bar
from evaluation.models import Ballot, Slip
from evaluation.periods import Period, period_named
from evaluation.scheme_versions import SchemeInForce, scheme_for
from evaluation.schemes import Source
from evaluation.slips import StewardUnknown, WindowClosed, window_of
from kernel.database import Reader, Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id, new_id
from kernel.messages import N_
from kernel.tokens import hash_secret
from points.receipt import Label

StaffSource = Literal["street", "community"]


class SlipUnknown(Refusal):
    """No slip has this secret (评价单无效)."""

    code = "slip_unknown"
    kind = Kind.NOT_FOUND
    message = N_("这张评价单无效，请核对二维码。")


class SlipUsed(Refusal):
    """The slip was used with another browser; only that one may change its ballot."""

    code = "slip_used"
    message = N_("这张评价单已经评过了。")


class MarkMissing(Refusal):
    """A question that has to be answered was not."""

    code = "mark_missing"
    kind = Kind.INVALID
    message = N_("请先回答“{question}”。")


class MarkUnfit(Refusal):
    """A mark that is not on the scale."""

    code = "mark_unfit"
    kind = Kind.INVALID
    message = N_("“{question}”请选 {least} 到 {most}。")


class DimensionUnknown(Refusal):
    """The scheme does not ask this source about that."""

    code = "dimension_unknown"
    kind = Kind.INVALID
    message = N_("评价方案里没有“{dimension}”这一项。")


class NotAsked(Refusal):
    """The scheme does not ask this source."""

    code = "source_not_asked"
    message = N_("现行评价方案不请这一方评价。")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipBallot:
    """Marks by whoever holds a slip; `device` and `network` are pseudonyms of the browser and its network.

    `person` is who is signed in with the browser, where anybody is: not kept, only barred where it has to be.
    """

    secret: str
    scores: Mapping[str, int]
    device: str | None
    network: str | None
    note: str | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffBallot:
    """Marks by a member of staff, whose role and reach the door has checked."""

    staff_id: UUID
    source: StaffSource
    steward_id: UUID
    period: Period
    scores: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerBallot:
    """Marks by a fellow steward."""

    rater_id: UUID
    steward_id: UUID
    period: Period
    scores: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotCast:
    """The ballot stands; `changed` where it replaced marks of the same rater."""

    ballot_id: UUID
    steward_id: UUID
    period: str
    changed: bool


async def cast_slips(tx: Tx, wishes: Sequence[SlipBallot], *, now: datetime) -> list[BallotCast | Refusal]:
    """Cast residents' ballots, each with its slip: the first makes it, later ones by the same browser change it.

    Refuses SlipUnknown, WindowClosed, SlipUsed, RaterBarred, MarkMissing, MarkUnfit, DimensionUnknown, unfit notes.
    """
    hashes = [hash_secret(wish.secret) for wish in wishes]
    slips = await tx.lock(Slip, hashes, key="secret_sha256")  # two uses of one slip wait for each other here
    cast = await _cast_with(tx, [slip["id"] for slip in slips.values()])
    bars = await bars_of(tx, [wish.person for wish in wishes if wish.person])
    outcomes: list[BallotCast | Refusal] = []
    writes = BallotWrites()
    schemes = {name: await scheme_for(tx, period_named(name)) for name in {slip["period"] for slip in slips.values()}}
    for wish, hashed in zip(wishes, hashes, strict=True):
        try:
            if hashed not in slips:
                raise SlipUnknown
            slip = slips[hashed]
            outcomes.append(_cast_slip(schemes[slip["period"]], wish, slip, cast, bars, writes, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    await writes.carry_out(tx, now=now)
    return outcomes


class BallotWrites:
    """What a batch inserts and changes: a ballot of this batch is inserted as it stands at its end."""

    def __init__(self) -> None:
        self.new: dict[UUID, dict[str, Any]] = {}
        self.changes: dict[UUID, dict[str, Any]] = {}
        self.notes: dict[UUID, NewBallotNote] = {}

    def add(self, row: dict[str, Any]) -> None:
        """A new ballot; what a row of its kind does not have is None."""
        nothing = dict.fromkeys(
            ("slip_id", "staff_id", "open_kind", "open_place_id", "device_sha256", "network_sha256", "changed_at")
        )
        self.new[row["id"]] = {**nothing, **row}

    def change(self, ballot_id: UUID, scores: str, now: datetime) -> None:
        """Other marks on a ballot."""
        if ballot_id in self.new:
            self.new[ballot_id] |= {"scores": scores, "changed_at": now}
        else:
            self.changes[ballot_id] = {"id": ballot_id, "scores": scores, "changed_at": now}

    def say(self, ballot_id: UUID, note: str | None) -> None:
        """A note beside a ballot; None leaves the one that is there."""
        if note is not None:
            self.notes[ballot_id] = NewBallotNote(ballot_id=ballot_id, text=note)

    async def carry_out(self, tx: Tx, *, now: datetime) -> None:
        """Write everything, each set with one statement."""
        await tx.insert(Ballot, list(self.new.values()))
        await tx.update(Ballot, list(self.changes.values()))
        await write_ballot_notes(tx, list(self.notes.values()), now=now)


def _cast_slip(  # noqa: PLR0917 - one wish among its batch
    found: SchemeInForce,
    wish: SlipBallot,
    slip: Row,
    cast: dict[UUID, Row | dict[str, Any]],
    bars: Bars,
    writes: BallotWrites,
    now: datetime,
) -> BallotCast:
    if now >= slip["closes_at"]:
        raise WindowClosed(period=slip["period"])
    check_bar(bars, wish.person, slip["steward_id"], found.scheme.conflicts)
    if (wrong := check_marks(asked_source(found, "residents"), wish.scores)) is not None:
        raise wrong
    note = clean_ballot_note(wish.note)
    scores = stored_marks(wish.scores)
    before = cast.get(slip["id"])
    if before is not None:
        if before["device_sha256"] is None or before["device_sha256"] != wish.device:
            raise SlipUsed
        writes.change(before["id"], scores, now)
        writes.say(before["id"], note)
        return BallotCast(ballot_id=before["id"], steward_id=slip["steward_id"], period=slip["period"], changed=True)
    made: dict[str, Any] = {
        "id": new_id(),
        "period": slip["period"],
        "source": "residents",
        "steward_id": slip["steward_id"],
        "rater": slip["id"],
        "slip_id": slip["id"],
        "scores": scores,
        "device_sha256": wish.device,
        "network_sha256": wish.network,
        "cast_at": now,
    }
    cast[slip["id"]] = made
    writes.add(made)
    writes.say(made["id"], note)
    return BallotCast(ballot_id=made["id"], steward_id=slip["steward_id"], period=slip["period"], changed=False)


async def cast_staff_ballots(tx: Tx, wishes: Sequence[StaffBallot], *, now: datetime) -> list[BallotCast | Refusal]:
    """Cast or change ballots of staff. Refuses StewardUnknown, WindowNotOpen, WindowClosed, NotAsked, RaterBarred,
    MarkMissing and so on.
    """
    named = [_Named(Person("staff", wish.staff_id), wish.source, wish.steward_id, wish.period) for wish in wishes]
    return await _cast_named(tx, named, [wish.scores for wish in wishes], now)


async def cast_peer_ballots(tx: Tx, wishes: Sequence[PeerBallot], *, now: datetime) -> list[BallotCast | Refusal]:
    """Cast or change ballots of fellow stewards, where the scheme asks them. Refuses as cast_staff_ballots does."""
    named = [_Named(Person("steward", wish.rater_id), "peers", wish.steward_id, wish.period) for wish in wishes]
    return await _cast_named(tx, named, [wish.scores for wish in wishes], now)


async def same_street(reader: Reader, one: UUID, other: UUID) -> bool:
    """Whether two stewards serve in one street."""
    found = await reader.fetch_one(
        "SELECT 1 AS found FROM stewards_steward a JOIN stewards_steward b ON b.street_id = a.street_id "
        "WHERE a.id = $1 AND b.id = $2",
        one,
        other,
    )
    return found is not None


@dataclass(frozen=True, slots=True)
class _Named:
    """A ballot of somebody whom the district knows by name."""

    rater: Person
    source: Literal["street", "community", "peers"]
    steward_id: UUID
    period: Period

    @property
    def id(self) -> UUID:
        """The same for the same rater, steward and period, so that two at once meet at the primary key."""
        kind = "staff ballot" if self.rater.kind == "staff" else "peer ballot"
        return derived_id(kind, self.period.name, self.source, str(self.steward_id), str(self.rater.id))


async def _cast_named(
    tx: Tx, wishes: Sequence[_Named], marks: Sequence[Mapping[str, int]], now: datetime
) -> list[BallotCast | Refusal]:
    known = await _serving(tx, {wish.steward_id for wish in wishes})
    before = await tx.lock(Ballot, [wish.id for wish in wishes])
    bars = await bars_of(tx, {wish.rater for wish in wishes})
    schemes: dict[Period, SchemeInForce | Refusal] = {}
    standing = set(before)
    outcomes: list[BallotCast | Refusal] = []
    writes = BallotWrites()
    for wish, scores in zip(wishes, marks, strict=True):
        try:
            if wish.steward_id not in known:
                raise StewardUnknown(pointer="/steward")
            found = await _open_scheme(tx, wish.period, schemes, now)
            check_bar(bars, wish.rater, wish.steward_id, found.scheme.conflicts)
            if (wrong := check_marks(asked_source(found, wish.source), scores)) is not None:
                raise wrong
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        ballot_id = wish.id
        if ballot_id in standing:
            writes.change(ballot_id, stored_marks(scores), now)
        else:
            standing.add(ballot_id)
            writes.add(
                {
                    "id": ballot_id,
                    "period": wish.period.name,
                    "source": wish.source,
                    "steward_id": wish.steward_id,
                    "rater": wish.rater.id,
                    "staff_id": wish.rater.id if wish.rater.kind == "staff" else None,
                    "scores": stored_marks(scores),
                    "cast_at": now,
                }
            )
        changed = ballot_id in before
        outcomes.append(
            BallotCast(ballot_id=ballot_id, steward_id=wish.steward_id, period=wish.period.name, changed=changed)
        )
    await writes.carry_out(tx, now=now)
    return outcomes


async def _open_scheme(
    tx: Tx, period: Period, schemes: dict[Period, SchemeInForce | Refusal], now: datetime
) -> SchemeInForce:
    """The scheme of a period that takes ballots now; read once a batch."""
    if period not in schemes:
        try:
            await window_of(tx, period, now=now)
            schemes[period] = await scheme_for(tx, period)
        except Refusal as refusal:
            schemes[period] = refusal
    found = schemes[period]
    if isinstance(found, Refusal):
        raise found
    return found


def asked_source(found: SchemeInForce, code: str) -> Source:
    """A source of a scheme that is asked.

    Raises:
        NotAsked: the scheme does not ask it.

    """
    source = found.scheme.source(code)
    if source is None or not source.asked:
        raise NotAsked
    return source


def check_marks(source: Source, scores: Mapping[str, int]) -> Refusal | None:
    """What is wrong with marks for a source, or None."""
    asked = {dimension.code: dimension for dimension in source.asked}
    for code, mark in scores.items():
        if code not in asked:
            return DimensionUnknown(pointer=f"/scores/{code}", dimension=code[:32])
        if not source.scale.least <= mark <= source.scale.most:
            return MarkUnfit(
                pointer=f"/scores/{code}",
                question=Label(asked[code].zh, english=asked[code].en),
                least=source.scale.least,
                most=source.scale.most,
            )
    for code, dimension in asked.items():
        if not dimension.optional and code not in scores:
            return MarkMissing(pointer=f"/scores/{code}", question=Label(dimension.zh, english=dimension.en))
    return None


def stored_marks(scores: Mapping[str, int]) -> str:
    """Marks as they are stored."""
    return orjson.dumps(dict(scores), option=orjson.OPT_SORT_KEYS).decode()


async def _cast_with(tx: Tx, slip_ids: Sequence[UUID]) -> dict[UUID, Row | dict[str, Any]]:
    rows = await tx.rows(Ballot, f"WHERE {tx.one_of('slip_id', 1)}", sorted(slip_ids))
    return {row["slip_id"]: row for row in rows}


async def _serving(tx: Tx, steward_ids: set[UUID]) -> set[UUID]:
    rows = await tx.fetch(
        f"SELECT id FROM stewards_steward WHERE {tx.one_of('id', 1)} AND status = 'active'",
        sorted(steward_ids),
        types={"id": UUID},
    )
    return {row["id"] for row in rows}
