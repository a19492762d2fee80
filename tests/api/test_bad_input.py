"""A wrong number, date, place, role or field gets a 4xx that names it, in the language asked for, and leaves no row."""

import json
from typing import Any

import pytest

from tests.api.door import Door, a_case

pytestmark = pytest.mark.asyncio(loop_scope="module")

_TABLES = (
    *("cases_case", "cases_event", "points_transfer", "stewards_steward", "kernel_outbox"),
    "kernel_audit WHERE actor_kind <> 'system'",  # the app's own jobs run beside
)
_LONG = "x" * 10_240


async def rows(door: Door) -> list[int]:
    return [await door.count(table) for table in _TABLES]


def raw(text: str, **replaced: str) -> bytes:
    """A report with one value spelt as JSON never should be; the field's value in `replaced` is put in as it is."""
    body = json.dumps(a_case(external_id="raw") | dict.fromkeys(replaced, "@@"), ensure_ascii=False)
    for name, value in replaced.items():
        body = body.replace(f'"{name}": "@@"', f'"{name}": {value}')
    return (text or body).encode("utf-8", "surrogatepass")


FIELDS: list[tuple[str, str, str]] = [
    ("latitude", '"39.9"', "/latitude"),
    ("latitude", "true", "/latitude"),
    ("latitude", "NaN", "/latitude"),
    ("latitude", "Infinity", "/latitude"),
    ("latitude", "-Infinity", "/latitude"),
    ("latitude", "1e400", "/latitude"),
    ("latitude", "91", "/latitude"),
    ("latitude", str(10**30), "/latitude"),
    ("longitude", "9" * 5000, "/longitude"),
    ("livelihood", "1", "/livelihood"),
    ("livelihood", '"true"', "/livelihood"),
    ("urgency", '"Hazard"', "/urgency"),
    ("category", "1", "/category"),
    ("category", '"no_such_category"', "/category"),
    ("category", '""', "/category"),
    ("category", f'"{_LONG}"', "/category"),
    ("category", "null", "/category"),
    ("lane", '"nowhere"', "/lane"),
    ("lane", '"01a20778-0000-7000-8000-000000000000"', "/lane"),
    ("steward", '"nobody"', "/steward"),
    ("steward", "17", "/steward"),
    ("external_id", '""', "/external_id"),
    ("external_id", '"  "', "/external_id"),
    ("external_id", '"a\\u0000b"', "/external_id"),
    ("external_id", '"a\\ud800b"', "/external_id"),
    ("external_id", '"a\\u202eb"', "/external_id"),
    ("description", f'"{_LONG}"', "/description"),
    ("description", '"\\ud83d"', "/description"),
    ("source", '"a\\u0007"', "/source"),
    ("reported_at", '"2026-11-23T09:30:00"', "/reported_at"),
    ("reported_at", '"2026-11-23"', "/reported_at"),
    ("reported_at", '"2026-02-29T09:30:00+08:00"', "/reported_at"),
    ("reported_at", '"2026-11-31T09:30:00+08:00"', "/reported_at"),
    ("reported_at", '"2026-11-23T24:30:00+08:00"', "/reported_at"),
    ("reported_at", '"2026-11-23T09:30:00+99:00"', "/reported_at"),
    ("reported_at", '"0001-01-01T00:00:00+08:00"', "/reported_at"),
    ("reported_at", '"9999-12-31T23:59:59-08:00"', "/reported_at"),
    ("reported_at", '"2027-11-23T09:30:00+08:00"', "/reported_at"),
    ("reported_at", '"1950-01-01T09:30:00+08:00"', "/reported_at"),
    ("reported_at", "1795000000", "/reported_at"),
    ("reported_at", '"２０２６-11-23T09:30:00+08:00"', "/reported_at"),
    ("points", "100", "/points"),
    ("verified", "true", "/verified"),
    ("__proto__", "{}", "/__proto__"),
    ("a/b~c", "1", "/a~1b~0c"),
]


@pytest.mark.parametrize(("name", "value", "pointer"), FIELDS, ids=lambda part: str(part)[:30])
async def test_a_wrong_field_is_named_and_leaves_no_row(steady_door: Door, name: str, value: str, pointer: str) -> None:
    before = await rows(steady_door)
    answer = await steady_door.call(
        "integrator",
        "POST",
        "/api/v1/cases",
        content=raw("", **{name: value}),
        headers={"Content-Type": "application/json"},
    )
    assert 400 <= answer.status_code < 500, answer.text
    problem = answer.json()
    assert pointer in [error["pointer"] for error in problem["errors"]], problem
    assert await rows(steady_door) == before


TEXTS: list[tuple[bytes, str]] = [
    (b"", ""),
    (b"{", ""),
    (b"[]", ""),
    (b'"text"', ""),
    (b"null", ""),
    (b"17", ""),
    (b"\xff\xfe{}", ""),
    (b'{"source": "\xff"}', ""),
    (b"\xef\xbb\xbf{}", ""),
    (b'{"source": "a",}', ""),
    (b"{'source': 'a'}", ""),
    (b'{"source": "a" // why\n}', ""),
    (b'{"source": "a\nb"}', ""),
    (b'{"source": "a", "source": "b"}', "/source"),
    (b'{"source": "a", "deep": {"b": 1, "b": 2}}', "/deep/b"),
    (b"[" * 30_000 + b"]" * 30_000, ""),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, ""),
]


@pytest.mark.parametrize(("text", "pointer"), TEXTS, ids=lambda part: repr(part)[:24])
async def test_what_is_no_sound_json_is_refused(steady_door: Door, text: bytes, pointer: str) -> None:
    answer = await steady_door.call(
        "integrator", "POST", "/api/v1/cases", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


NUMBERS = ["1.5", '"1"', "1e2", "true", "NaN", "Infinity", str(10**30), "-1", "-0", "0", str(2**63), "null", "[]"]


@pytest.mark.parametrize("number", NUMBERS)
async def test_an_integer_is_an_integer(steady_door: Door, number: str) -> None:
    text = f'{{"steps": [{{"case": "01a20778-0000-7000-8000-000000000000", "action": "verify", "version": {number}}}]}}'
    answer = await steady_door.call(
        "street_admin",
        "POST",
        "/api/v1/cases/bulk/steps",
        content=text.encode(),
        headers={"Content-Type": "application/json"},
    )
    if number == "null":  # the version may be left out
        assert answer.json()["data"][0]["problem"]["code"] == "unknown_case"
        return
    problem = answer.json() if answer.status_code == 400 else answer.json()["data"][0]["problem"]
    assert problem["status"] == 400
    assert [error["pointer"] for error in problem["errors"]] == ["/steps/0/version"], problem


QUERIES = [
    ("/api/v1/cases?limit=0", "limit"),
    ("/api/v1/cases?limit=201", "limit"),
    ("/api/v1/cases?limit=1.5", "limit"),
    ("/api/v1/cases?limit=1e2", "limit"),
    ("/api/v1/cases?limit=ten", "limit"),
    (f"/api/v1/cases?limit={10**30}", "limit"),
    ("/api/v1/cases?starting_after=x", "starting_after"),
    ("/api/v1/cases?state=gone", "state"),
    ("/api/v1/cases?urgency=high", "urgency"),
    ("/api/v1/cases?livelihood=maybe", "livelihood"),
    ("/api/v1/cases?reported_from=2026-02-30", "reported_from"),
    ("/api/v1/cases?street=nowhere", "street"),
    ("/api/v1/cases?lane=%E4%B8%8D", "lane"),
    ("/api/v1/cases?colour=red", "colour"),
    ("/api/v1/cases?order=random", "order"),
    ("/api/v1/cases?limit=5&limit=6", "limit"),
    ("/api/v1/cases?limit=+5", "limit"),
    (f"/api/v1/cases?q={_LONG}", "q"),
    ("/api/v1/stewards?status=gone", "status"),
    ("/api/v1/stewards/{zhao}/balance?at=2026-11-23T09:30:00", "at"),
    ("/api/v1/stewards/{zhao}/balance?at=2036-11-23T09:30:00Z", "at"),
    ("/api/v1/stewards/{zhao}/balance?at=%22", "at"),
    ("/api/v1/stewards/{zhao}/standing?board=moon", "board"),
    ("/api/v1/stewards/{zhao}/standing?period=2026", "period"),
    ("/api/v1/places/communities?street=x", "street"),
]


@pytest.mark.parametrize(("path", "name"), QUERIES, ids=lambda part: part[:48])
async def test_a_wrong_parameter_is_named(steady_door: Door, path: str, name: str) -> None:
    answer = await steady_door.call("district_admin", "GET", path.format(zhao=steady_door.district.zhao))
    assert answer.status_code == 400, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [name], answer.text


async def test_nobody_reports_before_he_joined(steady_door: Door) -> None:
    body = a_case(steward="0140001", reported_at="2025-11-23T09:30:00+08:00")
    answer = await steady_door.call("integrator", "POST", "/api/v1/cases", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] in {"/reported_at", "/steward"}


STEWARDS: list[tuple[dict[str, Any], str]] = [
    ({"joined_on": "2026-02-29"}, "/joined_on"),
    ({"joined_on": "2026-02-28T00:00:00Z"}, "/joined_on"),
    ({"joined_on": 20260101}, "/joined_on"),
    ({"community": "nowhere"}, "/community"),
    ({"lanes": "014-02-01"}, "/lanes"),
    ({"lanes": ["nowhere"]}, "/lanes"),
    ({"number": "a b"}, "/number"),
    ({"name": "赵\u202e示例"}, "/name"),
    ({"phone": "call me"}, "/phone"),
    ({"consents": ["everything"]}, "/consents/0"),
    ({"role": "district_admin"}, "/role"),
    ({"pin_hash": "x"}, "/pin_hash"),
    ({"status": "left"}, "/status"),
]


@pytest.mark.parametrize(("changes", "pointer"), STEWARDS, ids=lambda part: str(part)[:40])
async def test_a_wrong_field_of_a_steward_is_named(steady_door: Door, changes: dict[str, Any], pointer: str) -> None:
    body = {"number": "0140098", "name": "李示例", "community": "014-02", "joined_on": "2026-10-01", **changes}
    before = await rows(steady_door)
    answer = await steady_door.call("street_admin", "POST", "/api/v1/stewards", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await rows(steady_door) == before


@pytest.mark.parametrize("changes", [{"name": None}, {"status": None}, {"joined_on": None}, {"community": None}])
async def test_what_has_to_stand_cannot_be_emptied(steady_door: Door, changes: dict[str, Any]) -> None:
    answer = await steady_door.call(
        "street_admin",
        "PATCH",
        f"/api/v1/stewards/{steady_door.district.zhao}",
        json=changes,
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/" + next(iter(changes))


async def test_a_fault_reads_in_chinese_or_english_as_asked(steady_door: Door) -> None:
    body = a_case(category=..., points=1)
    chinese = await steady_door.call("integrator", "POST", "/api/v1/cases", json=body)
    english = await steady_door.call("integrator", "POST", "/api/v1/cases?lang=en", json=body)
    header = await steady_door.call(
        "integrator", "POST", "/api/v1/cases", json=body, headers={"Accept-Language": "fr, en;q=0.8, zh;q=0.5"}
    )
    assert chinese.json()["errors"] == [
        {"pointer": "/category", "code": "missing", "detail": "缺少这一项。"},
        {"pointer": "/points", "code": "extra_forbidden", "detail": "不认识这个字段。"},
    ]
    assert english.json()["errors"][0]["detail"] == "Missing."
    assert header.json()["detail"] == english.json()["detail"]
    assert english.json()["title"] == "The request is wrong"


@pytest.mark.parametrize(
    "spelling",
    [
        "2026-11-23T09:30:00+08:00",
        "2026-11-23T01:30:00Z",
        "2026-11-23t01:30:00.000z",
        "2026-11-22T20:30:00-05:00",
    ],
)
async def test_one_instant_counts_alike_however_it_is_spelt(steady_door: Door, spelling: str) -> None:
    first = await steady_door.call("integrator", "POST", "/api/v1/cases", json=a_case(external_id="one-instant"))
    answer = await steady_door.call(
        "integrator", "POST", "/api/v1/cases", json=a_case(external_id="one-instant", reported_at=spelling)
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == first.json()["id"]


async def test_two_thousand_rows_are_too_many_for_one_request(steady_door: Door) -> None:
    for field, size in (("cases", 1_001), ("cases", 0)):
        answer = await steady_door.call("integrator", "POST", "/api/v1/cases/bulk", json={field: [{}] * size})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/cases"
