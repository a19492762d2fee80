"""Scores of a closed period as a table to take away: a line for each steward, with the figures of every source."""

from collections.abc import Sequence

from api.tables import Cell
from evaluation.figures import number
from evaluation.score_lists import ScoreEntry
from kernel.messages import N_, Locale, translate

_HEADERS = (
    N_("管家编号"), N_("姓名"), N_("街道"), N_("社区"), N_("周期"), N_("总分"), N_("区间下限"), N_("区间上限"),
    N_("本街道位次"), N_("系数（%）"), N_("帮带"),
)  # fmt: skip
_ABOUT_SOURCE = (N_("{source}得分"), N_("{source}权重（%）"))


def score_headers(entries: Sequence[ScoreEntry], locale: Locale) -> list[str]:
    """The header line: what every steward has, then score and weight of each source of the scheme."""
    headers = [translate(word, locale) for word in _HEADERS]
    for source in entries[0].sources if entries else ():
        name = source.en if locale == "en" else source.zh
        headers += [translate(word, locale, source=name) for word in _ABOUT_SOURCE]
    return headers


def score_rows(entries: Sequence[ScoreEntry], locale: Locale) -> list[list[Cell]]:
    """A line for each steward."""
    return [
        [
            entry.number,
            entry.name,
            entry.street_en if locale == "en" else entry.street,
            entry.community_en if locale == "en" else entry.community,
            entry.period,
            number(entry.score),
            number(entry.low),
            number(entry.high),
            entry.place,
            entry.multiplier_percent,
            translate(N_("是"), locale) if entry.coaching else "",
            *(
                cell
                for source in entry.sources
                for cell in (
                    number(source.score),
                    None if source.score is None else number(source.counted_weight),
                )
            ),
        ]
        for entry in entries
    ]
