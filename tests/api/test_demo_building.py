"""The demo built on both databases: its figures, its sign-ins, that building it again adds nothing, and that its
quarters close with the same cards. `JINPAI_DEMO_SIZE=full` builds the whole district, as `make soak` does for the last.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from api.demo.building import DistrictInUse, OtherDemo
from api.demo.district import DIMENSIONS, Size
from api.demo.manifest import FILE_NAME, Manifest
from cases.duplicates import duplicate_hints
from cases.evidence import evidence_of
from cases.verifying import verify_cases
from evaluation.closes import list_closes
from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database
from migrations import APPS
from points.titles import Outcome
from points.verifying import verify_points
from rewards.stories.reading import list_stories, list_thanks
from rewards.street_scores.reading import months_of
from rewards.titles.inputs import read_inputs
from rewards.titles.reading import list_rounds, published_inputs, published_snapshots
from rewards.titles.recomputing import recompute
from rewards.titles.selecting import select
from stewards.keys import authenticate_token
from stewards.places import StreetWish, save_streets
from stewards.second_factor import FactorPolicy
from stewards.sign_in import sign_in_staff, sign_in_steward
from stewards.visits import Visit
from tests.api.demo_districts import LAST_DAY, built, closed_twice
from tests.databases import PostgresTemplates, SqliteTemplates
from tests.stewards.builders import NOON

SIZE: Size = "full" if os.environ.get("JINPAI_DEMO_SIZE") == "full" else "small"
_COUNTED = (
    "stewards_street",
    "stewards_lane",
    "stewards_steward",
    "stewards_staff",
    "stewards_role_grant",
    "stewards_access_token",
    "stewards_inbox_message",
    "cases_case",
    "cases_event",
    "cases_evidence",
    "points_award",
    "points_transfer",
    "kernel_outbox",
    "kernel_audit",
)


@pytest.fixture(scope="module")
def demos(
    sqlite_templates: SqliteTemplates, postgres_templates: PostgresTemplates, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[str, Path]]:
    """A demo on each engine, by its name: the database's URL and the demo's folder."""
    found = {}
    for engine in ("sqlite", "postgres"):
        folder = tmp_path_factory.mktemp(engine)
        url = sqlite_templates.fresh(folder) if engine == "sqlite" else postgres_templates.fresh()
        began = time.perf_counter()
        asyncio.run(_build(url, folder))
        say(f"{engine}: built in {time.perf_counter() - began:.0f} s")
        found[engine] = url, folder
    return found


async def _build(url: str, folder: Path) -> None:
    database = await Database.open(url, APPS)
    await built(database, folder, FixedClock(NOON), size=SIZE)
    await database.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url, APPS)
    try:
        yield database
    finally:
        await database.close()


def say(text: str) -> None:
    """For whoever runs the full district with -s."""
    sys.stdout.write(text + "\n")


async def counts(database: Database) -> dict[str, int]:
    reader = await database.reader()
    found = {}
    for table in _COUNTED:
        row = await reader.fetch_one(f"SELECT count(*) AS rows FROM {table}")
        assert row is not None
        found[table] = row["rows"]
    return found


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_the_small_district_stands_complete_and_building_it_again_adds_nothing(
    demos: dict[str, tuple[str, Path]], engine: str, clock: FixedClock
) -> None:
    url, folder = demos[engine]
    async with opened(url) as database:
        credentials = orjson.loads((folder / "credentials.json").read_bytes())
        await _has_its_figures(database)
        await _closes_its_year(database)
        await _everybody_gets_in(database, credentials, clock)
        reader = await database.reader()
        assert await verify_points(reader) == []
        assert await verify_cases(reader) == []
        before = await counts(database)
        assert await built(database, folder, clock) == {**credentials, "fresh": False}
        assert await counts(database) == before


async def test_both_databases_close_a_demo_alike_and_twice(
    demos: dict[str, tuple[str, Path]], clock: FixedClock
) -> None:
    quarters = {}
    for engine, (url, _) in demos.items():
        began = time.perf_counter()
        async with opened(url) as database:
            quarters[engine] = await closed_twice(database, clock)
        say(f"{engine}: closed again in {time.perf_counter() - began:.0f} s: {quarters[engine]}")
    assert list(quarters["sqlite"]) == ["2026-Q3", "2026-Q2", "2026-Q1", "2025-Q4"]
    assert quarters["sqlite"]["2026-Q3"]["cards"] == DIMENSIONS[SIZE].stewards
    assert quarters["sqlite"] == quarters["postgres"]


async def _has_its_figures(database: Database) -> None:
    reader = await database.reader()
    states = await reader.fetch("SELECT state, count(*) AS cases FROM cases_case GROUP BY state")
    by_state = {row["state"]: row["cases"] for row in states}
    assert by_state["reported"] == 20
    assert by_state["verified"] + by_state["solved"] == 2_100
    stood = await counts(database)
    assert (stood["stewards_street"], stood["stewards_steward"], stood["stewards_lane"]) == (3, 60, 66)
    multiplied = await reader.fetch_one("SELECT count(*) AS rows FROM points_award WHERE reason = 'multiplier'")
    assert multiplied is not None
    assert multiplied["rows"] > 0
    assert stood["points_award"] - multiplied["rows"] == by_state["verified"] + 2 * by_state["solved"]
    closes = await list_closes(reader)
    assert [made.period for made in closes] == ["2026-Q3", "2026-Q2", "2026-Q1", "2025-Q4"]
    assert all(made.stewards > 50 and made.ballots > 250 and made.held > 0 for made in closes[:3])
    assert len(await list_stories(reader, limit=20)) == 6
    assert len(await list_thanks(reader, limit=20)) == 3
    assert len(await months_of(reader)) == 12
    waiting = [
        row["id"]
        for row in await reader.fetch("SELECT id FROM cases_case WHERE state = 'reported'", types={"id": UUID})
    ]
    assert len(await evidence_of(reader, waiting)) == 20
    assert sum(1 for hints in (await duplicate_hints(reader, waiting)).values() if hints) >= 6
    undelivered = await reader.fetch_one("SELECT count(*) AS rows FROM kernel_outbox WHERE handled_at IS NULL")
    assert undelivered is not None
    assert undelivered["rows"] == 0


async def _closes_its_year(database: Database) -> None:
    """Ten gold stewards a street; who won twice in a row, was vetoed or is new is left out with the reason.

    Teams of two a street all have a place, but the one with somebody who was vetoed.
    """
    reader = await database.reader()
    rounds, _ = await list_rounds(reader, drafts=False)
    gold = next(one for one in rounds if one.title == "gold_steward")
    body, _ = await published_inputs(reader, gold.id)
    assert recompute(body, await published_snapshots(reader, gold.id)).sound
    selection = select(read_inputs(body))
    assert len(selection.winners(None)) == 30
    assert all(line.marks is not None and line.entrant.marks for line in selection.winners(None))
    barred = [line for line in selection.lines if line.outcome is Outcome.BARRED]
    causes = {cause for line in barred for cause in line.causes}
    assert {"running", "veto:faked_case"} <= causes
    new = [line for line in barred if line.entrant.measures["months_served"] == 2]
    assert new
    assert all("months_served" in {missing.measure for missing in line.shut} for line in new)
    teams = next(one for one in rounds if one.title == "gold_team")
    body, _ = await published_inputs(reader, teams.id)
    assert recompute(body, await published_snapshots(reader, teams.id)).sound
    selection = select(read_inputs(body))
    assert (len(selection.lines), len(selection.winners(None))) == (6, 5)
    [out] = [line for line in selection.lines if line.outcome is Outcome.BARRED]
    assert out.causes == ("veto:faked_case", "member_faking")


async def _everybody_gets_in(database: Database, credentials: dict[str, Any], clock: FixedClock) -> None:
    reader = await database.reader()
    for role in ("district_admin", "street_admin", "community_staff", "lane_chief", "integrator", "display"):
        holder = await authenticate_token(reader, credentials[role]["token"], now=clock.now())
        assert holder is not None
        assert role in holder.roles
    assert len(credentials["stewards"]) == 60
    for steward in credentials["stewards"][:2]:
        holder = await authenticate_token(reader, steward["token"], now=clock.now())
        assert holder is not None
        assert str(holder.steward_id) == steward["id"]
        assert await sign_in_steward(
            database, steward["number"], steward["pin"], visit=Visit(source="127.0.0.1", clock=clock)
        )
    clerk = credentials["street_admin"]
    assert await sign_in_staff(
        database,
        clerk["login"],
        clerk["password"],
        visit=Visit(source="127.0.0.1", clock=clock),
        factor=FactorPolicy(secret_key="x" * 40),
    )


async def test_a_district_that_is_in_use_is_left_alone(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    street = StreetWish(code="1", name="东四", valid_from=date(2020, 1, 1))
    await database.run(lambda tx: save_streets(tx, [street], by=SYSTEM, now=clock.now()))
    with pytest.raises(DistrictInUse):
        await built(database, tmp_path, clock)
    assert Manifest.load(tmp_path) is None


async def test_a_folder_keeps_the_demo_that_it_was_begun_with(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    Manifest.new(size="small", seed=1, last_day=LAST_DAY).save(tmp_path)
    for size, seed in (("full", 1), ("small", 2)):
        with pytest.raises(OtherDemo) as caught:
            await built(database, tmp_path, clock, size=size, seed=seed)  # type: ignore[arg-type] # a literal in a table
        assert "small" in caught.value.text.render("en")


def test_secrets_are_the_owners_alone_and_never_come_from_the_seed(tmp_path: Path) -> None:
    first, second = (Manifest.new(size="small", seed=1, last_day=LAST_DAY) for _ in range(2))
    assert set(first.pins).isdisjoint(second.passwords)
    assert first.pins != second.pins
    first.save(tmp_path)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert Manifest.load(tmp_path) == first
