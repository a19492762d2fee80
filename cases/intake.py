"""Intake: reports become cases, each stored once by (source, external id), a refused one harming no other.

Nothing is written for a row at fault; the same row again is recognised, whatever happened to the case since.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from cases.models import Case, CaseEvent, CaseText
from cases.refusals import CaseDiffers
from cases.reports import CaseReport, check_age, checked
from cases.surroundings import Placed, load_days, load_directory
from cases.wording import State
from kernel.audit import AuditEntry, record
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.numbering import take_many

__all__ = ["CaseReport", "Reported", "report_cases"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A case that is stored. `repeated` where the same report had been stored before, with its state of now."""

    case_id: UUID
    number: str
    repeated: bool
    state: State
    episode: int
    version: int
    steward_id: UUID
    lane_id: UUID
    street_id: UUID


@dataclass(frozen=True, slots=True)
class _New:
    """A report that is to become a case."""

    placed: Placed
    steward_id: UUID
    case_id: UUID


async def report_cases(tx: Tx, wishes: Sequence[CaseReport], *, now: datetime) -> list[Reported | Refusal]:
    """Store new cases and recognise repeated ones. A repeat with other content is refused (CaseDiffers).

    Refusals name the field at fault by pointer. Order counts: of two reports under one key, the first is stored.
    """
    refused: dict[int, Refusal] = {}
    placed = await _placed(tx, wishes, refused, now)
    known = await _stored(tx, [wish.facts.key for wish in placed.values()])
    days = await load_days(tx, [wish for wish in placed.values() if wish.facts.key not in known])
    new: dict[Key, _New] = {}
    for index, wish in placed.items():
        key = wish.facts.key
        earlier = known[key][0] if key in known else new[key].placed.fingerprint if key in new else None
        if earlier is None:
            try:
                check_age(wish.facts, now)
                new[key] = _New(wish, days.steward_of(wish), new_id())
            except Refusal as refusal:
                refused[index] = refusal
        elif earlier != wish.fingerprint:
            refused[index] = CaseDiffers(source=key[0], external_id=key[1], pointer="/external_id")
    fresh = await _store(tx, list(new.values()), now)
    answered: dict[Key, Reported] = {}
    outcomes: list[Reported | Refusal] = []
    for index in range(len(wishes)):
        if index in refused:
            outcomes.append(refused[index])
            continue
        key = placed[index].facts.key
        first = key in fresh and key not in answered
        answered[key] = fresh[key] if key in fresh else known[key][1]
        outcomes.append(answered[key] if first else replace(answered[key], repeated=True))
    return outcomes


async def _placed(
    tx: Tx, wishes: Sequence[CaseReport], refused: dict[int, Refusal], now: datetime
) -> dict[int, Placed]:
    sound = {}
    for index, wish in enumerate(wishes):
        try:
            sound[index] = checked(wish, now)
        except Refusal as refusal:
            refused[index] = refusal
    directory = await load_directory(tx, sound.values())
    placed = {}
    for index, facts in sound.items():
        try:
            placed[index] = directory.place(facts)
        except Refusal as refusal:
            refused[index] = refusal
    return placed


async def _stored(tx: Tx, keys: Sequence[Key]) -> dict[Key, tuple[str, Reported]]:
    """Cases that were stored before by these keys, with the fingerprint of what was reported."""
    if not keys:
        return {}
    rows = await tx.rows(
        Case,
        f"WHERE {tx.one_of('source', 1)} AND {tx.one_of('external_id', 2)}",
        sorted({source for source, _ in keys}),
        sorted({external_id for _, external_id in keys}),
    )
    return {
        (row["source"], row["external_id"]): (
            row["fingerprint"],
            Reported(
                case_id=row["id"],
                number=row["number"],
                repeated=True,
                state=State(row["state"]),
                episode=row["episode"],
                version=row["version"],
                steward_id=row["steward_id"],
                lane_id=row["lane_id"],
                street_id=row["street_id"],
            ),
        )
        for row in rows
    }


async def _numbers(tx: Tx, days: Sequence[date]) -> list[str]:
    """A human number for each case: the local day of the report and a count, such as 2611230412."""
    counts = Counter(map(_number_prefix, days))
    ranges = await take_many(tx, {f"case {prefix}": count for prefix, count in counts.items()})
    following = {prefix: iter(ranges[f"case {prefix}"]) for prefix in counts}
    return [f"{prefix}{next(following[prefix]):04d}" for prefix in map(_number_prefix, days)]


def _number_prefix(day: date) -> str:
    return f"{day:%y%m%d}" if 2000 <= day.year < 2100 else f"{day:%Y%m%d}"


async def _store(tx: Tx, new: Sequence[_New], now: datetime) -> Mapping[Key, Reported]:
    if not new:
        return {}
    numbers = await _numbers(tx, [case.placed.facts.day for case in new])
    cases, texts, events, audit = [], [], [], []
    stored: dict[Key, Reported] = {}
    for case, number in zip(new, numbers, strict=True):
        facts, lane = case.placed.facts, case.placed.lane
        report = facts.report
        cases.append(
            {
                "id": case.case_id,
                "number": number,
                "source": facts.source,
                "external_id": facts.external_id,
                "fingerprint": case.placed.fingerprint,
                "channel": str(report.channel),
                "category": report.category,
                "urgency": str(report.urgency),
                "livelihood": report.livelihood,
                "lane_id": lane.id,
                "community_id": lane.community_id,
                "street_id": lane.street_id,
                "steward_id": case.steward_id,
                "reporter_kind": report.reporter.kind,
                "reporter_id": report.reporter.id,
                "reported_at": facts.reported_at,
                "received_at": now,
                "latitude": report.latitude,
                "longitude": report.longitude,
                "state": State.REPORTED.value,
                "episode": 1,
                "version": 1,
            }
        )
        texts.append({"case_id": case.case_id, "description": facts.description, "address": facts.address})
        events.append(
            {
                "id": new_id(),
                "case_id": case.case_id,
                "version": 1,
                "action": "report",
                "to_state": State.REPORTED.value,
                "episode": 1,
                "actor_kind": report.reporter.kind,
                "actor_id": report.reporter.id,
                "recorded_at": now,
            }
        )
        audit.append(
            AuditEntry(
                actor=report.reporter,
                action="cases.report",
                subject_kind="case",
                subject_id=case.case_id,
                street_id=lane.street_id,
                detail={"number": number, "channel": str(report.channel), "steward_id": str(case.steward_id)},
            )
        )
        stored[facts.key] = Reported(
            case_id=case.case_id,
            number=number,
            repeated=False,
            state=State.REPORTED,
            episode=1,
            version=1,
            steward_id=case.steward_id,
            lane_id=lane.id,
            street_id=lane.street_id,
        )
    await tx.insert(Case, cases)
    await tx.insert(CaseText, texts)
    await tx.insert(CaseEvent, events)
    await record(tx, audit, now=now)
    return stored
