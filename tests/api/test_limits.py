"""What one request may cost: bodies, fields, parts and values are bounded before anything is made of them."""

import re
import time
from typing import Any

import orjson
import pytest

from api.bodies import BULK_BODY, MOST_FAULTS, SMALL_BODY
from api.errors import Faulty
from api.form_bodies import LONGEST_FORM, MOST_FIELDS, MOST_PARTS
from api.strict_json import parse
from tests.api.door import BASE, Door, a_case

pytestmark = pytest.mark.asyncio(loop_scope="module")

_URL_ENCODED = {"Content-Type": "application/x-www-form-urlencoded", "Origin": BASE}
_JSON = {"Content-Type": "application/json"}
_MULTIPART = {"Content-Type": "multipart/form-data; boundary=line", "Origin": BASE}
_NO_CASE = "01a20778-0000-7000-8000-000000000000"


def _part(name: str, value: bytes, more: bytes = b"") -> bytes:
    return b'--line\r\nContent-Disposition: form-data; name="%s"\r\n%s\r\n%s\r\n' % (name.encode(), more, value)


FORMS: list[tuple[str, dict[str, str], bytes]] = [
    ("bytes", _URL_ENCODED, b"a=" + b"x" * LONGEST_FORM),
    ("fields", _URL_ENCODED, b"&".join(b"%d=" % number for number in range(MOST_FIELDS + 1))),
    ("empty fields", _URL_ENCODED, b"&" * MOST_FIELDS),
    ("parts", _MULTIPART, b"".join(_part(f"a{i}", b"x") for i in range(MOST_PARTS + 1)) + b"--line--\r\n"),
    ("text", _MULTIPART, _part("a", b"x" * LONGEST_FORM + b"x") + b"--line--\r\n"),
    ("text of parts", _MULTIPART, _part("a", b"x" * (LONGEST_FORM // 2 + 1)) * 2 + b"--line--\r\n"),
]


@pytest.mark.parametrize(("headers", "body"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
async def test_a_form_beyond_its_limits_is_refused(steady_door: Door, headers: dict[str, str], body: bytes) -> None:
    answer = await steady_door.client.post("/sign-in", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_form_within_its_limits_is_read(steady_door: Door) -> None:
    body = b"as=&" * (MOST_FIELDS - 1) + b"name=nobody"
    answer = await steady_door.client.post("/sign-in", content=body, headers=_URL_ENCODED)
    assert (answer.status_code, "nobody" in answer.text) == (400, True)


async def test_a_form_that_comes_by_and_by_is_cut_off_at_the_limit(steady_door: Door) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 16_384
            yield b"a=1&" * 4_096

    answer = await steady_door.client.post("/sign-in", content=endless(), headers=_URL_ENCODED)
    assert answer.status_code == 413
    assert sent <= LONGEST_FORM + 2 * 16_384


async def test_millions_of_fields_cost_nothing(steady_door: Door) -> None:
    body = b"&".join(b"%d=" % number for number in range(1_000_000))
    began = time.perf_counter()
    answer = await steady_door.client.post("/sign-in", content=body, headers=_URL_ENCODED)
    assert answer.status_code == 413
    assert time.perf_counter() - began < 2


async def test_the_proof_of_origin_reads_no_larger_form_than_the_page(steady_door: Door) -> None:
    opened = await steady_door.client.post(
        "/api/v1/sessions", json={"kind": "staff", "name": "street_admin", "secret": "jianguomen-2026"}
    )
    headers = {**_URL_ENCODED, "Cookie": f"jinpai_session={opened.json()['token']}"}
    body = b"&".join(b"%d=" % number for number in range(MOST_FIELDS + 1))
    answer = await steady_door.client.post("/sign-out", content=body, headers=headers)
    assert answer.status_code == 413


SMALL_DOORS = [
    (None, "/api/v1/sessions"),
    ("integrator", "/api/v1/cases"),
    ("street_admin", "/api/v1/stewards"),
    ("street_admin", f"/api/v1/cases/{_NO_CASE}/verify"),
]


@pytest.mark.parametrize(("role", "path"), SMALL_DOORS)
async def test_a_small_document_is_all_that_most_doors_take(steady_door: Door, role: str | None, path: str) -> None:
    bomb = b"{" + b",".join(b'"k%d":1' % number for number in range(900_000)) + b"}"
    began = time.perf_counter()
    answer = await steady_door.call(role, "POST", path, content=bomb, headers=_JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("integrator", "/api/v1/cases/bulk"),
        ("street_admin", "/api/v1/cases/bulk/steps"),
        ("district_admin", "/api/v1/points/rules"),
    ],
)
async def test_bulk_doors_and_rules_take_more(steady_door: Door, role: str, path: str) -> None:
    padded = b" " * SMALL_BODY + b"{}"
    assert (await steady_door.call(role, "POST", path, content=padded, headers=_JSON)).status_code == 400
    beyond = b" " * BULK_BODY + b"{}"
    assert (await steady_door.call(role, "POST", path, content=beyond, headers=_JSON)).status_code == 413


async def test_a_thousand_full_rows_fit_in_one_request(steady_door: Door) -> None:
    row = a_case(description="坑，" * 60, address="夕照寺街", latitude=39.88, longitude=116.43, lane="nowhere")
    body = orjson.dumps({"cases": [row | {"external_id": f"full-{number}"} for number in range(1_000)]})
    answer = await steady_door.call("integrator", "POST", "/api/v1/cases/bulk", content=body, headers=_JSON)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.json()["refused"] == 1_000


async def test_of_very_many_faults_the_first_fifty_are_named(steady_door: Door) -> None:
    body = {f"k{number}": 1 for number in range(3_000)}
    answer = await steady_door.call("integrator", "POST", "/api/v1/cases", json=body)
    problem = answer.json()
    assert answer.status_code == 400
    assert len(problem["errors"]) == MOST_FAULTS
    assert re.search(r"3,?00[0-9]", problem["detail"]), problem["detail"]


BOMBS: list[tuple[str, bytes, str]] = [
    ("integers", b"[" + b"1," * 1_000_000 + b"1]", "too_many_values"),
    ("keys", b"{" + b",".join(b'"k%d":1' % number for number in range(200_000)) + b"}", "too_many_values"),
    ("a long text after brackets", b"[" * 70 + b'"' + b"x" * 11_000_000 + b'"' + b"]" * 70, "too_deep"),
    ("an open text of quotes", b"[" * 70 + b'"' + b'\\"' * 1_000_000, "too_deep"),
    ("brackets", b"[],[]," * 400_000, "too_many_values"),
    ("texts of brackets", b"[" + b",".join([b'"[{"'] * 40_000) + b",}", "not_json"),
]


@pytest.mark.parametrize(("raw", "code"), [bomb[1:] for bomb in BOMBS], ids=[bomb[0] for bomb in BOMBS])
async def test_a_document_made_to_be_slow_is_refused_at_once(raw: bytes, code: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Faulty) as refused:
        parse(raw)
    assert refused.value.faults[0].code == code
    assert time.perf_counter() - began < 2


async def test_what_stands_in_a_text_nests_nothing_and_separates_nothing() -> None:
    text = '[{"a": "' + '[{,\\"' * 60_000 + '"}]'
    assert parse(text.encode())[0]["a"] == '[{,"' * 60_000


_NOT_UTF8 = [
    ("half of a pair", _part("name", b"\xed\xa0\x80"), "/name"),
    ("a stray byte", _part("name", b"a\xff"), "/name"),
    ("in another encoding", _part("name", "编号".encode("gb18030")), "/name"),
]


@pytest.mark.parametrize(("body", "pointer"), [form[1:] for form in _NOT_UTF8], ids=[form[0] for form in _NOT_UTF8])
async def test_a_text_field_that_is_not_utf8_is_named(steady_door: Door, body: bytes, pointer: str) -> None:
    answer = await steady_door.client.post("/sign-in", content=body + b"--line--\r\n", headers=_MULTIPART)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_a_text_field_is_utf8_whatever_its_part_says(steady_door: Door) -> None:
    body = _part("name", "编号".encode(), b"Content-Type: text/plain; charset=foo\r\n") + b"--line--\r\n"
    answer = await steady_door.client.post("/sign-in", content=body, headers=_MULTIPART)
    assert (answer.status_code, "编号" in answer.text) == (400, True)


_NO_FORMS = [
    ("multipart/form-data", b"--line\r\n"),
    ("multipart/form-data; boundary=line", _part("name", b"x")),
    ("multipart/form-data; boundary=line", b"--line\r\nno header\r\n\r\nx\r\n--line--\r\n"),
    ("multipart/form-data; boundary=line", b"--line\r\n\xff: x\r\n\r\nx\r\n--line--\r\n"),
    ("multipart/form-data; boundary=line", b""),
]


@pytest.mark.parametrize(("kind", "body"), _NO_FORMS)
async def test_what_is_no_sound_multipart_form_is_refused(steady_door: Door, kind: str, body: bytes) -> None:
    answer = await steady_door.client.post("/sign-in", content=body, headers={"Content-Type": kind, "Origin": BASE})
    assert answer.status_code == 400, answer.text
