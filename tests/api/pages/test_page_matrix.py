"""Every page and form by every role: whom its action is not for is refused, and foreign things do not exist."""

import pytest

from stewards.permissions import PERMISSIONS
from tests.api.door import Door
from tests.api.routes import UNKNOWN, declared
from tests.api.test_access import EVERYBODY, ROLE_OF
from tests.api.things import things_of

HTML = {"Accept": "text/html"}
FOREIGN = ("case_id", "steward_id", "appeal_id", "order_id")
STRANGERS = ("other_street_admin", "other_steward")


class _Named(dict[str, str]):
    """Names in a path; those that are not given are nobody's."""

    def __missing__(self, name: str) -> str:
        return UNKNOWN if name.endswith("_id") else "1"


def pages(door: Door) -> list[tuple[str, str, str]]:
    """Each page and form that is not for everybody: method, path with names in it, action."""
    return sorted(
        (method, path.replace(":uuid", "").replace(":int", "").replace(":str", ""), action)
        for (method, path), action in declared(door.app).items()
        if not path.startswith("/api/") and action is not None
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_page_and_form_refuses_whom_its_action_is_not_for(door: Door) -> None:
    asked = 0
    for method, path, action in pages(door):
        address = path.format_map(_Named())
        answer = await door.call(None, method, address, headers=HTML)
        assert answer.status_code == (303 if method == "GET" else 401), (method, path)
        for name in EVERYBODY:
            if ROLE_OF.get(name, name) not in PERMISSIONS[action]:
                answer = await door.call(name, method, address, headers=HTML)
                assert answer.status_code == 403, (method, path, name, answer.status_code)
                asked += 1
    assert asked > 500


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_foreign_answers_on_every_page_as_what_does_not_exist(door: Door) -> None:
    things = await things_of(door)
    tables = ("cases_event", "points_transfer", "rewards_order", "kernel_outbox")
    before = [await door.count(table) for table in tables]
    for method, path, _ in pages(door):
        if not any(f"{{{name}}}" in path for name in FOREIGN):
            continue
        for name in STRANGERS:
            said = []
            for known in (things, dict.fromkeys(things, UNKNOWN)):
                answer = await door.call(name, method, path.format_map(_Named(known)), headers=HTML)
                said.append((answer.status_code, answer.headers.get("location", "").partition("?")[0]))
            assert said[0] == said[1], (method, path, name, said)
            assert said[0][0] in {400, 403, 404, 422}, (method, path, name, said)
    assert [await door.count(table) for table in tables] == before
