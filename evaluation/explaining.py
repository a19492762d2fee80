"""A card as one paragraph in Chinese or English (说明): each figure with the ballots and cases that it rests on.

Counts are told, never people: what evaluation.cards hides is not told here either.
"""

from collections.abc import Iterator, Sequence

from evaluation.cards import LEAST_SHOWN, ShownDimension, ShownSource, StewardCard
from evaluation.figures import percent, points
from evaluation.schemes import Scheme
from kernel.messages import N_, Locale, Text
from points.receipt import Label

_SHOWN_OF_HASH = 12


def paragraph(card: StewardCard, locale: Locale) -> str:
    """The whole explanation in a language."""
    return ("" if locale == "zh" else " ").join(sentence.render(locale) for sentence in explanation(card))


def explanation(card: StewardCard) -> tuple[Text, ...]:
    """The sentences of a card's explanation, in order."""
    return tuple(_sentences(card))


def _sentences(card: StewardCard) -> Iterator[Text]:
    if card.score is None:
        yield Text(N_("{period} 没有可以计分的票和案件。"), {"period": card.period})
    else:
        yield Text(
            N_("{period} 总分 {score} 分，有 {sure}% 的把握在 {low} 到 {high} 之间。"),
            {
                "period": card.period,
                "score": points(card.score),
                "sure": card.scheme.scheme.interval_percent,
                "low": points(card.low),
                "high": points(card.high),
            },
        )
    for source in card.sources:
        yield from _source(source, card.scheme.scheme)
    if any(source.score is None for source in card.sources) and card.score is not None:
        yield Text(N_("缺少的一方不计，其余各方的权重按比例增加。"))
    yield from _toward_the_street(card.sources)
    if card.bonus:
        yield Text(N_("险情处置加 {points} 分。"), {"points": points(card.bonus)})
    yield from _place(card)
    if card.multiplier_percent is not None:
        factor = f"×{card.multiplier_percent // 100}.{card.multiplier_percent % 100:02d}"
        yield Text(N_("下一周期案件积分的系数是 {factor}。"), {"factor": factor})
    if card.coaching:
        yield Text(N_("下一周期安排帮带。"))
    yield Text(
        N_("依据第 {number} 版方案，第 {run} 次结账，数据校验码 {code}。"),
        {"number": card.scheme.number, "run": card.run, "code": card.inputs_sha256[:_SHOWN_OF_HASH]},
    )


def _source(source: ShownSource, scheme: Scheme) -> Iterator[Text]:
    name = Label(source.zh, english=source.en)
    if source.score is None:
        if source.reason == "below_minimum":
            yield Text(
                N_("{source}的票不足 {minimum} 张，这次不计。"), {"source": name, "minimum": source.minimum_raters}
            )
        else:
            yield Text(N_("{source}没有可以计的票或案件，这次不计。"), {"source": name})
    else:
        yield Text(
            N_("{source}占 {weight}%，得 {score} 分，依据 {grounds}：{dimensions}。"),
            {
                "source": name,
                "weight": percent(source.counted_weight),
                "score": points(source.score),
                "grounds": _grounds(source),
                "dimensions": _listed([_dimension(one, source) for one in source.dimensions]),
            },
        )
        yield from _unanswered(source, scheme)
    if source.held != 0:
        yield Text(N_("{source}有{count}看着异常，暂不计入。"), {"source": name, "count": _ballots(source.held)})
    if source.open_mean is not None:
        yield Text(
            N_("另有开放票 {count} 张，平均 {mean} 分，权重低，不算进最低票数。"),
            {"count": source.open_ballots, "mean": points(source.open_mean)},
        )
    if source.severity == "removed":
        yield Text(N_("{source}各位评价人的宽严差别已经扣除。"), {"source": name})
    elif source.severity == "assumed":
        yield Text(N_("{source}有评价人没有和别人评过同一位管家，宽严无从比较，按一般看待。"), {"source": name})


def _unanswered(source: ShownSource, scheme: Scheme) -> Iterator[Text]:
    """Dimensions of a source that counts which nobody answered, or for which there were no cases."""
    present = {one.code for one in source.dimensions}
    asked = scheme.source(source.code)
    missing = [Label(d.zh, english=d.en) for d in asked.dimensions if d.code not in present] if asked else []
    if missing:
        yield Text(
            N_("没有票或案件的项目不计，同一方其余项目的权重按比例增加：{dimensions}。"),
            {"dimensions": _listed(missing)},
        )


def _grounds(source: ShownSource) -> Text:
    cases = max((one.cases for one in source.dimensions if one.cases is not None), default=None)
    if all(one.measured for one in source.dimensions):
        return _cases(cases or 0)
    if cases is None:
        return _ballots(source.raters)
    return Text(N_("{ballots}和{cases}"), {"ballots": _ballots(source.raters), "cases": _cases(cases)})


def _dimension(one: ShownDimension, source: ShownSource) -> Text:
    name = Label(one.zh, english=one.en)
    if one.score is None:
        return Text(N_("{dimension}答的人少，不单列"), {"dimension": name})
    said = {"dimension": name, "score": points(one.score)}
    if not one.measured and one.ballots == source.raters and not source.open_ballots:
        return Text(N_("{dimension} {score}"), said)  # as many as the whole side has
    if not one.measured:
        return Text(N_("{dimension} {score}（{count}）"), {**said, "count": _ballots(one.ballots)})
    if one.hits is None:
        return Text(N_("{dimension} {score}（{count}）"), {**said, "count": _cases(one.cases or 0)})
    said |= {"hits": one.hits, "cases": one.cases}
    if one.expected is None:
        return Text(N_("{dimension} {score}（{cases} 件中 {hits} 件）"), said)
    return Text(
        N_("{dimension} {score}（{cases} 件中 {hits} 件，同类案件全区为 {expected}%）"),
        {**said, "expected": points(one.expected)},
    )


def _toward_the_street(sources: Sequence[ShownSource]) -> Iterator[Text]:
    shares = [
        one.own_percent
        for source in sources
        if source.score is not None
        for one in source.dimensions
        if one.own_percent is not None
    ]
    if shares and min(shares) < 100:
        yield Text(
            N_("票和案件越少，越向本街道的平均靠拢：各项里本人自己的占 {least}% 到 {most}%。"),
            {"least": min(shares), "most": max(shares)},
        )


def _place(card: StewardCard) -> Iterator[Text]:
    if card.place is None:
        return
    if card.scheme.scheme.ranks == "strict":
        yield Text(N_("在本街道 {of} 位管家中排第 {place}。"), {"of": card.of, "place": card.place})
    elif card.place == 1:
        yield Text(N_("本街道 {of} 位管家中，没有人明显更高；相差在误差以内的不分先后。"), {"of": card.of})
    else:
        yield Text(
            N_("本街道 {of} 位管家中，明显更高的有 {ahead} 位；相差在误差以内的不分先后。"),
            {"of": card.of, "ahead": card.place - 1},
        )


def _ballots(count: int | None) -> Text:
    if count is None:
        return Text(N_("不到 {least} 张票"), {"least": LEAST_SHOWN})
    return Text(N_("1 张票")) if count == 1 else Text(N_("{count} 张票"), {"count": count})


def _cases(count: int) -> Text:
    return Text(N_("1 件案件")) if count == 1 else Text(N_("{count} 件案件"), {"count": count})


def _listed(parts: Sequence[Text]) -> Text:
    listed = parts[0]
    for part in parts[1:]:
        listed = Text(N_("{first}；{then}"), {"first": listed, "then": part})
    return listed
