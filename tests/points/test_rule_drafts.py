"""Drafts on both databases: draft, consultation, comments answered, published from a day; nothing before it changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.audit import Actor
from kernel.clock import FixedClock
from kernel.consultation.comments import CommentRecord, answer_comment, comment_on, list_comments
from kernel.consultation.drafts import (
    DraftRecord,
    change_draft,
    create_draft,
    list_drafts,
    open_consultation,
    publish_draft,
    read_draft,
    withdraw_draft,
)
from kernel.consultation.refusals import (
    CommentsUnanswered,
    ConsultationOver,
    ConsultationRuns,
    ConsultationUnfit,
    DraftChanged,
    TooManyComments,
    UnknownComment,
    UnknownDraft,
    WrongDraftState,
)
from kernel.database import Database
from kernel.ids import new_id
from points.award import AwardOutcome
from points.rule_documents import RulesRefused
from points.rule_versions import RULES, RulesInThePast, rules_on
from tests.points.ledger_builders import ANN, crediting, publishing
from tests.points.rule_builders import a_document, an_event

TODAY = date(2026, 11, 23)
UNTIL = date(2026, 11, 30)
CLERK = new_id()
NEXT_YEAR = {"effective_on": "2027-01-01", "hazard_bonus": 5}


class Desk:
    """The verbs, each in a transaction of its own."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock

    async def run(self, verb: Any, *args: Any, **named: Any) -> Any:
        return await self.database.run(lambda tx: verb(tx, RULES, *args, now=self.clock.now(), **named))

    async def draft(self, **changes: Any) -> DraftRecord:
        made: DraftRecord = await self.run(create_draft, a_document(**{**NEXT_YEAR, **changes}), by=CLERK)
        return made

    async def consulting(self, **changes: Any) -> DraftRecord:
        made = await self.draft(**changes)
        asked: DraftRecord = await self.run(open_consultation, made.id, until=UNTIL, expected=None, by=CLERK)
        return asked

    async def says(self, draft: DraftRecord, text: str = "太少了", by: UUID = ANN) -> CommentRecord:
        made: CommentRecord = await self.run(comment_on, draft.id, text, by=Actor("steward", by))
        return made

    async def publish(self, draft: DraftRecord) -> Any:
        return await self.run(publish_draft, draft.id, expected=None, by=CLERK)


@pytest.fixture
def desk(database: Database, clock: FixedClock) -> Desk:
    return Desk(database, clock)


async def test_a_draft_is_changed_by_who_read_it_last(desk: Desk) -> None:
    first = await desk.draft()
    second = await desk.run(change_draft, first.id, a_document(**NEXT_YEAR, name="二"), expected=1, by=CLERK)
    assert (second.revision, second.name) == (2, "二")
    with pytest.raises(DraftChanged):
        await desk.run(change_draft, first.id, a_document(**NEXT_YEAR), expected=1, by=CLERK)
    same = await desk.run(change_draft, first.id, a_document(**NEXT_YEAR, name="二"), expected=2, by=CLERK)
    assert same.revision == 2
    with pytest.raises(RulesRefused):
        await desk.run(change_draft, first.id, a_document(hazard_bonus=1.5), expected=2, by=CLERK)
    with pytest.raises(UnknownDraft):
        await desk.run(change_draft, new_id(), a_document(), expected=1, by=CLERK)


async def test_a_draft_is_published_after_its_consultation_once_every_comment_is_answered(desk: Desk) -> None:
    await publishing(desk.database)
    draft = await desk.consulting()
    with pytest.raises(ConsultationRuns):
        await desk.publish(draft)
    comment = await desk.says(draft)
    desk.clock.at += timedelta(days=8)
    with pytest.raises(CommentsUnanswered) as caught:
        await desk.publish(draft)
    assert "1" in caught.value.text.render("en")
    answered = await desk.run(answer_comment, draft.id, comment.id, "采纳", by=CLERK)
    assert (answered.answer, answered.text) == ("采纳", "太少了")
    published, version = await desk.publish(draft)
    assert (published.state, published.version_id, version.number) == ("published", version.id, 2)
    reader = await desk.database.reader()
    assert await read_draft(reader, RULES, draft.id, all_states=False) == published
    found, _ = await list_comments(reader, RULES, draft.id)
    assert [comment.answer for comment in found] == ["采纳"]
    with pytest.raises(WrongDraftState):
        await desk.publish(draft)


async def test_rules_from_next_year_change_nothing_before_it(desk: Desk) -> None:
    await publishing(desk.database)
    last = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # in Beijing still of the old year
    draft = await desk.consulting()
    before = await crediting(desk.database, an_event(reference="before", hazard=True, occurred_at=last))
    desk.clock.at += timedelta(days=8)
    await desk.publish(draft)
    after = await crediting(
        desk.database,
        an_event(reference="before", hazard=True, occurred_at=last),
        an_event(reference="late", hazard=True, occurred_at=last),
        an_event(reference="new", hazard=True, occurred_at=last + timedelta(seconds=1)),
    )
    worth = [outcome.points for outcome in (*before, *after) if isinstance(outcome, AwardOutcome)]
    assert worth == [6, 6, 6, 11]
    rules = await rules_on(await desk.database.reader(), [date(2026, 12, 31), date(2027, 1, 1)])
    assert [rules[day].number for day in sorted(rules)] == [1, 2]


async def test_a_draft_that_could_not_be_published_is_not_put_to_anybody(desk: Desk) -> None:
    await publishing(desk.database)
    draft = await desk.draft(effective_on="2026-11-22")
    with pytest.raises(RulesInThePast):
        await desk.run(open_consultation, draft.id, until=UNTIL, expected=None, by=CLERK)
    for until in (TODAY - timedelta(days=1), TODAY + timedelta(days=367)):
        with pytest.raises(ConsultationUnfit):
            await desk.run(open_consultation, draft.id, until=until, expected=None, by=CLERK)
    with pytest.raises(WrongDraftState):
        await desk.publish(draft)


async def test_only_what_is_put_to_everybody_is_seen_by_everybody(desk: Desk) -> None:
    hidden, shown = await desk.draft(), await desk.consulting(name="征求意见")
    reader = await desk.database.reader()
    with pytest.raises(UnknownDraft):
        await read_draft(reader, RULES, hidden.id, all_states=False)
    everybody, _ = await list_drafts(reader, RULES, all_states=False)
    clerks, more = await list_drafts(reader, RULES, all_states=True, limit=1)
    assert [found.id for found in everybody] == [shown.id]
    assert ([found.id for found in clerks], more) == ([shown.id], True)
    rest, more = await list_drafts(reader, RULES, all_states=True, starting_after=shown.id)
    assert ([found.id for found in rest], more) == ([hidden.id], False)
    with pytest.raises(UnknownDraft):
        await desk.says(hidden)


async def test_comments_end_with_the_consultation(desk: Desk) -> None:
    draft = await desk.consulting()
    desk.clock.at = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # the last minute in Beijing
    await desk.says(draft)
    desk.clock.at += timedelta(minutes=1)
    with pytest.raises(ConsultationOver):
        await desk.says(draft)
    withdrawn = await desk.run(withdraw_draft, draft.id, expected=None, by=CLERK)
    assert (withdrawn.state, withdrawn.comments) == ("withdrawn", 1)
    with pytest.raises(UnknownDraft):
        await desk.says(draft)


async def test_one_person_says_at_most_twenty_things(desk: Desk) -> None:
    draft = await desk.consulting()
    for number in range(20):
        await desk.says(draft, f"意见 {number}")
    with pytest.raises(TooManyComments):
        await desk.says(draft, "再说一句")
    await desk.says(draft, by=new_id())
    reader = await desk.database.reader()
    page, more = await list_comments(reader, RULES, draft.id, limit=15)
    rest, _ = await list_comments(reader, RULES, draft.id, starting_after=page[-1].id)
    assert (len(page), more, len(rest)) == (15, True, 6)


async def test_an_answer_belongs_to_a_comment_of_this_draft(desk: Desk) -> None:
    draft, other = await desk.consulting(), await desk.consulting(name="另一份")
    comment = await desk.says(other)
    for known in (comment.id, new_id()):
        with pytest.raises(UnknownComment):
            await desk.run(answer_comment, draft.id, known, "好", by=CLERK)
