"""The public vote: residents' full ballots of closed periods count for their steward, open and held ones never."""

from datetime import UTC, datetime
from uuid import UUID

import orjson

from evaluation.models import Ballot
from evaluation.periods import period_named
from evaluation.scheme_documents import shipped_scheme
from evaluation.scheme_versions import publish_scheme
from kernel.database import Database
from kernel.ids import new_id
from rewards.titles.reading import published_inputs
from tests.evaluation.closed import close, slip_marks
from tests.rewards.titles.rounds import a_year
from tests.stewards.builders import GUANGMING, NOON

Q3 = period_named("2026-Q3")
SEPTEMBER = datetime(2026, 9, 20, 2, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 12, 2, tzinfo=UTC)  # after the window


def _marks(*marks: int) -> list[dict[str, int]]:
    return [{"satisfaction": mark} for mark in marks]


async def _open_ballots(database: Database, steward: UUID, count: int) -> None:
    rows = [
        {
            "id": new_id(),
            "period": Q3.name,
            "source": "residents",
            "steward_id": steward,
            "rater": new_id(),
            "slip_id": None,
            "staff_id": None,
            "open_kind": "hall",
            "open_place_id": GUANGMING,
            "scores": orjson.dumps({"satisfaction": 5}).decode(),
            "device_sha256": f"{at:064}",
            "network_sha256": None,
            "cast_at": SEPTEMBER,
            "changed_at": None,
        }
        for at in range(count)
    ]
    await database.run(lambda tx: tx.insert(Ballot, rows))


async def test_who_has_most_votes_of_full_ballots_is_put_forward(database: Database) -> None:
    year = await a_year(database, weights={"vote": 100})
    await database.run(lambda tx: publish_scheme(tx, shipped_scheme(), by=None, now=NOON))
    await slip_marks(year.district, year.people["钱样本二"], _marks(5, 4, 4), period=Q3, now=SEPTEMBER)
    await slip_marks(year.district, year.people["周示例"], _marks(4, 4, 3, 1, 2, 3), period=Q3, now=SEPTEMBER)
    await _open_ballots(database, year.people["吴演示"], 9)
    await close(year.district, Q3, now=OCTOBER)
    await year.proposed()
    assert await year.names() == ["钱样本二", "周示例"]  # three votes and two; nine open ballots are none
    found = await year.listed()
    marks = {found.people[line.ticket].name: line.entrant.marks.get("vote") for line in found.lines}
    assert (marks["钱样本二"], marks["周示例"], marks["吴演示"]) == (10_000, 8_000, 3_000)


async def test_a_vote_that_nobody_held_leaves_its_weight_to_the_others(database: Database) -> None:
    year = await a_year(database, weights={"vote": 70, "points_percentile": 30})
    await year.proposed()
    body, _ = await published_inputs(await database.reader(), year.round_id)
    assert orjson.loads(body)["sources_without_figures"] == ["vote"]
    assert await year.names() == ["吴演示", "周示例"]
