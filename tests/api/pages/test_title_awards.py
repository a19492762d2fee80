"""The staff's page of titles: certificates within reach, one or all of a year, and revoking with a reason."""

from tests.api.door import Door
from tests.api.test_credentials import HTML, a_title, issued


async def test_staff_issue_certificates_within_reach_one_by_one_or_all_of_a_year(door: Door) -> None:
    first, second = await a_title(door), await a_title(door, "2024")
    path = f"/admin/awards/{first}/certificate"
    assert (await door.call("other_street_admin", "POST", path, headers=HTML)).status_code == 404
    made = await door.call("street_admin", "POST", path, headers=HTML)
    assert made.status_code == 303
    assert (await door.call("street_admin", "POST", path, headers=HTML)).headers["location"] == made.headers["location"]
    assert "赵示例" in (await door.call("street_admin", "GET", made.headers["location"], headers=HTML)).text
    page = (await door.call("street_admin", "GET", "/admin/awards?year=2025", headers=HTML)).text
    assert made.headers["location"] in page
    assert f"/admin/awards/{first}/revoke" not in page  # which is for the district
    assert "赵示例" not in (await door.call("other_street_admin", "GET", "/admin/awards", headers=HTML)).text
    waiting = (await door.call("street_admin", "GET", "/admin/awards?year=2024", headers=HTML)).text
    assert "给 2024 年还没有证书的都出证书" in waiting
    done = await door.call("street_admin", "POST", "/admin/awards/certificates", headers=HTML, data={"year": "2024"})
    assert done.headers["location"] == "/admin/awards?year=2024"
    assert "还没有证书的" not in (await door.call("street_admin", "GET", "/admin/awards?year=2024", headers=HTML)).text
    assert (await issued(door, second))["award"] == second


async def test_the_district_revokes_with_a_reason_and_the_certificate_is_void(door: Door) -> None:
    award = await a_title(door)
    shown = await issued(door, award)
    path = f"/admin/awards/{award}/revoke"
    bare = {"year": "2025", "cause": "declined", "reason": ""}
    assert (await door.call("street_admin", "POST", path, headers=HTML, data=bare)).status_code == 403
    again = await door.call("district_admin", "POST", path, headers=HTML, data=bare)
    assert again.status_code == 422
    assert "这一项不能为空。" in again.text
    done = await door.call("district_admin", "POST", path, headers=HTML, data={**bare, "reason": "本人来信放弃"})
    assert done.status_code == 303
    assert "已失效" in (await door.call("district_admin", "GET", "/admin/awards?year=2025", headers=HTML)).text
    assert "证书已经撤销。" in (await door.call(None, "GET", f"/verify/{shown['id']}", headers=HTML)).text
    twice = await door.call("district_admin", "POST", path, headers=HTML, data={**bare, "reason": "再一次"})
    assert twice.status_code == 409
