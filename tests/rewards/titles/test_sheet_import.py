"""Past titles from a sheet: by name or code, faults by line and cell, a repeated sheet adds nothing."""

from api.importers import IMPORTERS
from cases.imports import import_file, load_mapping, template
from kernel.database import Database
from rewards.titles.awards import titles_of
from tests.cases.district import DISTRICT_ADMIN, a_case_district
from tests.stewards.builders import NOON

HEADER = "管家编号,称号,周期,授予日期\n"


async def test_a_sheet_of_past_titles_is_taken_in_once(database: Database) -> None:
    district = await a_case_district(database)
    rows = (
        "0140001,金牌管家,2025,2026-01-08\n",
        "0140001,gold_steward,2024年,2025年1月8日\n",
        "0140002,最佳厨师,2025,2026-01-08\n",
        "0140002,金牌管家,2025-10,2026-01-08\n",
        "0990001,金牌管家,2025,2026-01-08\n",
        "0060001,每月之星,2026-10,2027-01-08\n",
    )
    content = (HEADER + "".join(rows)).encode()
    for accepted, repeated in ((2, 0), (0, 2)):
        result = await import_file(
            database, content, "titles.csv", load_mapping("titles"), DISTRICT_ADMIN, now=NOON, importers=IMPORTERS
        )
        assert (result.accepted, result.repeated) == (accepted, repeated)
        assert [(fault.line, fault.column) for fault in result.faults] == [
            (4, "称号"), (5, "周期"), (6, "管家编号"), (7, "授予日期"),
        ]  # fmt: skip
    held = (await titles_of(await database.reader(), [district.zhao]))[district.zhao]
    assert [(one.title, one.period) for one in held] == [("gold_steward", "2025"), ("gold_steward", "2024")]
    assert len(template("titles")) > 1_000
