"""A served district to knock at: the app in the test's own loop, with a caller of every role."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
from litestar import Litestar

from api.app import create_app
from api.composition import District as Served
from kernel.audit import SYSTEM
from kernel.clock import Clock
from kernel.database import Database
from kernel.jobs import run_due
from kernel.passwords import hash_password
from kernel.settings import Settings, load_settings
from stewards.keys import NewToken, issue_token
from stewards.partners import PartnerSaved, PartnerWish, save_partners
from stewards.roles import Scope, ScopeKind
from stewards.staffing import GrantWish, NewStaff, save_staff
from tests.cases.district import District, a_case_district
from tests.stewards.builders import NOON

BASE = "http://127.0.0.1:8000"
PASSWORD = "jianguomen-2026"
MORNING = "2026-11-23T09:30:00+08:00"
ZHAO_LANE = "014-02-01"  # 赵 is on duty there
QIAN_LANE = "014-01-01"
SUN_LANE = "006-01-01"

STAFF: Mapping[str, tuple[GrantWish, ...]] = {
    "district_admin": (GrantWish(role="district_admin", scope_kind="district"),),
    "street_admin": (GrantWish(role="street_admin", scope_kind="street", scope_code="110101014"),),
    "community_staff": (GrantWish(role="community_staff", scope_kind="community", scope_code="014-02"),),
    "lane_chief": (GrantWish(role="lane_chief", scope_kind="lane", scope_code=ZHAO_LANE),),
    "other_street_admin": (GrantWish(role="street_admin", scope_kind="street", scope_code="110101006"),),
}
MACHINES = ("integrator", "display")
PARTNER = PartnerWish(code="lixian", name="理发示例店", name_en="Example Barber")

T = TypeVar("T")

_numbers = itertools.count(1)
_idle: list[Litestar] = []
_hashes: list[str] = []  # made slowly on purpose, so once


@dataclass
class Door:
    """The app of a district, its callers' tokens by role, and a client to call with."""

    app: Litestar
    client: httpx.AsyncClient
    district: District
    tokens: Mapping[str, str]
    staff_ids: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def served(self) -> Served:
        """The district as the app holds it."""
        served: Served = self.app.state.district
        return served

    @property
    def database(self) -> Database:
        """The app's own database."""
        return self.served.database

    async def call(
        self,
        role: str | None,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """A request as a caller of a role; machines send a fresh Idempotency-Key unless one is given ("" for none)."""
        sent = dict(headers or {})
        if role is not None:
            sent["Authorization"] = f"Bearer {self.tokens[role]}"
        if key is None and role in {"integrator", "partner"} and method != "GET":
            key = f"key-{next(_numbers)}"
        if key:
            sent["Idempotency-Key"] = key
        return await self.client.request(method, path, headers=sent, **options)

    async def reported(self, role: str = "integrator", **changes: Any) -> dict[str, Any]:
        """A case that was just reported."""
        body = a_case(**changes) if role == "integrator" else by_hand(**changes)
        answer = await self.call(role, "POST", "/api/v1/cases", json=body)
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()
        return case

    async def verified(self, **changes: Any) -> dict[str, Any]:
        """A case that was just reported and verified."""
        case = await self.reported(**changes)
        answer = await self.call("street_admin", "POST", f"/api/v1/cases/{case['id']}/verify")
        assert answer.status_code == 200, answer.text
        return case

    async def run_due(self, *names: str) -> None:
        """Run the named jobs, as far as they are due; the app looks for itself at times and may have begun one."""
        wanted = [job for job in self.served.jobs if job.name in names]
        async with asyncio.timeout(60):
            while True:
                await run_due(self.database, wanted, self.served.clock)
                held = await (await self.database.reader()).fetch(
                    "SELECT name FROM kernel_job_lease WHERE holder IS NOT NULL"
                )
                if not {row["name"] for row in held} & set(names):
                    return
                await asyncio.sleep(0.05)

    async def settle(self) -> None:
        """Wait for the jobs that the app begins with, and deliver all that was told, also by them."""
        await self.run_due(*(job.name for job in self.served.jobs))
        async with asyncio.timeout(60):
            while await self.count("kernel_outbox WHERE handled_at IS NULL AND attempts = 0"):
                if not await self.served.dispatcher.deliver_due():  # the app itself is delivering it
                    await asyncio.sleep(0.05)

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        row = await (await self.database.reader()).fetch_one(f"SELECT count(*) AS n FROM {table}")
        assert row is not None
        return int(row["n"])


def a_case(**changes: Any) -> dict[str, Any]:
    """Road damage in the lane that 赵 looks after, seen this morning."""
    body = {
        "source": "grid",
        "external_id": f"B-{next(_numbers)}",
        "category": "road_damage",
        "lane": ZHAO_LANE,
        "reported_at": MORNING,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not ...}


def by_hand(**changes: Any) -> dict[str, Any]:
    """The same as a person reports it, who names no source."""
    return a_case(**{"source": ..., "description": "路面有坑", **changes})


async def _tokens(district: District) -> tuple[dict[str, str], dict[str, UUID]]:
    tokens: dict[str, str] = {}
    staff_ids: dict[str, UUID] = {}
    hashed = await _hashed()
    for login, grants in STAFF.items():
        wish = NewStaff(login=login, name="孙样本", grants=grants, password_hash=hashed)
        [saved] = await district.database.run(lambda tx, wish=wish: save_staff(tx, [wish], by=SYSTEM, now=NOON))
        staff_ids[login] = saved.staff_id
        tokens[login] = await _token(district, NewToken(label=login, staff_id=saved.staff_id))
    for name, steward_id in (("steward", district.zhao), ("other_steward", district.qian)):
        tokens[name] = await _token(district, NewToken(label=name, steward_id=steward_id))
    for role in MACHINES:
        tokens[role] = await _token(district, NewToken(label=role, role=role, scope=Scope(ScopeKind.DISTRICT)))
    [partner] = await district.database.run(lambda tx: save_partners(tx, [PARTNER], by=SYSTEM, now=NOON))
    assert isinstance(partner, PartnerSaved), partner
    tokens["partner"] = await _token(
        district, NewToken(label="partner", role="partner", scope=Scope(ScopeKind.PARTNER, partner.id))
    )
    return tokens, staff_ids


async def _hashed() -> str:
    if not _hashes:
        _hashes.append(await hash_password(PASSWORD))
    return _hashes[0]


async def _token(district: District, wish: NewToken) -> str:
    issued = await district.database.run(lambda tx: issue_token(tx, wish, by=SYSTEM, now=NOON))
    return issued.secret


async def people_of(database: Database, programme: Mapping[str, Any] | None = None) -> tuple[District, dict[str, str]]:
    """A district in an open database, with the tokens of every role."""
    district = await a_case_district(database, programme)
    tokens, _ = await _tokens(district)
    return district, tokens


@asynccontextmanager
async def in_a_task_of_its_own(context: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """A context whose beginning and end run in one task, which the app's lifespan asks for and fixtures do not give."""
    opened: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def hold() -> None:
        try:
            async with context as value:
                opened.set_result(value)
                await leave.wait()
        except BaseException as error:
            if opened.done():
                raise
            opened.set_exception(error)

    held = asyncio.create_task(hold())
    try:
        yield await opened
    finally:
        leave.set()
        await held


@asynccontextmanager
async def _an_app(settings: Settings, clock: Clock) -> AsyncIterator[Litestar]:
    # Putting hundreds of routes together takes longer than most tests; an app serves one district after another.
    app = _idle.pop() if _idle else create_app(settings, clock)
    app.state.settings, app.state.clock = settings, clock
    async with app.lifespan():
        yield app
    _idle.append(app)


@asynccontextmanager
async def a_door(
    database_url: str,
    folder: Path,
    clock: Clock,
    programme: Mapping[str, Any] | None = None,
    *,
    redis_url: str | None = None,
) -> AsyncIterator[Door]:
    """A served district under a programme, Dongcheng's unless another is given."""
    settings = load_settings(database_url=database_url, data_dir=folder, secret_key="x" * 40, redis_url=redis_url)
    async with _an_app(settings, clock) as app:
        district = await a_case_district(app.state.district.database, programme)
        tokens, staff_ids = await _tokens(district)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            yield Door(app, client, district, tokens, staff_ids)
