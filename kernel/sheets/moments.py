"""Dates and times as people write them, and the instants that they mean in a time zone."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from kernel.sheets.cells import Cell, as_text
from kernel.sheets.faults import DateImpossible, NotADate, YearMissing

_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's serial numbers are local times
_SERIALS = (18_264, 109_575)  # 1950 to 2199: other numbers are not meant as dates

_DAY = (
    r"(?:(?P<year>\d{4})\s*[-./年]\s*(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})\s*[日号]?"
    r"|(?P<only_month>\d{1,2})\s*月\s*(?P<only_day>\d{1,2})\s*[日号]?)"
)
_TIME = (
    r"(?P<half>上午|早上|凌晨|中午|下午|晚上|am|pm)?\s*"
    r"(?P<hour>\d{1,2})\s*(?:[:时點点]\s*(?:(?P<minute>\d{1,2})\s*(?:[:分]\s*(?:(?P<second>\d{1,2})(?:\.(?P<fraction>\d+))?\s*秒?)?)?)?)"
    r"\s*(?P<half_after>am|pm)?"
)
_OFFSET = r"(?P<offset>z|[+-]\d{2}:?\d{2})?"
_WRITTEN = re.compile(rf"{_DAY}(?:(?:\s*t\s*|\s+|(?<=[日号])){_TIME}\s*{_OFFSET})?", re.ASCII)
_PACKED = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?", re.ASCII
)
_SERIAL = re.compile(r"\d{5,6}(?:\.\d+)?", re.ASCII)
_WEEKDAY = re.compile(r"[(（]?(?:星期|周)[一二三四五六日天][)）]?")
_AFTERNOON = {"下午", "晚上", "pm"}


def read_moment(cell: Cell | None, *, year: int | None = None) -> datetime:
    """The date and time in a cell, naive unless it states an offset; midnight where only a date is given.

    Understands what spreadsheets store as dates, their serial numbers, 2018-05-03T08:05:00+08:00, 2018.5.3,
    2018/5/3 8:05, 2018年5月3日 下午3点20分, 20180503, and 5月3日 with the `year` that the file is about.

    Raises:
        NotADate: no such form.
        DateImpossible: a form that is known, and a day or time that no calendar has.
        YearMissing: month and day alone, and no year given.

    """
    if isinstance(cell, datetime):
        return _to_second(cell)
    if isinstance(cell, date):
        return datetime.combine(cell, time.min)
    if isinstance(cell, bool | time | timedelta):
        raise NotADate(value=as_text(cell))
    if isinstance(cell, int | float) and cell >= _SERIALS[1]:
        cell = as_text(cell)  # 20180503 typed as a number
    if isinstance(cell, int | float):
        return _from_serial(float(cell), as_text(cell))
    shown = as_text(cell)
    text = _WEEKDAY.sub(" ", unicodedata.normalize("NFKC", shown).lower()).strip()
    if found := _PACKED.fullmatch(text):
        return _compose(found.groupdict(), shown, year)
    if _SERIAL.fullmatch(text):
        return _from_serial(float(text), shown)
    if found := _WRITTEN.fullmatch(text):
        return _compose(found.groupdict(), shown, year)
    raise NotADate(value=shown)


def format_reader(form: str) -> Callable[[str], datetime]:
    """A reader of one fixed form (strptime's directives, 'epoch_s' or 'epoch_ms').

    The reader raises NotADate or DateImpossible.
    """
    if form in {"epoch_s", "epoch_ms"}:
        divisor = 1000 if form == "epoch_ms" else 1

        def read_epoch(text: str) -> datetime:
            try:
                return datetime.fromtimestamp(float(text) / divisor, UTC)
            except (ValueError, OverflowError, OSError):
                raise NotADate(value=text) from None

        return read_epoch
    if form == "%m/%d/%Y %I:%M:%S %p":
        return _read_american

    def read(text: str) -> datetime:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the mapping's
        except ValueError as error:
            raise (DateImpossible if "out of range" in str(error) else NotADate)(value=text) from None

    return read


_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d\d):(\d\d) ([AP])M", re.ASCII)


def _read_american(text: str) -> datetime:
    """The commonest American form, ten times as fast as strptime."""
    found = _AMERICAN.fullmatch(text)
    if found is None or not 1 <= int(found[4]) <= 12:
        raise NotADate(value=text)
    month, day, year, hour, minute, second = map(int, found.groups()[:6])
    try:
        return datetime(year, month, day, hour % 12 + (12 if found[7] == "P" else 0), minute, second)  # noqa: DTZ001
    except ValueError:
        raise DateImpossible(value=text) from None


def to_instant(moment: datetime, zone: tzinfo) -> datetime:
    """The instant, in UTC, of a local time in a zone.

    Where clocks are put forward, a local time that never was is read by the clock before the change (02:30 becomes
    03:30); where they are put back, a local time that was twice means the first (PEP 495, fold 0).
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    return moment.astimezone(UTC)


def _from_serial(serial: float, shown: str) -> datetime:
    if not _SERIALS[0] <= serial < _SERIALS[1]:
        raise NotADate(value=shown)
    return _to_second(_EXCEL_EPOCH + timedelta(days=serial))


def _to_second(moment: datetime) -> datetime:
    """Serial numbers are fractions of a day: 08:05:00 may arrive as 08:04:59.999."""
    if moment.microsecond >= 998_000:
        return moment.replace(microsecond=0) + timedelta(seconds=1)
    if moment.microsecond <= 2_000:
        return moment.replace(microsecond=0)
    return moment


def _compose(parts: dict[str, str | None], shown: str, year: int | None) -> datetime:
    number = {name: int(value) for name, value in parts.items() if value and name not in _WORDS}
    stated = number.get("year", year)
    if stated is None:
        raise YearMissing(value=shown)
    hour = number.get("hour", 0)
    half = parts.get("half") or parts.get("half_after")
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in {"am", "凌晨"} and hour == 12:
        hour = 0
    next_day = hour == 24 and not number.get("minute") and not number.get("second")
    try:
        moment = datetime(  # noqa: DTZ001 - the zone is the mapping's
            stated,
            number.get("month") or number["only_month"],
            number.get("day") or number["only_day"],
            0 if next_day else hour,
            number.get("minute", 0),
            number.get("second", 0),
        )
        if fraction := parts.get("fraction"):
            moment = moment.replace(microsecond=int(fraction[:6].ljust(6, "0")))
        if offset := parts.get("offset"):
            moment = moment.replace(tzinfo=_zone_of(offset))
        return moment + timedelta(days=1) if next_day else moment
    except (ValueError, OverflowError):
        raise DateImpossible(value=shown) from None


_WORDS = {"half", "half_after", "fraction", "offset"}


def _zone_of(offset: str) -> tzinfo:
    from datetime import timezone

    if offset == "z":
        return UTC
    digits = offset[1:].replace(":", "")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-distance if offset[0] == "-" else distance)
