"""Rating slips (评价单): a secret of 128 bits for one ballot about one steward, printed as a QR code."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases.refusals import UnknownCase
from evaluation.models import Slip
from evaluation.periods import Period
from evaluation.scheme_versions import current_period, scheme_for
from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.tokens import hash_secret

MOST_SLIPS = 60
"""On one sheet run: ten pages of six."""

_SECRET_BYTES = 16
_CASES = "SELECT id, state, steward_id, street_id FROM cases_case WHERE {cases}"
_CASE = {"id": UUID, "steward_id": UUID, "street_id": UUID}


class StewardUnknown(Refusal):
    """No steward has this id, or none that the caller may judge."""

    code = "steward_unknown"
    kind = Kind.NOT_FOUND
    message = N_("没有这位管家。")


class SlipCountUnfit(Refusal):
    """A sheet has between 1 and so many slips."""

    code = "slip_count_unfit"
    kind = Kind.INVALID
    message = N_("一次打印 1 到 {most} 张评价单。")


class WindowClosed(Refusal):
    """The period takes no more ballots."""

    code = "window_closed"
    message = N_("{period} 的评价已经截止。")


class WindowNotOpen(Refusal):
    """The period has not begun."""

    code = "window_not_open"
    message = N_("{period} 的评价还没有开始。")


class CaseNotClosed(Refusal):
    """Only a solved case has a link to rate by."""

    code = "case_not_closed"
    message = N_("案件解决以后才能请居民评价。")


class CaseRated(Refusal):
    """The case's resident has rated already: one case, one ballot."""

    code = "case_rated"
    message = N_("这件案件的居民已经评过了。")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipWish:
    """So many slips about one steward, for one period."""

    steward_id: UUID
    period: Period
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipsIssued:
    """Slips were made; their secrets are told this once. `closes_at` is when they end."""

    steward_id: UUID
    period: str
    secrets: tuple[str, ...]
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLinkWish:
    """The link of a closed case, for whoever it concerned. A link that was made before and not used ends."""

    case_id: UUID


async def issue_slips(tx: Tx, wishes: Sequence[SlipWish], *, by: Actor, now: datetime) -> list[SlipsIssued | Refusal]:
    """Make slips. Refuses SlipCountUnfit, StewardUnknown, WindowNotOpen, WindowClosed, NoSchemeInForce."""
    known = await _street_of(tx, {wish.steward_id for wish in wishes})
    windows = await _windows(tx, {wish.period for wish in wishes}, now)
    outcomes: list[SlipsIssued | Refusal] = []
    rows, entries = [], []
    for wish in wishes:
        if not 1 <= wish.count <= MOST_SLIPS:
            outcomes.append(SlipCountUnfit(pointer="/count", most=MOST_SLIPS))
            continue
        if wish.steward_id not in known:
            outcomes.append(StewardUnknown(pointer="/steward"))
            continue
        closes_at = windows[wish.period]
        if isinstance(closes_at, Refusal):
            outcomes.append(closes_at)
            continue
        made = tuple(secrets.token_urlsafe(_SECRET_BYTES) for _ in range(wish.count))
        rows += [
            {
                "id": new_id(),
                "secret_sha256": hash_secret(secret),
                "period": wish.period.name,
                "steward_id": wish.steward_id,
                "case_id": None,
                "issued_by_kind": by.kind,
                "issued_by_id": by.id,
                "issued_at": now,
                "closes_at": closes_at,
            }
            for secret in made
        ]
        entries.append(
            AuditEntry(
                actor=by,
                action="slips.issue",
                subject_kind="steward",
                subject_id=wish.steward_id,
                street_id=known[wish.steward_id],
                detail={"period": wish.period.name, "count": wish.count},
            )
        )
        outcomes.append(
            SlipsIssued(steward_id=wish.steward_id, period=wish.period.name, secrets=made, closes_at=closes_at)
        )
    if rows:
        await tx.insert(Slip, rows)
        await record(tx, entries, now=now)
    return outcomes


async def issue_case_links(
    tx: Tx, wishes: Sequence[CaseLinkWish], *, by: Actor, now: datetime
) -> list[SlipsIssued | Refusal]:
    """Make the links of closed cases (结案评价链接), one ballot for each case, in the present period.

    Refuses UnknownCase, CaseNotClosed, CaseRated, NoSchemeInForce. The door has checked who may reach the case.
    """
    period = await current_period(tx, now)
    closes_at = await window_of(tx, period, now=now)
    case_ids = sorted({wish.case_id for wish in wishes})
    cases = {row["id"]: row for row in await tx.fetch(_CASES.format(cases=tx.one_of("id", 1)), case_ids, types=_CASE)}
    locked = await tx.lock(Slip, case_ids, key="case_id")  # a ballot that is being cast with one holds it as well
    slips = {case_id: row["id"] for case_id, row in locked.items()}
    used = await _used(tx, slips.values())
    outcomes: list[SlipsIssued | Refusal] = []
    rows: dict[UUID, dict[str, Any]] = {}
    entries = []
    for wish in wishes:
        case = cases.get(wish.case_id)
        if case is None:
            outcomes.append(UnknownCase())
            continue
        if slips.get(wish.case_id) in used:
            outcomes.append(CaseRated())
            continue
        if case["state"] != "solved":
            outcomes.append(CaseNotClosed())
            continue
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        rows[wish.case_id] = {
            "id": slips.get(wish.case_id) or new_id(),
            "secret_sha256": hash_secret(secret),
            "period": period.name,
            "steward_id": case["steward_id"],
            "case_id": case["id"],
            "issued_by_kind": by.kind,
            "issued_by_id": by.id,
            "issued_at": now,
            "closes_at": closes_at,
        }
        entries.append(
            AuditEntry(
                actor=by,
                action="slips.issue",
                subject_kind="case",
                subject_id=case["id"],
                street_id=case["street_id"],
                detail={"period": period.name},
            )
        )
        outcomes.append(
            SlipsIssued(steward_id=case["steward_id"], period=period.name, secrets=(secret,), closes_at=closes_at)
        )
    await tx.insert(Slip, [row for case_id, row in rows.items() if case_id not in slips])
    await tx.update(Slip, [row for case_id, row in rows.items() if case_id in slips])
    await record(tx, entries, now=now)
    return outcomes


async def window_of(reader: Reader, period: Period, *, now: datetime) -> datetime:
    """When the window of a period that is open now closes.

    Raises:
        NoSchemeInForce, WindowNotOpen, WindowClosed: it is not open.

    """
    closes_at = period.closes_at((await scheme_for(reader, period)).scheme.window.closes_days_after)
    if now < period.begins_at:
        raise WindowNotOpen(pointer="/period", period=period.name)
    if now >= closes_at:
        raise WindowClosed(pointer="/period", period=period.name)
    return closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipShown:
    """What a slip is about, as whoever holds it may see."""

    slip_id: UUID
    steward_id: UUID
    period: str
    closes_at: datetime
    used: bool
    left_on: date | None  # the steward's last day, where there is one


async def read_slip(reader: Reader, secret: str) -> SlipShown | None:
    """The slip with a secret. Looking changes nothing: link previews burn no vote."""
    row = await reader.fetch_one(
        "SELECT slip.id, slip.steward_id, slip.period, slip.closes_at, ballot.id AS ballot_id, steward.left_on "
        "FROM evaluation_slip slip JOIN stewards_steward steward ON steward.id = slip.steward_id "
        "LEFT JOIN evaluation_ballot ballot ON ballot.slip_id = slip.id WHERE slip.secret_sha256 = $1",
        hash_secret(secret),
        types={"id": UUID, "steward_id": UUID, "closes_at": datetime, "left_on": date},
    )
    if row is None:
        return None
    return SlipShown(
        slip_id=row["id"],
        steward_id=row["steward_id"],
        period=row["period"],
        closes_at=row["closes_at"],
        used=row["ballot_id"] is not None,
        left_on=row["left_on"],
    )


async def _windows(reader: Reader, periods: set[Period], now: datetime) -> dict[Period, datetime | Refusal]:
    """When the window of each period closes, or why it is not open."""
    found: dict[Period, datetime | Refusal] = {}
    for period in sorted(periods):
        try:
            found[period] = await window_of(reader, period, now=now)
        except Refusal as refusal:
            found[period] = refusal
    return found


async def _used(reader: Reader, slip_ids: Iterable[UUID]) -> set[UUID]:
    rows = await reader.fetch(
        f"SELECT slip_id FROM evaluation_ballot WHERE {reader.one_of('slip_id', 1)}",
        sorted(slip_ids),
        types={"slip_id": UUID},
    )
    return {row["slip_id"] for row in rows}


async def _street_of(reader: Reader, steward_ids: set[UUID]) -> dict[UUID, UUID]:
    rows = await reader.fetch(
        f"SELECT id, street_id FROM stewards_steward WHERE {reader.one_of('id', 1)}",
        sorted(steward_ids),
        types={"id": UUID, "street_id": UUID},
    )
    return {row["id"]: row["street_id"] for row in rows}
