"""The form of an item: what the fields say, what an item's fields hold, and where the two differ."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.counter import whole_number
from api.pages.forms import Errors, Fields, local_field, local_instant
from kernel.messages import N_, Text
from rewards.catalogue import ItemShown
from rewards.gating import AT_LEAST
from rewards.item_fields import UNCHANGED, ItemFields
from rewards.wording import PERIODS
from stewards.lanes import AreaEntry

_TEXTS = ("name", "name_en", "description", "description_en", "provider", "partner", "limit_period")
_MOMENTS = ("visible_from", "visible_until", "active_from", "active_until")
_COUNTS = ("desk_quota", "low_stock")
_LIMITS = ("limit_count", "collect_days")
GATE_FIELDS = tuple(f"gate-{measure}" for measure in AT_LEAST)
ONCE = ("code", "kind", "price", "unlimited")
"""What is said when an item is added, and never again."""
TYPED = (*_TEXTS, "tags", *_MOMENTS, *_COUNTS, *_LIMITS, *GATE_FIELDS)
FIELDS = (*TYPED, "streets")
LABELS: Mapping[str, str] = {
    "name": N_("名称"),
    "name_en": N_("英文名称"),
    "description": N_("物品说明"),
    "description_en": N_("英文说明"),
    "tags": N_("标签"),
    "provider": N_("谁提供"),
    "partner": N_("合作方"),
    "streets": N_("在哪些街道"),
    "visible_from": N_("开始显示"),
    "visible_until": N_("结束显示"),
    "active_from": N_("开始兑换"),
    "active_until": N_("结束兑换"),
    "limit_count": N_("每人限兑"),
    "limit_period": N_("限兑周期"),
    "desk_quota": N_("留给柜台"),
    "low_stock": N_("低库存提醒"),
    "collect_days": N_("领取天数"),
}
_SEPARATORS = re.compile(r"[、,，;；\n]+")
NAMES: Mapping[str, str] = {
    **{
        f"/{name}": name
        for name in (*_TEXTS, "tags", *_MOMENTS, *_COUNTS, *_LIMITS, "code", "kind", "price", "streets")
    },
    **{f"/tags/{at}": "tags" for at in range(50)},
    **{f"/streets/{at}": "streets" for at in range(100)},
    **{f"/gates/{measure}": f"gate-{measure}" for measure in AT_LEAST},
    "/picture": "picture",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemForm:
    """What the form of an item holds: each field as text, and the codes of its streets."""

    values: Mapping[str, str]
    streets: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        """A field, empty where it holds nothing."""
        return self.values.get(name, "")


def form_of(fields: Fields, *, new: bool = False) -> ItemForm:
    """A form as it was sent; that of a `new` item says more."""
    values = {name: fields.text(name) for name in (*TYPED, *(ONCE if new else ()))}
    return ItemForm(values=values, streets=tuple(code[:32] for code in fields.texts("streets")[:100]))


def form_of_item(item: ItemShown, streets: Iterable[AreaEntry]) -> ItemForm:
    """A form that says what an item is now."""
    offered = item.offered
    values = {
        "name": offered.name,
        "name_en": item.name_en,
        "description": item.description,
        "description_en": item.description_en,
        "tags": "、".join(item.tags),
        "provider": item.provider_written or "",
        "partner": item.partner or "",
        "limit_count": _number(offered.limit_count),
        "limit_period": offered.limit_period or "",
        "desk_quota": str(offered.desk_quota),
        "low_stock": str(item.low_stock),
        "collect_days": _number(offered.collect_days),
        **{name: local_field(getattr(offered, name)) for name in _MOMENTS},
        **{f"gate-{measure}": _number(item.gates.get(measure)) for measure in AT_LEAST},
    }
    return ItemForm(values=values, streets=tuple(each.code for each in streets if each.id in offered.street_ids))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def fields_of(form: ItemForm, errors: Errors, was: ItemForm | None = None) -> ItemFields:
    """What the form says of an item; what is no number or no time is named in `errors`.

    A moment that stands as it was (to the minute) is left as it is, seconds included.
    """
    given: dict[str, Any] = {name: form[name] or None for name in ("name_en", "provider", "partner", "limit_period")}
    given |= {name: form[name] for name in ("name", "description", "description_en")}
    given["tags"] = [tag for each in _SEPARATORS.split(form["tags"]) if (tag := each.strip())]
    given["streets"] = list(form.streets)
    for name in _MOMENTS:
        given[name] = UNCHANGED if was is not None and form[name] == was[name] else local_instant(form[name])
        if form[name] and given[name] is None:
            errors[name] = Text(N_("请填写时间，例如 2026-11-23 09:30。"))
    for name in (*_COUNTS, *_LIMITS, *GATE_FIELDS):
        given[name] = _whole(form, name, errors)
    for name in _COUNTS:
        given[name] = given[name] or 0
    given["gates"] = {measure: needed for measure in AT_LEAST if (needed := given.pop(f"gate-{measure}")) is not None}
    return ItemFields(**given)


def _whole(form: ItemForm, name: str, errors: Errors) -> int | None:
    text = form[name]
    found = whole_number(text) if text else None
    if text and found is None:
        errors[name] = Text(N_("要填整数，不用就留空。"))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field that somebody else's version holds otherwise than what was typed."""

    label: str
    theirs: str | Text
    typed: str | Text


def differences(
    typed: ItemForm, theirs: ItemForm, streets: Iterable[AreaEntry], measures: Mapping[Any, str]
) -> list[Difference]:
    """Where what was typed and what others saved meanwhile differ, in the order of the form."""
    labels = {**LABELS, **{f"gate-{measure}": words for measure, words in measures.items()}}
    found = [
        Difference(label=labels[name], theirs=_said(name, theirs[name]), typed=_said(name, typed[name]))
        for name in TYPED
        if typed[name] != theirs[name]
    ]
    if set(typed.streets) != set(theirs.streets):
        names = {each.code: each.name for each in streets}
        both = ("、".join(names.get(code, code) for code in form.streets) for form in (theirs, typed))
        found.append(Difference(label=LABELS["streets"], theirs=next(both), typed=next(both)))
    return found


def _said(name: str, value: str) -> str | Text:
    if name == "limit_period" and value in PERIODS:
        return Text(PERIODS[value])
    return value.replace("T", " ") if name in _MOMENTS else value
