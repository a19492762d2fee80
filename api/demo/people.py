"""People who visibly do not exist: a surname, 示例, 样本 or 演示, and a number."""

from collections.abc import Iterator
from itertools import count

from api.demo.gazetteer import gazetteer

_DIGITS = "零一二三四五六七八九"


def synthetic_names() -> Iterator[str]:
    """Names without end, none twice, such as 赵示例, 钱样本, 孙演示 and later 赵示例二."""
    book = gazetteer()
    for drawn in count():
        turn, surname = divmod(drawn, len(book.surnames))
        number, given = divmod(turn, len(book.given))
        tail = chinese_number(number + 1) if number else ""
        yield f"{book.surnames[surname]}{book.given[(surname + given) % len(book.given)]}{tail}"


def chinese_number(value: int) -> str:
    """A number from 1 to 99 in Chinese: 12 is 十二.

    Raises:
        ValueError: it is out of range.

    """
    if not 1 <= value <= 99:
        raise ValueError(value)
    tens, ones = divmod(value, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def synthetic_phone(number: int) -> str:
    """A phone number that nobody can have: 000-0000-0001."""
    return f"000-{number // 10_000:04d}-{number % 10_000:04d}"
