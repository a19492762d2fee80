"""The group commits of title rounds, for the API and the pages."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from api.scarce import MakesCommits
from kernel.database import Tx
from kernel.working_days import read_calendar
from rewards.titles.awards import import_titles, revoke_awards
from rewards.titles.committee import review_lists, strike_candidates
from rewards.titles.drafting import draft_rounds, edit_rounds, step_rounds
from rewards.titles.giving import award_lists
from rewards.titles.noticing import publish_notices
from rewards.titles.objecting import answer_objections, object_to_titles
from rewards.titles.panel import give_marks, name_panels
from rewards.titles.proposing import propose_rounds
from rewards.titles.team_titles import import_team_titles


async def _by_calendar(
    verb: Callable[..., Awaitable[Sequence[Any]]], tx: Tx, wishes: Sequence[Any], *, now: datetime
) -> Sequence[Any]:
    """Run a verb that counts working days by the calendar that the district keeps."""
    return await verb(tx, wishes, calendar=await read_calendar(tx), now=now)


class TitleCommits:
    """One commit for each verb. Rounds are few, and each step locks what it finds as it goes: small batches."""

    def __init__(self, district: MakesCommits) -> None:
        one = partial(district.commits, batch_size=8)
        self.draft = one(draft_rounds)
        self.edit = one(edit_rounds)
        self.step = one(step_rounds)
        self.name_panel = one(name_panels)
        self.mark = one(give_marks)
        self.propose = one(propose_rounds)
        self.review = one(review_lists)
        self.strike = one(strike_candidates)
        self.notice = one(partial(_by_calendar, publish_notices))
        self.object = one(partial(_by_calendar, object_to_titles))
        self.answer = one(answer_objections)
        self.award = one(award_lists)
        self.enter = one(import_titles)
        self.enter_of_team = one(import_team_titles)
        self.revoke = one(revoke_awards)
