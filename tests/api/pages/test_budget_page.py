"""The page of budgets and liability: staff see the streets within their reach."""

import orjson
import pytest

from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from tests.api.door import Door
from tests.stewards.builders import LONGTAN, NOON

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_street_sees_its_budget_its_liability_and_what_ends_when(door: Door) -> None:
    page = (await door.call("street_admin", "GET", "/admin/budgets", headers=HTML)).text
    assert "没有街道预算" in page
    document = orjson.loads(shipped_programme())
    document |= {"effective_on": "2026-11-23", "budget": {"paid_by": "street", "period": "month", "most": 100}}
    await door.database.run(lambda tx: publish_rules(tx, document, by=None, now=NOON))
    path = f"/api/v1/points/budgets/{LONGTAN}/fund"
    assert (await door.call("district_admin", "POST", path, json={"points": 60})).status_code == 200
    await door.verified()
    grant = {"steward_id": str(door.district.zhao), "reason": "activity", "points": 10}
    assert (await door.call("street_admin", "POST", "/api/v1/points/grants", json=grant)).status_code == 201
    page = (await door.call("street_admin", "GET", "/admin/budgets", headers=HTML)).text
    assert ("龙潭" in page, "东四" in page, ">44<" in page, ">16<" in page, "2027 年 12 月 31 日" in page) == (
        True, False, True, True, True,
    )  # fmt: skip
