"""What a district sets by itself: typed, dated, append-only, the newest of a day counting, over the deployment's."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.database import Database
from kernel.district_settings import KEYS, DistrictSettings
from kernel.documents import DocumentRefused
from kernel.errors import Refusal
from kernel.ids import derived_id
from stewards.district_settings import (
    NoSettingGiven,
    OwnSettings,
    SettingDayUnfit,
    SettingNoteMissing,
    SettingReasonUnknown,
    SettingsChanged,
    SettingsRefused,
    SettingsWish,
    SetValue,
    change_settings,
    read_settings,
    settings_now,
)
from stewards.permissions import NotAllowed
from stewards.principal import Grant, Principal
from stewards.roles import Role, ScopeKind
from stewards.settings_history import settings_history
from tests.stewards.builders import NOON, TODAY

DEFAULTS = DistrictSettings(point_fen=50)
DAY = timedelta(days=1)


def a_member(role: Role = Role.DISTRICT_ADMIN) -> Principal:
    grant = Grant(role=role, scope_kind=ScopeKind.DISTRICT, scope_id=None)
    return Principal(kind="staff", id=derived_id("staff", "zhou"), name="周示例", grants=(grant,))


async def setting(database: Database, values: dict[str, Any], **changed: Any) -> int:
    wish = SettingsWish(**{"values": values, "reason": "meeting", "caller": a_member()} | changed)
    return await database.run(lambda tx: change_settings(tx, wish, now=NOON))


async def test_where_nothing_is_set_the_deployments_settings_hold(database: Database) -> None:
    assert await settings_now(await database.reader(), DEFAULTS, NOON) == DEFAULTS


async def test_the_newest_value_counts_and_every_older_one_stays_on_record(database: Database) -> None:
    assert await setting(database, {"point_fen": 80, "recheck_percent": 7}) == 1
    assert await setting(database, {"point_fen": 90}, reason="other", note="补充协议") == 2
    assert await setting(database, {"recheck_percent": None}, reason="mistake") == 3
    reader = await database.reader()
    now = await settings_now(reader, DEFAULTS, NOON)
    assert (now.point_fen, now.recheck_percent) == (90, DEFAULTS.recheck_percent)
    first, more = await settings_history(reader, limit=3)
    assert more
    assert [(one.number, one.key, one.value, one.note) for one in first] == [
        (3, "recheck_percent", None, None),
        (2, "point_fen", 90, "补充协议"),
        (1, "recheck_percent", 7, None),
    ]
    rest, more = await settings_history(reader, limit=3, starting_after=first[-1].id)
    assert ([(one.key, one.value) for one in rest], more) == ([("point_fen", 80)], False)
    with pytest.raises(Exception, match="append"):
        await database.run(lambda tx: tx.execute("UPDATE stewards_setting_change SET value = '1'"))


async def test_a_value_for_a_later_day_waits_for_it(database: Database) -> None:
    await setting(database, {"point_fen": 120}, from_on=TODAY + 8 * DAY)
    await setting(database, {"point_fen": 60})
    own = await read_settings(await database.reader(), DEFAULTS)
    assert [own.on(day).point_fen for day in (TODAY - DAY, TODAY, TODAY + 7 * DAY, TODAY + 8 * DAY)] == [
        50,
        60,
        60,
        120,
    ]
    assert [(row.key, row.from_on) for row in own.planned(TODAY)] == [("point_fen", TODAY + 8 * DAY)]


async def test_of_two_who_read_the_same_version_the_second_is_refused(database: Database) -> None:
    assert await setting(database, {"point_fen": 80}, expected_version=0) == 1
    with pytest.raises(SettingsChanged):
        await setting(database, {"point_fen": 70}, expected_version=0)
    assert await setting(database, {"point_fen": 70}, expected_version=1) == 2  # a refused one takes no number


@pytest.mark.parametrize(
    ("values", "changed", "refused", "pointer"),
    [
        ({"recheck_percent": 101}, {}, SettingsRefused, "/values/recheck_percent"),
        ({"recheck_percent": "6"}, {}, SettingsRefused, "/values/recheck_percent"),
        ({"recheck_percent": True}, {}, SettingsRefused, "/values/recheck_percent"),
        ({"clerks_second_factor": 1}, {}, SettingsRefused, "/values/clerks_second_factor"),
        ({"office_phone": "打给周示例"}, {}, SettingsRefused, "/values/office_phone"),
        ({"secret_key": "x" * 32}, {}, SettingsRefused, "/values/secret_key"),
        ({"secret_key": None}, {}, SettingsRefused, "/values/secret_key"),
        ({"issuer_name": "\u202e街道"}, {}, Refusal, "/values/issuer_name"),
        ({"issuer_name": " "}, {}, Refusal, "/values/issuer_name"),
        ({}, {}, NoSettingGiven, "/values"),
        ({"point_fen": 1}, {"reason": "why not"}, SettingReasonUnknown, "/reason"),
        ({"point_fen": 1}, {"reason": "other"}, SettingNoteMissing, "/note"),
        ({"point_fen": 1}, {"from_on": TODAY - DAY}, SettingDayUnfit, "/from_on"),
        ({"point_fen": 1}, {"caller": a_member(Role.STREET_ADMIN)}, NotAllowed, None),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_does_not_fit_is_refused_by_its_pointer_and_changes_nothing(
    database: Database, values: dict[str, Any], changed: dict[str, Any], refused: type[Refusal], pointer: str | None
) -> None:
    with pytest.raises(refused) as caught:
        await setting(database, {"burst_most": 20, **values} if values else {}, **changed)
    assert caught.value.pointer == pointer
    if isinstance(caught.value, DocumentRefused):
        assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert (await read_settings(await database.reader(), DEFAULTS)).version == 0


DAYS = st.integers(0, 5).map(lambda days: TODAY + days * DAY)
ROWS = st.lists(st.tuples(st.sampled_from(KEYS[-3:]), st.none() | st.integers(1, 14), DAYS), max_size=12)


@given(ROWS, DAYS)
def test_what_holds_on_a_day_is_what_began_last_by_then(rows: list[tuple[str, int | None, date]], day: date) -> None:
    own = OwnSettings(DEFAULTS, tuple(SetValue(at, *row) for at, row in enumerate(rows, 1)))
    for key in KEYS:
        begun = sorted(
            ((from_on, at, value) for at, (named, value, from_on) in enumerate(rows) if named == key),
            key=lambda one: one[:2],
        )
        begun = [one for one in begun if one[0] <= day]
        expected = begun[-1][2] if begun else None
        assert getattr(own.on(day), key) == (getattr(DEFAULTS, key) if expected is None else expected)
