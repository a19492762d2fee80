"""Staff and roles on their page, and the trail of what everybody did, within the reader's streets."""

import re

from tests.api.door import PASSWORD, Door

HTML = {"Accept": "text/html"}


async def test_a_person_is_added_given_a_role_and_sent_away(door: Door) -> None:
    form = {"login": "lisi", "name": "李样本", "role": "community_staff", "place": "014-02"}
    added = await door.call("district_admin", "POST", "/admin/people", headers=HTML, data=form)
    assert added.status_code == 303, added.text
    wrong = await door.call("district_admin", "POST", "/admin/people", headers=HTML, data={**form, "place": "nowhere"})
    assert wrong.status_code == 400
    assert 'value="nowhere"' in wrong.text
    shown = await door.call("district_admin", "GET", "/admin/people?q=lisi", headers=HTML)
    assert "夕照寺" in shown.text
    assert "street_admin" not in re.sub(r'value="street_admin"', "", shown.text)  # only who was asked for
    [(person, grant)] = re.findall(
        r'people/([0-9a-f-]{36})/take-back">.*?name="grant" value="([0-9a-f-]{36})"', shown.text, re.DOTALL
    )
    for deed, data in (("take-back", {"grant": grant}), ("sign-out", {}), ("forget-second-factor", {}), ("end", {})):
        path = f"/admin/people/{person}/{deed}"
        assert (await door.call("street_admin", "POST", path, headers=HTML, data=data)).status_code == 403
        done = await door.call("district_admin", "POST", path, headers=HTML, data=data)
        assert done.status_code == 303, (deed, done.text)
    assert "已离职" in (await door.call("district_admin", "GET", "/admin/people?q=lisi", headers=HTML)).text
    unknown = await door.call("district_admin", "POST", f"/admin/people/{person}/promote", headers=HTML)
    assert unknown.status_code == 404


async def test_nobody_resets_ones_own_factor_or_ends_the_last_administrator(door: Door) -> None:
    own = door.staff_ids["district_admin"]
    for deed, status in (("forget-second-factor", 403), ("end", 409)):
        answer = await door.call("district_admin", "POST", f"/admin/people/{own}/{deed}", headers=HTML)
        assert answer.status_code == status, deed


async def test_the_trail_tells_who_did_what_in_the_readers_own_street(door: Door) -> None:
    await door.verified()
    card = await door.call("community_staff", "POST", f"/api/v1/stewards/{door.district.zhao}/sign-in-card")
    assert card.status_code == 201
    body = {"kind": "staff", "name": "street_admin", "secret": PASSWORD}
    assert (await door.client.post("/api/v1/sessions", json=body)).status_code == 201
    door.client.cookies.clear()
    mine = (await door.call("street_admin", "GET", "/api/v1/audit?kind=stewards")).json()["data"]
    assert "stewards.card_issued" in {deed["action"] for deed in mine}
    assert card.json()["secret"] not in str(mine)
    theirs = (await door.call("other_street_admin", "GET", "/api/v1/audit?kind=stewards")).json()["data"]
    assert str(door.district.zhao) not in str(theirs)
    named = (await door.call("district_admin", "GET", "/api/v1/audit?person=street_admin")).json()["data"]
    assert named
    assert all(str(door.staff_ids["street_admin"]) in {deed["actor_id"], deed["subject_id"]} for deed in named)
    assert (await door.call("district_admin", "GET", "/api/v1/audit?person=nobody")).json()["data"] == []
    page = await door.call("street_admin", "GET", "/admin/audit?q=0140001", headers=HTML)
    assert "赵示例" in page.text
    assert "stewards.card_issued" in page.text
    book = await door.call("street_admin", "GET", "/admin/audit/export/xlsx", headers=HTML)
    assert book.content.startswith(b"PK")


async def test_the_trail_is_read_page_by_page_without_a_gap(door: Door) -> None:
    await door.verified()
    whole = (await door.call("district_admin", "GET", "/api/v1/audit?limit=100")).json()
    assert not whole["has_more"]
    whole = whole["data"]
    assert len(whole) > 6
    read: list[str] = []
    after = ""
    while True:
        answer = (await door.call("district_admin", "GET", f"/api/v1/audit?limit=5{after}")).json()
        read += [deed["id"] for deed in answer["data"]]
        if not answer["has_more"]:
            break
        after = f"&starting_after={read[-1]}"
    assert read[-len(whole) :] == [deed["id"] for deed in whole]
