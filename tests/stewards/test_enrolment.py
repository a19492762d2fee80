"""Stewards are enrolled once by number, in batches, and edited by the version that was read."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.models import AuditRow
from kernel.text import TextNotAllowed, TextTooLong
from stewards.consents import ConsentWish, consents_of, save_consents
from stewards.editing import EditSteward, StewardEdited, edit_steward
from stewards.enrolment import Enrolled, NewSteward, enrol_stewards
from stewards.models import LaneDuty, Steward
from stewards.refusals import (
    AlreadyEnrolled,
    ConsentUnknown,
    DatesReversed,
    LaneNotValid,
    LaneUnknown,
    LeavingDateNeeded,
    NumberNotAllowed,
    PhoneNotAllowed,
    PlaceUnknown,
    StatusUnknown,
    StewardChanged,
    StewardUnknown,
)
from tests.stewards.builders import DONGSI, ERTIAO, NOON, a_district, a_steward, count, doing


async def the_steward(database: Database, steward_id: UUID) -> dict[str, object]:
    (row,) = await (await database.reader()).rows(Steward, "WHERE id = $1", steward_id)
    return dict(row)


async def test_enrolling_again_adds_nothing(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward(lanes=("014-01-01",), consents=("full_name",)))
    before = await count(database, "kernel_audit")
    (again,) = await doing(database, enrol_stewards, [a_steward(lanes=("014-01-01",), consents=("full_name",))])
    assert again == Enrolled(steward_id=steward_id, number="0140001", repeated=True)
    assert await count(database, "stewards_lane_duty") == 1
    assert await count(database, "stewards_consent") == 1
    assert await count(database, "kernel_audit") == before


async def test_a_pin_is_set_where_there_is_none_and_never_replaced(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    for pin_hash in ("first", "second"):
        await doing(database, enrol_stewards, [a_steward(pin_hash=pin_hash)])
    assert (await the_steward(database, steward_id))["pin_hash"] == "first"


async def test_a_taken_number_with_other_data_is_refused(database: Database) -> None:
    await a_district(database, a_steward())
    (refused,) = await doing(database, enrol_stewards, [a_steward(name="钱样本")])
    assert isinstance(refused, AlreadyEnrolled)
    assert refused.pointer == "/number"


async def test_a_number_twice_in_a_batch_is_enrolled_once(database: Database) -> None:
    await a_district(database)
    outcomes = await doing(database, enrol_stewards, [a_steward(), a_steward(), a_steward(name="钱样本")])
    first, second, third = outcomes
    assert isinstance(first, Enrolled)
    assert second == Enrolled(steward_id=first.steward_id, number="0140001", repeated=True)
    assert isinstance(third, AlreadyEnrolled)
    assert await count(database, "stewards_steward") == 1


@pytest.mark.parametrize(
    ("wish", "refusal", "pointer"),
    [
        (a_steward(number=""), NumberNotAllowed, "/number"),
        (a_steward(number="01 40"), NumberNotAllowed, "/number"),
        (a_steward(number="0" * 21), NumberNotAllowed, "/number"),
        (a_steward(number="０１４"), NumberNotAllowed, "/number"),
        (a_steward(number="014\0"), NumberNotAllowed, "/number"),
        (a_steward(name="赵\u202e示例"), TextNotAllowed, "/name"),
        (a_steward(name="赵\0示例"), TextNotAllowed, "/name"),
        (a_steward(name="赵" * 65), TextTooLong, "/name"),
        (a_steward(community_code="nowhere"), PlaceUnknown, "/community"),
        (a_steward(phone="call me"), PhoneNotAllowed, "/phone"),
        (a_steward(status="asleep"), StatusUnknown, "/status"),
        (a_steward(status="left"), LeavingDateNeeded, "/left_on"),
        (a_steward(left_on=date(2026, 5, 1)), LeavingDateNeeded, "/left_on"),
        (a_steward(status="left", left_on=date(2026, 1, 4)), DatesReversed, "/left_on"),
        (a_steward(lanes=("nowhere",)), LaneUnknown, "/lanes"),
        (a_steward(lanes=("006-01-02",)), LaneNotValid, "/lanes"),
        (a_steward(consents=("shoe_size",)), ConsentUnknown, "/consents"),
    ],
)
async def test_wrong_fields_are_named_and_harm_no_other_row(
    database: Database, wish: NewSteward, refusal: type[Refusal], pointer: str
) -> None:
    await a_district(database)
    refused, enrolled = await doing(database, enrol_stewards, [wish, a_steward("0140002")])
    assert (type(refused), refused.pointer) == (refusal, pointer)
    assert isinstance(enrolled, Enrolled)
    assert await count(database, "stewards_steward") == 1
    assert await count(database, "stewards_lane_duty") == 0


async def test_a_thousand_are_enrolled_at_once(database: Database) -> None:
    await a_district(database)
    wishes = [a_steward(f"014{at:04}", lanes=("014-01-01", "014-02-01")) for at in range(1000)]
    outcomes = await doing(database, enrol_stewards, wishes)
    assert all(isinstance(outcome, Enrolled) and not outcome.repeated for outcome in outcomes)
    assert await count(database, "stewards_steward") == 1000
    assert await count(database, "stewards_lane_duty") == 2000


async def test_the_same_batch_from_two_sides_at_once_is_enrolled_once(database: Database) -> None:
    await a_district(database)
    wishes = [a_steward(f"014{at:04}") for at in range(50)]
    both = await asyncio.gather(
        doing(database, enrol_stewards, wishes), doing(database, enrol_stewards, list(reversed(wishes)))
    )
    assert all(isinstance(outcome, Enrolled) for outcomes in both for outcome in outcomes)
    assert await count(database, "stewards_steward") == 50


async def edited(database: Database, wish: EditSteward) -> StewardEdited:
    return await database.run(lambda tx: edit_steward(tx, wish, by=SYSTEM, now=NOON))


async def test_an_edit_raises_the_version_and_tells_the_audit_which_fields_but_not_their_values(
    database: Database,
) -> None:
    (steward_id,) = await a_district(database, a_steward())
    done = await edited(
        database, EditSteward(steward_id=steward_id, expected_version=1, name="单示例", phone="000-0000-0001")
    )
    assert (done.version, done.changed) == (2, ("initials", "name", "phone", "pinyin"))
    row = await the_steward(database, steward_id)
    assert (row["name"], row["initials"], row["phone"], row["version"]) == ("单示例", "ssl", "000-0000-0001", 2)
    (audit,) = await (await database.reader()).rows(AuditRow, "WHERE action = 'stewards.edited'")
    assert "name" in audit["detail"]
    assert "单" not in audit["detail"]
    assert "0001" not in audit["detail"]


async def test_an_edit_of_what_someone_else_has_changed_is_refused(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    await edited(database, EditSteward(steward_id=steward_id, expected_version=1, phone="000-0000-0001"))
    with pytest.raises(StewardChanged) as refused:
        await edited(database, EditSteward(steward_id=steward_id, expected_version=1, phone="000-0000-0002"))
    assert refused.value.params == {"version": 2}
    assert (await the_steward(database, steward_id))["phone"] == "000-0000-0001"


async def test_of_many_edits_of_one_version_exactly_one_succeeds(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    outcomes = await asyncio.gather(
        *(
            edited(database, EditSteward(steward_id=steward_id, expected_version=1, phone=f"000-0000-{at:04}"))
            for at in range(8)
        ),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["StewardChanged"] * 7 + ["StewardEdited"]


async def test_an_edit_that_changes_nothing_keeps_the_version(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    done = await edited(database, EditSteward(steward_id=steward_id, name="赵示例"))
    assert (done.version, done.changed) == (1, ())


async def test_a_phone_can_be_emptied(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward(phone="000-0000-0001"))
    await edited(database, EditSteward(steward_id=steward_id, phone=None))
    assert (await the_steward(database, steward_id))["phone"] is None


async def test_a_move_to_another_community_changes_the_street_too(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    await edited(database, EditSteward(steward_id=steward_id, community_code="006-01"))
    row = await the_steward(database, steward_id)
    assert (row["street_id"], row["community_id"]) == (DONGSI, ERTIAO)


async def test_who_leaves_looks_after_lanes_until_the_last_day(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward(lanes=("014-01-01",)))
    await edited(database, EditSteward(steward_id=steward_id, status="left", left_on=date(2026, 11, 30)))
    (duty,) = await (await database.reader()).rows(LaneDuty)
    assert duty["to_on"] == date(2026, 11, 30)


async def test_an_unknown_steward_cannot_be_edited(database: Database) -> None:
    with pytest.raises(StewardUnknown):
        await edited(database, EditSteward(steward_id=new_id(), name="赵示例"))


async def test_an_edit_at_fault_names_its_field_and_changes_nothing(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    with pytest.raises(LeavingDateNeeded) as refused:
        await edited(database, EditSteward(steward_id=steward_id, name="钱样本", status="left"))
    assert refused.value.pointer == "/left_on"
    assert (await the_steward(database, steward_id))["name"] == "赵示例"


async def test_consents_are_given_and_withdrawn_with_their_dates(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())

    async def consent(field: str, granted: bool) -> object:
        return await doing(database, save_consents, [ConsentWish(steward_id=steward_id, field=field, granted=granted)])

    await consent("full_name", granted=True)
    await consent("full_name", granted=True)
    reader = await database.reader()
    assert await consents_of(reader, [steward_id]) == {steward_id: {"full_name"}}
    await consent("full_name", granted=False)
    assert await consents_of(reader, [steward_id]) == {steward_id: frozenset()}
    rows = await reader.fetch("SELECT withdrawn_at FROM stewards_consent")
    assert len(rows) == 1
    assert rows[0]["withdrawn_at"] is not None
    assert await count(database, "kernel_audit") == len(await reader.rows(AuditRow))
    told = [row["action"] for row in await reader.rows(AuditRow, "WHERE action LIKE 'stewards.consent%' ORDER BY id")]
    assert told == ["stewards.consent_given", "stewards.consent_withdrawn"]


async def test_a_consent_given_and_withdrawn_in_one_batch_leaves_none(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    outcomes = await doing(
        database,
        save_consents,
        [
            ConsentWish(steward_id=steward_id, field="phone", granted=True),
            ConsentWish(steward_id=steward_id, field="phone", granted=False),
            ConsentWish(steward_id=steward_id, field="shoe_size", granted=True),
            ConsentWish(steward_id=new_id(), field="phone", granted=True),
        ],
    )
    assert [getattr(outcome, "changed", None) for outcome in outcomes[:2]] == [True, True]
    assert isinstance(outcomes[2], ConsentUnknown)
    assert isinstance(outcomes[3], StewardUnknown)
    assert await count(database, "stewards_consent") == 0
