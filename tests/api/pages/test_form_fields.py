"""Forms: what a page's form does not have is refused on every write, and what it has is what its route states."""

import re
from collections.abc import Collection, Mapping

import pytest

from api.access import stated_routes
from api.form_fields import ANY, FORM, UnknownField, is_known, refuse_unknown
from stewards.permissions import PERMISSIONS
from tests.api.door import ZHAO_LANE, Door
from tests.api.pages.page_forms import fields_sent
from tests.api.pages.test_canaries import paths_of
from tests.api.routes import UNKNOWN, declared
from tests.api.test_access import EVERYBODY, ROLE_OF
from tests.api.test_evaluation import a_link
from tests.api.test_peers import asked, judge
from tests.api.test_personal_data import everything
from tests.api.things import things_of

HTML = {"Accept": "text/html"}
STRANGE = {"unasked": "1"}
OF_PEERS = "/me/peers/{steward_id}"


def forms(door: Door) -> dict[str, Collection[str]]:
    """The fields that each page's write states, by its path."""
    return {
        path: handler.opt[FORM]
        for method, path, handler in stated_routes(door.app)
        if method not in {"GET", "HEAD"} and not path.startswith("/api/")
    }


class _Named(dict[str, str]):
    """Names in a path; those that are not given are nobody's."""

    def __missing__(self, name: str) -> str:
        return UNKNOWN if name.endswith("_id") else "1"


def filled(path: str, things: Mapping[str, str]) -> str:
    return path.format_map(_Named(things))


def caller_of(door: Door, path: str) -> str | None:
    """Somebody who may do it."""
    action = declared(door.app)["POST", path]
    return action and next(name for name in EVERYBODY if ROLE_OF.get(name, name) in PERMISSIONS[action])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_form_refuses_a_field_that_it_does_not_have_and_changes_nothing(door: Door) -> None:
    things = await things_of(door)
    rating = await a_link(door)
    await door.settle()
    real = {
        "/rate/{token}": rating,
        "/rate/{kind}/{code}": f"/rate/lanes/{ZHAO_LANE}",
        "/rate/{kind}/{code}/{steward_id}": f"/rate/lanes/{ZHAO_LANE}/{door.district.zhao}",
        "/admin/titles/lists/{list_id}/{step}": f"/admin/titles/lists/{UNKNOWN}/review",
    }
    found = forms(door)
    assert {path for path, fields in found.items() if fields == ANY} == real.keys() | {OF_PEERS}
    before = await everything(door)
    for path in found.keys() - {OF_PEERS}:
        role, address = caller_of(door, path), real.get(path) or filled(path, things)
        if path.startswith("/rate/"):
            await door.call(None, "GET", address, headers=HTML)  # who opened the form has its cookie
        for language, words in (("zh-CN", "没有“unasked”这一项"), ("en", "no field “unasked”")):
            headers = {**HTML, "Accept-Language": language}
            answer = await door.call(role, "POST", address, headers=headers, data=STRANGE)
            assert answer.status_code == 422, (path, answer.status_code, answer.text[-400:])
            assert words in answer.text, path
        packed = await door.call(role, "POST", address, headers=HTML, files={"unasked": ("a.txt", b"1")})
        assert packed.status_code == 422, path
    assert len(found) > 100
    assert await everything(door) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_ballot_on_a_peer_has_the_marks_that_are_asked_for_and_no_more(door: Door) -> None:
    await asked(door)
    for more in (STRANGE, {"satisfaction": "5"}):
        refused = await judge(door, teamwork="80", **more)
        assert refused.status_code == 422
        assert f"没有“{next(iter(more))}”这一项" in refused.text
    assert await door.count("evaluation_ballot") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_form_that_is_shown_sends_what_its_route_states(door: Door) -> None:
    things = await things_of(door)
    for at in range(2):
        await door.reported(external_id=f"open-{at}")
    await door.settle()
    stated = forms(door)
    seen: set[str] = set()
    for role in (None, "steward", "other_steward", "lane_chief", "street_admin", "district_admin", "partner"):
        for path in (*paths_of(door, things, api=False), "/admin/cases?open=" + things["case_id"], "/partner"):
            door.client.cookies.clear()
            answer = await door.call(role, "GET", path, headers=HTML)
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            for action, names in fields_sent(answer.text, path).items():
                route = route_of(action, stated)
                assert [name for name in names if name != "_csrf" and not is_known(name, stated[route])] == [], route
                seen.add(route)
    assert len(seen) > 60, sorted(stated.keys() - seen)


def route_of(action: str, paths: Collection[str]) -> str:
    """The route that an action leads to: the one with the fewest names in its path."""
    fitting = [path for path in paths if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), action)]
    return min(fitting, key=lambda path: path.count("{"))


async def test_a_machine_is_told_which_field(door: Door) -> None:
    sent = {"pin": "246813", "a/b\u202e": "1"}
    path = f"/admin/stewards/{door.district.zhao}/pin"
    answer = await door.call("street_admin", "POST", path, data=sent)
    assert answer.status_code == 422
    said = answer.json()
    assert (said["code"], said["errors"][0]["pointer"]) == ("unknown_field", "/a~1b\u202e")
    assert "a/b\ufffd" in said["detail"]


async def test_what_a_screen_says_has_no_further_fields(door: Door) -> None:
    answer = await door.call("display", "POST", "/display/seen", json={"screen": "1x1", "unasked": 1})
    assert answer.status_code in {400, 401}


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("points", ("points", "note"), True),
        ("point", ("points", "note"), False),
        ("points2", ("points",), False),
        ("c-1", ("c-*",), True),
        ("c", ("c-*",), False),
        ("q12", ("q[1-9]*",), True),
        ("quantity", ("q[1-9]*",), False),
        ("Points", ("points",), False),
        ("q[1-9]x", ("q[1-9]*",), False),
        ("", (), False),
    ],
)
def test_a_field_is_known_by_its_name_or_its_row(name: str, known: tuple[str, ...], expected: bool) -> None:
    assert is_known(name, known) is expected


def test_the_proof_of_the_page_is_part_of_every_form() -> None:
    refuse_unknown(["_csrf"], ())
    with pytest.raises(UnknownField) as refused:
        refuse_unknown(["_csrf", "x" * 60_000], ("*y",))
    assert refused.value.params["field"] == "x" * 64
