"""Rehearsing a rule set over what was recorded: read in pages, replay, add up (试算). Nothing is posted."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.clock import day_start
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from points.award_rows import AwardRecord
from points.models import Award, RuleRehearsal
from points.rehearsal_figures import Figures, figures_of
from points.replay import Replay, RulesOfDays
from points.rule_documents import read_rules
from points.rules import Rules, RuleSet

_PAGE = 2_000
LONGEST_DAYS = 3_660


class SpanUnfit(Refusal):
    """The days of a rehearsal are the wrong way round, or too many."""

    code = "rehearsal_span_unfit"
    kind = Kind.INVALID
    message = "试算的起止日期应先后有序，最多 {most} 天。"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRecord:
    """A rehearsal that was kept. `document_sha256` tells whether the draft was changed since."""

    id: UUID
    draft_id: UUID
    document_sha256: str
    figures: Figures
    made_by: UUID | None
    made_at: datetime


async def rehearse(
    reader: Reader, rules: RuleSet, *, from_on: date, to_on: date, said: Callable[[int], None] | None = None
) -> Figures:
    """What a rule set would have made of the events of local days, the last one included.

    It is taken to be in force on all of them, whatever day it names; caps begin empty on the first. `said` hears how
    many awards were read. The loop is given back between pages, so that a server answers others meanwhile.

    Raises:
        SpanUnfit: the days are the wrong way round, or too many.

    """
    if not 0 <= (to_on - from_on).days <= LONGEST_DAYS:
        raise SpanUnfit(pointer="/to", most=LONGEST_DAYS)
    replay = Replay(RulesOfDays(always=Rules(UUID(int=0), 1, rules)))
    read = 0
    async for page in awards_between(reader, from_on, to_on):
        replay.take(page)
        read += len(page)
        if said is not None:
            said(read)
        await asyncio.sleep(0)
    replayed = replay.finish()
    return figures_of(replayed, from_on=from_on, to_on=to_on, outstanding=await _outstanding(reader))


async def awards_between(reader: Reader, from_on: date, to_on: date) -> AsyncIterator[list[AwardRecord]]:
    """The awards whose events fell on local days, in pages, in the order in which they were recorded."""
    begins, ends = day_start(from_on), day_start(date.fromordinal(to_on.toordinal() + 1))
    last = UUID(int=0)
    while True:
        rows = await reader.rows(
            Award,
            f"WHERE id > $1 AND occurred_at >= $2 AND occurred_at < $3 ORDER BY id LIMIT {_PAGE}",
            last,
            begins,
            ends,
        )
        if rows:
            yield [AwardRecord(**row) for row in rows]
            last = rows[-1]["id"]
        if len(rows) < _PAGE:
            return


async def keep_rehearsal(
    tx: Tx, draft_id: UUID, document: str, figures: Figures, *, by: UUID | None, now: datetime
) -> RehearsalRecord:
    """Keep the figures of a draft's rehearsal."""
    made: dict[str, Any] = {
        "id": new_id(),
        "draft_id": draft_id,
        "document_sha256": hashlib.sha256(read_rules(document)[1].encode()).hexdigest(),
        "from_on": figures.from_on,
        "to_on": figures.to_on,
        "figures": figures.to_json(),
        "made_by": by,
        "made_at": now,
    }
    await tx.insert(RuleRehearsal, [made])
    return RehearsalRecord(
        id=made["id"],
        draft_id=draft_id,
        document_sha256=made["document_sha256"],
        figures=figures,
        made_by=by,
        made_at=now,
    )


async def newest_rehearsal(reader: Reader, draft_id: UUID) -> RehearsalRecord | None:
    """The newest rehearsal of a draft."""
    rows = await reader.rows(RuleRehearsal, "WHERE draft_id = $1 ORDER BY made_at DESC, id DESC LIMIT 1", draft_id)
    if not rows:
        return None
    row = rows[0]
    return RehearsalRecord(
        id=row["id"],
        draft_id=row["draft_id"],
        document_sha256=row["document_sha256"],
        figures=Figures.from_json(row["figures"]),
        made_by=row["made_by"],
        made_at=row["made_at"],
    )


async def _outstanding(reader: Reader) -> int:
    found = await reader.fetch_one(
        "SELECT COALESCE(SUM(balance), 0) AS points FROM points_account "
        "WHERE owner_kind = 'steward' AND unit = 'points' AND kind IN ('spendable', 'services')"
    )
    return int(found["points"]) if found else 0
