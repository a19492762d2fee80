"""Reports by the API, on the page and as a workbook say the same."""

import io

import pytest
from python_calamine import CalamineWorkbook

from tests.api.door import Door

HTML = {"Accept": "text/html"}


async def test_the_api_the_page_and_the_workbook_say_the_same(door: Door) -> None:
    await door.verified()
    await door.verified(category="litter")
    by_month = (await door.call("street_admin", "GET", "/api/v1/points/reports")).json()
    assert len(by_month["lines"]) == 11  # this year's months so far
    assert (by_month["lines"][-1]["key"], by_month["total"]["issued"]) == ("2026-11", 8)
    assert by_month["lines"][-1]["outstanding"] == by_month["total"]["outstanding"] == 8
    by_category = (await door.call("street_admin", "GET", "/api/v1/points/reports?by=category")).json()
    assert [(line["key"], line["issued"], line["debt"]) for line in by_category["lines"]] == [
        ("litter", 2, None),
        ("road_damage", 6, None),
    ]
    page = await door.call("street_admin", "GET", "/admin/reports?by=category", headers=HTML)
    assert "暴露垃圾" in page.text or "垃圾" in page.text
    assert "<svg" in page.text
    book = await door.call("street_admin", "GET", "/admin/reports/xlsx?by=street", headers=HTML)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[:2] for row in rows] == [["按街道", "发放"], ["龙潭", 8.0], ["合计", 8.0]]


async def test_an_area_without_points_says_so(door: Door) -> None:
    await door.verified()
    page = await door.call("other_street_admin", "GET", "/admin/reports?by=street", headers=HTML)
    assert "这段时间没有积分往来" in page.text
    found = (await door.call("other_street_admin", "GET", "/api/v1/points/reports?by=street")).json()
    assert (found["lines"], found["total"]["issued"]) == ([], 0)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("first=2026-13", "month_unknown"),
        ("first=1999-01", "month_unknown"),
        ("first=2026-11&last=2026-10", "months_reversed"),
        ("by=lane", "invalid_parameter"),
        ("first=11", "invalid_parameter"),
    ],
)
async def test_months_that_are_none_are_refused_by_name(door: Door, query: str, code: str) -> None:
    answer = await door.call("street_admin", "GET", f"/api/v1/points/reports?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == code, answer.text
    page = await door.call("street_admin", "GET", f"/admin/reports?{query}", headers=HTML)
    assert page.status_code in {200, 400}
