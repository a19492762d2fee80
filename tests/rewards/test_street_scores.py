"""Street scores: exact weights, shared ranks, movement, and sheets that may come twice."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importers import IMPORTERS
from cases.imports import ImportResult, import_file, load_mapping, template
from kernel.database import Database
from kernel.errors import Refusal
from rewards.street_scores.ranking import STANDARD, Scores, Weights, lines_of, ranks_of
from rewards.street_scores.reading import month_before, months_of, street_board, weights_of
from rewards.street_scores.recording import (
    MonthUnfit,
    ScoreStreet,
    ScoreUnfit,
    StreetScored,
    UnknownScoredStreet,
    WeightsUnfit,
    hundredths,
    score_streets,
    set_weights,
)
from tests.cases.district import DISTRICT_ADMIN, LONGTAN_ADMIN
from tests.stewards.builders import DONGSI, LONGTAN, NOON, a_district

POINTS = st.integers(0, 10_000)
STREETS = st.lists(st.tuples(POINTS, POINTS, POINTS), min_size=1, max_size=17)
WEIGHTS = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
    lambda two: Weights(order=min(two), safety=max(two) - min(two), environment=100 - max(two))
)


def a_street(at: int, order: int, safety: int, environment: int) -> Scores:
    return Scores(
        street_id=UUID(int=at), code=f"{at:03}", name="街", name_en="", order=order, safety=safety,
        environment=environment,
    )  # fmt: skip


@given(STREETS, WEIGHTS)
def test_ranks_and_totals_are_those_of_exact_fractions(given: list[tuple[int, int, int]], weights: Weights) -> None:
    streets = [a_street(at, *each) for at, each in enumerate(given)]
    exact = [Fraction(o * weights.order + s * weights.safety + e * weights.environment, 10_000) for o, s, e in given]
    lines = lines_of(streets, weights, {})
    assert [line.rank for line in lines] == sorted(line.rank for line in lines)
    for line in lines:
        mine = exact[line.scores.street_id.int]
        assert line.rank == 1 + sum(other > mine for other in exact)
        assert abs(Fraction(line.total, 100) - mine) <= Fraction(1, 200)
        assert line.movement is None


def test_movement_compares_with_the_month_before() -> None:
    now = [a_street(1, 9_000, 9_000, 9_000), a_street(2, 8_000, 8_000, 8_000)]
    before = ranks_of([a_street(1, 1, 1, 1), a_street(3, 2, 2, 2)], STANDARD)
    assert [line.movement for line in lines_of(now, STANDARD, before)] == [-1, None]


@given(st.integers(0, 10_000))
def test_scores_are_read_as_they_are_written(value: int) -> None:
    for text in {str(Decimal(value) / 100), f"{value / 100:.2f}"}:
        assert hundredths(text) == value


@pytest.mark.parametrize("text", ["", "-1", "100.01", "1e2", "９０", "90.123", "abc", "1000", "NaN"])
def test_what_is_no_score_is_refused(text: str) -> None:
    with pytest.raises(ScoreUnfit):
        hundredths(text)


def test_months_know_the_one_before() -> None:
    assert [month_before(month) for month in ("2026-10", "2026-01")] == ["2026-09", "2025-12"]


def a_wish(street: str = "110101014", month: str = "2026-10", score: int = 9_000) -> ScoreStreet:
    return ScoreStreet(
        month=month, street_code=street, order=score, safety=score, environment=score, caller=DISTRICT_ADMIN
    )


async def scored(database: Database, *wishes: ScoreStreet) -> list[StreetScored | Refusal]:
    return await database.run(lambda tx: score_streets(tx, wishes, now=NOON))


async def test_scores_stand_once_are_corrected_and_rank_the_streets(database: Database) -> None:
    await a_district(database)
    reader = await database.reader()
    assert await street_board(reader, None) is None
    await scored(database, a_wish(month="2026-09"), a_wish("110101006", month="2026-09", score=9_500))
    wishes = [a_wish(), a_wish("110101006", score=8_000)]
    assert [done.changed for done in await scored(database, *wishes) if isinstance(done, StreetScored)] == [True, True]
    again = await scored(database, *wishes)
    assert [done.changed for done in again if isinstance(done, StreetScored)] == [False, False]
    board = await street_board(reader, None)
    assert board is not None
    assert [(line.scores.street_id, line.rank, line.movement) for line in board.lines] == [
        (LONGTAN, 1, -1),
        (DONGSI, 2, 1),
    ]
    await scored(database, a_wish("110101006", score=9_100))
    board = await street_board(reader, "2026-10")
    assert board is not None
    assert board.lines[0].scores.street_id == DONGSI
    assert await months_of(reader) == ["2026-10", "2026-09"]
    actions = await reader.fetch("SELECT action FROM kernel_audit WHERE action LIKE 'street_scores.%'")
    assert sorted(row["action"] for row in actions) == ["street_scores.corrected", *["street_scores.recorded"] * 4]


async def test_months_that_are_not_over_and_streets_that_are_not_there_are_refused(database: Database) -> None:
    await a_district(database)
    refused = await scored(
        database, a_wish(month="2026-11"), a_wish(month="2026-13"), a_wish("nowhere"), a_wish("\x00"),
        a_wish(score=10_001),
    )  # fmt: skip
    kinds = [MonthUnfit, MonthUnfit, UnknownScoredStreet, UnknownScoredStreet, ScoreUnfit]
    assert [type(each) for each in refused] == kinds
    assert await months_of(await database.reader()) == []


async def test_weights_hold_from_their_month_on(database: Database) -> None:
    await a_district(database)
    safe = Weights(order=0, safety=100, environment=0)
    await database.run(lambda tx: set_weights(tx, "2026-10", safe, by=DISTRICT_ADMIN, now=NOON))
    await database.run(lambda tx: set_weights(tx, "2026-10", safe, by=DISTRICT_ADMIN, now=NOON))
    reader = await database.reader()
    assert [await weights_of(reader, month) for month in ("2026-09", "2026-10", "2027-01")] == [STANDARD, safe, safe]
    for unfit in (Weights(order=-1, safety=100, environment=1), Weights(order=50, safety=50, environment=50)):
        with pytest.raises(WeightsUnfit):
            await database.run(lambda tx, unfit=unfit: set_weights(tx, "2026-10", unfit, by=DISTRICT_ADMIN, now=NOON))


async def bring(database: Database, *rows: str, later_s: int = 0) -> ImportResult:
    content = ("月份,街道编号,秩序,安全,环境\n" + "".join(rows)).encode()
    return await import_file(
        database,
        content,
        f"{later_s}.csv",
        load_mapping("street_scores"),
        DISTRICT_ADMIN,
        now=NOON,
        importers=IMPORTERS,
    )


async def test_a_sheet_is_taken_once_and_its_faults_are_named_by_cell(database: Database) -> None:
    await a_district(database)
    good = ("2026-10,110101014,92.5,95,90.25\n", "2026年9月,110101014,90,90,90\n")
    bad = ("2026-10,110101006,101,95,x\n", "2026-11,110101006,90,90,90\n", "2026-10,999,90,90,90\n")
    first = await bring(database, *good, *bad)
    assert (first.accepted, first.refused) == (2, 3)
    assert [(fault.line, fault.column) for fault in first.faults] == [
        (4, "秩序"), (4, "环境"), (5, "月份"), (6, "街道编号"),
    ]  # fmt: skip
    again = await bring(database, *good, later_s=1)
    assert (again.accepted, again.repeated) == (0, 2)
    board = await street_board(await database.reader(), "2026-10")
    assert board is not None
    assert [(line.total, line.rank, line.movement) for line in board.lines] == [(9_258, 1, 0)]


async def test_the_example_of_the_template_can_be_imported_as_it_is(database: Database) -> None:
    await a_district(database)
    result = await import_file(
        database,
        template("street_scores"),
        "x.xlsx",
        load_mapping("street_scores"),
        DISTRICT_ADMIN,
        now=NOON,
        importers=IMPORTERS,
    )
    assert (result.accepted, result.faults) == (1, ())


async def test_a_street_does_not_assess_itself(database: Database) -> None:
    await a_district(database)
    with pytest.raises(Refusal):
        await import_file(
            database,
            template("street_scores"),
            "x.xlsx",
            load_mapping("street_scores"),
            LONGTAN_ADMIN,
            now=NOON,
            importers=IMPORTERS,
        )
