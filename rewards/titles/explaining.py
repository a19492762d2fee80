"""Why somebody is on a list or not (评选说明): every rule of the round with the figure that it met, as sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kernel.messages import N_, Text
from points.receipt import Label
from points.rules import Measure, TitleRule
from points.titles import Outcome
from rewards.gating import MEASURES
from rewards.titles.causes import BARS, VETOES
from rewards.titles.inputs import HUNDREDTHS, Inputs
from rewards.titles.rules import SOURCES, dimensions_of
from rewards.titles.selecting import STRUCK, Line, running

OUTCOMES = {
    Outcome.PROPOSED: N_("拟推荐"),
    Outcome.NEXT: N_("名额以外，依次候补"),
    Outcome.COMMUNITY_FULL: N_("所在社区名额已满"),
    Outcome.NOT_SHORTLISTED: N_("未进入候选人名单"),
    Outcome.BARRED: N_("不参评"),
}
_AMONG = {
    "district": N_("全区第 {place} 名"),
    "street": N_("本街道第 {place} 名"),
    "community": N_("本社区第 {place} 名"),
}
_TEAM_MEASURES: Mapping[Measure, str] = {
    **MEASURES,
    "verified_cases": N_("全团核实案件数"),
    "months_served": N_("成团月数"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule with its figure. `holds` is None where it weighs and neither lets in nor keeps out."""

    text: Text
    holds: bool | None = None


def decimal_text(value: Fraction) -> str:
    """An exact figure with two digits, rounded half up."""
    cents = int(value * 100 + Fraction(1, 2))
    return f"{cents // 100}.{cents % 100:02d}"


def explain(inputs: Inputs, line: Line) -> list[Reason]:
    """Every rule of a round as it concerns one entrant, the outcome last."""
    return [
        *_weights(inputs, line),
        *_gates(inputs.rule, line),
        *_record(inputs, line),
        *_others(inputs.rule, line),
        Reason(text=Text(OUTCOMES[line.outcome]), holds=line.outcome is Outcome.PROPOSED),
    ]


def _weights(inputs: Inputs, line: Line) -> Iterator[Reason]:
    rule = inputs.rule
    whole = sum(weight for source, weight in rule.weights.items() if source not in inputs.without)
    total = Fraction(0)
    for source, weight in rule.weights.items():
        name = Text(SOURCES[source])
        said: dict[str, object] = {"source": name, "weight": weight}
        if source in inputs.without:
            yield Reason(text=Text(N_("{source}：这一期还没有数据，{weight}% 按比例让给其他各项"), said))
            continue
        mark = line.entrant.marks.get(source)
        if mark is None:
            yield Reason(text=Text(N_("{source}：没有数据，记 0 分（占 {weight}%）"), said))
            continue
        part = Fraction(mark, HUNDREDTHS) * weight / whole
        total += part
        said |= {"mark": decimal_text(Fraction(mark, HUNDREDTHS)), "part": decimal_text(part)}
        yield Reason(text=Text(N_("{source} {mark}，占 {weight}%，得 {part} 分"), said))
        if source == "review":
            yield from _marked(rule, line)
    yield Reason(text=Text(N_("合计 {total} 分"), {"total": decimal_text(total)}))
    if line.place is not None:
        yield Reason(text=Text(_AMONG[rule.per], {"place": line.place}))
        yield Reason(text=Text(N_("名额 {quota} 名"), {"quota": rule.quota}), holds=line.outcome is Outcome.PROPOSED)


def _marked(rule: TitleRule, line: Line) -> Iterator[Reason]:
    for one in dimensions_of(rule):
        marks = "、".join(map(str, line.entrant.review.get(one.code, ())))
        yield Reason(
            text=Text(N_("其中{dimension}：{marks}"), {"dimension": Label(one.zh, english=one.en), "marks": marks})
        )


def _gates(rule: TitleRule, line: Line) -> Iterator[Reason]:
    shut = {missing.code for missing in line.shut}
    for gate in rule.gates:
        if gate.measure is None:
            continue
        said = {"measure": _measured(rule, gate.measure), "have": line.entrant.measures.get(gate.measure, 0)}
        if gate.at_least is not None:
            text = Text(N_("{measure} {have}，要求不少于 {needed}"), {**said, "needed": gate.at_least})
        else:
            text = Text(N_("{measure} {have}，要求不超过 {needed}"), {**said, "needed": gate.at_most})
        yield Reason(text=text, holds=gate.code not in shut)


def _measured(rule: TitleRule, measure: Measure) -> Text:
    return Text((_TEAM_MEASURES if rule.of == "team" else MEASURES)[measure])


def _record(inputs: Inputs, line: Line) -> Iterator[Reason]:
    rule, entrant = inputs.rule, line.entrant
    for veto in rule.vetoes:
        found = veto in entrant.vetoes
        text = N_("一票否决（{veto}）：有") if found else N_("一票否决（{veto}）：无")
        yield Reason(text=Text(text, {"veto": Text(VETOES[veto])}), holds=not found)
    if rule.clean_record:
        yield Reason(
            text=Text(N_("评选期内有不良记录") if entrant.blemished else N_("评选期内无不良记录")),
            holds=not entrant.blemished,
        )
    if rule.winners_out_years:
        out = "winner" in line.causes
        said = {"years": rule.winners_out_years}
        yield Reason(text=Text(N_("近 {years} 年当选过") if out else N_("近 {years} 年没有当选"), said), holds=not out)
    if rule.most_running is not None:
        count = running(inputs.period, entrant.won)
        said = {"count": count, "most": rule.most_running}
        yield Reason(text=Text(N_("此前连续当选 {count} 次，最多 {most} 次"), said), holds=count < rule.most_running)


def _others(rule: TitleRule, line: Line) -> Iterator[Reason]:
    for cause in line.causes:
        if cause in BARS and cause in line.entrant.bars:
            yield Reason(text=Text(BARS[cause]), holds=False)
        if cause == STRUCK:
            yield Reason(text=Text(BARS[STRUCK]), holds=False)
    if rule.after:
        higher = any(cause.startswith("after:") for cause in line.causes)
        text = N_("同期已获或拟获更高称号") if higher else N_("同期没有更高称号")
        yield Reason(text=Text(text), holds=not higher)
    if rule.most_per_community is not None:
        full = line.outcome is Outcome.COMMUNITY_FULL
        text = N_("同一社区最多 {count} 名，已满") if full else N_("同一社区最多 {count} 名")
        yield Reason(text=Text(text, {"count": rule.most_per_community}), holds=not full)


def why_barred(rule: TitleRule, line: Line) -> list[Text]:
    """The short reasons of somebody who is barred: gates that are shut, vetoes and codes."""
    found = [
        Text(
            N_("{measure} {have}，要求不超过 {needed}")
            if shut.at_most
            else N_("{measure} {have}，要求不少于 {needed}"),
            {"measure": _measured(rule, shut.measure), "have": shut.have, "needed": shut.needed},
        )
        for shut in line.shut
        if shut.measure is not None
    ]
    for cause in line.causes:
        kind, _, code = cause.partition(":")
        if kind == "veto":
            found.append(Text(N_("一票否决（{veto}）：有"), {"veto": Text(VETOES[code])}))
        elif kind == "after":
            found.append(Text(N_("同期已获或拟获更高称号")))
        else:
            found.append(Text(BARS[cause]))
    return found
