"""What waits for a member of staff today: each line counted within the caller's reach, all reads side by side."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cases.queue import CaseFilter, count_by_state
from cases.recheck_reading import list_alerts, list_rechecks
from cases.sighting_reading import count_waiting_sightings
from cases.wording import State
from evaluation.appeal_reading import count_open_appeals
from evaluation.holds import count_open_holds
from kernel.clock import local_date
from kernel.database import Reader
from kernel.database.together import Together
from kernel.messages import N_
from points.budgets import list_budgets
from points.expiring import expiring_by_street
from points.grant_reading import count_waiting
from rewards.displays.reading import list_displays
from rewards.orders import count_orders
from rewards.stock_reading import count_sheet
from rewards.stories.reading import waiting_thanks
from rewards.titles.list_reading import count_open_objections
from rewards.wording import OrderState
from stewards.erasing import list_requests
from stewards.permissions import Action, may
from stewards.principal import Principal

SOON = timedelta(days=60)
"""How far ahead points that end are counted."""
_MOST = 200
_LOW = 10  # a budget is low when less than a tenth of it is left
Count = Callable[[Reader, Principal, datetime], Coroutine[Any, Any, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One kind of work: how much of it waits, and where it is done. `unit` says what is counted."""

    code: str
    words: str
    unit: str
    path: str
    count: int


@dataclass(frozen=True, slots=True)
class _Kind:
    code: str
    words: str
    unit: str
    path: str
    action: Action
    count: Count


async def _cases(reader: Reader, principal: Principal, now: datetime) -> int:
    return (await count_by_state(reader, principal, CaseFilter())).get(State.REPORTED, 0)


async def _sightings(reader: Reader, principal: Principal, now: datetime) -> int:
    return await count_waiting_sightings(reader, principal)


async def _orders(reader: Reader, principal: Principal, now: datetime) -> int:
    return (await count_orders(reader, principal))[OrderState.RESERVED]


async def _grants(reader: Reader, principal: Principal, now: datetime) -> int:
    return await count_waiting(reader, principal)


async def _holds(reader: Reader, principal: Principal, now: datetime) -> int:
    return await count_open_holds(reader, principal)


async def _appeals(reader: Reader, principal: Principal, now: datetime) -> int:
    return (await count_open_appeals(reader, principal, today=local_date(now)))[0]


async def _overdue(reader: Reader, principal: Principal, now: datetime) -> int:
    return (await count_open_appeals(reader, principal, today=local_date(now)))[1]


async def _objections(reader: Reader, principal: Principal, now: datetime) -> int:
    return await count_open_objections(reader, principal)


async def _rechecks(reader: Reader, principal: Principal, now: datetime) -> int:
    return len(await list_rechecks(reader, principal, limit=_MOST))


async def _alerts(reader: Reader, principal: Principal, now: datetime) -> int:
    return len(await list_alerts(reader, principal, limit=_MOST))


async def _thanks(reader: Reader, principal: Principal, now: datetime) -> int:
    return len(await waiting_thanks(reader, principal, limit=_MOST))


async def _low_stock(reader: Reader, principal: Principal, now: datetime) -> int:
    return len(await count_sheet(reader, principal, low_only=True))


async def _low_budgets(reader: Reader, principal: Principal, now: datetime) -> int:
    budgets = await list_budgets(reader, principal, now=now)
    return sum(1 for budget in budgets if budget.given and budget.left * _LOW < budget.left + budget.given)


async def _ending(reader: Reader, principal: Principal, now: datetime) -> int:
    until = local_date(now + SOON)
    return sum(line.points for line in await expiring_by_street(reader, principal) if line.on <= until)


async def _silent(reader: Reader, principal: Principal, now: datetime) -> int:
    found = await list_displays(reader, principal, limit=_MOST)
    return sum(1 for display in found if display.state(now) == "silent")


async def _erasures(reader: Reader, principal: Principal, now: datetime) -> int:
    return len(await list_requests(reader, limit=_MOST))


_CASES, _LINES = N_("{count} 件"), N_("{count} 条")
_KINDS = (
    _Kind("cases", N_("等着核实的案件"), _CASES, "/admin/cases", Action.CASES_VERIFY, _cases),
    _Kind("sightings", N_("居民反映的事"), _LINES, "/admin/sightings", Action.SIGHTINGS_DECIDE, _sightings),
    _Kind("orders", N_("等着备货的兑换单"), N_("{count} 单"), "/admin/orders", Action.ORDERS_FULFIL, _orders),
    _Kind("grants", N_("等着审批的人工加分"), _LINES, "/admin/grants", Action.GRANTS_APPROVE, _grants),
    _Kind("overdue_appeals", N_("过了期限的申诉"), _LINES, "/admin/appeals", Action.APPEALS_ANSWER, _overdue),
    _Kind("appeals", N_("等着答复的申诉"), _LINES, "/admin/appeals", Action.APPEALS_ANSWER, _appeals),
    _Kind("objections", N_("等着答复的异议"), _LINES, "/admin/titles", Action.TITLES_REVIEW, _objections),
    _Kind("holds", N_("等着复核的评价票"), N_("{count} 张"), "/admin/reviews", Action.BALLOTS_REVIEW, _holds),
    _Kind("rechecks", N_("抽到的案件"), _CASES, "/admin/rechecks", Action.CASES_RECHECK, _rechecks),
    _Kind("alerts", N_("短时间内核实很多"), _LINES, "/admin/rechecks", Action.ALERTS_REVIEW, _alerts),
    _Kind("thanks", N_("等着看的感谢"), _LINES, "/admin/stories", Action.THANKS_DECIDE, _thanks),
    _Kind("low_stock", N_("快没货的物品"), N_("{count} 种"), "/admin/stock", Action.STOCK_READ, _low_stock),
    _Kind("low_budgets", N_("快用完的街道预算"), N_("{count} 个"), "/admin/budgets", Action.BUDGETS_READ, _low_budgets),
    _Kind("ending", N_("60 天内到期的积分"), N_("{count} 分"), "/admin/budgets", Action.BUDGETS_READ, _ending),
    _Kind("displays", N_("断线的大屏"), N_("{count} 块"), "/admin/displays", Action.DISPLAYS_EDIT, _silent),
    _Kind("erasures", N_("等着办的注销申请"), _LINES, "/admin/erasures", Action.ERASURES_EDIT, _erasures),
)


async def read_overview(reader: Reader, principal: Principal, *, now: datetime) -> list[Waiting]:
    """Every kind of work that the caller may do, in the order of a day, with how much of it waits (0 included)."""
    kinds = [kind for kind in _KINDS if may(principal, kind.action)]
    async with Together(reader) as ask:
        counts = [ask(kind.count, principal, now) for kind in kinds]
    return [
        Waiting(code=kind.code, words=kind.words, unit=kind.unit, path=kind.path, count=count.result())
        for kind, count in zip(kinds, counts, strict=True)
    ]
