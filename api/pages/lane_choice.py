"""Choosing a lane (小巷) in a form: from a list while that is short, else by its code, name or pinyin."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kernel.messages import N_, Locale, Text
from stewards.lanes import LaneEntry
from stewards.names import asked_spelling, spelling

MOST_LISTED = 200
MOST_OFFERED = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneChoice:
    """What a form offers: a list to choose from, or, where `options` is empty, a field to write in.

    `lane` is the one that was asked for, `said` what the field shows, `total` how many lanes there are to choose from,
    and `fault` says why what was written is not one lane.
    """

    options: Sequence[tuple[str, str]]
    lane: LaneEntry | None
    said: str
    total: int
    fault: Text | None = None

    @property
    def code(self) -> str:
        """The lane's code, empty without one."""
        return self.lane.code if self.lane else ""


def choose_lane(lanes: Sequence[LaneEntry], asked: str, locale: Locale) -> LaneChoice:
    """What to offer of these lanes where `asked` was written or chosen: a code, a name, pinyin or its initials."""
    code = asked.partition(" ")[0]  # a chosen lane is shown as its code and name
    chosen = next((lane for lane in lanes if lane.code == code), None)
    if len(lanes) <= MOST_LISTED:
        return LaneChoice(options=_options(lanes, locale), lane=chosen, said=asked, total=len(lanes))
    found = [chosen] if chosen else [lane for lane in lanes if _matches(lane, asked)] if asked else []
    if len(found) == 1:
        said = f"{found[0].code} {_name(found[0], locale)}"
        return LaneChoice(options=[], lane=found[0], said=said, total=len(lanes))
    offered, fault = found, None
    if len(found) > MOST_OFFERED:
        offered, fault = [], Text(N_("有 {count} 条小巷符合，请多写几个字。"), {"count": len(found)})
    elif found:
        fault = Text(N_("有 {count} 条小巷符合，请选一条。"), {"count": len(found)})
    elif asked:
        fault = Text(N_("没有找到这条小巷。请写编号、名称或者拼音首字母。"))
    return LaneChoice(options=_options(offered, locale), lane=None, said=asked, total=len(lanes), fault=fault)


def _options(lanes: Sequence[LaneEntry], locale: Locale) -> list[tuple[str, str]]:
    return [(lane.code, f"{_name(lane, locale)} ({lane.code})") for lane in lanes]


def _name(lane: LaneEntry, locale: Locale) -> str:
    return lane.name_en if locale == "en" else lane.name


def _matches(lane: LaneEntry, asked: str) -> bool:
    if asked in lane.code or asked in lane.name or asked.casefold() in lane.name_en.casefold():
        return True
    typed = asked_spelling(asked)
    written, initials = _spelt(lane.name)
    return typed.isascii() and bool(typed) and (written.startswith(typed) or initials.startswith(typed))


@lru_cache(maxsize=16_384)
def _spelt(name: str) -> tuple[str, str]:
    return spelling(name)
