"""The permission table: complete, narrow by scope, and the same for single questions as for lists."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import new_id
from stewards.permissions import (
    OWN_ONLY,
    PERMISSIONS,
    PLACELESS,
    Action,
    NotAllowed,
    SignInNeeded,
    may,
    may_at_any,
    require,
)
from stewards.principal import Grant, Place, Principal, steward_principal, system_principal
from stewards.reach import reach
from stewards.roles import STAFF_ROLES, Role, ScopeKind
from tests.stewards.builders import DONGSI, ERTIAO, FUGUANG, GUANGMING, LONGTAN, SITIAO, XILI

HERE = Place(street_id=LONGTAN, community_id=GUANGMING, lane_id=FUGUANG)
THERE = Place(street_id=DONGSI, community_id=ERTIAO, lane_id=SITIAO)


def staff(*grants: Grant) -> Principal:
    return Principal(kind="staff", id=new_id(), name="孙演示", grants=grants)


def test_every_action_has_its_row() -> None:
    assert set(PERMISSIONS) == set(Action)
    assert all(PERMISSIONS.values())


def test_what_is_for_nobody_in_particular_is_not_own_only() -> None:
    assert not OWN_ONLY & PLACELESS
    assert all(Role.STEWARD in PERMISSIONS[action] for action in OWN_ONLY)


@pytest.mark.parametrize("action", list(Action))
def test_anonymous_callers_may_only_what_is_public(action: Action) -> None:
    assert may(None, action) == (action is Action.PUBLIC)
    assert may(None, action, HERE) == (action is Action.PUBLIC)


@pytest.mark.parametrize("action", list(Action))
def test_a_machine_for_screens_sees_nothing_personal(action: Action) -> None:
    display = Principal(
        kind="display", id=new_id(), name="大屏", grants=(Grant(Role.DISPLAY, ScopeKind.STREET, LONGTAN),)
    )
    allowed = {
        *(Action.PUBLIC, Action.BOARDS_READ, Action.RULES_READ, Action.PLACES_READ, Action.DRAWS_READ),
        Action.SCHEMES_READ,
        Action.CALENDAR_READ,
    }
    assert may(display, action) == (action in allowed)


@pytest.mark.parametrize(
    ("grant", "here", "there"),
    [
        (Grant(Role.DISTRICT_ADMIN, ScopeKind.DISTRICT), True, True),
        (Grant(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN), True, False),
        (Grant(Role.COMMUNITY_STAFF, ScopeKind.COMMUNITY, GUANGMING), True, False),
        (Grant(Role.LANE_CHIEF, ScopeKind.LANE, FUGUANG), True, False),
        (Grant(Role.LANE_CHIEF, ScopeKind.LANE, XILI), False, False),
        (Grant(Role.STREET_ADMIN, ScopeKind.STREET, None), False, False),
    ],
)
def test_staff_verify_in_their_own_scope_only(grant: Grant, here: bool, there: bool) -> None:
    caller = staff(grant)
    assert may(caller, Action.CASES_VERIFY, HERE) == here
    assert may(caller, Action.CASES_VERIFY, THERE) == there
    assert may(caller, Action.CASES_VERIFY)


def test_a_role_in_one_place_does_not_lend_its_rights_to_another_place() -> None:
    caller = staff(Grant(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN), Grant(Role.LANE_CHIEF, ScopeKind.LANE, SITIAO))
    assert may(caller, Action.POINTS_REVERSE, HERE)
    assert not may(caller, Action.POINTS_REVERSE, THERE)
    assert may(caller, Action.CASES_VERIFY, THERE)


def test_only_the_district_publishes_rules_and_hands_out_keys() -> None:
    for action in (Action.RULES_PUBLISH, Action.STAFF_EDIT, Action.KEYS_EDIT):
        assert PERMISSIONS[action] == {Role.DISTRICT_ADMIN}


def test_nobody_but_staff_verifies_returns_rejects_or_reopens() -> None:
    for action in (
        Action.CASES_VERIFY,
        Action.CASES_RETURN,
        Action.CASES_REJECT,
        Action.CASES_DUPLICATE,
        Action.CASES_REOPEN,
        Action.POINTS_REVERSE,
    ):
        assert PERMISSIONS[action] <= STAFF_ROLES


@pytest.mark.parametrize("action", sorted(OWN_ONLY))
def test_a_steward_sees_own_data_and_nobody_elses(action: Action) -> None:
    me, other = new_id(), new_id()
    caller = steward_principal(me, "赵示例")
    assert may(caller, action)
    assert may(caller, action, HERE, me)
    assert not may(caller, action, HERE, other)
    assert not may(caller, action, steward_id=other)
    assert not may(caller, action, HERE)


def test_the_system_may_whatever_staff_may() -> None:
    personal = {action for action, roles in PERMISSIONS.items() if not roles & STAFF_ROLES}
    assert all(may(system_principal(), action, HERE) for action in Action if action not in personal)


def test_refusals_say_whether_to_sign_in_or_to_give_up() -> None:
    with pytest.raises(SignInNeeded):
        require(None, Action.CASES_VERIFY, HERE)
    with pytest.raises(NotAllowed):
        require(steward_principal(new_id(), "赵示例"), Action.CASES_VERIFY, HERE)
    require(system_principal(), Action.CASES_VERIFY, HERE)


def test_one_of_several_places_is_enough() -> None:
    chief = staff(Grant(Role.LANE_CHIEF, ScopeKind.LANE, SITIAO))
    assert may_at_any(chief, Action.STEWARDS_READ, [HERE, THERE])
    assert not may_at_any(chief, Action.STEWARDS_READ, [HERE])


scoped = st.sampled_from(
    [
        (ScopeKind.DISTRICT, None),
        (ScopeKind.STREET, LONGTAN),
        (ScopeKind.STREET, DONGSI),
        (ScopeKind.COMMUNITY, GUANGMING),
        (ScopeKind.COMMUNITY, ERTIAO),
        (ScopeKind.LANE, FUGUANG),
        (ScopeKind.LANE, SITIAO),
    ]
)
grants = st.builds(lambda role, scope: Grant(role, *scope), st.sampled_from(sorted(set(Role) - {Role.STEWARD})), scoped)


@given(st.lists(grants, max_size=4), st.sampled_from(list(Action)), st.sampled_from([HERE, THERE]))
def test_a_list_reaches_exactly_what_single_questions_allow(held: list[Grant], action: Action, place: Place) -> None:
    caller = staff(*held)
    found = reach(caller, action)
    reached = (
        found.everything
        or place.street_id in found.street_ids
        or place.community_id in found.community_ids
        or place.lane_id in found.lane_ids
    )
    assert reached == may(caller, action, place)
    assert found.nothing == (not may(caller, action))


@pytest.mark.parametrize("action", list(Action))
def test_a_stewards_list_reaches_own_rows(action: Action) -> None:
    me: UUID = new_id()
    found = reach(steward_principal(me, "赵示例"), action)
    about_others = {Action.TITLES_OBJECT, Action.PEERS_JUDGE}  # what stewards say of others has no list
    assert found.steward_id == (me if action in OWN_ONLY | about_others else None)
    assert found.everything == (action in PLACELESS)
    assert reach(None, action).nothing == (action is not Action.PUBLIC)
