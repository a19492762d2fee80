"""Hall screens: codes that nobody guesses, tokens that only the screen gets, and their end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.database import Database
from kernel.errors import Refusal
from rewards.displays.codes import CODE_LASTS, code_of, kept, new_ticket, read_code, ticket_ends_at
from rewards.displays.pairing import (
    CodeMistyped,
    CodeTaken,
    DisplayChanged,
    PairDisplay,
    RevokeDisplay,
    Seen,
    UnknownDisplay,
    UnknownDisplayPlace,
    claim_display,
    note_seen,
    pair_displays,
    revoke_displays,
)
from rewards.displays.reading import display_of, list_displays
from stewards.keys import IssuedToken
from stewards.principal import Principal
from tests.cases.district import DISTRICT_ADMIN, LONGTAN_ADMIN
from tests.stewards.builders import NOON, a_district

KEY = "x" * 40
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def a_code() -> str:
    return code_of(KEY, new_ticket(KEY, now=NOON))


@given(st.integers(0, 6), st.sampled_from(SIGNS))
def test_one_mistyped_sign_is_noticed(at: int, sign: str) -> None:
    code = a_code()
    typed = code[:at] + sign + code[at + 1 :]
    assert read_code(typed) == (code if typed == code else None)


@given(st.integers(0, 5))
def test_two_exchanged_neighbours_are_noticed(at: int) -> None:
    code = a_code()
    typed = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert read_code(typed) == (code if typed == code else None)


def test_a_code_may_be_typed_in_small_letters_with_blanks() -> None:
    code = a_code()
    assert read_code(f" {code[:4].lower()} - {code[4:].lower()}") == code


def test_a_ticket_holds_a_quarter_of_an_hour_and_only_under_its_key() -> None:
    ticket = new_ticket(KEY, now=NOON)
    assert ticket_ends_at(KEY, ticket, now=NOON) == NOON + CODE_LASTS
    assert ticket_ends_at(KEY, ticket, now=NOON + CODE_LASTS) is None
    assert ticket_ends_at("y" * 40, ticket, now=NOON) is None
    for forged in ("", "1.a.b", ticket + "0", "x" + ticket, "é.é.é"):
        assert ticket_ends_at(KEY, forged, now=NOON) is None


async def paired(
    database: Database, code: str, *, by: Principal = LONGTAN_ADMIN, place: str | None = "110101014"
) -> DisplayChanged | Refusal:
    wish = PairDisplay(code=code, name="光明社区大厅", place_code=place, caller=by, secret_key=KEY)
    [outcome] = await database.run(lambda tx: pair_displays(tx, [wish], now=NOON))
    return outcome


async def claimed(database: Database, code: str, *, later: timedelta = timedelta()) -> IssuedToken | None:
    return await database.run(lambda tx: claim_display(tx, code, secret_key=KEY, now=NOON + later))


@pytest.fixture
async def district(database: Database) -> Database:
    await a_district(database)
    return database


async def test_a_screen_gets_its_token_once_staff_have_entered_its_code(district: Database) -> None:
    code = a_code()
    assert await claimed(district, code) is None
    screen = await paired(district, code)
    assert isinstance(screen, DisplayChanged)
    issued = await claimed(district, code)
    assert issued is not None
    reader = await district.reader()
    found = await display_of(reader, issued.secret, now=NOON)
    assert found is not None
    assert (found.id, found.path, found.state(NOON)) == (
        screen.display_id,
        "/display/points?street=110101014",
        "live",
    )
    rows = await reader.fetch("SELECT code_sha256 FROM rewards_display")
    assert [row["code_sha256"] for row in rows] == [kept(KEY, code)]


async def test_an_answer_that_was_lost_can_be_asked_for_again_while_the_code_holds(district: Database) -> None:
    code = a_code()
    await paired(district, code)
    first = await claimed(district, code)
    second = await claimed(district, code, later=timedelta(minutes=14))
    assert first
    assert second
    reader = await district.reader()
    assert await display_of(reader, first.secret, now=NOON) is None
    assert await display_of(reader, second.secret, now=NOON)
    assert await claimed(district, code, later=CODE_LASTS) is None


async def test_a_revoked_screen_is_nobody_at_once_and_cannot_come_back(district: Database) -> None:
    code = a_code()
    screen = await paired(district, code)
    issued = await claimed(district, code)
    assert isinstance(screen, DisplayChanged)
    assert issued
    wish = RevokeDisplay(display_id=screen.display_id, caller=LONGTAN_ADMIN)
    for _ in range(2):
        [ended] = await district.run(lambda tx: revoke_displays(tx, [wish], now=NOON))
        assert isinstance(ended, DisplayChanged)
        assert ended.revoked_at == NOON
    reader = await district.reader()
    assert await display_of(reader, issued.secret, now=NOON) is None
    assert await claimed(district, code) is None
    [entry] = await list_displays(reader, LONGTAN_ADMIN, limit=10)
    assert entry.state(NOON) == "revoked"


async def test_codes_are_refused_that_no_screen_shows_or_that_were_used(district: Database) -> None:
    code = a_code()
    assert isinstance(await paired(district, "2345678A"[:7]), CodeMistyped)
    assert isinstance(await paired(district, code), DisplayChanged)
    assert isinstance(await paired(district, code), CodeTaken)


async def test_a_screen_hangs_only_where_its_operator_has_a_say(district: Database) -> None:
    assert isinstance(await paired(district, a_code(), place="110101006"), UnknownDisplayPlace)
    assert isinstance(await paired(district, a_code(), place=None), UnknownDisplayPlace)
    assert isinstance(await paired(district, a_code(), place="nowhere\x00"), UnknownDisplayPlace)
    screen = await paired(district, a_code(), by=DISTRICT_ADMIN, place="006-01")
    assert isinstance(screen, DisplayChanged)
    reader = await district.reader()
    assert await list_displays(reader, LONGTAN_ADMIN, limit=10) == []
    [entry] = await list_displays(reader, DISTRICT_ADMIN, limit=10)
    assert (entry.street_code, entry.community_code) == ("110101006", "006-01")
    wish = RevokeDisplay(display_id=screen.display_id, caller=LONGTAN_ADMIN)
    [foreign] = await district.run(lambda tx: revoke_displays(tx, [wish], now=NOON))
    assert isinstance(foreign, UnknownDisplay)


async def test_operators_see_when_a_screen_was_last_there_and_with_what(district: Database) -> None:
    code = a_code()
    screen = await paired(district, code)
    assert isinstance(screen, DisplayChanged)
    await claimed(district, code)
    seen = Seen(build="abc123", showing_at=NOON - timedelta(minutes=20), screen="3840x2160")
    await district.run(lambda tx: note_seen(tx, screen.display_id, seen, now=NOON))
    reader = await district.reader()
    [entry] = await list_displays(reader, LONGTAN_ADMIN, limit=10)
    assert (entry.build, entry.showing_at, entry.screen) == ("abc123", NOON - timedelta(minutes=20), "3840x2160")
    assert entry.state(NOON + timedelta(minutes=3)) == "live"
    assert entry.state(NOON + timedelta(minutes=4)) == "silent"
