"""Closing a period: frozen once, the same again, by its own scheme for ever, on both databases."""

import asyncio
from pathlib import Path

import orjson
import pytest

from evaluation.cards import read_card
from evaluation.closing import WindowStillOpen, keep_close, prepare_close
from evaluation.scheme_documents import shipped_scheme
from evaluation.scheme_versions import publish_scheme
from evaluation.verifying import verify_evaluation
from kernel.database import Database, Tx
from migrations import APPS
from points.verifying import Break
from tests.cases.district import District, a_case_district
from tests.databases import PostgresTemplates, SqliteTemplates
from tests.evaluation.closed import ADMIN, AFTER, Q4, a_judged_quarter, close, frozen, slip_marks
from tests.stewards.builders import NOON


async def test_closing_twice_gives_the_same_and_adds_nothing(district: District) -> None:
    await a_judged_quarter(district)
    first = await close(district)
    kept = await frozen(district)
    counted = [await district.count(t) for t in ("evaluation_close", "evaluation_score", "points_multiplier")]
    again = await close(district)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.close == first.close
    assert await frozen(district) == kept
    assert counted == [1, 2, 6]
    assert [await district.count(t) for t in ("evaluation_close", "evaluation_score", "points_multiplier")] == counted


async def test_a_window_that_takes_ballots_is_not_closed(district: District) -> None:
    with pytest.raises(WindowStillOpen):
        await close(district, now=NOON)
    assert await district.count("evaluation_close") == 0


async def test_a_card_says_which_source_did_not_count(district: District) -> None:
    await a_judged_quarter(district)
    await close(district, now=AFTER)
    reader = await district.database.reader()
    card = await read_card(reader, district.qian, Q4)
    assert card is not None
    assert {source.code: source.reason for source in card.sources} == {
        "street": None, "community": None, "residents": "below_minimum",
    }  # fmt: skip
    assert await read_card(reader, district.sun, Q4) is None


async def test_both_databases_freeze_the_same_figures(
    sqlite_templates: SqliteTemplates, postgres_templates: PostgresTemplates, tmp_path: Path
) -> None:
    found = []
    for url in (sqlite_templates.fresh(tmp_path), await asyncio.to_thread(postgres_templates.fresh)):
        database = await Database.open(url, APPS)
        district = await a_case_district(database)
        await a_judged_quarter(district)
        await close(district)
        found.append(await frozen(district))
        await database.close()
    assert found[0] == found[1]


async def test_a_period_is_computed_again_under_its_own_scheme_whatever_comes_later(district: District) -> None:
    await a_judged_quarter(district)
    await close(district)
    later = {**orjson.loads(shipped_scheme()), "name": "另一版", "effective_on": "2027-04-01", "interval_percent": 50}
    await district.database.run(lambda tx: publish_scheme(tx, later, by=None, now=AFTER))
    assert await district.database.snapshot(verify_evaluation) == []


async def test_whoever_closes_at_the_same_time_closes_it_once(district: District) -> None:
    await a_judged_quarter(district)
    closed = await asyncio.gather(*[close(district) for _ in range(6)])
    assert sum(one.fresh for one in closed) == 1
    assert len({one.close.id for one in closed}) == 1
    assert await district.count("evaluation_score") == 2


async def test_what_changed_since_it_was_computed_is_computed_again(district: District) -> None:
    await a_judged_quarter(district)
    prepared = await prepare_close(district.database, Q4, now=AFTER)
    await slip_marks(district, district.qian, [{"satisfaction": 2}])
    kept = await district.database.run(lambda tx: keep_close(tx, Q4, prepared, by=ADMIN, now=AFTER))
    assert kept is None
    assert await district.count("evaluation_close") == 0


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        (
            "UPDATE evaluation_ballot SET scores = '{\"satisfaction\":1}' WHERE staff_id IS NULL",
            "evaluation_inputs",
        ),
        ("DELETE FROM evaluation_ballot WHERE source = 'community'", "evaluation_inputs"),
        ("UPDATE evaluation_scheme_version SET document = replace(document, '40', '41')", "scheme_document"),
    ],
)
async def test_verify_finds_what_was_changed_behind_the_doors(district: District, tampering: str, code: str) -> None:
    await a_judged_quarter(district)
    await close(district)
    guard = "evaluation_scheme_version"

    async def tamper(tx: Tx) -> None:
        if guard in tampering and tx.dialect == "sqlite":
            await tx.execute(f"DROP TRIGGER {guard}_no_update")
        elif guard in tampering:
            await tx.execute(f"DROP TRIGGER {guard}_append_only ON {guard}")
        await tx.execute(tampering)

    await district.database.run(tamper)
    found: list[Break] = await district.database.snapshot(verify_evaluation)
    assert code in {broken.code for broken in found}
