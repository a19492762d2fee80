"""A district whose stewards report cases, told by what matters to a test."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from cases.handling import CaseStep, Handled, handle_cases
from cases.intake import CaseReport, Reported, report_cases
from cases.verifying import verify_cases
from cases.wording import CaseAction
from evaluation.scheme_documents import shipped_scheme
from evaluation.scheme_versions import publish_scheme
from kernel.audit import SYSTEM, Actor
from kernel.clock import FixedClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.outbox import Dispatcher
from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from points.verifying import verify_points
from stewards.principal import Grant, Principal, steward_principal
from stewards.roles import Role, ScopeKind
from tests.stewards.builders import DONGSI, GUANGMING, LONGTAN, NOON, XILI, a_district, a_steward

ONE_POINT: Mapping[str, Any] = {
    "name": "每案一分",
    "effective_on": "2000-01-01",
    "tariffs": {"case_verified": {"points": 1}},
}
MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # 09:30 in Beijing, on the day of NOON

Done = TypeVar("Done", Reported, Handled)
_externals = itertools.count(1)


def staff(role: Role, kind: ScopeKind, scope_id: UUID | None = None, *, login: str = "") -> Principal:
    """A member of staff with one role in one place."""
    staff_id = derived_id("staff", login or f"{role}-{scope_id}")
    return Principal(kind="staff", id=staff_id, name="孙样本", grants=(Grant(role, kind, scope_id),))


DISTRICT_ADMIN = staff(Role.DISTRICT_ADMIN, ScopeKind.DISTRICT)
LONGTAN_ADMIN = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN)
DONGSI_ADMIN = staff(Role.STREET_ADMIN, ScopeKind.STREET, DONGSI)
GUANGMING_STAFF = staff(Role.COMMUNITY_STAFF, ScopeKind.COMMUNITY, GUANGMING)
XILI_CHIEF = staff(Role.LANE_CHIEF, ScopeKind.LANE, XILI)
INTEGRATOR = Principal(
    kind="integrator",
    id=derived_id("token", "grid"),
    name="网格平台",
    grants=(Grant(Role.INTEGRATOR, ScopeKind.DISTRICT),),
)


@dataclass(frozen=True)
class District:
    """An open district with three stewards: 赵 and 钱 in 龙潭, 孙 in 东四."""

    database: Database
    zhao: UUID
    qian: UUID
    sun: UUID

    async def report(self, *reports: CaseReport, now: datetime = NOON) -> list[Reported | Refusal]:
        """Reports in one batch."""
        return await self.database.run(lambda tx: report_cases(tx, reports, now=now))

    async def reported(self, *reports: CaseReport, now: datetime = NOON) -> list[Reported]:
        """Reports in one batch, none of them refused."""
        return [_done(outcome) for outcome in await self.report(*reports, now=now)]

    async def handle(self, *steps: CaseStep, now: datetime = NOON) -> list[Handled | Refusal]:
        """Steps in one batch."""
        return await self.database.run(lambda tx: handle_cases(tx, steps, now=now))

    async def handled(self, *steps: CaseStep, now: datetime = NOON) -> list[Handled]:
        """Steps in one batch, none of them refused."""
        return [_done(outcome) for outcome in await self.handle(*steps, now=now)]

    async def balance(self, steward_id: UUID) -> int:
        """What a steward can spend, as the account stores it."""
        reader = await self.database.reader()
        row = await reader.fetch_one(
            "SELECT balance FROM points_account WHERE owner_id = $1 AND kind = 'spendable' AND unit = 'points'",
            steward_id,
        )
        return int(row["balance"]) if row else 0

    async def row(self, case_id: UUID) -> Mapping[str, Any]:
        """A case as it is stored."""
        from cases.models import Case

        [row] = await (await self.database.reader()).rows(Case, "WHERE id = $1", case_id)
        return row

    async def check(self) -> None:
        """Every invariant of the ledger, and between cases and ledger."""
        assert await self.database.snapshot(verify_points) == []
        assert await self.database.snapshot(verify_cases) == []

    async def deliver(self, now: datetime = NOON) -> None:
        """Hand every outbox row to its handler."""
        from cases.notices import HANDLERS

        dispatcher = Dispatcher(self.database, HANDLERS, FixedClock(now))
        while await dispatcher.deliver_due():
            pass

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        row = await (await self.database.reader()).fetch_one(f"SELECT count(*) AS n FROM {table}")
        assert row is not None
        return int(row["n"])


def _done(outcome: Done | Refusal) -> Done:
    assert not isinstance(outcome, Refusal), outcome
    return outcome


async def a_case_district(database: Database, programme: bytes | Mapping[str, Any] | None = None) -> District:
    """The small synthetic district under the programme of Dongcheng, or another one."""
    zhao, qian, sun = await a_district(
        database,
        a_steward("0140001", name="赵示例", community_code="014-02", lanes=("014-02-01",)),
        a_steward("0140002", name="钱样本二", lanes=("014-01-01",)),
        a_steward("0060001", name="单示例", community_code="006-01", lanes=("006-01-01",), joined_on=date(2026, 3, 1)),
    )
    document = programme or shipped_programme()
    await database.run(lambda tx: publish_rules(tx, document, by=None, now=NOON))
    await database.run(lambda tx: publish_scheme(tx, shipped_scheme(), by=None, now=NOON))
    return District(database, zhao, qian, sun)


def a_report(**changes: Any) -> CaseReport:
    """Road damage in 夕照寺西里主线, seen this morning and entered from a sheet; 赵 is on duty there."""
    facts: dict[str, Any] = {
        "external_id": f"A-{next(_externals)}",
        "channel": "sheet",
        "category": "road_damage",
        "reporter": SYSTEM,
        "reported_at": MORNING,
        "lane_code": "014-02-01",
    }
    if "lane_id" in changes:
        facts.pop("lane_code")
    kind = changes.get("reporter", SYSTEM).kind
    if kind in {"steward", "staff"}:  # from a source of their own
        facts |= {"channel": {"steward": "phone", "staff": "desk"}[kind], "description": "路面有坑"}
    else:
        facts["source"] = "grid"
    return CaseReport(**{**facts, **changes})


def by_steward(steward_id: UUID) -> Actor:
    """A steward as the one who reports."""
    return Actor("steward", steward_id)


def as_steward(steward_id: UUID) -> Principal:
    """A steward who is signed in."""
    return steward_principal(steward_id, "赵示例")


def a_step(case: Reported | Handled | UUID, action: str, by: Principal = LONGTAN_ADMIN, **more: Any) -> CaseStep:
    """A step that the street's administrator takes, with a reason where one is needed."""
    case_id = case if isinstance(case, UUID) else case.case_id
    reasons = {"return": "photo_missing", "reject": "not_found", "reopen": "not_solved"}
    facts = {"case_id": case_id, "action": CaseAction(action), "actor": by, "reason": reasons.get(action)}
    return CaseStep(**{**facts, **more})


def codes(outcomes: Sequence[object]) -> list[str]:
    """Each outcome as a refusal's code, or the state that it led to."""
    return [
        outcome.code if isinstance(outcome, Refusal) else str(outcome.state)
        for outcome in outcomes
        if isinstance(outcome, Refusal | Reported | Handled)
    ]


def later(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)
