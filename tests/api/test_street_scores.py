"""The doors of street scores: recorded by the district, read by everybody."""

from tests.api.door import Door

HTML = {"Accept": "text/html"}
MONTH = {
    "month": "2026-10",
    "data": [
        {"street": "110101014", "order": 9250, "safety": 9500, "environment": 9025},
        {"street": "110101006", "order": 8000, "safety": 8000, "environment": 8000},
    ],
}


async def test_the_district_records_a_month_and_everybody_sees_ranks_and_movement(door: Door) -> None:
    assert "还没有考核结果" in (await door.call(None, "GET", "/streets", headers=HTML)).text
    earlier = {**MONTH, "month": "2026-09", "data": MONTH["data"][1:]}
    for body in (earlier, MONTH):
        answer = await door.call("district_admin", "POST", "/api/v1/street-scores", json=body)
        assert answer.status_code == 200, answer.text
        assert all(line["changed"] for line in answer.json()["data"])
    shown = (await door.call("steward", "GET", "/api/v1/street-scores")).json()
    assert shown["weights"] == {"order": 40, "safety": 30, "environment": 30}
    lines = [(line["street"], line["total"], line["rank"], line["movement"]) for line in shown["data"]]
    assert lines == [("110101014", 9258, 1, None), ("110101006", 8000, 2, 1)]
    page = await door.call(None, "GET", "/streets?month=2026-10", headers=HTML)
    assert "92.58" in page.text
    assert "▼ 降 1 位" in page.text
    assert (await door.call(None, "GET", "/streets?month=2026-08", headers=HTML)).status_code == 404
    assert (await door.call("steward", "GET", "/api/v1/street-scores?month=2026-08")).status_code == 404


async def test_a_refused_street_harms_no_other_and_weights_make_a_hundred(door: Door) -> None:
    body = {
        "month": "2026-10",
        "data": [{"street": "nowhere", "order": 1, "safety": 1, "environment": 1}, *MONTH["data"]],
    }
    answer = await door.call("district_admin", "POST", "/api/v1/street-scores", json=body)
    assert [line["code"] for line in answer.json()["data"]] == ["unknown_street", None, None]
    weights = {"from_month": "2026-10", "order": 0, "safety": 0, "environment": 100}
    answer = await door.call("district_admin", "PUT", "/api/v1/street-scores/weights", json=weights)
    assert answer.status_code == 200, answer.text
    shown = (await door.call("steward", "GET", "/api/v1/street-scores")).json()
    assert [line["total"] for line in shown["data"]] == [9025, 8000]
    uneven = await door.call("district_admin", "PUT", "/api/v1/street-scores/weights", json={**weights, "order": 1})
    assert (uneven.status_code, uneven.json()["code"]) == (400, "weights_unfit")
    assert (await door.call("street_admin", "POST", "/api/v1/street-scores", json=MONTH)).status_code == 403


async def test_the_district_sets_the_weights_on_a_page_from_a_month_on(door: Door) -> None:
    path, form = "/admin/street-scores", {"from_month": "2026-10", "order": "20", "safety": "50", "environment": "30"}
    assert (await door.call("street_admin", "GET", path, headers=HTML)).status_code == 403
    for wrong, said in (
        ({"order": "x"}, "写 0 到 100 的整数。"),
        ({"order": "21"}, "三项权重都不小于 0，合计 100。"),
        ({"from_month": "2026-13"}, "月份写成 2026-10 这样"),
    ):
        answer = await door.call("district_admin", "POST", path, headers=HTML, data={**form, **wrong})
        assert answer.status_code in {400, 422}
        assert said in answer.text
    assert (await door.call("district_admin", "POST", path, headers=HTML, data=form)).status_code == 303
    await door.call("district_admin", "POST", "/api/v1/street-scores", json=MONTH)
    page = (await door.call("district_admin", "GET", path, headers=HTML)).text
    assert "2026 年 10 月" in page
    assert "50%" in page
    shown = (await door.call("steward", "GET", "/api/v1/street-scores?month=2026-10")).json()
    assert shown["weights"] == {"order": 20, "safety": 50, "environment": 30}
