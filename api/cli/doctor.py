"""`jinpai doctor`: is everything in order to serve this district?"""

import platform
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from api.cli.opening import connected, this_command, where
from api.cli.terminal import CommandFailed, Exit, errors, give, give_json
from kernel.clock import SystemClock, local_date
from kernel.database import Database
from kernel.database.migrating import missing_migrations
from kernel.settings import DEFAULT_SECRET, Settings, SettingsFault, check_serving, unknown_variables
from migrations import APPS
from points.rule_versions import rules_on

_LEAST_FREE_BYTES = 1024**3
_MOST_SKEW = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and how it is."""

    state: Literal["ok", "warning", "fault"]
    what: str
    detail: str


async def examine(settings: Settings, *, as_json: bool) -> Exit:
    """Look at everything and say how it is; a fault is what would keep the service from serving well."""
    findings = [finding async for finding in _findings(settings)]
    if as_json:
        give_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            give(f"{finding.state:<8} {finding.what}: {finding.detail}")
    faults = [finding for finding in findings if finding.state == "fault"]
    if faults:
        errors().print(f"{len(faults)} to be mended, the first: {faults[0].what}: {faults[0].detail}", markup=False)
    return Exit.FAILED if faults else Exit.DONE


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield Finding("ok", "python", platform.python_version())
    for name in unknown_variables():
        yield Finding("warning", "settings", f"nothing reads {name}")
    yield _serving(settings)
    for finding in _folder(settings.data_dir):
        yield finding
    try:
        async with connected(settings) as database:
            yield Finding("ok", "database", where(settings))
            behind = await missing_migrations(database, APPS)
            if behind:
                yield Finding("fault", "schema", f"behind by {', '.join(behind)}: {this_command('migrate', settings)}")
                return
            yield Finding("ok", "schema", "the newest")
            yield await _durability(database)
            yield await _clock(database)
            yield await _rules(database)
            yield await _outbox(database)
            yield await _jobs(database)
    except CommandFailed as failed:
        yield Finding("fault", "database", str(failed))


def _serving(settings: Settings) -> Finding:
    try:
        check_serving(settings)
    except SettingsFault as fault:
        return Finding("fault", "settings", str(fault))
    if settings.secret_key == DEFAULT_SECRET:
        return Finding("warning", "settings", "JINPAI_SECRET_KEY is the default, good for this machine alone")
    return Finding("ok", "settings", f"would serve {settings.host}:{settings.port}")


def _folder(folder: Path) -> list[Finding]:
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=existing):
            found = [Finding("ok", "folder", f"{folder} can be written")]
    except OSError as error:
        found = [Finding("fault", "folder", f"{existing} cannot be written: {error.strerror}")]
    free = shutil.disk_usage(existing).free
    state: Literal["ok", "warning"] = "ok" if free >= _LEAST_FREE_BYTES else "warning"
    return [*found, Finding(state, "disk", f"{free / 1024**3:.1f} GiB free")]


async def _durability(database: Database) -> Finding:
    reader = await database.reader()
    if database.dialect == "sqlite":
        row = await reader.fetch_one("PRAGMA quick_check")
        told = str(next(iter(row.values()))) if row else "nothing"
        return Finding(
            "ok" if told == "ok" else "fault", "file", f"SQLite {sqlite3.sqlite_version}, quick check: {told}"
        )
    weak = []
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        row = await reader.fetch_one(f"SELECT current_setting('{name}') AS value")
        if row and row["value"] == "off":
            weak.append(name)
    if weak:
        return Finding("fault", "durability", f"off on the server: {', '.join(weak)}; what is acknowledged can be lost")
    return Finding("ok", "durability", "commits wait for the disk")


async def _clock(database: Database) -> Finding:
    ours = SystemClock().now()
    if database.dialect == "sqlite":
        return Finding("ok", "clock", f"{ours:%Y-%m-%d %H:%M:%S} UTC, {local_date(ours)} in Beijing")
    row = await (await database.reader()).fetch_one("SELECT clock_timestamp() AS at")
    theirs: datetime = row["at"] if row else ours
    skew = abs(theirs - ours)
    state: Literal["ok", "warning"] = "ok" if skew <= _MOST_SKEW else "warning"
    return Finding(state, "clock", f"{skew.total_seconds():.1f} s from the database server's")


async def _rules(database: Database) -> Finding:
    today = local_date(SystemClock().now())
    found = await rules_on(await database.reader(), [today])
    if not found:
        return Finding("warning", "rules", "none in force today: no case can be credited (jinpai rules publish FILE)")
    return Finding("ok", "rules", f"version {found[today].number} in force")


async def _outbox(database: Database) -> Finding:
    before = SystemClock().now() - _LONGEST_WAIT
    row = await (await database.reader()).fetch_one(
        "SELECT count(*) AS late, coalesce(max(attempts), 0) AS tries FROM kernel_outbox "
        "WHERE handled_at IS NULL AND created_at < $1",
        before,
    )
    late, tries = (int(row["late"]), int(row["tries"])) if row else (0, 0)
    if late:
        return Finding("warning", "outbox", f"{late} waiting for over ten minutes, tried up to {tries} times")
    return Finding("ok", "outbox", "nothing waits for long")


async def _jobs(database: Database) -> Finding:
    before = SystemClock().now() - timedelta(days=2)
    rows = await (await database.reader()).fetch(
        "SELECT name FROM kernel_job_lease WHERE due_at < $1 ORDER BY name", before
    )
    if rows:
        late = ", ".join(row["name"] for row in rows)
        return Finding("warning", "jobs", f"due for over two days: {late} (the server runs them, or jinpai tick)")
    return Finding("ok", "jobs", "none is overdue")
