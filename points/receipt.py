"""Why an award has the points that it has: steps of codes and parameters, rendered into one sentence (回执)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import orjson

from kernel.messages import N_, Locale, Text
from points.rules import EarningPurse, Event

Kind = Literal["earned", "top_up", "reversal", "multiplier", "correction"]


class Step(msgspec.Struct, frozen=True):
    """One step of the sum: `points` is what it added or took away."""

    code: str  # base, share, hazard, complaint, cap, not_paid, top_up, reversal, multiplier, correction
    points: int
    params: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The explanation of one award. Its steps add up to its points."""

    kind: Kind = "earned"
    rule_number: int
    event: Event | None  # None: a settlement or correction, which no single event stands behind
    points: int
    category: str | None = None
    category_zh: str | None = None  # as the rule set named it then, so that a receipt needs nothing else
    category_en: str | None = None
    purse: EarningPurse = "spendable"  # where the points go
    steps: tuple[Step, ...] = ()

    def to_json(self) -> str:
        """The receipt as it is stored: compact JSON with sorted keys."""
        document: dict[str, Any] = {
            "kind": self.kind,
            "rule": self.rule_number,
            "event": self.event.value if self.event else None,
            "points": self.points,
            "steps": [{"code": step.code, "points": step.points, **step.params} for step in self.steps],
        }
        if self.category is not None:
            document["category"] = {"code": self.category, "zh": self.category_zh, "en": self.category_en}
        if self.purse != "spendable":
            document["purse"] = self.purse
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def from_json(cls, stored: str | bytes) -> "Receipt":
        """A receipt from its stored form."""
        document = orjson.loads(stored)
        category = document.get("category") or {}
        return cls(
            kind=document["kind"],
            rule_number=document["rule"],
            event=Event(document["event"]) if document["event"] else None,
            points=document["points"],
            category=category.get("code"),
            category_zh=category.get("zh"),
            category_en=category.get("en"),
            purse=document.get("purse", "spendable"),
            steps=tuple(Step(step.pop("code"), step.pop("points"), step) for step in document["steps"]),
        )


def reversal_of(receipt: Receipt, *, points: int, cause: str) -> Receipt:
    """The receipt of a reversal (冲正) of an award: `points` (0 or more) are taken back because of `cause`."""
    return _following(receipt, "reversal", Step("reversal", -points, {"cause": cause}))


def top_up_of(receipt: Receipt, steps: tuple[Step, ...]) -> Receipt:
    """The receipt of a top-up (补计): what a cap had cut is given after all."""
    return _following(receipt, "top_up", *steps)


def _following(receipt: Receipt, kind: Kind, *steps: Step) -> Receipt:
    return Receipt(
        kind=kind,
        rule_number=receipt.rule_number,
        event=receipt.event,
        points=sum(step.points for step in steps),
        category=receipt.category,
        category_zh=receipt.category_zh,
        category_en=receipt.category_en,
        purse=receipt.purse,
        steps=steps,
    )


@dataclass(frozen=True, slots=True)
class Label(Text):
    """Words that come from data in both languages, such as a category's name."""

    english: str = ""

    def render(self, locale: Locale) -> str:
        """The words in a language."""
        return self.english if locale == "en" and self.english else self.message


EVENT_NAMES: Mapping[Event, str] = {
    Event.CASE_VERIFIED: N_("案件核实"),
    Event.CASE_SOLVED: N_("案件办结"),
    Event.PATROL: N_("巡查"),
    Event.VISIT: N_("走访"),
    Event.ACT: N_("动手做"),
    Event.RECORD: N_("记录"),
    Event.WHISTLE_SOLVED: N_("吹哨事项办结"),
    Event.REFRESH: N_("刷新小巷"),
    Event.HALL_SESSION: N_("议事厅"),
    Event.COURSE: N_("培训课程"),
    Event.MAP: N_("小巷地图"),
    Event.SERVICE: N_("志愿服务"),
    Event.ENROLMENT: N_("加入管家"),
    Event.REFERRAL: N_("介绍他人加入"),
    Event.DUPLICATE: N_("重复上报"),
    Event.FALSE_REPORT: N_("虚报"),
}


_CAUSES: Mapping[str, str] = {
    "reopened": N_("案件重新办理"),
    "duplicate": N_("与另一案件重复"),
    "correction": N_("更正"),
    "undo": N_("撤回操作"),
    "complaint": N_("投诉成立"),
}
_PURSES: Mapping[str, str] = {
    "honour": N_("记入荣誉积分，不能兑换"),
    "services": N_("记入服务积分，只兑换服务"),
    "donation": N_("记入捐赠积分，只能捐赠"),
}
_PERIODS: Mapping[tuple[str, str], str] = {
    ("steward", "day"): N_("当天"),
    ("steward", "month"): N_("当月"),
    ("steward", "quarter"): N_("当季度"),
    ("steward", "year"): N_("当年"),
    ("lane", "day"): N_("这条小巷当天"),
    ("lane", "month"): N_("这条小巷当月"),
    ("lane", "quarter"): N_("这条小巷当季度"),
    ("lane", "year"): N_("这条小巷当年"),
}


def sentence(receipt: Receipt) -> Text:
    """A receipt as one sentence, such as 「道路破损，经核实得 6 分。」."""
    caps = [_cap_clause(step) for step in receipt.steps if step.code == "cap"]
    clauses: Text = _head(receipt)
    if receipt.purse in _PURSES and receipt.points > 0:
        caps.append(Text(_PURSES[receipt.purse]))
    for clause in caps:
        clauses = Text(N_("{first}；{then}"), {"first": clauses, "then": clause})
    return Text(N_("{clauses}。"), {"clauses": clauses})


def _head(receipt: Receipt) -> Text:
    what = _subject(receipt)
    if receipt.kind == "reversal":
        return _reversal(receipt, what)
    if receipt.kind == "multiplier":
        return _multiplied(receipt)
    if receipt.kind == "correction":
        return _corrected(receipt)
    by_code = {step.code: step for step in receipt.steps if step.code != "cap"}
    entitled = amount(sum(step.points for step in by_code.values()))
    if receipt.kind == "top_up":
        return Text(N_("{what}，上限有了余量，补计 {points}"), {"what": what, "points": entitled})
    if "not_paid" in by_code:
        return Text(N_("{what}，现行规则不计分"), {"what": what})
    if receipt.event is Event.DUPLICATE and not receipt.points:
        return Text(N_("{what}，与已有案件重复，不另计分"), {"what": what})
    if "complaint" in by_code:
        return Text(N_("{what}，投诉成立，这一次不计分"), {"what": what})
    if "hazard" in by_code:
        base, bonus = amount(by_code["base"].points), amount(by_code["hazard"].points)
        return Text(
            N_("{what}，经核实得 {base}，险情另加 {bonus}，共 {points}"),
            {"what": what, "base": base, "bonus": bonus, "points": entitled},
        )
    if "share" in by_code:
        shared = by_code["share"].params
        return Text(
            N_("{what}，{people} 人共得 {whole}，分得 {points}"),
            {"what": what, "people": shared["shared_by"], "whole": amount(shared["whole"]), "points": entitled},
        )
    if "minutes" in by_code["base"].params:
        return _timed(by_code["base"].params, what, entitled)
    if "quantity" in by_code["base"].params:
        quantity = by_code["base"].params["quantity"]
        return Text(
            N_("{what}，数量 {quantity}，得 {points}"), {"what": what, "quantity": quantity, "points": entitled}
        )
    if receipt.event is Event.CASE_VERIFIED:
        return Text(N_("{what}，经核实得 {points}"), {"what": what, "points": entitled})
    if receipt.event is Event.CASE_SOLVED:
        return Text(N_("{what}，已经解决，加 {points}"), {"what": what, "points": entitled})
    return Text(N_("{what}，得 {points}"), {"what": what, "points": entitled})


def _multiplied(receipt: Receipt) -> Text:
    step = receipt.steps[0].params
    said = {"period": step["period"], "base": amount(step["base"]), "factor": _factor(step["percent"])}
    said |= {"points": amount(abs(receipt.points))}
    if "had" in step:  # the evaluation was closed anew
        said |= {"had": amount(step["had"])}
        if receipt.points < 0:
            return Text(N_("{period} 得 {base}，系数改为 {factor}，原已计 {had}，扣 {points}"), said)
        return Text(N_("{period} 得 {base}，系数改为 {factor}，原已计 {had}，补 {points}"), said)
    if receipt.points < 0:
        return Text(N_("{period} 得 {base}，系数 {factor}，扣 {points}"), said)
    return Text(N_("{period} 得 {base}，系数 {factor}，另加 {points}"), said)


def _corrected(receipt: Receipt) -> Text:
    step = receipt.steps[0].params
    said = {"period": step["period"], "before": amount(step["before"]), "after": amount(step["after"])}
    said |= {"points": amount(abs(receipt.points))}
    if receipt.points < 0:
        return Text(N_("更正 {period} 的积分：原计 {before}，应计 {after}，扣 {points}"), said)
    return Text(N_("更正 {period} 的积分：原计 {before}，应计 {after}，补 {points}"), said)


def _factor(percent: int) -> str:
    return f"×{percent // 100}.{percent % 100:02d}"


def _timed(base: Mapping[str, Any], what: Text, entitled: Text) -> Text:
    said = {"what": what, "minutes": base["minutes"], "counted": base["counted"], "points": entitled}
    if base["counted"] < base["minutes"]:
        return Text(N_("{what}，{minutes} 分钟，一次最多计 {counted} 分钟，得 {points}"), said)
    return Text(N_("{what}，{minutes} 分钟，得 {points}"), said)


def _reversal(receipt: Receipt, what: Text) -> Text:
    if receipt.points > 0:
        return Text(N_("{what}，退回 {points}"), {"what": what, "points": amount(receipt.points)})
    points = amount(-receipt.points)
    cause = _CAUSES.get(receipt.steps[0].params["cause"])
    if cause is None:
        return Text(N_("{what}，撤回 {points}"), {"what": what, "points": points})
    return Text(N_("{what}，撤回 {points}：{cause}"), {"what": what, "points": points, "cause": Text(cause)})


def _subject(receipt: Receipt) -> Text:
    if receipt.category_zh:
        return Label(receipt.category_zh, english=receipt.category_en or "")
    return event_text(receipt)


def event_text(receipt: Receipt) -> Text:
    """What a receipt is about, without its category."""
    if receipt.event is not None:
        return Text(EVENT_NAMES[receipt.event])
    return Text(N_("系数结算") if "multiplier" in {step.code for step in receipt.steps} else N_("积分更正"))


def _cap_clause(step: Step) -> Text:
    terms = step.params
    when = Text(_PERIODS[terms["per"], terms["period"]])
    if terms["counts"] == "times":
        used, limit = _times(terms["used"]), _times(terms["limit"])
        return Text(N_("{when}已计 {used}，上限 {limit}，不再计分"), {"when": when, "used": used, "limit": limit})
    used, limit = amount(terms["used"]), amount(terms["limit"])
    if terms["left"] == 0:
        return Text(N_("{when}已得 {used}，上限 {limit}，不再计分"), {"when": when, "used": used, "limit": limit})
    return Text(
        N_("{when}已得 {used}，上限 {limit}，只计 {points}"),
        {"when": when, "used": used, "limit": limit, "points": amount(terms["left"])},
    )


def amount(points: int) -> Text:
    """So many points in words."""
    return Text(N_("1 分")) if points == 1 else Text(N_("{points} 分"), {"points": points})


def _times(times: int) -> Text:
    return Text(N_("1 次")) if times == 1 else Text(N_("{times} 次"), {"times": times})
