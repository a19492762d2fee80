"""Text from outside: what is refused, and that the rest comes through as it was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Refusal
from kernel.text import (
    NotText,
    TextMissing,
    TextNotAllowed,
    TextTooLong,
    clean_optional_text,
    clean_text,
    name_as_shown,
    storable,
)


@pytest.mark.parametrize(
    "character",
    [
        "\0",
        "\x07",
        "\x1b",
        "\x7f",
        "\u202e",
        "\u202a",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u2028",
        "\ud800",
        "\ue000",
        "\uffff",
    ],
)
def test_characters_that_deceive_or_break_are_refused_by_place_and_code(character: str) -> None:
    with pytest.raises(TextNotAllowed) as refused:
        clean_text(f"示{character}例", max_length=64, pointer="/name")
    assert refused.value.pointer == "/name"
    assert refused.value.params == {"position": 2, "character": f"U+{ord(character):04X}"}
    assert "U+" in refused.value.text.render("en")


def test_marks_do_not_pile_up_on_a_letter() -> None:
    assert clean_text("o" + "\u0330" * 4 + "k", max_length=64, pointer="/name")
    for pile in ("\u0330" * 5, "\u0330\u200d" * 5, "\u20dd" * 5):
        with pytest.raises(TextNotAllowed):
            clean_text(f"o{pile}k", max_length=64, pointer="/name")


@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"x", ["x"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(NotText):
        clean_text(value, max_length=64, pointer="/name")


@pytest.mark.parametrize(
    "value",
    ["", "   ", "\u3000", " \t\n", "\u3164", "\u3164 \u200d\uffa0", "\u0301", "\u200d\u200c", "\u2800"],
)
def test_blank_is_missing(value: str) -> None:
    with pytest.raises(TextMissing):
        clean_text(value, max_length=64, pointer="/name")
    assert clean_optional_text(value, max_length=64, pointer="/name") is None


def test_length_counts_characters_after_trimming() -> None:
    assert clean_text("  " + "字" * 64 + "\u3000", max_length=64, pointer="/name") == "字" * 64
    with pytest.raises(TextTooLong) as refused:
        clean_text("字" * 65, max_length=64, pointer="/name")
    assert refused.value.params == {"max_length": 64, "length": 65}


def test_line_breaks_belong_into_notes_only() -> None:
    assert clean_text("一\r\n二", max_length=64, pointer="/note", lines=True) == "一\n二"
    with pytest.raises(TextNotAllowed):
        clean_text("一\n二", max_length=64, pointer="/name")


def test_text_is_composed_so_that_equal_names_are_equal() -> None:
    assert clean_text("e\u0301", max_length=64, pointer="/name") == "é"


def test_emoji_with_joiners_come_through() -> None:
    assert clean_text("👩\u200d🌾", max_length=64, pointer="/name") == "👩\u200d🌾"


@given(st.text(max_size=80))
def test_whatever_comes_through_can_be_stored_and_comes_through_again(value: str) -> None:
    try:
        cleaned = clean_text(value, max_length=64, pointer="/name")
    except Refusal:
        return
    assert storable(cleaned)
    cleaned.encode()
    assert clean_text(cleaned, max_length=64, pointer="/name") == cleaned


@pytest.mark.parametrize("value", ["a\0", "\ud800", "示\udfff", None, 3])
def test_what_no_database_takes_is_not_storable(value: object) -> None:
    assert not storable(value)


def test_the_name_of_a_file_is_shown_without_what_deceives_or_breaks() -> None:
    assert name_as_shown(" 案件\u202excod.exe\0\r\n\x1b\ud800\u2066.xlsx ", max_length=200) == "案件xcod.exe.xlsx"
    assert name_as_shown("长" * 300, max_length=200) == "长" * 200
    assert name_as_shown("東四 2018年5月（终）.csv", max_length=200) == "東四 2018年5月（终）.csv"
