"""The demo as spreadsheets: what a city grid platform and a street's office would hand over, byte for byte the same."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from api.demo.district import FOUNDED_ON, DemoDistrict, build_district
from api.demo.year import DemoCase, year_of_cases
from kernel.clock import LOCAL_ZONE

Row = Sequence[str | int]

CASE_COLUMNS = (
    "序号",
    "案件编号",
    "上报时间",
    "大类",
    "小类",
    "问题描述",
    "街道",
    "社区",
    "地址",
    "紧急程度",
    "是否民生",
    "处置结果",
    "核实时间",
    "结案时间",
)

_EXPORTED = time(8, 30)
_TITLE = "东城区网格化城市管理平台案件导出表"
_ROLES = {
    "district_admin": "区管理员",
    "street_admin": "街道管理员",
    "community_staff": "社区工作人员",
    "lane_chief": "街巷长",
}


def cases_sheet(cases: Sequence[DemoCase], *, title: str, printed_on: date) -> bytes:
    """Cases as the platform exports them: two title rows, a numbered table, a total."""
    return _csv(
        [
            [title],
            [f"导出日期：{printed_on:%Y.%m.%d}", "", "", "", "演示数据，人物均为虚构"],
            CASE_COLUMNS,
            *(_case_row(at, case) for at, case in enumerate(cases, 1)),
            ["合计", f"{len(cases)} 件"],
        ]
    )


def _case_row(at: int, case: DemoCase) -> Row:
    lane = case.steward.lane
    street, community = lane.community.street.name, lane.community.name
    return (
        at,
        case.number,
        _moment(case.reported_at),
        case.major,
        case.minor,
        case.description,
        f"{street}街道",
        f"{community}社区",
        f"{street}街道{community}社区{lane.name}{case.spot}",
        "险情" if case.hazard else "一般",
        "是" if case.category == "livelihood" else "否",
        case.result,
        _moment(case.verified_at),
        _moment(case.closed_at),
    )


def places_sheet(district: DemoDistrict) -> bytes:
    """Every lane with its community and street."""
    return _csv(
        [
            (
                "街道编号",
                "街道名称",
                "社区编号",
                "社区名称",
                "小巷编号",
                "小巷名称",
                "长度（米）",
                "宽度（米）",
                "启用日期",
            ),
            *(
                (
                    lane.community.street.code,
                    f"{lane.community.street.name}街道",
                    lane.community.code,
                    f"{lane.community.name}社区",
                    lane.code,
                    lane.name,
                    lane.length_m,
                    lane.width_m,
                    FOUNDED_ON.isoformat(),
                )
                for lane in district.lanes
            ),
        ]
    )


def stewards_sheet(district: DemoDistrict) -> bytes:
    """Every steward with the lane on duty and what may be shown."""
    return _csv(
        [
            ("管家编号", "姓名", "社区编号", "加入日期", "电话", "负责小巷", "状态", "公开同意"),
            *(
                (
                    steward.number,
                    steward.name,
                    steward.lane.community.code,
                    steward.joined_on.isoformat(),
                    steward.phone,
                    steward.lane.code,
                    "在岗",
                    "full_name" if steward.shows_name else "",
                )
                for steward in district.stewards
            ),
        ]
    )


def staff_sheet(district: DemoDistrict) -> bytes:
    """The staff, a row for every place in which someone has a role."""
    return _csv(
        [
            ("登录名", "姓名", "角色", "管辖编号"),
            *(
                (member.login, member.name, member.role, code)
                for member in district.staff
                for code in member.scope_codes
            ),
        ]
    )


def _moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if value else ""


def _csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with a byte order mark, as spreadsheet programs expect it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def office_sheets(district: DemoDistrict) -> Iterator[tuple[str, bytes]]:
    """What the street offices hand over once, with file names, in the order in which it is imported."""
    yield "places.csv", places_sheet(district)
    yield "stewards.csv", stewards_sheet(district)
    yield "staff.csv", staff_sheet(district)


@dataclass(frozen=True, slots=True)
class WeeklySheet:
    """What the platform exports on a Monday morning: the cases that came to their end in the week before."""

    name: str
    content: bytes
    exported_at: datetime


def weekly_sheets(district: DemoDistrict, cases: Sequence[DemoCase]) -> list[WeeklySheet]:
    """The year's cases week by week; those that wait to be verified stand in the last sheet."""
    last_export = datetime.combine(district.last_day + timedelta(days=1), _EXPORTED, LOCAL_ZONE)
    weeks: defaultdict[datetime, list[DemoCase]] = defaultdict(list)
    for case in cases:
        settled_at = case.closed_at or case.verified_at
        weeks[min(_next_export(settled_at), last_export) if settled_at else last_export].append(case)
    return [
        WeeklySheet(
            name=f"cases-{exported_at:%Y-%m-%d}.csv",
            content=cases_sheet(week, title=_TITLE, printed_on=exported_at.date()),
            exported_at=exported_at,
        )
        for exported_at, week in sorted(weeks.items())
    ]


def _next_export(settled_at: datetime) -> datetime:
    monday = settled_at.date() + timedelta(days=7 - settled_at.weekday())
    return datetime.combine(monday, _EXPORTED, LOCAL_ZONE)


def example_sheet() -> bytes:
    """The sheet of docs/examples: forty more cases for the lanes of any demo, found by stewards of long standing."""
    district = build_district("small", seed=2, last_day=date(2026, 11, 20))
    veterans = [case for case in year_of_cases(district) if case.steward.joined_on <= district.first_day]
    cases = [replace(case, number=f"YB{case.number[2:]}") for case in veterans[-40:]]
    return cases_sheet(cases, title=_TITLE, printed_on=district.last_day)
