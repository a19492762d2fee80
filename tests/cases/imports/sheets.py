"""Sheets to import in tests, told by what matters to a test."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cases.imports import ImportResult, import_file
from cases.imports.mapping import ImportKind
from cases.imports.mapping_documents import parse_mapping
from stewards.principal import Principal, system_principal
from tests.cases.district import District
from tests.stewards.builders import NOON

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
HEADER = ("案件编号", "上报时间", "大类", "小类", "地址", "处置结果")

# What a clerk of a grid platform would write down about the six columns above.
GRID: Mapping[str, Any] = {
    "title": "网格平台",
    "source": {"constant": "grid"},
    "external_id": "案件编号",
    "reported_at": "上报时间",
    "category": {
        "column": "小类",
        "values": {"道路破损": "road_damage", "暴露垃圾": "litter", "乱堆物": "clutter"},
    },
    "lane": {"in_address": "地址"},
    "outcome": {
        "column": "处置结果",
        "values": {
            "待核实": "reported",
            "已核实": "verified",
            "已办结": "solved",
            "不予受理": "rejected",
            "退回": "returned",
        },
    },
    "address": "地址",
}


def a_row(number: str, outcome: str = "已办结", **changed: str) -> tuple[str, ...]:
    """Road damage in 夕照寺西里主线, seen on the 20th of November 2026; 赵 is on duty there."""
    row = {
        "案件编号": number,
        "上报时间": "2026.11.20 8:05",
        "大类": "市政设施",
        "小类": "道路破损",
        "地址": "龙潭街道夕照寺西里主线3号",
        "处置结果": outcome,
    }
    return tuple({**row, **changed}.values())


def a_sheet(*rows: Sequence[str], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    """A .csv with these rows below a header."""
    return "\r\n".join(",".join(row) for row in (header, *rows)).encode(encoding)


async def imported(
    district: District,
    data: bytes,
    mapping: Mapping[str, Any] = GRID,
    *,
    kind: ImportKind = "cases",
    name: str = "sheet.csv",
    by: Principal | None = None,
    now: datetime = NOON,
    **more: Any,
) -> ImportResult:
    """What came of importing a sheet; the counts add up and the ledger is sound, whatever the test is about."""
    by = by or system_principal()
    result = await import_file(district.database, data, name, parse_mapping(kind, mapping), by, now=now, **more)
    assert result.rows == result.accepted + result.repeated + result.refused
    assert len(lines(result)) == result.refused
    return result


def lines(result: ImportResult) -> list[int]:
    """The lines with faults, each once."""
    return sorted({fault.line for fault in result.faults})


def told(result: ImportResult) -> list[tuple[int, str | None, str]]:
    """Each fault as line, column and code."""
    return [(fault.line, fault.column, fault.code) for fault in result.faults]


def counts(result: ImportResult) -> tuple[int, int, int]:
    """Accepted, repeated, refused."""
    return (result.accepted, result.repeated, result.refused)
