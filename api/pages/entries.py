"""Lines of a statement as people read them: what it was, which case, how much, and why in one sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal
from uuid import UUID

from kernel.clock import month_period
from kernel.messages import N_, Text
from points.receipt import Label, Receipt, event_text, sentence
from points.statement import ACCOUNT_NAMES, StatementEntry

Flow = Literal["in", "out"]

_CASE = re.compile(r"case (\d+)/(\w+)/(\d+)")
_OTHERS: Mapping[str, str] = {
    "opening": N_("期初余额"),
    "owed": N_("欠分"),
    "redeemed": N_("兑换"),
    "escrow": N_("预留兑换"),
    "expired": N_("到期"),
    "donated": N_("捐赠"),
    "forfeited": N_("清零"),
    "issued": N_("积分"),
    "budget": N_("街道发放"),
    "pool": N_("团队积分"),
    "spendable": N_("可用积分"),
    "services": N_("服务积分"),
    "donation": N_("公益积分"),
}
# What moved by itself, without an assessed event.
REASON_WORDS: Mapping[str, str] = {
    "grant": N_("人工加分"),
    "penalty": N_("扣分"),
    "appeal": N_("申诉更正"),
    "expiry": N_("到期作废"),
    "annual_base": N_("年初基数"),
    "donation": N_("捐赠"),
    "leaver": N_("离任清零"),
    "collection": N_("家属代领"),
}
_STEPS: Mapping[str, str] = {
    "base": N_("基础分"),
    "share": N_("分得"),
    "hazard": N_("险情加分"),
    "cap": N_("超过上限，不计"),
    "top_up": N_("补计"),
    "reversal": N_("撤回的分"),
    "not_paid": N_("不计分"),
    "complaint": N_("投诉成立，不计"),
    "multiplier": N_("系数结算"),
    "correction": N_("积分更正"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a statement."""

    id: UUID
    operation_id: UUID
    leg: int
    title: Text
    flow: Flow
    change: int  # signed
    of_debt: bool
    balance_after: int
    case_number: str | None
    why: Text | None
    steps: tuple[tuple[Text, int], ...]
    rule_number: int | None
    reverses_id: UUID | None
    reverses_case: str | None
    reversed_by_id: UUID | None
    award_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The lines of a month. Sums are shown only where the whole month is on the page (`complete`)."""

    period: str
    lines: tuple[Line, ...]
    complete: bool

    @property
    def earned(self) -> int:
        """Points that came in."""
        return sum(line.change for line in self.lines if not line.of_debt and line.change > 0)

    @property
    def spent(self) -> int:
        """Points that went out, as a positive number."""
        return -sum(line.change for line in self.lines if not line.of_debt and line.change < 0)


def line_of(entry: StatementEntry) -> Line:
    """An entry of the ledger as a line that its steward understands."""
    of_debt = entry.account == "debt"
    repays = not of_debt and entry.sign < 0 and entry.counterpart == "issued" and _earned(entry.receipt)
    explained = entry.receipt if not of_debt and not repays else None
    title = _title(entry, of_debt=of_debt, repays=repays)
    if entry.account not in ("spendable", "debt"):
        title = Text(N_("{what}（{purse}）"), {"what": title, "purse": Text(ACCOUNT_NAMES[entry.account])})
    return Line(
        id=entry.id,
        operation_id=entry.operation_id,
        leg=entry.leg,
        title=title,
        flow="in" if entry.sign > 0 else "out",
        change=entry.sign * entry.points,
        of_debt=of_debt,
        balance_after=entry.balance_after,
        case_number=case_number_of(entry.reference) or (case_number_of(entry.reverses[1]) if entry.reverses else None),
        why=sentence(explained) if explained else None,
        steps=tuple((_step_text(code), points) for code, points in _steps(explained)),
        rule_number=explained.rule_number if explained else None,
        reverses_id=entry.reverses_id,
        reverses_case=case_number_of(entry.reverses[1]) if entry.reverses else None,
        reversed_by_id=entry.reversed_by_id,
        award_id=entry.award_id,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
    )


def by_month(lines: Iterable[Line], *, from_start: bool, to_end: bool) -> list[Month]:
    """Runs of lines by the local month in which things happened, in the order given.

    The statement follows the ledger, so a case that was verified late stands among those of a later month. A run is
    complete where its month has no other run on the page, and the page begins before it and goes on after it.
    """
    runs = [(period, tuple(run)) for period, run in groupby(lines, key=lambda line: month_period(line.occurred_at))]
    last = len(runs) - 1
    times = Counter(period for period, _ in runs)
    return [
        Month(
            period=period,
            lines=run,
            complete=times[period] == 1 and (at > 0 or from_start) and (at < last or to_end),
        )
        for at, (period, run) in enumerate(runs)
    ]


def case_number_of(reference: str) -> str | None:
    """The case that a reference names, such as 2611230412 of 'case 2611230412/verified/1'."""
    matched = _CASE.search(reference)
    return matched[1] if matched else None


def _earned(receipt: Receipt | None) -> bool:
    return receipt is not None and receipt.kind != "reversal"


def _title(entry: StatementEntry, *, of_debt: bool, repays: bool) -> Text:
    if of_debt:
        return Text(N_("欠分增加") if entry.sign > 0 else N_("欠分已还"))
    if repays:
        return Text(N_("归还欠分"))
    if entry.reason in REASON_WORDS:
        return Text(REASON_WORDS[entry.reason])
    if entry.reverses is not None and entry.reverses[0] in REASON_WORDS:
        return Text(N_("撤回：{event}"), {"event": Text(REASON_WORDS[entry.reverses[0]])})
    if entry.receipt is None:
        return Text(_OTHERS.get(entry.counterpart, entry.counterpart))
    event = event_text(entry.receipt)
    if entry.receipt.category_zh:
        what = Label(entry.receipt.category_zh, english=entry.receipt.category_en or "")
        event = Text(N_("{what}，{event}"), {"what": what, "event": event})
    if entry.receipt.kind == "reversal":
        return Text(N_("撤回：{event}"), {"event": event})
    if entry.receipt.kind == "top_up":
        return Text(N_("补计：{event}"), {"event": event})
    return event


def _steps(receipt: Receipt | None) -> list[tuple[str, int]]:
    return [(step.code, step.points) for step in receipt.steps] if receipt else []


def _step_text(code: str) -> Text:
    return Text(_STEPS.get(code, code))
