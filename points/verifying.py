"""Recomputing every invariant of the ledger from its rows, and naming the first break (核验)."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from kernel.database import Reader
from points.accounts import PURSE_KINDS, WORLD_KINDS, purse_account, world_account
from points.adjusting import CORRECTION, MULTIPLIER
from points.award_invariants import AWARD_INVARIANTS, CAP_INVARIANTS
from points.hold_invariants import HOLD_INVARIANTS
from points.invariants import INVARIANTS
from points.models import Account, RuleVersion
from points.rules import Event
from points.window_check import first_missed_window
from points.wishes import TOP_UP

_PAGE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """An invariant that does not hold: which, in which row, what was expected and what is there."""

    code: str
    row_id: str
    expected: str
    found: str


async def verify_points(reader: Reader) -> list[Break]:
    """The first break of each invariant that does not hold, in a fixed order; empty where the ledger is sound.

    Give it a snapshot (Database.snapshot): each of its queries sees what was committed when it began.
    """
    return [found async for found in _breaks(reader)]


async def _breaks(reader: Reader) -> AsyncIterator[Break]:
    found = await _first_misnamed_account(reader)
    if found:
        yield found
    found = await _first_changed_rules(reader)
    if found:
        yield found
    for invariant in (*INVARIANTS, *HOLD_INVARIANTS, *AWARD_INVARIANTS):
        broken = await reader.fetch_one(_first_of(_for_dialect(reader, invariant.sql)))
        if broken is not None:
            yield Break(code=invariant.code, **broken)
    async for found in _cap_breaks(reader):
        yield found
    missed = await first_missed_window(reader)
    if missed:
        row_id, windows, counted = missed
        yield Break(code="cap_use_windows", row_id=row_id, expected=f"counted in {windows}", found=f"in {counted}")


def _first_of(sql: str) -> str:
    """The first row of a query that is planned as a whole.

    A sound ledger answers no row at all. Told of the limit, PostgreSQL expects the first one soon and picks a plan
    that takes hours to find none.
    """
    return f"WITH broken AS MATERIALIZED ({sql}) SELECT * FROM broken ORDER BY row_id LIMIT 1"


def _for_dialect(reader: Reader, sql: str) -> str:
    earned = ", ".join(f"'{event.value}'" for event in Event)
    if reader.dialect == "postgres":
        points, rule = "(award.receipt::json ->> 'points')", "(award.receipt::json ->> 'rule')"
        steps = (
            "(SELECT COALESCE(SUM(CAST(step ->> 'points' AS bigint)), 0) "
            "FROM json_array_elements(award.receipt::json -> 'steps') AS step)"
        )
        day = "to_char(award.occurred_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"
    else:
        points = "CAST(json_extract(award.receipt, '$.points') AS TEXT)"
        rule = "CAST(json_extract(award.receipt, '$.rule') AS TEXT)"
        steps = (
            "(SELECT COALESCE(SUM(json_extract(step.value, '$.points')), 0) "
            "FROM json_each(award.receipt, '$.steps') AS step)"
        )
        day = "date(award.occurred_at, '+8 hours')"
    return (
        sql.replace("{earned}", f"{earned}, '{TOP_UP}', '{MULTIPLIER}', '{CORRECTION}'")
        .replace("{receipt_points}", points)
        .replace("{receipt_rule}", rule)
        .replace("{receipt_steps}", steps)
        .replace("{day_earned}", day)
    )


async def _first_misnamed_account(reader: Reader) -> Break | None:
    """An account's id is derived from whose it is and what it holds; another one would be nobody's."""
    last = UUID(int=0)
    while page := await reader.rows(Account, f"WHERE id > $1 ORDER BY id LIMIT {_PAGE}", last):
        for row in page:
            expected = _account_id(row)
            if row["id"] != expected:
                return Break(code="account_id", row_id=str(row["id"]), expected=str(expected), found=str(row["id"]))
        last = page[-1]["id"]
    return None


def _account_id(row: Any) -> UUID | None:
    if row["owner_id"] is not None and row["kind"] in PURSE_KINDS:
        return purse_account(row["owner_id"], row["kind"])
    if row["owner_id"] is None and row["kind"] in WORLD_KINDS:
        return world_account(row["kind"], row["unit"])
    return None


async def _first_changed_rules(reader: Reader) -> Break | None:
    for row in await reader.rows(RuleVersion, "ORDER BY number"):
        sha256 = hashlib.sha256(row["document"].encode()).hexdigest()
        if sha256 != row["document_sha256"]:
            return Break(code="rules_document", row_id=str(row["id"]), expected=row["document_sha256"], found=sha256)
    return None


async def _cap_breaks(reader: Reader) -> AsyncIterator[Break]:
    """Windows against the limits of the rule sets under which awards used them."""
    limits = [
        {"version_id": str(row["id"]), "cap": cap["code"], "most": cap["limit"], "counts": cap["counts"]}
        for row in await reader.rows(RuleVersion, "ORDER BY number")
        for cap in orjson.loads(row["document"]).get("caps", ())
    ]
    bound = orjson.dumps(limits).decode()
    for invariant in CAP_INVARIANTS:
        sql = invariant.sql.replace("{limits}", _LIMITS[reader.dialect])
        broken = await reader.fetch_one(_first_of(sql), bound)
        if broken is not None:
            yield Break(code=invariant.code, **broken)


_LIMITS = {
    "sqlite": "limits AS (SELECT json_extract(value, '$.version_id') AS version_id, "
    "json_extract(value, '$.cap') AS cap, "
    "json_extract(value, '$.most') AS most, json_extract(value, '$.counts') AS counts FROM json_each($1))",
    "postgres": "limits AS (SELECT * FROM json_to_recordset($1::json) "
    "AS given(version_id text, cap text, most bigint, counts text))",
}
