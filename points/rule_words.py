"""A rule set in plain words: each section of the document as sentences, in Chinese and in English. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kernel.messages import N_, Text
from points.receipt import EVENT_NAMES, Label, amount
from points.rules import Cap, Gate, Ladder, RuleSet, ScorePart, TitleRule
from points.rules.fields import Named
from points.rules.scores import Cliff, LinearLoss, Piecewise

_CAPS = {
    ("steward", "day", "points"): N_("每人每天最多得 {limit} 分"),
    ("steward", "month", "points"): N_("每人每月最多得 {limit} 分"),
    ("steward", "quarter", "points"): N_("每人每季度最多得 {limit} 分"),
    ("steward", "year", "points"): N_("每人每年最多得 {limit} 分"),
    ("lane", "day", "points"): N_("每条小巷每天最多得 {limit} 分"),
    ("lane", "month", "points"): N_("每条小巷每月最多得 {limit} 分"),
    ("lane", "quarter", "points"): N_("每条小巷每季度最多得 {limit} 分"),
    ("lane", "year", "points"): N_("每条小巷每年最多得 {limit} 分"),
    ("steward", "day", "times"): N_("每人每天最多计 {limit} 次"),
    ("steward", "month", "times"): N_("每人每月最多计 {limit} 次"),
    ("steward", "quarter", "times"): N_("每人每季度最多计 {limit} 次"),
    ("steward", "year", "times"): N_("每人每年最多计 {limit} 次"),
    ("lane", "day", "times"): N_("每条小巷每天最多计 {limit} 次"),
    ("lane", "month", "times"): N_("每条小巷每月最多计 {limit} 次"),
    ("lane", "quarter", "times"): N_("每条小巷每季度最多计 {limit} 次"),
    ("lane", "year", "times"): N_("每条小巷每年最多计 {limit} 次"),
}
EXPIRY = {
    "none": N_("积分长期有效。"),
    "end_of_year": N_("当年的积分到当年 12 月 31 日为止。"),
    "annual_reset": N_("每年 1 月 1 日人人从 {base} 分重新开始。"),
    "end_of_next_year": N_("当年的积分用到第二年 12 月 31 日为止。"),
}
_PURSES = {
    "spendable": N_("可用积分，什么都能换"),
    "honour": N_("荣誉积分，不能兑换"),
    "services": N_("服务积分，只换服务"),
    "donation": N_("捐赠积分，只能捐出去"),
}
_OVERFLOW = {
    "honour": N_("超出的记作荣誉积分"),
    "donation": N_("超出的转作捐赠积分"),
    "donated": N_("超出的直接捐出"),
}
_ORIGINS = {"check_in": N_("现场签到的"), "back_fill": N_("事后补录的"), "staff": N_("工作人员登记的")}
_PERIODS = {"day": N_("每天"), "month": N_("每月"), "quarter": N_("每季度"), "year": N_("每年")}
_OF = {"redeem": N_("兑换积分"), "title": N_("参评")}
_MEASURES = {
    "minutes": N_("服务时长"),
    "lifetime_points": N_("累计积分"),
    "spendable": N_("可用积分"),
    "verified_cases": N_("核实的案件"),
    "months_served": N_("服务月数"),
    "courses": N_("培训课程数"),
    "level": N_("等级"),
    "redemptions": N_("兑换次数"),
    "no_shows": N_("无故缺席"),
    "deductions": N_("被扣的分"),
    "titles": N_("称号"),
    "members": N_("团员人数"),
}
_TEAM_MEASURES = {**_MEASURES, "verified_cases": N_("全团核实的案件"), "months_served": N_("成团月数")}
_ITEMS = {"service": N_("服务"), "goods": N_("实物"), "kit": N_("装备"), "donation": N_("公益捐赠")}
_SOURCES = {
    "vote": N_("公众投票"),
    "review": N_("评审"),
    "evaluation": N_("综合评价"),
    "points_percentile": N_("积分位次"),
    "difficulty": N_("案件难度"),
    "minutes": N_("服务时长"),
}
_TIES = {**_SOURCES, "verified_cases": N_("评选期内核实的案件"), "months_served": N_("服务月数")}
_TEAM_TIES = {**_TIES, "verified_cases": N_("评选期内全团核实的案件"), "months_served": N_("成团月数")}
_VETOES = {
    "faked_case": N_("虚报案件"),
    "payment_taken": N_("收受财物"),
    "privacy_breach": N_("泄露隐私"),
    "complaint_upheld": N_("严重投诉成立"),
    "cheating": N_("弄虚作假"),
}
_NO_SHOWS = {"warn": N_("发提醒"), "suspend": N_("暂停 {days} 天"), "leave": N_("退出")}
_STEPS = {"apply": N_("申请"), "check": N_("核对"), "committee": N_("上会"), "post": N_("入账")}


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading with its sentences."""

    heading: Text
    lines: tuple[Text, ...]


def cap_sentence(cap: Cap) -> Text:
    """A cap as a sentence, such as 每人每月最多得 80 分."""
    return Text(_CAPS[cap.per, cap.period, cap.counts], {"limit": cap.limit})


def expiry_sentence(rules: RuleSet) -> Text:
    """When points end."""
    return Text(EXPIRY[rules.expiry.policy], {"base": rules.expiry.base})


def passages(rules: RuleSet) -> list[Passage]:
    """Everything that the document says beyond the points of single events and their caps."""
    made = [
        (N_("时长怎么算"), _by_the_clock(rules)),
        (N_("积分记到哪里"), _purses(rules)),
        (N_("有效期"), _expiry(rules)),
        (N_("兑换的条件"), _redeeming(rules)),
        (N_("等级和星级"), [*_ladder(rules.levels), *_ladder(rules.stars)]),
        (N_("评价得分和系数"), _scores(rules)),
        (N_("称号"), [line for title in rules.titles for line in title_sentences(title)]),
        (N_("人工加分和预算"), _grants(rules)),
        (N_("违规怎么处理"), _sanctions(rules)),
    ]
    found = [Passage(Text(heading), tuple(lines)) for heading, lines in made]
    return [passage for passage in found if passage.lines]


def _by_the_clock(rules: RuleSet) -> Iterator[Text]:
    for event, tariff in rules.tariffs.items():
        what = Text(EVENT_NAMES[event])
        if (timed := tariff.per_minutes) is not None:
            said = {"what": what, "minutes": timed.minutes, "points": amount(timed.points), "most": timed.most_minutes}
            yield Text(N_("{what}：每 {minutes} 分钟 {points}。"), said)
            if timed.most_minutes is not None:
                yield Text(N_("{what}：一次最多计 {most} 分钟。"), said)
        if (counted := tariff.per_quantity) is not None:
            yield Text(N_("{what}：每件 {points}。"), {"what": what, "points": amount(counted.points)})
            if counted.most is not None:
                yield Text(N_("{what}：一次最多计 {most} 件。"), {"what": what, "most": counted.most})
    if rules.service_minutes is not None:
        most = {"most": rules.service_minutes.most_per_activity}
        yield Text(N_("一次活动最多计 {most} 分钟服务时长；兑换只花积分，不减时长。"), most)
    if rules.complaints is not None:
        what = _joined([Text(EVENT_NAMES[event]) for event in rules.complaints.zero])
        yield Text(N_("投诉成立的，那一次不计分，不影响其他：{what}。"), {"what": what})


def _purses(rules: RuleSet) -> Iterator[Text]:
    for origin, purse in rules.purses.by_origin.items():
        yield Text(N_("{what}记作{purse}。"), {"what": Text(_ORIGINS[origin]), "purse": Text(_PURSES[purse])})
    for event, purse in rules.purses.by_event.items():
        yield Text(N_("{what}记作{purse}。"), {"what": Text(EVENT_NAMES[event]), "purse": Text(_PURSES[purse])})
    if rules.purses.groups is not None:
        said = {"what": Text(N_("团体得的")), "purse": Text(_PURSES[rules.purses.groups])}
        yield Text(N_("{what}记作{purse}。"), said)
    for purse, cap in rules.balance_caps.items():
        held: dict[str, object] = {
            "purse": Text(_PURSES[purse]),
            "most": cap.most,
            "over": Text(_OVERFLOW[cap.overflow_to]),
        }
        yield Text(N_("{purse}：余额最多 {most} 分，{over}。"), held)


def _expiry(rules: RuleSet) -> Iterator[Text]:
    expiry = rules.expiry
    yield expiry_sentence(rules)
    if expiry.reminders_days:
        days = _joined([Text(str(day)) for day in expiry.reminders_days])
        yield Text(N_("到期前 {days} 天各提醒一次。"), {"days": days})
    if expiry.donate_before:
        yield Text(N_("快到期的积分可以一步捐出。"))
    if expiry.grace_days:
        yield Text(N_("预订期间到期又退回的积分，还可以用 {days} 天。"), {"days": expiry.grace_days})
    yield Text(N_("离岗后 {days} 天内可以用完积分。"), {"days": rules.leavers.days_to_spend})
    if rules.leavers.family_collects:
        yield Text(N_("去世管家的积分由家属到窗口领取，两名工作人员签字。"))


def _redeeming(rules: RuleSet) -> Iterator[Text]:
    for gate in rules.gates:
        yield gate_sentence(gate)
    if rules.redemption.of_an_item is not None:
        said = {"per": Text(_PERIODS[rules.redemption.period]), "count": rules.redemption.of_an_item}
        yield Text(N_("同一样东西{per}最多换 {count} 份。"), said)
    yield Text(N_("预订后 {days} 天没领的，退回积分。"), {"days": rules.redemption.unclaimed_days})


def gate_sentence(gate: Gate, measures: Mapping[str, str] = _MEASURES) -> Text:
    """A gate as a sentence, such as 第一次兑换前，服务时长至少 100 小时."""
    said: dict[str, object] = {"of": Text(_OF[gate.of])}
    if gate.only_items is not None:
        said["items"] = _joined([Text(_ITEMS[item]) for item in gate.only_items])
        if gate.accounts == ("group",):
            return Text(N_("团体只能换：{items}。"), said)
        return Text(N_("只能换：{items}。"), said)
    said["measure"] = Text(measures[gate.measure or "minutes"])
    if gate.per is not None:
        said |= {"per": Text(_PERIODS[gate.per]), "count": gate.at_most}
        if gate.measure == "no_shows":
            return Text(N_("{of}要求：{per}无故缺席不超过 {count} 次。"), said)
        return Text(N_("{per}最多{of} {count} 次。"), said)
    bound = gate.at_least if gate.at_least is not None else gate.at_most
    said["bound"] = _hours(bound or 0) if gate.measure == "minutes" else Text(str(bound))
    if gate.at_most is not None:
        return Text(N_("{of}要求：{measure}不超过 {bound}。"), said)
    if gate.first_only:
        return Text(N_("第一次{of}前，{measure}至少 {bound}，以后不再看。"), said)
    return Text(N_("{of}要求：{measure}至少 {bound}。"), said)


def _ladder(ladder: Ladder | None) -> Iterator[Text]:
    if ladder is None:
        return
    for rung in ladder.rungs:
        said = {"name": _named(rung), "hours": _hours(rung.minutes), "points": rung.points}
        if rung.minutes and rung.points:
            yield Text(N_("{name}：服务满 {hours}，并且累计 {points} 分。"), said)
        elif rung.minutes:
            yield Text(N_("{name}：服务满 {hours}。"), said)
        else:
            yield Text(N_("{name}：累计 {points} 分。"), said)
    demotion = ladder.demotion
    if demotion is None:
        yield Text(N_("只升不降，兑换不影响等级。"))
    elif demotion.when == "below":
        yield Text(N_("扣分后达不到要求的，等级跟着降；兑换不影响等级。"))
    else:
        said = {"hours": _hours(demotion.minutes), "points": demotion.points, "rungs": demotion.rungs}
        if demotion.minutes:
            yield Text(N_("一年服务不到 {hours} 的，降 {rungs} 级。"), said)
        else:
            yield Text(N_("一年不到 {points} 分的，降 {rungs} 级。"), said)


def _scores(rules: RuleSet) -> Iterator[Text]:
    if rules.scores is not None:
        scores = rules.scores
        yield Text(N_("{per}满分 {total}。"), {"per": Text(_PERIODS[scores.period]), "total": _number(scores.total)})
        for part in scores.parts:
            yield _part(part)
        if scores.bonus is not None:
            yield Text(N_("另加分最多 {most}。"), {"most": _number(scores.bonus.most)})
    if rules.multipliers is not None:
        for band in sorted(rules.multipliers.bands, key=lambda band: -band.from_score):
            said = {"score": _number(band.from_score), "factor": f"×{band.percent // 100}.{band.percent % 100:02d}"}
            if band.coaching:
                yield Text(N_("得分 {score} 起：系数 {factor}，安排帮带。"), said)
            else:
                yield Text(N_("得分 {score} 起：系数 {factor}。"), said)
        yield Text(N_("系数每月结算一次，记一笔，四舍五入。"))


def _part(part: ScorePart) -> Text:
    said: dict[str, object] = {"name": _named(part), "most": _number(part.most)}
    curve = part.curve
    if isinstance(curve, LinearLoss):
        said |= {"full": _number(curve.full_at), "lose": _number(curve.lose)}
        return Text(N_("{name} {most} 分：达到 {full}% 得满分，每低一个百分点扣 {lose} 分。"), said)
    if isinstance(curve, Cliff):
        said |= {"of": curve.of, "in_all": curve.in_all}
        return Text(N_("{name} {most} 分：不到 {of}/{in_all} 不得分，达到后按比例。"), said)
    if isinstance(curve, Piecewise):
        said["points"] = _joined([Text(f"{_number(x)}% → {_number(y)}%") for x, y in curve.through])
        return Text(N_("{name} {most} 分：按折线 {points}。"), said)
    return Text(N_("{name} {most} 分：按比例。"), said)


def title_sentences(title: TitleRule) -> Iterator[Text]:
    """What a title asks for, in sentences."""
    said: dict[str, object] = {"name": _named(title), "quota": title.quota, "candidates": title.candidates}
    if title.candidates is not None:
        yield Text(N_("{name}：从 {candidates} 名候选人里评出 {quota} 名。"), said)
    else:
        yield Text(N_("{name}：{quota} 名。"), said)
    of_team = title.of == "team"
    if of_team:
        yield Text(N_("授予管家团，综合评价取团员的平均分，积分和案件算在团期间的。"))
    weights = [
        Text(N_("{source} {weight}%"), {"source": Text(_SOURCES[source]), "weight": weight})
        for source, weight in title.weights.items()
    ]
    yield Text(N_("{name}：{weights}。"), {**said, "weights": _joined(weights)})
    if title.review_on:
        dimensions = _joined([_named(one) for one in title.review_on])
        yield Text(N_("评审组按{dimensions}各打 0 到 100 分。"), {"dimensions": dimensions})
    for gate in title.gates:
        yield gate_sentence(gate, _TEAM_MEASURES if of_team else _MEASURES)
    if title.clean_record:
        yield Text(N_("评选期内无不良记录。"))
    if title.winners_out_years:
        yield Text(N_("近 {years} 年当选的不再参选。"), {"years": title.winners_out_years})
    if title.most_running is not None:
        running = {"year": N_("最多连续当选 {years} 年。"), "quarter": N_("最多连续当选 {years} 个季度。")}
        yield Text(running.get(title.period, N_("最多连续当选 {years} 个月。")), {"years": title.most_running})
    if title.most_per_community is not None:
        yield Text(N_("同一社区最多 {count} 名。"), {"count": title.most_per_community})
    if title.after:
        yield Text(N_("同期已获更高称号的不再参选。"))
    ties = _joined([Text((_TEAM_TIES if of_team else _TIES)[tie]) for tie in title.ties])
    yield Text(N_("同分依次比较：{ties}，仍同分的抽签。") if title.ties else N_("同分抽签。"), {"ties": ties})
    days = {"days": title.notice_working_days, "answer": title.answer_working_days}
    yield Text(N_("公示 {days} 个工作日，实名异议 {answer} 个工作日内答复。"), days)
    if title.vetoes:
        vetoes = _joined([Text(_VETOES[veto]) for veto in title.vetoes])
        text = N_("一票否决，团员一人有就算全团：{vetoes}。") if of_team else N_("一票否决：{vetoes}。")
        yield Text(text, {"vetoes": vetoes})


def _grants(rules: RuleSet) -> Iterator[Text]:
    grants = rules.grants
    if grants.reasons:
        yield Text(N_("事由：{reasons}。"), {"reasons": _joined([_named(one) for one in grants.reasons.values()])})
        said = {"alone": grants.alone_up_to, "most": grants.most}
        yield Text(N_("一次最多 {most} 分，超过 {alone} 分要另一个人审批。"), said)
        if grants.alone_up_to:
            month = {"month": grants.most_alone_a_month}
            yield Text(N_("同一名工作人员每月不经审批最多加 {month} 分，再加也要另一个人审批。"), month)
    if grants.face_values:
        yield Text(N_("面值：{values} 分。"), {"values": _joined([Text(str(one)) for one in grants.face_values])})
    if len(grants.steps) > 2:
        yield Text(N_("步骤：{steps}。"), {"steps": _joined([Text(_STEPS[step]) for step in grants.steps])})
    if rules.budget is not None:
        paid: dict[str, object] = {"per": Text(_PERIODS[rules.budget.period]), "most": rules.budget.most}
        yield Text(N_("积分由街道预算发放，{per}每个街道最多 {most} 分。"), paid)
    if rules.peg is not None:
        yuan = _number(Decimal(rules.peg.fen) / 100)
        yield Text(N_("{points}合 {yuan} 元。"), {"points": amount(rules.peg.points), "yuan": yuan})


def _sanctions(rules: RuleSet) -> Iterator[Text]:
    sanctions = rules.sanctions
    if sanctions.deductions is not None:
        points = [item.points for item in sanctions.deductions.items.values()]
        said = {
            "groups": len(sanctions.deductions.groups),
            "items": len(points),
            "least": min(points),
            "most": max(points),
        }
        yield Text(N_("扣分清单 {groups} 类 {items} 项，每项 {least} 到 {most} 分。"), said)
        for code, group in sanctions.deductions.groups.items():
            listed = [
                Text(N_("{name} {points} 分"), {"name": _named(item), "points": item.points})
                for item in sanctions.deductions.items.values()
                if item.group == code
            ]
            yield Text(N_("{group}：{items}。"), {"group": _named(group), "items": _joined(listed)})
    cheating = sanctions.cheating
    if cheating is not None:
        if cheating.zeroes_balance:
            yield Text(N_("弄虚作假的，积分清零。"))
        if cheating.voids_gifts:
            yield Text(N_("弄虚作假的，没领的礼品作废。"))
        if cheating.bars_years:
            years = _joined([Text(str(one)) for one in cheating.bars_years])
            yield Text(N_("弄虚作假的，按次数 {years} 年内不得晋级和参评。"), {"years": years})
    absent = sanctions.no_shows
    if absent is not None:
        then = Text(_NO_SHOWS[absent.then], {"days": absent.suspend_days})
        missed: dict[str, object] = {"per": Text(_PERIODS[absent.period]), "count": absent.most, "then": then}
        yield Text(N_("{per}无故缺席满 {count} 次：{then}。"), missed)
    yield Text(N_("扣分前先听本人说明，{days} 天内可以申诉。"), {"days": sanctions.appeal_days})


def _named(thing: Named) -> Text:
    return Label(thing.zh, english=thing.en)


def _hours(minutes: int) -> Text:
    if minutes % 60:
        return Text(N_("{minutes} 分钟"), {"minutes": minutes})
    return Text(N_("{hours} 小时"), {"hours": minutes // 60})


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _joined(parts: list[Text]) -> Text:
    """Words one after another, with the comma of the language."""
    found = parts[0]
    for part in parts[1:]:
        found = Text(N_("{first}、{then}"), {"first": found, "then": part})
    return found
