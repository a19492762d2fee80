"""How pages say numbers, days and spans of time, in Chinese and in English. Pure: the reader's language comes in."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from kernel.clock import LOCAL_ZONE, local_date
from kernel.messages import N_, Locale, Text, translate

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUS = "\u2212"  # a true minus, as wide as the plus


def number_words(value: int) -> str:
    """A whole number with its thousands apart, such as 1,286; a true minus where it is negative."""
    return f"{MINUS if value < 0 else ''}{abs(value):,}"


def signed_words(value: int) -> str:
    """A change with its sign: +6, −300, 0."""
    return f"+{value:,}" if value > 0 else number_words(value)


def day_words(day: date, locale: Locale, *, today: date | None = None) -> str:
    """A day, such as 11 月 23 日 or 23 Nov, with the year where it is not that of `today`."""
    with_year = today is None or day.year != today.year
    if locale == "en":
        return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if with_year else "")
    return (f"{day.year} 年 " if with_year else "") + f"{day.month} 月 {day.day} 日"


def month_words(period: str, locale: Locale) -> str:
    """A month named 2026-11, such as 2026 年 11 月 or November 2026."""
    year, month = int(period[:4]), int(period[5:7])
    return f"{_LONG_MONTHS[month - 1]} {year}" if locale == "en" else f"{year} 年 {month} 月"


def weekday_words(day: date, locale: Locale) -> str:
    """The day of the week, short."""
    return _WEEKDAYS_EN[day.weekday()] if locale == "en" else f"周{_WEEKDAYS_ZH[day.weekday()]}"


def clock_words(instant: datetime) -> str:
    """The local time of day, such as 09:12."""
    return instant.astimezone(LOCAL_ZONE).strftime("%H:%M")


def moment_words(instant: datetime, locale: Locale, *, now: datetime) -> str:
    """An instant as people say it: today or yesterday with the time, else the day with the time."""
    day, today = local_date(instant), local_date(now)
    if day == today:
        return f"{translate(N_('今天'), locale)} {clock_words(instant)}"
    if day == today - timedelta(days=1):
        return f"{translate(N_('昨天'), locale)} {clock_words(instant)}"
    return f"{day_words(day, locale, today=today)} {clock_words(instant)}"


def span_words(span: timedelta, locale: Locale) -> str:
    """How long something took or waits: two units at most, such as 2 小时 40 分 or 3 d 4 h."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    units = [(days, "天", "d"), (hours, "小时", "h"), (minutes, "分", "min")]
    first = next((at for at, (count, _, _) in enumerate(units) if count), 2)
    said = [unit for unit in units[first : first + 2] if unit[0]] or [units[2]]
    if locale == "en":
        return " ".join(f"{count} {english}" for count, _, english in said)
    return " ".join(f"{count} {chinese}" for count, chinese, _ in said)


def listed_words(words: Iterable[str], locale: Locale) -> str:
    """Several words as a list: 、 in Chinese, commas in English."""
    return (", " if locale == "en" else "、").join(words)


def message_words(message: str | Text, locale: Locale, **params: object) -> str:
    """A message in a language, its whole numbers with their thousands apart.

    English that counts gives both forms apart by a bar: '{count} case|{count} cases'.
    """
    if isinstance(message, Text):
        return message.render(locale)
    template = translate(message, locale)
    if "count" in params and "|" in template:
        singular, plural = template.split("|", 1)
        template = singular if params["count"] == 1 else plural
    if not params:
        return template
    return template.format_map({name: _parameter_words(value, locale) for name, value in params.items()})


def _parameter_words(value: object, locale: Locale) -> object:
    if isinstance(value, Text):
        return value.render(locale)
    return number_words(value) if isinstance(value, int) else value
