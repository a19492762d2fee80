"""Past titles from a sheet: by name or code, faults by line and cell, a repeated sheet adds nothing."""

from api.importers import IMPORTERS
from cases.imports import import_file, load_mapping, template
from kernel.database import Database
from rewards.titles.awards import titles_of
from rewards.titles.team_titles import team_titles_of
from tests.cases.district import DISTRICT_ADMIN, a_case_district
from tests.rewards.titles.team_rounds import a_team_year
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


async def test_a_sheet_names_a_team_by_its_number_and_each_title_goes_to_whom_it_is_for(database: Database) -> None:
    year = await a_team_year(database)
    rows = (
        "LT-03,金牌管家团,2025,2025-12-20\n",
        "LT-03,金牌管家,2025,2025-12-20\n",
        "0140001,gold_team,2025,2025-12-20\n",
        "0140001,gold_steward,2025,2025-12-20\n",
        "DS-01,Gold team,2026,2026-11-20\n",
    )
    content = (HEADER + "".join(rows)).encode()
    for accepted, repeated in ((2, 0), (0, 2)):
        result = await import_file(
            database, content, "titles.csv", load_mapping("titles"), DISTRICT_ADMIN, now=NOON, importers=IMPORTERS
        )
        assert (result.accepted, result.repeated) == (accepted, repeated)
        assert [(fault.line, fault.column) for fault in result.faults] == [
            (3, "管家编号"), (4, "管家编号"), (6, "周期"),
        ]  # fmt: skip
    reader = await database.reader()
    assert [one.team for one in await team_titles_of(reader, year.people["郑示例"])] == ["家门同心管家团"]
    held = (await titles_of(reader, [year.people["赵示例"]]))[year.people["赵示例"]]
    assert [one.title for one in held] == ["gold_steward"]
