"""Many cases reopened in one run: reversed, topped up and explained once, however often the run is cut off.

JINPAI_REOPENINGS sets how many (6,000 is a month of a district).
"""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path

from stewards.inbox import read_inbox
from stewards.principal import system_principal
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN, District, a_report, a_step
from tests.cases.imports.sheets import a_sheet, counts, imported, told
from tests.cases.imports.test_other_imports import bring

MANY = int(os.environ.get("JINPAI_REOPENINGS", "60"))
BOSS = system_principal()
CHUNK = max(10, MANY // 30)
FROM_GRID = {
    "title": "网格平台",
    "source": {"constant": "grid"},
    "number": "编号",
    "reason": {"constant": "not_solved"},
}

RUN = """
import asyncio, sys
from pathlib import Path
from cases.imports import import_file
from cases.imports.mapping_documents import parse_mapping
from kernel.database import Database
from migrations import APPS
from stewards.principal import system_principal
from tests.cases.imports.test_reopenings import CHUNK, FROM_GRID
from tests.stewards.builders import NOON

async def main(url, folder):
    database = await Database.open(url, APPS)
    def show(progress):
        print(progress.rows_done, flush=True)
    mapping = parse_mapping("reopenings", FROM_GRID)
    await import_file(
        database, folder / "again.csv", "again.csv", mapping, system_principal(), now=NOON, progress=show,
        chunk_rows=CHUNK,
    )

asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


async def _verified(district: District, count: int) -> list[str]:
    """Verified cases of one month under a cap of 80 points a steward, by the grid's own numbers."""
    numbers = [f"A{number}" for number in range(count)]
    lanes = ("014-02-01", "014-01-01", "006-01-01")
    reports = [
        a_report(external_id=number, source="grid", lane_code=lanes[at % 3]) for at, number in enumerate(numbers)
    ]
    for start in range(0, count, 1_000):
        reported = await district.reported(*reports[start : start + 1_000])
        await district.handled(*(a_step(case, "verify", BOSS) for case in reported))
    return numbers


async def test_a_months_cases_reopened_at_once_are_reversed_topped_up_and_explained_across_a_kill(
    district: District, database_url: str, tmp_path: Path
) -> None:
    numbers = await _verified(district, MANY + 30)
    wrong, right = numbers[:MANY], numbers[MANY:]
    sheet = a_sheet(*([number] for number in wrong), header=["编号"])
    (tmp_path / "again.csv").write_bytes(sheet)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, database_url, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(2):
        assert await process.stdout.readline()
    await asyncio.sleep(0.01)
    process.kill()
    await process.communicate()
    assert await _reopened(district) < MANY

    result = await imported(district, sheet, FROM_GRID, kind="reopenings", name="again.csv", chunk_rows=CHUNK)
    assert counts(result) == (MANY, 0, 0)
    assert result.resumed_at >= 2 * CHUNK
    assert await _reopened(district) == MANY
    await district.check()

    # What stands: the cases that were not reopened, topped up to what their cap allows.
    standing = Counter(number_at % 3 for number_at in range(MANY, MANY + len(right)))
    for at, steward_id in enumerate((district.zhao, district.qian, district.sun)):
        assert await district.balance(steward_id) == min(80, 6 * standing[at])

    await district.deliver()
    reader = await district.database.reader()
    told_of = await reader.fetch(
        "SELECT code, COUNT(*) AS told FROM stewards_inbox_message WHERE code LIKE 'case_re%' GROUP BY code"
    )
    assert {row["code"]: row["told"] for row in told_of} == {"case_reopened": MANY}
    messages, _ = await read_inbox(reader, district.zhao, limit=200)
    reopened = [message.text.render("zh") for message in messages if message.code == "case_reopened"]
    assert all("问题没有解决" in text for text in reopened)

    again = await imported(district, sheet, FROM_GRID, kind="reopenings", name="again.csv", chunk_rows=CHUNK)
    assert counts(again) == (0, MANY, 0)
    await district.check()


async def _reopened(district: District) -> int:
    reader = await district.database.reader()
    row = await reader.fetch_one("SELECT COUNT(*) AS n FROM cases_event WHERE action = 'reopen'")
    assert row is not None
    return int(row["n"])


async def test_rows_at_fault_are_told_by_their_cell_and_harm_no_other(district: District) -> None:
    first, second, waiting = await district.reported(a_report(), a_report(), a_report())
    await district.handled(*(a_step(case, "verify") for case in (first, second)))
    result = await bring(
        district,
        "reopenings",
        (first.number, "核实有误", "照片不是这条小巷"),
        (first.number, "核实有误"),
        ("2600000000", "核实有误"),
        (waiting.number, "核实有误"),
        (second.number, "其他"),
        (second.number, "随便"),
        by=LONGTAN_ADMIN,
    )
    assert counts(result) == (1, 1, 4)
    assert told(result) == [
        (4, "案件编号", "unknown_case"),
        (5, "案件编号", "wrong_case_state"),
        (6, "说明", "note_missing"),
        (7, "原因", "cell_value_unknown"),
    ]
    await district.check()


async def test_a_case_of_another_street_is_as_if_it_did_not_exist(district: District) -> None:
    [case] = await district.reported(a_report())
    await district.handled(a_step(case, "verify"))
    result = await bring(district, "reopenings", (case.number, "核实有误"), by=DONGSI_ADMIN)
    assert told(result) == [(2, "案件编号", "unknown_case")]
