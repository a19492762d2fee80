"""Items from a sheet: added and changed by code, faults by line and cell, a repeated sheet adds nothing."""

from datetime import timedelta

from api.importers import IMPORTERS
from cases.imports import ImportResult, import_file, load_mapping, template
from kernel.clock import FixedClock
from kernel.database import Database
from rewards.models import Item, Price
from stewards.principal import Principal
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN
from tests.rewards.scarce import BOSS, a_shelf
from tests.stewards.builders import NOON

HEADER = "物品编号,种类,名称,英文名称,积分,合作方,街道,标签,每人限领,限领周期\n"
SOAP = "G01,实物,香皂,Soap,5,,,日用品、清洁,2,每月\n"
CUT = "S06,service,理发,Haircut,20,lixian,110101014,,,\n"


async def bring(
    database: Database, *rows: str, by: Principal = BOSS, later_s: int = 0, dry_run: bool = False
) -> ImportResult:
    content = (HEADER + "".join(rows)).encode()
    clock = FixedClock(NOON + timedelta(seconds=later_s))
    return await import_file(
        database, content, "items.csv", load_mapping("items"), by, now=clock.now(), dry_run=dry_run, importers=IMPORTERS
    )


async def test_a_sheet_adds_items_once_and_changes_what_differs(database: Database) -> None:
    await a_shelf(database, people=1)
    first = await bring(database, SOAP, CUT)
    assert (first.accepted, first.repeated, first.faults) == (2, 0, ())
    again = await bring(database, SOAP, CUT, later_s=1)
    assert (again.accepted, again.repeated) == (0, 2)
    changed = await bring(database, SOAP.replace(",5,", ",6,"), CUT.replace("Haircut", "A haircut"), later_s=2)
    assert (changed.accepted, changed.faults) == (2, ())
    reader = await database.reader()
    soap, cut = await reader.rows(Item, "ORDER BY code")
    assert (soap["name"], soap["tags"], soap["limit_count"], soap["limit_period"]) == (
        "香皂",
        '["日用品","清洁"]',
        2,
        "month",
    )
    assert (cut["kind"], cut["name_en"]) == ("service", "A haircut")
    assert cut["partner_id"] is not None
    prices = await reader.rows(Price, "WHERE item_id = $1 ORDER BY effective_from", soap["id"])
    assert [price["points"] for price in prices] == [5, 6]


async def test_what_is_wrong_is_named_by_line_and_cell_and_harms_no_other(database: Database) -> None:
    await a_shelf(database, people=1)
    rows = (
        SOAP,
        "G02,花,花,,5,,,,,\n",
        "G03,实物,毛巾,,0,,,,,\n",
        "G04,实物,雨伞,,5.5,,,,,\n",
        "G05,实物,,,5,,,,,\n",
        "G06,实物,雨衣,,5,nobody,,,,\n",
        "G07,实物,雨衣,,5,,999,,,\n",
        "G01,服务,香皂,,5,,,,,\n",
    )
    for dry_run in (True, False):
        result = await bring(database, *rows, dry_run=dry_run)
        assert (result.accepted, result.refused) == (1, 7)
        assert [(fault.line, fault.column) for fault in result.faults] == [
            (3, "种类"), (4, "积分"), (5, "积分"), (6, "名称"), (7, "合作方"), (8, "街道"), (9, "种类"),
        ]  # fmt: skip


async def test_a_street_brings_in_its_own_items_alone(database: Database) -> None:
    await a_shelf(database, people=1)
    own = await bring(database, CUT, by=LONGTAN_ADMIN)
    assert own.accepted == 1
    for row, by in ((SOAP, LONGTAN_ADMIN), (CUT.replace("S06", "S07"), DONGSI_ADMIN)):
        result = await bring(database, row, by=by)
        assert [fault.code for fault in result.faults] == ["not_allowed"]


async def test_the_example_of_the_template_can_be_imported_as_it_is(database: Database) -> None:
    await a_shelf(database, people=1)
    result = await import_file(
        database, template("items"), "x.xlsx", load_mapping("items"), BOSS, now=NOON, importers=IMPORTERS
    )
    assert (result.accepted, result.faults) == (1, ())
