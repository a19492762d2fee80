"""The fields of an item as they come from outside: cleaned, checked, and brought into the columns that keep them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final, get_args
from uuid import UUID

import orjson

from kernel.messages import N_, Text
from kernel.text import clean_optional_text, clean_text
from rewards.gating import AT_LEAST
from rewards.refusals import ItemCodeNotAllowed, ItemFieldWrong
from rewards.wording import LimitPeriod
from stewards.places import english_name

NAME_LENGTH = 64
DESCRIPTION_LENGTH = 2_000
MOST_TAGS = 10
TAG_LENGTH = 16
MOST_COUNT = 1_000_000
MOST_LIMIT = 999
MOST_DAYS = 365
CODE_LENGTH = 32
_CODE = re.compile(rf"[A-Za-z0-9-]{{1,{CODE_LENGTH}}}", re.ASCII)
_PERIODS = get_args(LimitPeriod)


class Unchanged(Enum):
    """Stands for 'leave it as it is', where None would empty a field."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFields:
    """What can be said of an item, and changed later. Streets and partners are named by code; no street: everywhere."""

    name: str | Unchanged = UNCHANGED
    name_en: str | Unchanged | None = UNCHANGED
    description: str | Unchanged = UNCHANGED
    description_en: str | Unchanged = UNCHANGED
    tags: Sequence[str] | Unchanged = UNCHANGED
    provider: str | Unchanged | None = UNCHANGED
    partner: str | Unchanged | None = UNCHANGED
    streets: Sequence[str] | Unchanged = UNCHANGED
    visible_from: datetime | Unchanged | None = UNCHANGED
    visible_until: datetime | Unchanged | None = UNCHANGED
    active_from: datetime | Unchanged | None = UNCHANGED
    active_until: datetime | Unchanged | None = UNCHANGED
    gates: Mapping[str, int] | Unchanged = UNCHANGED
    limit_count: int | Unchanged | None = UNCHANGED
    limit_period: str | Unchanged | None = UNCHANGED
    desk_quota: int | Unchanged = UNCHANGED
    low_stock: int | Unchanged = UNCHANGED
    collect_days: int | Unchanged | None = UNCHANGED
    picture_sha256: str | Unchanged | None = UNCHANGED

    def given(self) -> dict[str, Any]:
        """What was said, by field."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if value is not UNCHANGED}


DEFAULTS: Mapping[str, Any] = {
    "description": "",
    "description_en": "",
    "tags": "[]",
    "provider": None,
    "partner_id": None,
    "visible_from": None,
    "visible_until": None,
    "active_from": None,
    "active_until": None,
    "gates": "{}",
    "limit_count": None,
    "limit_period": None,
    "desk_quota": 0,
    "low_stock": 0,
    "collect_days": None,
    "picture_id": None,
}


def clean_code(code: str) -> str:
    """An item's code.

    Raises:
        ItemCodeNotAllowed: it holds something other than letters, digits and hyphens.

    """
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ItemCodeNotAllowed(pointer="/code", most=CODE_LENGTH)
    return code


def columns_of(given: Mapping[str, Any], *, partners: Mapping[str, UUID]) -> dict[str, Any]:
    """The columns that the given fields set; streets have a table of their own.

    Raises:
        Refusal: a field at fault, by its pointer.

    """
    columns: dict[str, Any] = {}
    for name in ("visible_from", "visible_until", "active_from", "active_until"):
        if name in given:
            columns[name] = given[name]
    if "name" in given:
        columns["name"] = clean_text(given["name"], max_length=NAME_LENGTH, pointer="/name")
    if "name_en" in given or "name" in given:
        english = clean_optional_text(given.get("name_en"), max_length=NAME_LENGTH, pointer="/name_en")
        if english or "name" in columns:
            columns["name_en"] = english or english_name(columns["name"])[:NAME_LENGTH]
    for name in ("description", "description_en"):
        if name in given:
            columns[name] = clean_text(
                given[name], max_length=DESCRIPTION_LENGTH, pointer=f"/{name}", allow_empty=True, lines=True
            )
    if "provider" in given:
        columns["provider"] = clean_optional_text(given["provider"], max_length=NAME_LENGTH, pointer="/provider")
    if "tags" in given:
        columns["tags"] = orjson.dumps(_tags(given["tags"])).decode()
    if "gates" in given:
        columns["gates"] = orjson.dumps(_gates(given["gates"]), option=orjson.OPT_SORT_KEYS).decode()
    if "partner" in given:
        columns["partner_id"] = _partner(given["partner"], partners)
    if "picture_sha256" in given:
        columns["picture_id"] = given["picture_sha256"]
    _numbers(given, columns)
    return columns


def _numbers(given: Mapping[str, Any], columns: dict[str, Any]) -> None:
    for name, least, most, empty in (
        ("limit_count", 1, MOST_LIMIT, True),
        ("desk_quota", 0, MOST_COUNT, False),
        ("low_stock", 0, MOST_COUNT, False),
        ("collect_days", 1, MOST_DAYS, True),
    ):
        if name in given:
            value = given[name]
            if not (value is None and empty) and (type(value) is not int or not least <= value <= most):
                why = Text(N_("应为 {least} 到 {most} 之间的整数。"), {"least": least, "most": most})
                raise ItemFieldWrong(pointer=f"/{name}", why=why)
            columns[name] = value
    if "limit_period" in given:
        if given["limit_period"] not in (None, *_PERIODS):
            raise ItemFieldWrong(
                pointer="/limit_period", why=Text(N_("应当是 {allowed} 之一。"), {"allowed": ", ".join(_PERIODS)})
            )
        columns["limit_period"] = given["limit_period"]


def _tags(tags: Sequence[str]) -> list[str]:
    cleaned = {clean_text(tag, max_length=TAG_LENGTH, pointer=f"/tags/{at}") for at, tag in enumerate(tags)}
    if len(cleaned) > MOST_TAGS:
        raise ItemFieldWrong(pointer="/tags", why=Text(N_("最多 {most} 个标签。"), {"most": MOST_TAGS}))
    return sorted(cleaned)


def _gates(gates: Mapping[str, int]) -> dict[str, int]:
    for measure, needed in gates.items():
        if measure not in AT_LEAST:
            raise ItemFieldWrong(
                pointer="/gates", why=Text(N_("应当是 {allowed} 之一。"), {"allowed": ", ".join(AT_LEAST)})
            )
        if type(needed) is not int or not 1 <= needed <= 10_000_000:
            why = Text(N_("应为 {least} 到 {most} 之间的整数。"), {"least": 1, "most": 10_000_000})
            raise ItemFieldWrong(pointer=f"/gates/{measure}", why=why)
    return dict(gates)


def _partner(code: str | None, partners: Mapping[str, UUID]) -> UUID | None:
    if code is None:
        return None
    if code not in partners:
        raise ItemFieldWrong(pointer="/partner", why=Text(N_("没有这个合作方。")))
    return partners[code]


def check_whole(item: Mapping[str, Any]) -> None:
    """Whether an item's columns fit together.

    Raises:
        ItemFieldWrong: a window ends before it begins, or a limit lacks its period.

    """
    for window in ("visible", "active"):
        begins, ends = item[f"{window}_from"], item[f"{window}_until"]
        if begins is not None and ends is not None and ends <= begins:
            raise ItemFieldWrong(pointer=f"/{window}_until", why=Text(N_("结束要晚于开始。")))
    if (item["limit_count"] is None) != (item["limit_period"] is None):
        raise ItemFieldWrong(pointer="/limit_period", why=Text(N_("限兑的数量和周期要一起填。")))
