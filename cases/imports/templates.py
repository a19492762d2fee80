"""Templates to download and fill in, and the mappings that read them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from cases.imports.mapping import ImportKind
from cases.reasons import REOPEN_REASONS

_YES_NO = {"是": "yes", "否": "no", "yes": "yes", "no": "no"}
_OUTCOMES = {
    "待核实": "reported",
    "已核实": "verified",
    "已解决": "solved",
    "退回补充": "returned",
    "不予认定": "rejected",
    "重复件": "duplicate",
    **{state: state for state in ("reported", "verified", "solved", "returned", "rejected", "duplicate")},
}
_STATUSES = {
    "在岗": "active",
    "暂停": "suspended",
    "离岗": "left",
    "去世": "deceased",
    **{status: status for status in ("active", "suspended", "left", "deceased")},
}
_ROLES = {
    "区管理员": "district_admin",
    "街道管理员": "street_admin",
    "社区工作人员": "community_staff",
    "街巷长": "lane_chief",
    **{role: role for role in ("district_admin", "street_admin", "community_staff", "lane_chief")},
}


_REOPEN_REASONS = {
    "没有解决": "not_solved",
    "又出现了": "came_back",
    "核实有误": "wrongly_verified",
    "不予认定有误": "wrongly_rejected",
    "并不重复": "not_a_duplicate",
    "有新证据": "new_evidence",
    "其他": "other",
    **{reason: reason for reason in REOPEN_REASONS},
}

_PERIODS = {
    "每天": "day",
    "每月": "month",
    "每季度": "quarter",
    "每年": "year",
    "累计": "ever",
    **{period: period for period in ("day", "month", "quarter", "year", "ever")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a template: its header, the field that it fills, an example and a note."""

    header: str
    english: str
    field: str
    example: str
    note: str
    needed: bool = False
    options: Mapping[str, Any] | None = None  # of the source, beside its names

    @property
    def source(self) -> dict[str, Any]:
        """The source that reads the column."""
        named = {"column": self.header, "aliases": [self.english]}
        return {**named, **({} if self.needed else {"optional": True}), **(self.options or {})}


def _column(header: str, english: str, field: str, example: str, note: str, **more: Any) -> Column:
    return Column(header=header, english=english, field=field, example=example, note=note, **more)


TEMPLATES: Mapping[ImportKind, Sequence[Column]] = {
    "cases": (
        _column("案件编号", "external_id", "external_id", "20260503-0001", "每件一个，不要改动", needed=True),
        _column("上报时间", "reported_at", "reported_at", "2026-05-03 08:05", "北京时间", needed=True),
        _column("类别", "category", "category", "道路破损", "积分规则里的类别，名称或代码", needed=True),
        _column("小巷编号", "lane", "lane", "110101006-001", "小巷表里的编号", needed=True),
        _column("管家编号", "steward", "steward", "", "空着就记给当天负责这条小巷的管家"),
        _column(
            "处置结果",
            "outcome",
            "outcome",
            "已解决",
            "待核实、已核实、已解决、退回补充、不予认定或重复件；空着是待核实",
            options={"values": _OUTCOMES, "empty": "reported"},
        ),
        _column("核实时间", "verified_at", "verified_at", "", "空着是导入的时间"),
        _column("解决时间", "solved_at", "solved_at", "2026-05-04 10:00", "空着是导入的时间"),
        _column("重复于", "duplicate_of", "duplicate_of", "", "重复件写原案件的案件编号"),
        _column(
            "险情",
            "hazard",
            "urgency",
            "否",
            "是或否",
            options={"values": {"是": "hazard", "否": "normal", "yes": "hazard", "no": "normal"}, "empty": "normal"},
        ),
        _column("民生", "livelihood", "livelihood", "否", "是或否", options={"values": _YES_NO, "empty": "no"}),
        _column("地址", "address", "address", "东四四条 12 号门前", ""),
        _column("描述", "description", "description", "路面有一个坑", ""),
        _column("纬度", "latitude", "latitude", "39.9290", "和经度一起填，或都空着"),
        _column("经度", "longitude", "longitude", "116.4180", ""),
    ),
    "places": (
        _column("街道编号", "street_code", "street_code", "110101006", "", needed=True),
        _column("街道名称", "street_name", "street_name", "东四街道", "", needed=True),
        _column("社区编号", "community_code", "community_code", "110101006-01", "只登记街道时空着"),
        _column("社区名称", "community_name", "community_name", "二条社区", ""),
        _column("小巷编号", "lane_code", "lane_code", "110101006-001", "只登记社区时空着"),
        _column("小巷名称", "lane_name", "lane_name", "东四四条", ""),
        _column("长度（米）", "length_m", "length_m", "340", "整数"),
        _column("宽度（米）", "width_m", "width_m", "6", "整数"),
        _column("启用日期", "valid_from", "valid_from", "2015-04-01", "这一行所登记的小巷（社区、街道）", needed=True),
        _column("停用日期", "valid_to", "valid_to", "", "最后一天；还在用就空着"),
    ),
    "stewards": (
        _column("管家编号", "number", "number", "0060001", "字母、数字和横线", needed=True),
        _column("姓名", "name", "name", "赵示例", "", needed=True),
        _column("社区编号", "community_code", "community_code", "110101006-01", "", needed=True),
        _column("加入日期", "joined_on", "joined_on", "2018-05-03", "", needed=True),
        _column("电话", "phone", "phone", "000-0000-0001", ""),
        _column("负责小巷", "lanes", "lanes", "110101006-001、110101006-002", "小巷编号，用顿号隔开"),
        _column(
            "状态",
            "status",
            "status",
            "在岗",
            "在岗、暂停、离岗或去世；空着是在岗",
            options={"values": _STATUSES, "empty": "active"},
        ),
        _column("离开日期", "left_on", "left_on", "", "离岗或去世时填写"),
        _column("公开同意", "consents", "consents", "", "full_name、phone、photo、tip，用顿号隔开"),
    ),
    "staff": (
        _column("登录名", "login", "login", "dongsi01", "小写字母、数字、点和横线", needed=True),
        _column("姓名", "name", "name", "钱样本", "", needed=True),
        _column(
            "角色",
            "role",
            "role",
            "街道管理员",
            "区管理员、街道管理员、社区工作人员或街巷长",
            needed=True,
            options={"values": _ROLES},
        ),
        _column(
            "管辖编号", "scope_code", "scope_code", "110101006", "街道、社区或小巷的编号，用顿号隔开；区管理员不填"
        ),
    ),
    "balances": (
        _column("管家编号", "steward", "steward", "0060001", "", needed=True),
        _column("期初积分", "points", "points", "120", "整数", needed=True),
        _column("结存日期", "as_of", "as_of", "2025-12-31", "", needed=True),
        _column("有效期至", "expires_on", "expires_on", "2026-12-31", "最后能用的一天；不过期就空着"),
        _column("批次", "reference", "reference", "", "同一管家有几笔时，用来区分"),
    ),
    "reopenings": (
        _column("案件编号", "number", "number", "2605030001", "页面上的编号", needed=True),
        _column(
            "原因",
            "reason",
            "reason",
            "核实有误",
            "没有解决、又出现了、核实有误、不予认定有误、并不重复、有新证据或其他",
            needed=True,
            options={"values": _REOPEN_REASONS},
        ),
        _column("说明", "remark", "remark", "", "选其他时要写"),
    ),
    "titles": (
        _column("管家编号", "steward", "steward", "0060001", "管家团的称号填管家团编号", needed=True),
        _column("称号", "title", "title_of_row", "金牌管家", "规则里的称号名称或代码", needed=True),
        _column("周期", "period", "period", "2025", "年份写作 2025，季度 2025-Q3，月份 2025-10", needed=True),
        _column("授予日期", "awarded_on", "awarded_on", "2026-01-08", "", needed=True),
    ),
    "items": (
        _column("物品编号", "code", "code", "G01", "每种一个，不要改动", needed=True),
        _column("种类", "kind", "kind_of_item", "实物", "服务、实物、管家装备或公益捐赠；登记后不能改", needed=True),
        _column("名称", "name", "name", "香皂", "", needed=True),
        _column("英文名称", "name_en", "name_en", "Soap", "空着就用拼音"),
        _column("积分", "price", "price", "5", "每件，整数；和原来不同就从现在起改价", needed=True),
        _column("合作方", "partner", "partner", "", "合作方代码；没有就空着"),
        _column("街道", "streets", "streets", "110101006", "街道编号，用顿号隔开；全区都有就空着"),
        _column("标签", "tags", "tags", "日用品", "用顿号隔开"),
        _column("说明", "description", "description", "", ""),
        _column("英文说明", "description_en", "description_en", "", ""),
        _column("每人限领", "limit_count", "limit_count", "2", "和限领周期一起填"),
        _column(
            "限领周期",
            "limit_period",
            "limit_period",
            "每月",
            "每天、每月、每季度、每年或累计",
            options={"values": _PERIODS, "empty": ""},
        ),
        _column("领取天数", "collect_days", "collect_days", "15", "多少天内领取；空着按规则"),
        _column("低库存提醒", "low_stock", "low_stock", "10", "剩这么多时提醒；0 不提醒"),
        _column("窗口预留", "desk_quota", "desk_quota", "2", "最后几件只在柜台兑换"),
    ),
    "street_scores": (
        _column("月份", "month", "month", "2026-10", "已经结束的月份", needed=True),
        _column("街道编号", "street", "street", "110101006", "", needed=True),
        _column("秩序", "order", "order", "92.5", "0 到 100，最多两位小数", needed=True),
        _column("安全", "safety", "safety", "95", "0 到 100，最多两位小数", needed=True),
        _column("环境", "environment", "environment", "90.25", "0 到 100，最多两位小数", needed=True),
    ),
    "teams": (
        _column("管家团编号", "number", "number", "TD-01", "字母、数字和短横线", needed=True),
        _column("名称", "name", "name", "家门同心管家团", "", needed=True),
        _column("街道编号", "street", "street", "110101006", "", needed=True),
        _column("起始日期", "on", "on", "2026-10-01", "从这一天起是这些人", needed=True),
        _column("团长", "leader", "leader", "0060001", "管家编号", needed=True),
        _column("团员", "members", "members", "0060002、0060003", "管家编号，用顿号隔开；团长可以不再写", needed=True),
    ),
}
_TITLES: Mapping[ImportKind, str] = {
    "items": "兑换物品",
    "titles": "往年称号",
    "street_scores": "街道考核",
    "teams": "管家团",
    "cases": "案件",
    "places": "地点",
    "stewards": "小巷管家",
    "staff": "工作人员",
    "balances": "期初余额",
    "reopenings": "重新办理",
}
_MOMENTS = {
    *("reported_at", "verified_at", "solved_at", "valid_from", "valid_to"),
    *("joined_on", "left_on", "as_of", "expires_on", "awarded_on"),
}


def _template_mapping(kind: ImportKind) -> dict[str, Any]:
    mapping: dict[str, Any] = {"kind": kind, "title": f"{_TITLES[kind]}模板"}
    for column in TEMPLATES[kind]:
        mapping[column.field] = column.source
    if kind == "cases":
        mapping["source"] = {"constant": "sheet"}
        mapping["lane"] = {"code": mapping["lane"]}
    return mapping


TEMPLATE_MAPPINGS: Mapping[ImportKind, dict[str, Any]] = {kind: _template_mapping(kind) for kind in TEMPLATES}


def template(kind: ImportKind) -> bytes:
    """An .xlsx to fill in: a header, an example row, a sheet of notes. Every cell is text, so that codes stay codes."""
    columns = TEMPLATES[kind]
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{_TITLES[kind]}导入模板"})
    text = book.add_format({"num_format": "@"})
    wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    needed = book.add_format({"num_format": "@", "bold": True, "bg_color": "#FCE8E6", "border": 1})
    optional = book.add_format({"num_format": "@", "bold": True, "bg_color": "#F1F3F4", "border": 1})
    page = book.add_worksheet(_TITLES[kind])
    page.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        page.set_column(at, at, max(12, len(column.header) * 2 + 4, len(column.example) + 4), text)
        page.write_string(0, at, column.header, needed if column.needed else optional)
        page.write_string(1, at, column.example, text)
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 1, 18, wrapped)
    notes.set_column(2, 3, 50, wrapped)
    for at, title in enumerate(("列名", "是否必填", "说明", "示例")):
        notes.write_string(0, at, title, optional)
    for line, column in enumerate(columns, 1):
        for at, said in enumerate((column.header, "必填" if column.needed else "", column.note, column.example)):
            notes.write_string(line, at, said, wrapped)
    notes.write_string(len(columns) + 2, 0, "第 2 行是示例，导入前请删去。", wrapped)
    book.close()
    return held.getvalue()
