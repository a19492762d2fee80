"""What pages say about cases beyond their states: hints, caps, and what was done last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from api.pages.wording import span_words
from cases.duplicates import DuplicateHint
from cases.pending import CapCheck
from kernel.messages import N_, Locale, Text

DONE_WORDS: Mapping[str, str] = {
    "report": N_("已登记"),
    "verify": N_("已通过"),
    "return": N_("已退回"),
    "complete": N_("已补充"),
    "reject": N_("已判为不予认定"),
    "solve": N_("已办结"),
    "duplicate": N_("已标为重复件"),
    "reopen": N_("已重新打开"),
    "undo": N_("已撤回上一步"),
}
_CAP_NAMES: Mapping[tuple[str, int], str] = {
    ("steward", 10): N_("当天上限"),
    ("steward", 7): N_("当月上限"),
    ("steward", 6): N_("当季度上限"),
    ("steward", 4): N_("当年上限"),
    ("lane", 10): N_("小巷当天上限"),
    ("lane", 7): N_("小巷当月上限"),
    ("lane", 6): N_("小巷当季度上限"),
    ("lane", 4): N_("小巷当年上限"),
}


@dataclass(frozen=True, slots=True)
class SpanText(Text):
    """How long something took, said in the reader's language."""

    span: timedelta = timedelta()

    def render(self, locale: Locale) -> str:
        """The span in words."""
        return span_words(self.span, locale)


def done_text(action: str) -> Text:
    """A step that was taken, in words."""
    return Text(DONE_WORDS[action])


def hint_text(hint: DuplicateHint) -> Text:
    """Why another case may be the same: 相距 60 米，早 1 小时 19 分，同类事项."""
    if hint.distance_m is not None:
        where = Text(N_("相距 {metres} 米"), {"metres": hint.distance_m})
    else:
        where = Text(N_("同一条小巷"))
    span = SpanText("", span=timedelta(minutes=abs(hint.minutes_later)))
    if hint.minutes_later == 0:
        when = Text(N_("同时上报"))
    else:
        when = Text(N_("早 {span}") if hint.minutes_later < 0 else N_("晚 {span}"), {"span": span})
    return Text(N_("{where}，{when}，同类事项"), {"where": where, "when": when})


def cap_name(cap: CapCheck) -> Text:
    """Which cap it is, by whom it binds and for how long."""
    return Text(_CAP_NAMES[cap.per, len(cap.period)])


def cap_text(cap: CapCheck) -> Text:
    """How far a cap is used: 已得 78 / 80 分."""
    message = N_("已得 {used} / {limit} 分") if cap.counts == "points" else N_("已计 {used} / {limit} 次")
    return Text(message, {"used": cap.used, "limit": cap.limit})
