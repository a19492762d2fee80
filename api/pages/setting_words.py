"""What each setting of the district is called, what it does, and how a value reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.district_settings import DistrictSettings
from kernel.messages import N_, Text

_YES, _NO = N_("是"), N_("否")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingWords:
    """A key's name, what it does, and its value with its unit; `longest` characters where it is text or a number."""

    name: str
    hint: str
    said: str = "{value}"
    longest: int = 4
    phone: bool = False


WORDS: Mapping[str, SettingWords] = {
    "issuer_name": SettingWords(name=N_("证书的颁发单位"), hint=N_("印在以后颁发的证书上；已经颁发的不变"), longest=64),
    "office_address": SettingWords(
        name=N_("办公地址"), hint=N_("登录页和公示里告诉大家到哪里办理；可以空着"), longest=120
    ),
    "office_phone": SettingWords(
        name=N_("办公电话"), hint=N_("和地址一起显示，不写个人电话；可以空着"), longest=32, phone=True
    ),
    "session_days": SettingWords(
        name=N_("登录保持多久"), hint=N_("1 到 365 天；以后登录的按新的算"), said=N_("{value} 天")
    ),
    "clerks_second_factor": SettingWords(
        name=N_("全体工作人员登录要动态验证码"), hint=N_("区管理员一直要；改为“是”后，其他人下次登录时设置")
    ),
    "recheck_percent": SettingWords(name=N_("每周抽查比例"), hint=N_("0 到 100；从下一次抽取算起"), said="{value}%"),
    "burst_minutes": SettingWords(name=N_("核实太快：看多少分钟内"), hint=N_("1 到 120 分钟"), said=N_("{value} 分钟")),
    "burst_most": SettingWords(
        name=N_("核实太快：超过多少件提醒"), hint=N_("1 到 10000 件；只提醒，不处罚"), said=N_("{value} 件"), longest=5
    ),
    "order_reminder_days": SettingWords(name=N_("兑换单到期前几天提醒"), hint=N_("0 到 14 天"), said=N_("{value} 天")),
    "point_fen": SettingWords(
        name=N_("1 积分折合多少分钱"),
        hint=N_("100 就是 1 元；以前各期的结算按当时的算"),
        said=N_("{value} 分钱"),
        longest=7,
    ),
}


def value_text(key: str, value: Any) -> Text:
    """A value as people read it."""
    if isinstance(value, bool):
        return Text(_YES if value else _NO)
    if value == "":
        return Text(N_("没有写"))
    return Text(WORDS[key].said, {"value": value})


def field_of(value: Any) -> str:
    """A value as a field of a form holds it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def value_of(key: str, text: str) -> Any:
    """What a field of a form says for a key; the text itself where it is none of the key's type, to be refused."""
    kind = DistrictSettings.model_fields[key].annotation
    if kind is bool:
        return {"1": True, "0": False}.get(text, text)
    if kind is int and text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    return text
