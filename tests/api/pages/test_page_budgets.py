"""What a page may cost: questions to the database, and bytes without its pictures."""

import pytest

from tests.api.counted import counted
from tests.api.door import Door
from tests.api.grown import grow
from tests.api.pages.test_page_access import HTML, PUBLIC_PAGES, STAFF_PAGES, STEWARD_PAGES
from tests.api.things import things_of

MOST_OF_HOME = 6
MOST = 12
MOST_BYTES = 100_000
DISTRICT_PAGES = (
    "/admin/people",
    "/admin/erasures",
    "/admin/partners",
    "/admin/settlements",
    "/admin/rules",
    "/admin/schemes",
    "/admin/holidays",
)
OWN = ("/me/cases/{case_id}", "/me/orders/{order_id}", "/me/redeem/{item_id}", "/me/redeem/{scarce_id}")
ONE = (
    "/admin/cases?state=all",
    "/admin/cases?lane=gjht",
    "/admin/stewards/{steward_id}",
    "/admin/stewards/{steward_id}/card",
    "/desk/{steward_id}",
    "/desk/{steward_id}/passbook",
    "/admin/orders/{order_id}",
    "/admin/catalogue/{item_id}",
    "/admin/appeals/{appeal_id}",
    "/admin/draws/{draw_id}",
)
VIEWS = 3  # jobs and boards that are brought up to date beside a page only ever add to what is counted


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_page_asks_or_weighs_too_much_in_a_large_district(door: Door) -> None:
    """Who calls is asked with every page, and counts."""
    things = await things_of(door)
    await grow(door)
    await door.settle()  # else a delivery might read beside a page
    asked: dict[str, list[str]] = {}
    heavy: dict[str, int] = {}
    for role, paths in (
        ("steward", (*STEWARD_PAGES, *(path.format_map(things) for path in OWN))),
        ("district_admin", (*STAFF_PAGES, *DISTRICT_PAGES, *(path.format_map(things) for path in ONE))),
        (None, PUBLIC_PAGES),
    ):
        for path in paths:
            await door.call(role, "GET", path, headers=HTML)  # fills caches
            views = []
            for _ in range(VIEWS):
                async with counted(door) as statements:
                    answer = await door.call(role, "GET", path, headers=HTML)
                assert answer.status_code == 200, path
                views.append(statements)
                if len(statements) <= MOST_OF_HOME:
                    break
            asked[path] = min(views, key=len)
            if len(answer.content) > MOST_BYTES:
                heavy[path] = len(answer.content)
    assert len(asked["/me"]) <= MOST_OF_HOME, asked["/me"]
    assert {path: statements for path, statements in asked.items() if len(statements) > MOST} == {}
    assert heavy == {}
