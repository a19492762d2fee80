"""One rehearsal at a time for the API, the pages and the command line."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from api.composition import District
from kernel.clock import local_date
from kernel.consultation.drafts import DraftRecord, read_draft
from kernel.database import Tx
from kernel.errors import Busy
from points.rehearsing import RehearsalRecord, keep_rehearsal, rehearse
from points.rule_documents import parse_rules
from points.rule_versions import RULES

_RUNNING: WeakKeyDictionary[District, asyncio.Lock] = WeakKeyDictionary()


def days_of(from_on: date | None, to_on: date | None, *, today: date) -> tuple[date, date]:
    """The days of a rehearsal: the year up to today where they are not named."""
    last = to_on or today
    return from_on or last - timedelta(days=364), last


async def rehearse_draft(
    district: District,
    draft_id: UUID,
    *,
    from_on: date | None,
    to_on: date | None,
    by: UUID | None,
    said: Callable[[int], None] | None = None,
) -> tuple[DraftRecord, RehearsalRecord]:
    """Rehearse a draft and keep what was found.

    Raises:
        UnknownDraft: there is none.
        SpanUnfit: the days are the wrong way round, or too many.
        Busy: another rehearsal runs.

    """
    lock = _RUNNING.setdefault(district, asyncio.Lock())
    if lock.locked():
        raise Busy
    async with lock:
        reader = await district.database.reader()
        draft = await read_draft(reader, RULES, draft_id, all_states=True)
        begins, ends = days_of(from_on, to_on, today=local_date(district.clock.now()))
        figures = await rehearse(reader, parse_rules(draft.document), from_on=begins, to_on=ends, said=said)

        async def use_case(tx: Tx) -> RehearsalRecord:
            return await keep_rehearsal(tx, draft.id, draft.document, figures, by=by, now=district.clock.now())

        return draft, await district.database.run(use_case)
