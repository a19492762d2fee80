"""Titles that stewards hold: imported once, told, revoked with a reason and never deleted."""

from datetime import date
from typing import Any

import pytest

from kernel.database import Database
from kernel.errors import Refusal
from points.rules import Gate
from rewards.facts import measures_of
from rewards.titles.awards import Imported, PastTitle, Revocation, Revoked, import_titles, revoke_awards, titles_of
from stewards.inbox import read_inbox
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, LONGTAN_ADMIN, District, a_case_district
from tests.stewards.builders import NOON


@pytest.fixture
async def district(database: Database) -> District:
    """The small district under the programme of Dongcheng."""
    return await a_case_district(database)


async def entered(district: District, **changes: Any) -> Imported | Refusal:
    """A past title of 赵, as the district enters it."""
    facts: dict[str, Any] = {
        "steward_id": district.zhao,
        "title": "gold_steward",
        "period": "2025",
        "awarded_on": date(2026, 1, 8),
        "caller": DISTRICT_ADMIN,
    }
    wish = PastTitle(**facts | changes)
    [outcome] = await district.database.run(lambda tx: import_titles(tx, [wish], now=NOON))
    return outcome


async def revoked(district: District, award_id: Any, **changes: Any) -> Revoked | Refusal:
    """A title that the district takes back."""
    facts: dict[str, Any] = {"cause": "payment_taken", "reason": "收了商户的钱", "caller": DISTRICT_ADMIN}
    wish = Revocation(award_id=award_id, **facts | changes)
    [outcome] = await district.database.run(lambda tx: revoke_awards(tx, [wish], now=NOON))
    return outcome


async def test_a_past_title_is_entered_once_and_is_a_fact_from_then_on(district: District) -> None:
    first, again = await entered(district), await entered(district)
    assert isinstance(first, Imported)
    assert isinstance(again, Imported)
    assert (first.changed, again.changed) == (True, False)
    assert again.award_id == first.award_id
    reader = await district.database.reader()
    held = await titles_of(reader, [district.zhao, district.qian])
    assert [(one.title, one.name, one.year) for one in held[district.zhao]] == [("gold_steward", "金牌管家", 2025)]
    assert held[district.qian] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"caller": DONGSI_ADMIN}, "steward_unknown"),
        ({"title": "best_cook"}, "unknown_title"),
        ({"period": "2025-Q4"}, "title_period_differs"),
        ({"period": "soon"}, "period_unknown"),
        ({"awarded_on": date(2026, 12, 1)}, "title_award_in_future"),
        ({"awarded_on": date(2024, 12, 31)}, "title_award_in_future"),
    ],
)
async def test_what_cannot_be_is_not_entered(district: District, changes: dict[str, Any], code: str) -> None:
    outcome = await entered(district, **changes)
    assert isinstance(outcome, Refusal)
    assert outcome.code == code
    assert await district.count("rewards_title_award") == 0


async def test_gates_count_the_titles_that_are_held(district: District) -> None:
    await entered(district, period="2024", awarded_on=date(2025, 1, 8))
    second = await entered(district)
    assert isinstance(second, Imported)
    gate = Gate(code="honoured", measure="titles", at_least=1)
    people = [{"id": district.zhao}, {"id": district.qian}]
    for count in (2, 1):
        facts = await measures_of(await district.database.reader(), people, [gate], {}, now=NOON)
        assert facts[district.zhao].measures["titles"] == count
        assert facts[district.qian].measures["titles"] == 0
        await revoked(district, second.award_id)


async def test_the_same_title_with_another_day_is_a_mistake_and_not_a_change(district: District) -> None:
    await entered(district)
    outcome = await entered(district, awarded_on=date(2026, 1, 9))
    assert isinstance(outcome, Refusal)
    assert outcome.code == "title_award_differs"


async def test_a_revoked_title_is_held_no_longer_and_its_holder_is_told_why(district: District) -> None:
    award = await entered(district)
    assert isinstance(award, Imported)
    assert isinstance(await revoked(district, award.award_id), Revoked)
    reader = await district.database.reader()
    assert await titles_of(reader, [district.zhao]) == {district.zhao: []}
    [kept] = (await titles_of(reader, [district.zhao], revoked=True))[district.zhao]
    assert kept.revoked_at == NOON
    [message], _ = await read_inbox(reader, district.zhao)
    assert message.text.render("zh") == "您的 2025 金牌管家 已撤销，原因：收受财物。有不同意见可以向街道提出。"
    again = await revoked(district, award.award_id)
    assert isinstance(again, Refusal)
    assert again.code == "title_award_revoked"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"caller": LONGTAN_ADMIN}, "not_allowed"),
        ({"cause": "dislike"}, "title_cause_unknown"),
        ({"reason": "  "}, "text_missing"),
    ],
)
async def test_a_title_is_revoked_by_the_district_with_a_cause_and_a_reason(
    district: District, changes: dict[str, Any], code: str
) -> None:
    award = await entered(district)
    assert isinstance(award, Imported)
    outcome = await revoked(district, award.award_id, **changes)
    assert isinstance(outcome, Refusal)
    assert outcome.code == code
