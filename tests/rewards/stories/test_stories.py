"""Stories and thanks: told and shown only while their steward consents, looked at by staff of the place."""

from uuid import UUID

import pytest

from kernel.database import Database
from kernel.errors import Refusal
from rewards.stories.reading import list_stories, list_thanks, show_story, waiting_thanks
from rewards.stories.refusals import (
    StoryNeedsConsent,
    ThanksDecided,
    ThanksNotWished,
    UnknownStory,
    UnknownStoryPerson,
    UnknownStoryStreet,
    UnknownThanks,
)
from rewards.stories.telling import StoryChanged, TellStory, WithdrawStory, tell_stories, withdraw_stories
from rewards.stories.thanking import DecideThanks, LeaveThanks, ThanksStand, decide_thanks, leave_thanks
from stewards.consents import ConsentWish, save_consents
from stewards.principal import Principal
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN
from tests.stewards.builders import LONGTAN, NOON, a_district, a_steward, doing


@pytest.fixture
async def zhao(database: Database) -> UUID:
    """赵示例 of 龙潭, who has consented to nothing."""
    [zhao, _] = await a_district(database, a_steward(), a_steward("0060001", community_code="006-01", name="孙样本"))
    return zhao


async def consenting(database: Database, steward_id: UUID, *fields: str, granted: bool = True) -> None:
    wishes = [ConsentWish(steward_id=steward_id, field=field, granted=granted) for field in fields]
    await doing(database, save_consents, wishes)


async def told(
    database: Database, *, by: Principal = LONGTAN_ADMIN, steward: str | None = "0140001", street: str = "110101014"
) -> StoryChanged | Refusal:
    wish = TellStory(
        title="雨天守坑",
        text="赵示例守了一小时",
        street_code=street,
        steward_number=steward,
        picture_sha256=None,
        caller=by,
    )
    [outcome] = await database.run(lambda tx: tell_stories(tx, [wish], now=NOON))
    return outcome


async def test_a_story_is_told_with_consent_and_gone_as_soon_as_it_is_withdrawn(database: Database, zhao: UUID) -> None:
    assert isinstance(await told(database), StoryNeedsConsent)
    await consenting(database, zhao, "story")
    story = await told(database)
    assert isinstance(story, StoryChanged)
    reader = await database.reader()
    [shown] = await list_stories(reader, limit=10)
    assert (shown.title, shown.name, shown.street_code) == ("雨天守坑", "赵*例", "110101014")
    assert shown.text == "赵*例守了一小时", "a name that was written out is masked as well"
    await consenting(database, zhao, "full_name")
    assert [each.name for each in await list_stories(reader, street_id=LONGTAN, limit=10)] == ["赵示例"]
    await consenting(database, zhao, "story", granted=False)
    assert await list_stories(reader, limit=10) == []
    assert await show_story(reader, story.story_id) is None


async def test_a_story_about_nobody_by_name_needs_no_consent_and_can_be_withdrawn(
    database: Database, zhao: UUID
) -> None:
    story = await told(database, steward=None)
    assert isinstance(story, StoryChanged)
    reader = await database.reader()
    assert [each.name for each in await list_stories(reader, limit=10)] == [None]
    for by, kind in ((DONGSI_ADMIN, UnknownStory), (LONGTAN_ADMIN, StoryChanged), (LONGTAN_ADMIN, StoryChanged)):
        wish = WithdrawStory(story_id=story.story_id, caller=by)
        [done] = await database.run(lambda tx, wish=wish: withdraw_stories(tx, [wish], now=NOON))
        assert isinstance(done, kind)
    assert await list_stories(reader, limit=10) == []


async def test_streets_tell_stories_of_their_own_stewards_alone(database: Database, zhao: UUID) -> None:
    await consenting(database, zhao, "story")
    assert isinstance(await told(database, by=DONGSI_ADMIN), UnknownStoryStreet)
    assert isinstance(await told(database, street="\x00"), UnknownStoryStreet)
    assert isinstance(await told(database, steward="0060001"), UnknownStoryPerson)
    assert isinstance(await told(database, steward="\x00"), UnknownStoryPerson)


async def thanked(database: Database, steward_id: UUID, text: str = "谢谢") -> ThanksStand | Refusal:
    wish = LeaveThanks(steward_id=steward_id, text=text, signed="邻居")
    [outcome] = await database.run(lambda tx: leave_thanks(tx, [wish], now=NOON))
    return outcome


async def decided(
    database: Database, note: ThanksStand, *, publish: bool = True, by: Principal = LONGTAN_ADMIN
) -> ThanksStand | Refusal:
    wish = DecideThanks(thanks_id=note.thanks_id, publish=publish, caller=by)
    [outcome] = await database.run(lambda tx: decide_thanks(tx, [wish], now=NOON))
    return outcome


async def test_thanks_wait_for_staff_of_the_place_and_go_with_the_wish(database: Database, zhao: UUID) -> None:
    assert isinstance(await thanked(database, zhao), ThanksNotWished)
    await consenting(database, zhao, "thanks")
    note = await thanked(database, zhao)
    assert isinstance(note, ThanksStand)
    reader = await database.reader()
    assert await list_thanks(reader, limit=10) == []
    assert await waiting_thanks(reader, DONGSI_ADMIN, limit=10) == []
    assert [each.text for each in await waiting_thanks(reader, LONGTAN_ADMIN, limit=10)] == ["谢谢"]
    assert isinstance(await decided(database, note, by=DONGSI_ADMIN), UnknownThanks)
    for _ in range(2):
        assert isinstance(await decided(database, note), ThanksStand)
    assert isinstance(await decided(database, note, publish=False), ThanksDecided)
    assert [(each.name, each.signed) for each in await list_thanks(reader, limit=10)] == [("赵*例", "邻居")]
    assert await waiting_thanks(reader, LONGTAN_ADMIN, limit=10) == []
    await consenting(database, zhao, "thanks", granted=False)
    assert await list_thanks(reader, limit=10) == []


async def test_thanks_that_are_rejected_or_empty_are_never_seen(database: Database, zhao: UUID) -> None:
    await consenting(database, zhao, "thanks")
    assert isinstance(await thanked(database, zhao, text=" "), Refusal)
    assert isinstance(await thanked(database, zhao, text="\u202e坏"), Refusal)
    note = await thanked(database, zhao)
    assert isinstance(note, ThanksStand)
    await decided(database, note, publish=False)
    assert await list_thanks(await database.reader(), limit=10) == []
