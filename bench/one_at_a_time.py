"""The same rows as an import writes, the usual way: one ORM transaction for each case, objects read, changed, saved.

It is what a good team writes first: rows are locked before they are counted up, nothing is read twice, everything of
a case is committed at once. Its rules are constants, so that none of its time is spent on reading them.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from tortoise.transactions import in_transaction

from cases.models import Case, CaseEvent, CaseText
from kernel.clock import local_date, month_period
from kernel.ids import derived_id, new_id
from kernel.models import AuditRow, Counter, OutboxRow
from points.accounts import purse_account, world_account
from points.models import Account, Award, CapUse, CapWindow, Lot, Operation, RuleVersion, Transfer
from stewards.models import Community, Lane, LaneDuty

_BEIJING = ZoneInfo("Asia/Shanghai")
_CAP = 80
_POINTS = {"verified": 3, "solved": 2}
_RECEIPT = orjson.dumps({"rule": 1, "event": "case_verified", "steps": [["base", {"points": 3}]], "points": 3}).decode()


@dataclass(frozen=True)
class Places:
    """What the importer holds in memory as well: lanes by name and the rule set in force."""

    lanes: dict[str, tuple[UUID, UUID, UUID]]  # lane, community, street
    rule_version_id: UUID


async def load_places() -> Places:
    """Every lane, and the rule set."""
    communities = {community.id: community.street_id for community in await Community.all()}  # type: ignore[attr-defined]
    lanes = {
        lane.name: (lane.id, lane.community_id, communities[lane.community_id])  # type: ignore[attr-defined]
        for lane in await Lane.all()
    }
    rule = await RuleVersion.all().order_by("-number").first()
    assert rule is not None
    return Places(lanes, rule.id)


def rows_of_sheet(sheet: bytes) -> list[dict[str, str]]:
    """The rows of a sheet of the demo."""
    lines = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))
    return [dict(zip(lines[2], line, strict=True)) for line in lines[3:] if len(line) == len(lines[2])]


async def import_one_at_a_time(rows: Sequence[dict[str, str]], places: Places, now: datetime) -> None:
    """Each row in a transaction of its own."""
    for row in rows:
        async with in_transaction():
            await _import_row(row, places, now)


async def _import_row(row: dict[str, str], places: Places, now: datetime) -> None:
    if await Case.filter(source="grid", external_id=row["案件编号"]).exists():
        return
    named = [name for name in places.lanes if name in row["地址"]]
    lane_id, community_id, street_id = places.lanes[max(named, key=len)]
    reported_at = datetime.fromisoformat(row["上报时间"]).replace(tzinfo=_BEIJING).astimezone(UTC)
    day = local_date(reported_at)
    duty = await LaneDuty.filter(lane_id=lane_id, from_on__lte=day).order_by("from_on").first()
    assert duty is not None
    steward_id: UUID = duty.steward_id  # type: ignore[attr-defined]
    series = f"case {day:%y%m%d}"
    counter = await Counter.select_for_update().get_or_none(series=series)
    if counter is None:
        counter = await Counter.create(series=series, last_given=1)
    else:
        counter.last_given += 1
        await counter.save()
    case = await Case.create(
        id=new_id(),
        number=f"{day:%y%m%d}{counter.last_given:04d}",
        source="grid",
        external_id=row["案件编号"],
        fingerprint="0" * 64,
        channel="sheet",
        category="litter",
        urgency="normal",
        livelihood=row["是否民生"] == "是",
        lane_id=lane_id,
        community_id=community_id,
        street_id=street_id,
        steward_id=steward_id,
        reporter_kind="system",
        reported_at=reported_at,
        received_at=now,
        state="reported",
    )
    await CaseText.create(case_id=case.id, description=row["问题描述"], address=row["地址"])
    await _record(case, "report", None, None, now)
    if row["处置结果"] in {"已核实", "已结案"}:
        await _credit(case, "verified", places, now)
    if row["处置结果"] == "已结案":
        await _credit(case, "solved", places, now)


async def _credit(case: Case, state: str, places: Places, now: datetime) -> None:
    steward_id: UUID = case.steward_id  # type: ignore[attr-defined]
    reason, reference = f"case_{state}", f"case {case.number}/{state}/{case.episode}"
    period = month_period(case.reported_at)
    window_id = derived_id("window", str(steward_id), period)
    window = await CapWindow.select_for_update().get_or_none(id=window_id)
    if window is None:
        window = await CapWindow.create(id=window_id, cap="month", subject_id=steward_id, period=period, used=0)
    points = min(_POINTS[state], _CAP - window.used)
    operation = None
    if points:
        operation = await _post(case, points, reason=reason, reference=reference, now=now)
        window.used += points
        await window.save()
    award = await Award.create(
        id=new_id(),
        steward_id=steward_id,
        street_id=case.street_id,
        lane_id=case.lane_id,  # type: ignore[attr-defined]
        reason=reason,
        reference=reference,
        category=case.category,
        points=points,
        entitled=_POINTS[state],
        receipt=_RECEIPT,
        fingerprint="0" * 64,
        rule_version_id=places.rule_version_id,
        operation=operation,
        occurred_at=case.reported_at,
        recorded_at=now,
    )
    await CapUse.create(id=new_id(), award=award, window=window, counted=points, cut=_POINTS[state] - points)
    before, case.state = case.state, state
    case.version += 1
    if state == "verified":
        case.verified_at = now
    else:
        case.solved_at = now
    await case.save()
    await _record(case, "verify" if state == "verified" else "solve", before, award.id, now)
    await OutboxRow.create(id=new_id(), topic=f"case.{state}", payload="{}", created_at=now, next_attempt_at=now)


async def _post(case: Case, points: int, *, reason: str, reference: str, now: datetime) -> Operation:
    steward_id: UUID = case.steward_id  # type: ignore[attr-defined]
    purse = await Account.select_for_update().get_or_none(id=purse_account(steward_id, "spendable"))
    if purse is None:
        purse = await Account.create(
            id=purse_account(steward_id, "spendable"),
            owner_kind="steward",
            owner_id=steward_id,
            kind="spendable",
            unit="points",
            balance=0,
        )
    issued, _ = await Account.get_or_create(
        id=world_account("issued"), defaults={"owner_kind": "world", "kind": "issued", "unit": "points"}
    )
    operation = await Operation.create(
        id=new_id(),
        reason=reason,
        reference=reference,
        fingerprint="0" * 64,
        occurred_at=case.reported_at,
        recorded_at=now,
    )
    purse.balance = (purse.balance or 0) + points
    purse.version += 1
    purse.touched_at = now
    await purse.save()
    transfer = await Transfer.create(
        id=new_id(),
        operation=operation,
        leg=1,
        from_account=issued,
        to_account=purse,
        points=points,
        to_version=purse.version,
        to_balance=purse.balance,
        recorded_at=now,
    )
    await Lot.create(id=new_id(), account=purse, transfer=transfer, points=points, remaining=points, granted_at=now)
    return operation


async def _record(case: Case, action: str, before: str | None, award_id: UUID | None, now: datetime) -> None:
    await CaseEvent.create(
        id=new_id(),
        case_id=case.id,
        version=case.version,
        action=action,
        from_state=before,
        to_state=case.state,
        episode=case.episode,
        actor_kind="system",
        award_id=award_id,
        recorded_at=now,
    )
    await AuditRow.create(
        id=new_id(),
        actor_kind="system",
        action=f"cases.{action}",
        subject_kind="case",
        subject_id=case.id,
        street_id=case.street_id,
        detail=orjson.dumps({"number": case.number}).decode(),
        recorded_at=now,
    )
