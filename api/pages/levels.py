"""A steward's levels and stars: which rung, what the next one takes, every rung of the ladder, and how it went."""

from dataclasses import dataclass
from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.categories import Categories, read_categories
from api.pages.own import read_self
from api.pages.rendering import PageRequest, page
from kernel.clock import local_date
from kernel.messages import N_, Text
from points.balances import balance
from points.levelling import LadderName
from points.levels import Level
from points.own_levels import LevelStep, OwnLevels, own_levels
from points.receipt import Label
from points.rules import Ladder, Rung
from stewards.permissions import Action

LADDER_NAMES: dict[LadderName, str] = {"levels": N_("管家等级"), "stars": N_("星级")}
_CAUSES = {
    "reached": N_("达到了"),
    "below": N_("不再达到"),
    "idle": N_("上一年服务不够"),
    "restored": N_("上一年服务够了，恢复"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderWords:
    """A ladder as its steward reads it: the rung, what the next one takes, how much of the way is done (0 to 100)."""

    name: Text
    rung: Text
    ahead: Text
    percent: int
    rungs: tuple[tuple[Text, Text, bool], ...]  # name, what it takes, whether it is held


def ladder_words(own: OwnLevels, categories: Categories, *, minutes: int, points: int) -> list[LadderWords]:
    """Each ladder in words; never only a bar or a colour."""
    return [
        LadderWords(
            name=Text(LADDER_NAMES[name]),
            rung=_rung_name(level.rung) if level.rung else Text(N_("还没有等级")),
            ahead=_ahead(level, categories),
            percent=_percent(level, minutes=minutes, points=points),
            rungs=_rungs(own.ladders[name], level),
        )
        for name, level in own.levels.items()
    ]


def _rung_name(rung: Rung) -> Text:
    return Label(rung.zh, english=rung.en)


def _ahead(level: Level, categories: Categories) -> Text:
    if level.next is None:
        return Text(N_("已经是最高一级"))
    said: dict[str, object] = {"next": _rung_name(level.next), "points": level.more_points}
    said["cases"] = -(-level.more_points // max(1, categories.usual))
    said["hours"] = -(-level.more_minutes // 60)
    if level.more_points and level.more_minutes:
        return Text(N_("离{next}还差 {points} 分（约 {cases} 件）和 {hours} 小时"), said)
    if level.more_minutes:
        return Text(N_("离{next}还差 {hours} 小时"), said)
    if level.more_points:
        return Text(N_("离{next}还差 {points} 分，约 {cases} 件"), said)
    return Text(N_("已够{next}的条件，禁止晋级期满后升级"), said)


def _percent(level: Level, *, minutes: int, points: int) -> int:
    if level.next is None:
        return 100
    both = ((minutes, level.next.minutes), (points, level.next.points))
    shares = [100 * min(max(0, have), need) // need for have, need in both if need]
    return min(shares, default=0)


def _rungs(ladder: Ladder, level: Level) -> tuple[tuple[Text, Text, bool], ...]:
    return tuple((_rung_name(rung), _takes(rung), at <= level.number) for at, rung in enumerate(ladder.rungs, 1))


def _takes(rung: Rung) -> Text:
    said = {"points": rung.points, "hours": -(-rung.minutes // 60)}
    if rung.points and rung.minutes:
        return Text(N_("累计 {points} 分和 {hours} 小时"), said)
    return Text(N_("累计 {hours} 小时"), said) if rung.minutes else Text(N_("累计 {points} 分"), said)


def _step_words(own: OwnLevels, step: LevelStep) -> tuple[Any, Text, Text]:
    ladder = next((found for name, found in own.ladders.items() if name == step.ladder), None)
    rungs = ladder.rungs if ladder else ()
    now = _rung_name(rungs[step.number - 1]) if 0 < step.number <= len(rungs) else Text(N_("还没有等级"))
    return step.on, now, Text(_CAUSES[step.cause])


@get("/me/levels", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_levels(request: PageRequest) -> Template:
    """One's own levels and stars, by lifetime points and minutes: redeeming never costs a rung."""
    district = district_of(request)
    now = district.clock.now()
    reader = await district.database.reader()
    steward = await read_self(reader, request)
    purse = await balance(reader, steward.id, now=now)
    categories = await read_categories(reader, local_date(now))
    own = await own_levels(reader, categories.rules, purse, now=now)
    barred = next((level.barred_until for level in own.levels.values() if level.barred_until), None)
    return page(
        request,
        "steward/levels.html",
        steward=steward,
        purse=purse,
        hours=purse.minutes // 60,
        ladders=ladder_words(own, categories, minutes=purse.minutes, points=purse.lifetime),
        steps=[_step_words(own, step) for step in own.steps[:20]],
        barred=barred,
    )


route_handlers: list[Any] = [show_levels]
