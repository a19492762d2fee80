"""A file that nobody here wrote: 18,974 requests of the city of Boston, by nothing but mappings of the documentation.

The file itself is read where it lies beside the repository; a synthetic one with the same oddities always is.
"""

import csv
from pathlib import Path

import orjson
import pytest

from cases.imports import ImportResult, import_file, load_mapping
from cases.imports.mapping import ImportKind
from cases.verifying import verify_cases
from kernel.database import Database
from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from points.verifying import verify_points
from stewards.principal import system_principal
from tests.cases.imports.sheets import EXAMPLES, counts, told
from tests.stewards.builders import NOON

LIKENESS = Path(__file__).parent / "data" / "boston-like.csv"
REAL = Path(__file__).parents[4] / "shared" / "data" / "boston311-2015h1.csv"
FILES = [LIKENESS, REAL] if REAL.exists() else [LIKENESS]


async def bring(
    database: Database, kind: ImportKind, path: Path, mapping: str, *, dry_run: bool = False
) -> ImportResult:
    """What came of a file under a mapping of the documentation."""
    document = (EXAMPLES / "mappings" / f"{mapping}.json").read_bytes()
    return await import_file(
        database, path, path.name, load_mapping(kind, document), system_principal(), now=NOON, dry_run=dry_run
    )


@pytest.fixture
async def boston(database: Database) -> Database:
    """A district with rules that were in force in those years, and nothing else."""
    rules = {**orjson.loads(shipped_programme()), "effective_on": "2000-01-01"}
    await database.run(lambda tx: publish_rules(tx, rules, by=None, now=NOON))
    return database


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_every_row_of_a_stranger_s_file_is_accepted_or_told_and_counts_once(boston: Database, path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    lanes = {(row["neighborhood"], row["precinct"].removesuffix(".0")) for row in rows}
    for kind, mapping in (("places", "boston311-places"), ("stewards", "boston311-stewards")):
        result = await bring(boston, kind, path, mapping)  # type: ignore[arg-type]  # a kind
        assert counts(result) == (len(lanes), len(rows) - len(lanes), 0)

    first = await bring(boston, "cases", path, "boston311")
    assert first.rows == first.accepted + first.repeated + first.refused == len(rows)
    assert len({fault.line for fault in first.faults}) == first.refused
    again = await bring(boston, "cases", path, "boston311")
    assert counts(again) == (0, first.accepted + first.repeated, first.refused)
    assert told(again) == told(first)

    reader = await boston.reader()
    found = {
        row["state"]: row["n"]
        for row in await reader.fetch("SELECT state, count(*) AS n FROM cases_case GROUP BY state")
    }
    closed = {row["CASE_ENQUIRY_ID"] for row in rows if row["CASE_STATUS"] == "Closed"}
    refused = {fault.line for fault in first.faults}
    assert found["solved"] == first_time_closed(rows, closed, refused)
    assert set(found) == {"solved", "reported"}
    assert await verify_points(reader) == []
    assert await verify_cases(reader) == []


def first_time_closed(rows: list[dict[str, str]], closed: set[str], refused: set[int]) -> int:
    """How many different closed requests have a line without a fault."""
    return len({row["CASE_ENQUIRY_ID"] for line, row in enumerate(rows, 2) if line not in refused} & closed)


async def test_each_oddity_is_either_understood_or_told_by_line_and_column(boston: Database) -> None:
    await bring(boston, "places", LIKENESS, "boston311-places")
    await bring(boston, "stewards", LIKENESS, "boston311-stewards")
    tried = await bring(boston, "cases", LIKENESS, "boston311", dry_run=True)
    result = await bring(boston, "cases", LIKENESS, "boston311")
    assert told(result) == told(tried)
    assert counts(result) == counts(tried) == (10, 1, 6)
    assert told(result) == [
        (6, "CLOSED_DT", "before_the_report"),
        (13, "CASE_ENQUIRY_ID", "case_differs"),
        (14, "OPEN_DT", "cell_date_impossible"),
        (15, "OPEN_DT", "cell_date_impossible"),
        (16, "OPEN_DT", "cell_empty"),
        (17, "LATITUDE", "outside_the_globe"),
    ]
    reader = await boston.reader()
    found = await reader.fetch(
        "SELECT c.external_id, c.reported_at, c.category, l.code FROM cases_case c "
        "JOIN stewards_lane l ON l.id = c.lane_id ORDER BY c.external_id"
    )
    by_id = {row["external_id"][-2:]: row for row in found}
    assert by_id["01"]["code"] == by_id["02"]["code"]  # 502.0 and 502
    assert by_id["09"]["code"] == by_id["10"]["code"] == "dorchester-15"
    assert by_id["06"]["code"] == "no-neighborhood-0"
    assert by_id["08"]["code"] == "boston-0"
    assert by_id["09"]["category"] == "livelihood"  # a type that the mapping does not list
    assert str(by_id["03"]["reported_at"]).startswith("2015-03-08 07:30")  # 02:30 never was: 03:30
    assert str(by_id["04"]["reported_at"]).startswith("2015-11-01 05:30")  # the first of two
