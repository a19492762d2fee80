"""A rehearsal as a workbook: the whole, streets, events, months, stewards."""

from collections.abc import Callable, Mapping
from uuid import UUID

from api.tables import Cell, Sheet, book_of
from kernel.messages import N_, Locale, Text, translate
from points.receipt import EVENT_NAMES
from points.rehearsal_figures import Figures, Pair
from points.rules import Event

_PAIR = (N_("原规则得分"), N_("新规则得分"), N_("增减"))
WHOLE: Mapping[str, str] = {
    "total": N_("得分合计"),
    "redeemable": N_("其中可兑换"),
    "outstanding": N_("可用积分余额"),
}


def event_name(code: str) -> Text:
    """An event of a rehearsal in words."""
    return Text(EVENT_NAMES[Event(code)])


def sheets_of(
    figures: Figures,
    streets: Mapping[UUID | None, tuple[str, str]],
    stewards: Mapping[UUID, tuple[str, str]],
    locale: Locale,
) -> bytes:
    """The workbook of a rehearsal in a language."""

    def say(words: str | Text) -> str:
        return words.render(locale) if isinstance(words, Text) else translate(words, locale)

    def street(street_id: UUID | None) -> str:
        return streets.get(street_id, ("", ""))[locale == "en"]

    pair = [say(words) for words in _PAIR]
    sheets = [
        Sheet(
            say(N_("总览")),
            [say(N_("项目")), *pair],
            [
                *_whole(figures, say),
                [say(N_("得分增加的人数")), None, None, figures.gain],
                [say(N_("得分减少的人数")), None, None, figures.lose],
                [say(N_("得分不变的人数")), None, None, figures.same],
                [say(N_("试算事项数")), None, None, figures.events],
                [say(N_("新规则无法计分的事项数")), None, None, sum(figures.refused.values())],
                [say(N_("起始日")), None, figures.from_on.isoformat(), None],
                [say(N_("截止日")), None, figures.to_on.isoformat(), None],
            ],
        ),
        Sheet(
            say(N_("按街道")),
            [say(N_("街道")), *pair, say(N_("增加人数")), say(N_("减少人数"))],
            [[street(key), *_cells(found), found.gain, found.lose] for key, found in figures.by_street.items()],
        ),
        Sheet(
            say(N_("按事项")),
            [say(N_("事项")), *pair],
            [[say(event_name(key)), *_cells(found)] for key, found in sorted(figures.by_event.items())],
        ),
        Sheet(
            say(N_("按月")),
            [say(N_("月份")), *pair],
            [[key, *_cells(found)] for key, found in sorted(figures.by_month.items())],
        ),
        Sheet(
            say(N_("按管家")),
            [say(N_("管家编号")), say(N_("姓名")), say(N_("街道")), *pair],
            [
                [*stewards.get(found.steward_id, ("", "")), street(found.street_id), *_cells(found)]
                for found in figures.stewards
            ],
        ),
    ]
    return book_of(sheets)


def _whole(figures: Figures, say: Callable[[str], str]) -> list[list[Cell]]:
    return [[say(words), *_cells(getattr(figures, name))] for name, words in WHOLE.items()]


def _cells(pair: Pair) -> list[int]:
    return [pair.now, pair.draft, pair.change]
