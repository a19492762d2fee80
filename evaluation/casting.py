"""Casting ballots: a resident with a slip, a member of staff by role. One ballot each, changeable inside the window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from evaluation.models import Ballot, Slip
from evaluation.periods import Period, period_named
from evaluation.scheme_versions import SchemeInForce, scheme_for
from evaluation.schemes import Source
from evaluation.slips import StewardUnknown, WindowClosed, window_of
from kernel.database import Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id, new_id
from kernel.messages import N_
from kernel.tokens import hash_secret

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
    """Marks by whoever holds a slip; `device` and `network` are pseudonyms of the browser and its network."""

    secret: str
    scores: Mapping[str, int]
    device: str | None
    network: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffBallot:
    """Marks by a member of staff, whose role and reach the door has checked."""

    staff_id: UUID
    source: StaffSource
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

    Refuses SlipUnknown, WindowClosed, SlipUsed, MarkMissing, MarkUnfit, DimensionUnknown.
    """
    hashes = [hash_secret(wish.secret) for wish in wishes]
    slips = await tx.lock(Slip, hashes, key="secret_sha256")  # two uses of one slip wait for each other here
    cast = await _cast_with(tx, [slip["id"] for slip in slips.values()])
    outcomes: list[BallotCast | Refusal] = []
    writes = _Writes()
    for wish, hashed in zip(wishes, hashes, strict=True):
        slip = slips.get(hashed)
        outcome = await _cast_slip(tx, wish, slip, cast, writes, now) if slip else SlipUnknown()
        outcomes.append(outcome)
    await writes.carry_out(tx)
    return outcomes


class _Writes:
    """What a batch inserts and changes: a ballot of this batch is inserted as it stands at its end."""

    def __init__(self) -> None:
        self.new: dict[UUID, dict[str, Any]] = {}
        self.changes: dict[UUID, dict[str, Any]] = {}

    def change(self, ballot_id: UUID, scores: str, now: datetime) -> None:
        if ballot_id in self.new:
            self.new[ballot_id] |= {"scores": scores, "changed_at": now}
        else:
            self.changes[ballot_id] = {"id": ballot_id, "scores": scores, "changed_at": now}

    async def carry_out(self, tx: Tx) -> None:
        await tx.insert(Ballot, list(self.new.values()))
        await tx.update(Ballot, list(self.changes.values()))


async def _cast_slip(  # noqa: PLR0917 - one wish among its batch
    tx: Tx, wish: SlipBallot, slip: Row, cast: dict[UUID, Row | dict[str, Any]], writes: _Writes, now: datetime
) -> BallotCast | Refusal:
    if now >= slip["closes_at"]:
        return WindowClosed(period=slip["period"])
    try:
        source = _asked((await scheme_for(tx, period_named(slip["period"]))), "residents")
    except Refusal as refusal:
        return refusal
    if (wrong := check_marks(source, wish.scores)) is not None:
        return wrong
    scores = _stored(wish.scores)
    before = cast.get(slip["id"])
    if before is not None:
        if before["device_sha256"] is None or before["device_sha256"] != wish.device:
            return SlipUsed()
        writes.change(before["id"], scores, now)
        return BallotCast(ballot_id=before["id"], steward_id=slip["steward_id"], period=slip["period"], changed=True)
    made = {
        "id": new_id(),
        "period": slip["period"],
        "source": "residents",
        "steward_id": slip["steward_id"],
        "rater": slip["id"],
        "slip_id": slip["id"],
        "staff_id": None,
        "scores": scores,
        "device_sha256": wish.device,
        "network_sha256": wish.network,
        "cast_at": now,
        "changed_at": None,
    }
    cast[slip["id"]] = made
    writes.new[made["id"]] = made
    return BallotCast(ballot_id=made["id"], steward_id=slip["steward_id"], period=slip["period"], changed=False)


async def cast_staff_ballots(tx: Tx, wishes: Sequence[StaffBallot], *, now: datetime) -> list[BallotCast | Refusal]:
    """Cast or change ballots of staff. Refuses StewardUnknown, WindowNotOpen, WindowClosed, NotAsked, MarkMissing and
    so on.
    """
    known = await _serving(tx, {wish.steward_id for wish in wishes})
    ids = [_staff_ballot_id(wish) for wish in wishes]
    before = await tx.lock(Ballot, ids)
    standing = set(before)
    outcomes: list[BallotCast | Refusal] = []
    writes = _Writes()
    for wish, ballot_id in zip(wishes, ids, strict=True):
        try:
            if wish.steward_id not in known:
                raise StewardUnknown(pointer="/steward")
            await window_of(tx, wish.period, now=now)
            source = _asked(await scheme_for(tx, wish.period), wish.source)
            if (wrong := check_marks(source, wish.scores)) is not None:
                raise wrong
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if ballot_id in standing:
            writes.change(ballot_id, _stored(wish.scores), now)
        else:
            standing.add(ballot_id)
            writes.new[ballot_id] = {
                "id": ballot_id,
                "period": wish.period.name,
                "source": wish.source,
                "steward_id": wish.steward_id,
                "rater": wish.staff_id,
                "slip_id": None,
                "staff_id": wish.staff_id,
                "scores": _stored(wish.scores),
                "device_sha256": None,
                "network_sha256": None,
                "cast_at": now,
                "changed_at": None,
            }
        changed = ballot_id in before
        outcomes.append(
            BallotCast(ballot_id=ballot_id, steward_id=wish.steward_id, period=wish.period.name, changed=changed)
        )
    await writes.carry_out(tx)
    return outcomes


def _staff_ballot_id(wish: StaffBallot) -> UUID:
    """The same for the same rater, steward and period, so that two at once meet at the primary key."""
    return derived_id("staff ballot", wish.period.name, wish.source, str(wish.steward_id), str(wish.staff_id))


def _asked(found: SchemeInForce, code: str) -> Source:
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
                pointer=f"/scores/{code}", question=asked[code].zh, least=source.scale.least, most=source.scale.most
            )
    for code, dimension in asked.items():
        if not dimension.optional and code not in scores:
            return MarkMissing(pointer=f"/scores/{code}", question=dimension.zh)
    return None


def _stored(scores: Mapping[str, int]) -> str:
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
