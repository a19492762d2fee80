"""The public vote of a round (公众投票): how many residents' full ballots speak for each steward.

A full ballot comes from a personal slip or the link of a closed case, one for each resident, steward and period, and is
a vote for its steward where its overall mark is above the middle of the scale (满意 or better). Ballots from public
codes (开放票) never count here, nor do those that were held out when the period was closed.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import orjson

from evaluation.inputs import read_set_aside
from evaluation.periods import period_named
from evaluation.scheme_documents import read_scheme
from evaluation.schemes import Scheme
from evaluation.stored_votes import read_votes
from evaluation.votes import Vote
from kernel.database import Reader

_RESIDENTS = "residents"
_MIDDLE = 50  # percent of the scale


async def votes_won(reader: Reader, *, begins_on: date, ends_on: date) -> Mapping[UUID, int]:
    """Votes by steward, of the periods that ended in these days and are closed; empty where there was no vote."""
    closes = await reader.fetch(
        "SELECT made.period, made.set_aside, scheme.document FROM evaluation_close made "
        "JOIN evaluation_scheme_version scheme ON scheme.id = made.scheme_id WHERE NOT EXISTS "
        "(SELECT 1 FROM evaluation_close later WHERE later.period = made.period AND later.run > made.run)"
    )
    won: Counter[UUID] = Counter()
    for row in closes:
        period = period_named(row["period"])
        if not begins_on <= period.last <= ends_on:
            continue
        held, _ = read_set_aside(orjson.loads(row["set_aside"]))
        scheme, _ = read_scheme(row["document"])
        won.update(
            vote.steward_id
            for vote in await read_votes(reader, period)
            if vote.source == _RESIDENTS and not vote.open and vote.id not in held and is_for(vote, scheme)
        )
    return won


def is_for(vote: Vote, scheme: Scheme) -> bool:
    """Whether a resident's ballot speaks for its steward: the first mark that every ballot has is above the middle."""
    for source in scheme.sources:
        if source.code == vote.source:
            marks = [vote.scores[one.code] for one in source.asked if not one.optional and one.code in vote.scores]
            return bool(marks) and source.scale.percent(marks[0]) > _MIDDLE
    return False
