"""Budgets and liability on a page: charts with their tables, what ends when, and changing a budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.charts import bars
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import commit_form
from api.pages.rendering import PageRequest, page, see_other
from api.pages.wording import day_words
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from points.budget_history import budget_moves
from points.budgets import BUDGET_REASONS, BudgetChange, Change, list_budgets
from points.expiring import expiring_by_street
from points.reports import liability
from points.rules.budgets import MOST_BUDGET
from stewards.lanes import list_streets
from stewards.permissions import Action, may

_FORM = "budget change"
_NAMES = {"/street": "street", "/points": "points", "/reason": "reason", "/note": "note"}
_CHANGES: Mapping[Change, str] = {"fund": N_("拨入"), "defund": N_("收回")}
_DONE = {"changed": N_("已办好，预算已经更新。"), "again": N_("这张单子已经办过，没有再办。")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the form was filled with. `why` is a change and its reason, such as fund/annual."""

    nonce: str
    street: str = ""
    points: str = ""
    why: str = ""
    note: str = ""


@get("/admin/budgets", opt={"action": Action.BUDGETS_READ}, include_in_schema=False)
async def show_budgets(request: PageRequest) -> Template:
    """What each street may issue, has given and still owes, and what ends when."""
    return await _page(request, Filled(nonce=str(new_id())), {})


@post(
    "/admin/budgets",
    opt={"action": Action.BUDGETS_FUND, FORM: ("nonce", "street", "points", "why", "note")},
    include_in_schema=False,
    status_code=200,
)
async def change_budget(request: PageRequest) -> Template | Redirect:
    """Put points into a street's budget or take them out, once however often the form is sent."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    filled = Filled(
        nonce=fields.text("nonce")[:64],
        street=fields.text("street")[:32],
        points=fields.text("points")[:12],
        why=fields.text("why")[:32],
        note=fields.text("note"),
    )
    reader = await district.database.reader()
    street = next((one for one in await list_streets(reader) if one.code == filled.street), None)
    typed = filled.points
    points = int(typed) if typed.isascii() and typed.isdigit() else None
    change, _, reason = filled.why.partition("/")
    errors: Errors = {}
    if street is None:
        errors["street"] = Text(N_("请选街道。"))
    if points is None or not 0 < points <= MOST_BUDGET:
        errors["points"] = Text(N_("积分要填 1 到 {most} 之间的整数。"), {"most": MOST_BUDGET})
    if change not in _CHANGES or reason not in BUDGET_REASONS[cast("Change", change)]:
        errors["why"] = Text(N_("请选拨入或收回的原因。"))
    if street is None or points is None or errors:
        return await _page(request, filled, errors, status=400)
    wish = BudgetChange(
        street_id=street.id,
        change=cast("Change", change),
        points=points,
        reference=str(new_id()),
        actor=principal,
        reason=reason,
        note=filled.note or None,
    )
    outcome = await commit_form(district.change_budgets, wish, principal, _FORM, filled.nonce, shard=street.id.int)
    if isinstance(outcome, Refusal):
        return await _page(request, filled, errors_of(outcome, _NAMES), status=status_of(outcome))
    return see_other(f"/admin/budgets?done={'changed' if outcome else 'again'}")


async def _page(request: PageRequest, filled: Filled, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    lines = await list_budgets(reader, principal, now=district.clock.now())
    owed = await liability(reader, [line.street.id for line in lines])
    ending = await expiring_by_street(reader, principal)
    english = locale_of(request) == "en"
    names = [line.street.name_en if english else line.street.name for line in lines]
    bounded = any(line.ceiling is not None for line in lines)
    unspent = [owed.get(line.street.id, 0) for line in lines]
    charts = [(Text(N_("还没有用的积分（负债）")), bars(names, [(Text(N_("未用")), unspent)]))]
    if bounded:
        series = [
            (Text(N_("上限")), [line.ceiling or 0 for line in lines]),
            (Text(N_("已用")), [line.given for line in lines]),
            (Text(N_("可发")), [line.left for line in lines]),
        ]
        charts.insert(0, (Text(N_("街道预算")), bars(names, series)))
    by_day: dict[str, int] = {}
    for line in ending:
        words = day_words(line.on, locale_of(request))
        by_day[words] = by_day.get(words, 0) + line.points
    return page(
        request,
        "staff/budgets.html",
        status=status,
        filled=filled,
        errors=errors,
        may_fund=may(principal, Action.BUDGETS_FUND),
        changes=_CHANGES,
        reasons=BUDGET_REASONS,
        moves=await budget_moves(reader, [line.street.id for line in lines]),
        streets={line.street.id: line.street for line in lines},
        done=_DONE.get(request.query_params.get("done") or ""),
        frame=await staff_frame(reader, principal),
        bounded=bounded,
        lines=lines,
        owed=owed,
        ending=ending,
        charts=charts,
        ending_chart=bars(list(by_day), [(Text(N_("到期")), list(by_day.values()))]),
    )


route_handlers: list[Any] = [show_budgets, change_budget]
