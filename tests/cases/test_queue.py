"""Lists of cases: what each caller sees, how it is found, and that it costs the same however long it is."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cases.queue import CaseFilter, count_by_state, list_cases
from cases.refusals import UnknownCase
from cases.wording import State, Urgency
from kernel.ids import new_id
from stewards.principal import Principal
from tests.cases.counted import CountedReader
from tests.cases.district import (
    DISTRICT_ADMIN,
    DONGSI_ADMIN,
    GUANGMING_STAFF,
    INTEGRATOR,
    LONGTAN_ADMIN,
    MORNING,
    XILI_CHIEF,
    District,
    a_report,
    a_step,
    as_steward,
)
from tests.stewards.builders import GUANGMING, LONGTAN, XILI


async def seen(district: District, principal: Principal, **wanted: Any) -> list[str]:
    """The external ids that a caller sees, oldest first."""
    page = await list_cases(
        await district.database.reader(),
        principal,
        CaseFilter(**wanted),
        oldest_first=True,
    )
    assert page.total == len(page.lines)
    return [line.external_id for line in page.lines]


@pytest.fixture
async def filled(district: District) -> District:
    """Three cases of 赵 in 夕照寺, one of 钱 in 光明, one of 孙 in 东四, a minute apart."""
    named: dict[str, dict[str, Any]] = {
        "pit": {},
        "litter": {"category": "litter", "livelihood": True},
        "hazard": {"urgency": "hazard"},
        "qian": {"lane_code": "014-01-01"},
        "sun": {"lane_code": "006-01-01"},
    }
    await district.reported(
        *[
            a_report(external_id=name, reported_at=MORNING + timedelta(minutes=minute), **more)
            for minute, (name, more) in enumerate(named.items())
        ]
    )
    return district


async def test_each_caller_sees_what_is_within_reach(filled: District) -> None:
    everything = ["pit", "litter", "hazard", "qian", "sun"]
    assert await seen(filled, DISTRICT_ADMIN) == everything
    assert await seen(filled, INTEGRATOR) == everything
    assert await seen(filled, LONGTAN_ADMIN) == everything[:4]
    assert await seen(filled, DONGSI_ADMIN) == ["sun"]
    assert await seen(filled, GUANGMING_STAFF) == ["qian"]
    assert await seen(filled, XILI_CHIEF) == everything[:3]
    assert await seen(filled, as_steward(filled.qian)) == ["qian"]
    assert await seen(filled, Principal(kind="display", id=new_id(), name="大屏")) == []


async def test_filters_narrow_the_list(filled: District) -> None:
    assert await seen(filled, DISTRICT_ADMIN, category="litter") == ["litter"]
    assert await seen(filled, DISTRICT_ADMIN, urgency=Urgency.HAZARD) == ["hazard"]
    assert await seen(filled, DISTRICT_ADMIN, livelihood=True) == ["litter"]
    assert await seen(filled, DISTRICT_ADMIN, livelihood=False) == ["pit", "hazard", "qian", "sun"]
    assert await seen(filled, DISTRICT_ADMIN, lane_id=XILI) == ["pit", "litter", "hazard"]
    assert await seen(filled, DISTRICT_ADMIN, community_id=GUANGMING) == ["qian"]
    assert await seen(filled, DISTRICT_ADMIN, street_id=LONGTAN, category="road_damage") == ["pit", "hazard", "qian"]
    assert await seen(filled, DISTRICT_ADMIN, steward_id=filled.sun) == ["sun"]
    assert await seen(filled, DISTRICT_ADMIN, states=(State.VERIFIED, State.SOLVED)) == []
    assert await seen(filled, LONGTAN_ADMIN, steward_id=filled.sun) == []


async def test_dates_are_local_days_with_both_ends(district: District) -> None:
    midnight = datetime(2026, 10, 2, 16, 0, tzinfo=UTC)
    await district.reported(
        *[
            a_report(external_id=name, reported_at=midnight + timedelta(seconds=second))
            for name, second in (("before", -1), ("first", 0), ("last", 86_399), ("after", 86_400))
        ]
    )
    third = date(2026, 10, 3)
    assert await seen(district, DISTRICT_ADMIN, reported_from=third, reported_to=third) == ["first", "last"]
    assert await seen(district, DISTRICT_ADMIN, reported_from=third) == ["first", "last", "after"]


async def test_a_search_finds_numbers_names_and_pinyin(filled: District) -> None:
    [page] = [await list_cases(await filled.database.reader(), DISTRICT_ADMIN, CaseFilter(q="sun"))]
    number = page.lines[0].number
    assert await seen(filled, DISTRICT_ADMIN, q=number) == ["sun"]
    assert await seen(filled, DISTRICT_ADMIN, q="261123") == ["pit", "litter", "hazard", "qian", "sun"]
    assert await seen(filled, DISTRICT_ADMIN, q="0140002") == ["qian"]
    assert await seen(filled, DISTRICT_ADMIN, q="样本") == ["qian"]
    assert await seen(filled, DISTRICT_ADMIN, q="QYB") == ["qian"]
    assert await seen(filled, DISTRICT_ADMIN, q="ssl") == ["sun"]  # 单 is read Shàn as a surname
    assert await seen(filled, DISTRICT_ADMIN, q="zhao") == ["pit", "litter", "hazard"]
    for nothing in ("%", "_", "\\", "'", "\0", "\ud800", "没有这个人"):
        assert await seen(filled, DISTRICT_ADMIN, q=nothing) == [], repr(nothing)


async def walk(district: District, *, oldest_first: bool, limit: int) -> list[UUID]:
    reader = await district.database.reader()
    found: list[UUID] = []
    more = True
    while more:
        page = await list_cases(
            reader,
            DISTRICT_ADMIN,
            CaseFilter(),
            starting_after=found[-1] if found else None,
            limit=limit,
            oldest_first=oldest_first,
        )
        assert page.total == 7
        found += [line.id for line in page.lines]
        more = page.has_more
    return found


async def test_pages_follow_each_other_without_gap_or_overlap_even_at_one_instant(district: District) -> None:
    cases = await district.reported(*[a_report() for _ in range(6)])
    cases += await district.reported(a_report(reported_at=MORNING - timedelta(days=1)))
    newest = await walk(district, oldest_first=False, limit=2)
    oldest = await walk(district, oldest_first=True, limit=3)
    assert newest == oldest[::-1]
    assert set(newest) == {case.case_id for case in cases}
    assert newest[-1] == cases[-1].case_id


async def test_a_cursor_out_of_reach_answers_like_an_unknown_one(filled: District) -> None:
    reader = await filled.database.reader()
    [foreign] = (await list_cases(reader, DONGSI_ADMIN, CaseFilter())).lines
    for cursor in (foreign.id, new_id()):
        with pytest.raises(UnknownCase):
            await list_cases(reader, LONGTAN_ADMIN, CaseFilter(), starting_after=cursor)


async def test_the_queue_says_what_waits_longest_and_counts_states(filled: District) -> None:
    reader = await filled.database.reader()
    page = await list_cases(reader, DISTRICT_ADMIN, CaseFilter(), oldest_first=True, limit=2)
    assert (page.total, page.oldest_at, page.has_more) == (5, MORNING, True)
    await filled.handled(a_step(page.lines[0].id, "verify"))
    page = await list_cases(reader, DISTRICT_ADMIN, CaseFilter(), oldest_first=True)
    assert page.oldest_at == MORNING + timedelta(minutes=1)
    counts = await count_by_state(reader, LONGTAN_ADMIN, CaseFilter(states=(State.SOLVED,)))
    assert {state: count for state, count in counts.items() if count} == {State.REPORTED: 3, State.VERIFIED: 1}
    assert set(counts) == set(State)


async def test_a_list_costs_the_same_number_of_queries_however_long(district: District) -> None:
    costs: list[int] = []
    for size in (1, 150):
        await district.reported(*[a_report() for _ in range(size)])
        reader = CountedReader(await district.database.reader())
        first: Sequence[object] = (await list_cases(reader, XILI_CHIEF, CaseFilter(q="zsl"), limit=200)).lines
        assert first
        costs.append(reader.queries)
    assert costs[0] == costs[1] <= 3
