"""What residents see: left without an account, made a case once or set aside with a reason, forgotten in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cases.evidence import evidence_of
from cases.models import Sighting
from cases.sighting import (
    LeaveSighting,
    SetSightingAside,
    SightingLeft,
    SightingStands,
    TakeSighting,
    forget_sightings,
    leave_sightings,
    set_sightings_aside,
    take_sightings,
)
from cases.sighting_reading import own_sighting, show_sighting, waiting_sightings
from kernel.errors import Refusal
from kernel.models import StoredFile
from stewards.principal import Principal
from tests.cases.district import (
    DONGSI_ADMIN,
    LONGTAN_ADMIN,
    XILI_CHIEF,
    District,
    a_step,
    codes,
)
from tests.stewards.builders import NOON

LAMP = LeaveSighting(lane_code="014-02-01", text="路灯不亮", address="公厕东边")
PICTURE = "ab" * 32


async def left(district: District, *wishes: LeaveSighting) -> list[SightingLeft]:
    outcomes = await district.database.run(lambda tx: leave_sightings(tx, wishes, now=NOON))
    return [outcome for outcome in outcomes if isinstance(outcome, SightingLeft)]


def taking(one: SightingLeft, by: Principal = LONGTAN_ADMIN, **more: Any) -> TakeSighting:
    return TakeSighting(sighting_id=one.sighting_id, category="light_noise", caller=by, **more)


async def take(district: District, *wishes: TakeSighting) -> list[SightingStands | Refusal]:
    return await district.database.run(lambda tx: take_sightings(tx, wishes, now=NOON + timedelta(hours=1)))


async def set_aside(
    district: District, one: SightingLeft, reason: str, by: Principal = LONGTAN_ADMIN
) -> SightingStands | Refusal:
    wish = SetSightingAside(sighting_id=one.sighting_id, reason=reason, caller=by)
    [outcome] = await district.database.run(lambda tx: set_sightings_aside(tx, [wish], now=NOON))
    return outcome


async def test_unfit_ones_are_refused_by_field_and_harm_no_other(district: District) -> None:
    wrong = [
        replace(LAMP, lane_code="nowhere"),
        replace(LAMP, lane_code="\0"),
        replace(LAMP, text=" "),
        replace(LAMP, text="路灯\u202e不亮"),
        replace(LAMP, contact="000-0000-0001"),
    ]
    outcomes = await district.database.run(lambda tx: leave_sightings(tx, [LAMP, *wrong, LAMP], now=NOON))
    refused = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    unknown = ["sighting_lane_unknown"] * 2
    assert refused == [*unknown, "text_missing", "text_character_not_allowed", "contact_not_agreed"]
    kept = [outcome.number for outcome in outcomes if isinstance(outcome, SightingLeft)]
    assert kept == ["F2611230001", "F2611230002"]
    assert await district.count("cases_sighting") == 2


async def test_one_becomes_a_case_once_with_its_picture_and_somebody_else_verifies_it(district: District) -> None:
    file = {"sha256": PICTURE, "media_type": "image/jpeg", "size_bytes": 1, "stored_at": NOON}
    await district.database.run(lambda tx: tx.insert(StoredFile, [file]))
    [one] = await left(district, replace(LAMP, picture_sha256=PICTURE))
    foreign, done, again = await take(district, taking(one, DONGSI_ADMIN), taking(one), taking(one, XILI_CHIEF))
    assert isinstance(foreign, Refusal)
    assert foreign.code == "unknown_sighting"
    assert isinstance(again, Refusal)
    assert again.code == "sighting_decided"
    assert isinstance(done, SightingStands)
    assert done.case is not None
    row = await district.row(done.case.case_id)
    assert (row["channel"], row["steward_id"], row["reported_at"]) == ("resident", district.zhao, NOON)
    reader = await district.database.reader()
    assert [file.file_sha256 for file in (await evidence_of(reader, [row["id"]]))[row["id"]]] == [PICTURE]
    later = NOON + timedelta(hours=2)
    assert codes(await district.handle(a_step(done.case, "verify"), now=later)) == ["own_report"]
    assert codes(await district.handle(a_step(done.case, "verify", by=XILI_CHIEF), now=later)) == ["verified"]
    own = await own_sighting(reader, one.secret)
    assert own is not None
    assert (own.state, own.case_state, own.case_number) == ("taken", "verified", done.case.number)
    assert await own_sighting(reader, "guess") is None
    await district.check()


async def test_what_no_case_can_be_made_of_is_refused_and_goes_on_waiting(district: District) -> None:
    [one] = await left(district, LAMP)
    wrong = [replace(taking(one), category="nothing"), taking(one, steward_number="999")]
    for wish in wrong:
        [outcome] = await take(district, wish)
        assert isinstance(outcome, Refusal), wish
    unknown = await set_aside(district, one, "boring")
    assert isinstance(unknown, Refusal)
    assert unknown.code == "unknown_reason"
    assert await district.count("cases_case") == 0
    [waiting] = await waiting_sightings(await district.database.reader(), XILI_CHIEF, limit=5)
    assert waiting.number == one.number


async def test_one_that_is_set_aside_says_why_to_its_browser_and_is_seen_by_staff_of_the_place_alone(
    district: District,
) -> None:
    [one] = await left(district, LAMP)
    reader = await district.database.reader()
    assert await waiting_sightings(reader, DONGSI_ADMIN, limit=5) == []
    assert await show_sighting(reader, DONGSI_ADMIN, one.sighting_id) is None
    assert await show_sighting(reader, XILI_CHIEF, one.sighting_id) is not None
    assert isinstance(await set_aside(district, one, "call_12345", DONGSI_ADMIN), Refusal)
    assert isinstance(await set_aside(district, one, "call_12345"), SightingStands)
    assert isinstance(await set_aside(district, one, "known"), Refusal)
    own = await own_sighting(reader, one.secret)
    assert own is not None
    assert (own.state, own.reason) == ("set_aside", "call_12345")
    assert await waiting_sightings(reader, LONGTAN_ADMIN, limit=5) == []


async def test_a_contact_is_forgotten_a_month_after_and_the_words_a_year_after(district: District) -> None:
    reachable = replace(LAMP, contact="000-0000-0001", contact_agreed=True)
    decided, waiting = await left(district, reachable, reachable)
    await set_aside(district, decided, "known")

    async def kept(days: int) -> list[tuple[bool, bool]]:
        await district.database.run(lambda tx: forget_sightings(tx, now=NOON + timedelta(days=days)))
        rows = await (await district.database.reader()).rows(Sighting, "ORDER BY number")
        return [(row["contact"] is not None, row["text"] != "") for row in rows]

    assert await kept(30) == [(True, True), (True, True)]
    assert await kept(31) == [(False, True), (True, True)]
    assert await kept(181) == [(False, True), (False, True)]
    assert await kept(366) == [(False, False), (False, True)]
    assert waiting.number == "F2611230002"
