"""What happens all day finds its rows by an index, however long the history is: no query walks a large table."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.audit import SYSTEM
from kernel.database import Database
from migrations import APPS
from points.balances import balance
from points.earning import reverse_transfer
from points.models import Transfer
from points.statement import statement
from stewards.inbox import count_unread, read_inbox
from stewards.keys import NewToken, authenticate_token, issue_token
from tests.cases.district import NOON, District, a_case_district, a_report, a_step
from tests.databases import SqliteTemplates
from tests.points.rule_builders import a_cap, a_document

_LARGE = re.compile(r"(?:points|cases|stewards|kernel)_(?!rule_version|street|community)\w+")
_NAMED = re.compile(r"\b(?:FROM|JOIN|UPDATE)\s+(\w+)(?:\s+(?:AS\s+)?(?!WHERE|ON|SET|JOIN|LEFT|ORDER|GROUP)(\w+))?")


@pytest.fixture
async def district(sqlite_templates: SqliteTemplates, tmp_path: Path) -> AsyncIterator[District]:
    """SQLite tells how it finds rows; the indexes are the same on PostgreSQL."""
    database = await Database.open(sqlite_templates.fresh(tmp_path), APPS)
    yield await a_case_district(database, a_document(effective_on="2000-01-01", caps=[a_cap(limit=10)]))
    await database.close()


async def test_no_step_of_a_day_walks_a_large_table(district: District) -> None:
    asked: set[str] = set()
    connection = district.database.client._connection
    await connection.set_trace_callback(asked.add)
    await a_day(district)
    await connection.set_trace_callback(None)

    walked = []
    for asked_for in asked:
        tables = {alias or table: table for table, alias in _NAMED.findall(asked_for)}
        if not asked_for.startswith(("SELECT", "UPDATE", "DELETE", "WITH", "\n")):
            continue
        for row in await connection.execute_fetchall(f"EXPLAIN QUERY PLAN {asked_for}"):
            found = re.match(r"SCAN (\w+)", row["detail"])
            if found and _LARGE.fullmatch(tables.get(found[1], "")):
                walked.append(f"{row['detail']}: {asked_for}")
    assert walked == []


async def a_day(district: District) -> None:
    """Reports, steps, a reopening that tops up, a transfer taken back, deliveries, and what a steward looks at."""
    cases = await district.reported(a_report(), a_report(steward_number="0140001"), a_report())
    await district.handled(*(a_step(case, "verify") for case in cases))
    await district.handled(a_step(cases[0], "reopen"))
    await district.handled(a_step(cases[2], "duplicate", duplicate_of=cases[0].case_id))
    await district.deliver()
    reader = await district.database.reader()
    [entry, *_] = await statement(reader, district.zhao)
    assert await reader.rows(Transfer, "WHERE id = $1", entry.id)
    await balance(reader, district.zhao, now=NOON)
    await balance(reader, district.zhao, now=NOON, at=NOON)
    assert await count_unread(reader, district.zhao)
    await read_inbox(reader, district.zhao)
    [award, *_] = [entry for entry in await statement(reader, district.zhao) if entry.reason == "case_verified"]
    await district.database.run(lambda tx: reverse_transfer(tx, award.id, cause="correction", now=NOON, actor_id=None))
    token = await district.database.run(
        lambda tx: issue_token(tx, NewToken(label="phone", steward_id=district.zhao), by=SYSTEM, now=NOON)
    )
    assert await authenticate_token(reader, token.secret, now=NOON)
