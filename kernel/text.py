"""Text from outside: one check for everything that is stored and shown, so that no field forgets it."""

import unicodedata
from typing import Any

from kernel.errors import Kind, Refusal
from kernel.messages import N_

# Joiners belong to emoji and to some scripts; every other format character (bidirectional overrides, zero-width
# marks, byte order marks) can make a shown text say something else than the stored one.
_ALLOWED_FORMAT = frozenset("\u200c\u200d")
_MARKS = frozenset({"Mn", "Me"})
_MARKS_IN_A_ROW = 4  # more stand on one letter in no language, and hide the lines around it
_UNSEEN = frozenset({"Mn", "Me", "Zs", "Cf", "Cc"})
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters that show nothing
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class TextMissing(Refusal):
    """A text that is needed is empty."""

    code = "text_missing"
    kind = Kind.INVALID
    message = N_("这一项不能为空。")


class TextTooLong(Refusal):
    """A text is longer than its field."""

    code = "text_too_long"
    kind = Kind.INVALID
    message = N_("这一项最多 {max_length} 个字，现有 {length} 个。")


class TextNotAllowed(Refusal):
    """A text holds a character that cannot be shown safely."""

    code = "text_character_not_allowed"
    kind = Kind.INVALID
    message = N_("第 {position} 个字符 {character} 不能使用。")


class NotText(Refusal):
    """A value is not text at all."""

    code = "not_text"
    kind = Kind.INVALID
    message = N_("这一项应当是文字。")


def clean_text(value: Any, *, max_length: int, pointer: str, allow_empty: bool = False, lines: bool = False) -> str:
    """A text without surrounding blanks, in Unicode's composed form (NFC), safe to store and to show.

    A text of which nothing can be seen is empty.

    `max_length` counts characters; `lines` allows line breaks and tabs, as in notes.

    Raises:
        NotText: it is no string.
        TextMissing: nothing is left and `allow_empty` is false.
        TextTooLong: more than `max_length` characters.
        TextNotAllowed: a control, format or private-use character, NUL, a bidirectional override or half a surrogate,
            or the fifth combining mark on one letter.

    """
    if not isinstance(value, str):
        raise NotText(pointer=pointer)
    if value.isascii() and value.isprintable():
        cleaned = value.strip()
    else:
        cleaned = unicodedata.normalize("NFC", value.replace("\r\n", "\n") if lines else value).strip()
        marks, seen = 0, False
        for position, character in enumerate(cleaned, 1):
            if character in _ALLOWED_FORMAT or (lines and character in "\n\t"):
                continue
            category = unicodedata.category(character)
            marks = marks + 1 if category in _MARKS else 0
            if category in _REFUSED_CATEGORIES or marks > _MARKS_IN_A_ROW:
                raise TextNotAllowed(pointer=pointer, position=position, character=f"U+{ord(character):04X}")
            seen = seen or not (category in _UNSEEN or character in _BLANKS)
        if not seen:
            cleaned = ""
    if not cleaned and not allow_empty:
        raise TextMissing(pointer=pointer)
    if len(cleaned) > max_length:
        raise TextTooLong(pointer=pointer, max_length=max_length, length=len(cleaned))
    return cleaned


def name_as_shown(name: str, *, max_length: int) -> str:
    """A name that another computer gave to a file, without the characters that clean_text refuses, and cut.

    A file is not refused for its name: `import<right-to-left override>xslx.exe` is only not shown as it asks to be.
    """
    shown = "".join(
        character
        for character in unicodedata.normalize("NFC", name)
        if character in _ALLOWED_FORMAT or unicodedata.category(character) not in _REFUSED_CATEGORIES
    )
    return shown.strip()[:max_length]


def clean_optional_text(value: Any, *, max_length: int, pointer: str, lines: bool = False) -> str | None:
    """The same for a field that may be left out: None and blanks become None.

    Raises:
        Refusal: as in clean_text.

    """
    if value is None:
        return None
    return clean_text(value, max_length=max_length, pointer=pointer, allow_empty=True, lines=lines) or None


def storable(value: Any) -> bool:
    """Whether a value is text that both databases can take as a parameter: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
