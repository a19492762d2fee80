"""Good news of the last two days: by name only as consented, of nobody who left boards."""

from datetime import date, timedelta
from uuid import UUID

from kernel.database import Database
from kernel.ids import new_id
from points.models import LevelChange
from rewards.boards.news import read_news
from rewards.titles.awards import Imported, PastTitle, import_titles
from stewards.consents import OFF_BOARDS, ConsentWish, save_consents
from tests.cases.district import DISTRICT_ADMIN, a_case_district
from tests.stewards.builders import DONGSI, LONGTAN, NOON, doing


async def promoted(database: Database, steward_id: UUID, number: int, before: int) -> None:
    reader = await database.reader()
    rules = await reader.fetch_one("SELECT id FROM points_rule_version", types={"id": UUID})
    assert rules is not None
    row = {
        "id": new_id(),
        "steward_id": steward_id,
        "ladder": "levels",
        "number": number,
        "before": before,
        "cause": "reached" if number > before else "below",
        "idle_rungs": 0,
        "minutes": 0,
        "points": 0,
        "rule_version_id": rules["id"],
        "changed_on": NOON.date(),
        "recorded_at": NOON,
    }
    await database.run(lambda tx: tx.insert(LevelChange, [row]))


async def test_titles_and_promotions_are_news_for_two_days(database: Database) -> None:
    district = await a_case_district(database)
    wish = PastTitle(
        steward_id=district.zhao,
        title="gold_steward",
        period="2025",
        awarded_on=date(2026, 11, 23),
        caller=DISTRICT_ADMIN,
    )
    [given] = await database.run(lambda tx: import_titles(tx, [wish], now=NOON))
    assert isinstance(given, Imported)
    await promoted(database, district.qian, 1, 0)
    await promoted(database, district.zhao, 1, 2)
    reader = await database.reader()
    news = await read_news(reader, None, now=NOON)
    assert news[0].what == "金牌管家"
    assert [(each.awarded, each.name) for each in news] == [(True, "赵*例"), (False, "钱**二")]
    assert await read_news(reader, LONGTAN, now=NOON) == news
    assert await read_news(reader, DONGSI, now=NOON) == ()
    assert await read_news(reader, None, now=NOON + timedelta(days=3)) == ()
    off = ConsentWish(steward_id=district.zhao, field=OFF_BOARDS, granted=True)
    await doing(database, save_consents, [off])
    assert [each.name for each in await read_news(reader, None, now=NOON)] == ["钱**二"]
