"""The committee's marks: blind until the window is over, frozen with the round, and recomputed from its inputs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.errors import Refusal
from rewards.titles.explaining import explain
from rewards.titles.inputs import HUNDREDTHS, body_of, read_inputs, sha256_of
from rewards.titles.marks import LEAST_MARKERS, review_mark
from rewards.titles.models import TitleInputs
from rewards.titles.panel import MarksWish, PanelWish, give_marks, name_panels
from rewards.titles.panel_reading import own_sheet, panel_of
from rewards.titles.proposing import Proposal, propose_next, propose_rounds
from rewards.titles.reading import published_inputs, published_snapshots
from rewards.titles.recomputing import recompute
from rewards.titles.verifying import verify_titles
from stewards.own_stewards import link_steward
from stewards.principal import Principal
from stewards.staffing import GrantWish, NewStaff, save_staff
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, LONGTAN_ADMIN
from tests.rewards.titles.rounds import DECEMBER, Year, a_year
from tests.stewards.builders import DONGSI, LONGTAN, NOON

RESPECTS = [{"code": "deeds", "zh": "事迹", "en": "Deeds"}, {"code": "manner", "zh": "作风", "en": "Manner"}]
WEIGHTS = {"review": 80, "points_percentile": 20}
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 3)
CLOSED = DECEMBER + timedelta(days=3)


async def a_member(year: Year, login: str, role: str = "street_admin", scope: str = "110101014") -> Principal:
    """Somebody of the staff, saved."""
    kind = {"street_admin": "street", "lane_chief": "lane"}[role]
    grant = GrantWish(role=role, scope_kind=kind, scope_code=scope)
    wish = NewStaff(login=login, name="孙样本", grants=(grant,))
    [saved] = await year.database.run(lambda tx: save_staff(tx, [wish], by=SYSTEM, now=NOON))
    return replace(LONGTAN_ADMIN, id=saved.staff_id)


def named(year: Year, members: Sequence[Principal], **changes: Any) -> PanelWish:
    """The members mark from 1 to 3 December."""
    ids = tuple(member.id for member in members if member.id is not None)
    facts: dict[str, Any] = {
        "round_id": year.round_id, "members": ids, "from_on": FIRST, "to_on": LAST, "caller": DISTRICT_ADMIN,
    }  # fmt: skip
    return PanelWish(**facts | changes)


def marks(year: Year, caller: Principal, **by_name: tuple[int, ...]) -> MarksWish:
    """A member's marks in both respects."""
    given = {year.people[name]: dict(zip(("deeds", "manner"), of, strict=False)) for name, of in by_name.items()}
    return MarksWish(round_id=year.round_id, marks=given, caller=caller)


def code_of(outcome: Any) -> str | None:
    return outcome.code if isinstance(outcome, Refusal) else None


@pytest.fixture
async def year(database: Database) -> Year:
    """A published round of which the committee's marks decide four fifths."""
    return await a_year(database, weights=WEIGHTS, review_on=RESPECTS, most_per_community=2)


async def test_two_members_mark_and_the_list_follows_and_says_so(year: Year) -> None:
    members = [await a_member(year, login) for login in ("one", "two", "three")]
    await year.done(name_panels, named(year, members))
    await year.done(give_marks, marks(year, members[0], 钱样本二=(90, 80), 孙演示=(60, 70), 李样本=(99, 99)))
    await year.done(give_marks, marks(year, members[1], 钱样本二=(100, 95), 孙演示=(80, 70)))
    await year.done(give_marks, marks(year, members[0], 钱样本二=(91, 80)))  # one's own may be changed
    await year.proposed(now=CLOSED)
    assert await year.names() == ["钱样本二", "孙演示"]
    found = await year.listed()
    by_name = {found.people[line.ticket].name: line for line in found.lines}
    assert by_name["钱样本二"].entrant.marks["review"] == 9150  # (91 + 80 + 100 + 95) / 4
    assert "review" not in by_name["李样本"].entrant.marks  # one member alone makes no mark
    reader = await year.database.reader()
    body, _ = await published_inputs(reader, year.round_id)
    said = [reason.text.render("zh") for reason in explain(read_inputs(body), by_name["钱样本二"])]
    assert said[1:4] == ["评审 91.50，占 80%，得 73.20 分", "其中事迹：91、100", "其中作风：80、95"]
    assert recompute(body, await published_snapshots(reader, year.round_id)).sound
    assert await year.database.snapshot(verify_titles) == []
    assert code_of(await year.run(give_marks, marks(year, members[0], 钱样本二=(1, 1)))) == "title_round_state"


async def test_marks_that_were_changed_behind_a_round_are_found(year: Year) -> None:
    members = [await a_member(year, login) for login in ("one", "two")]
    await year.done(name_panels, named(year, members))
    for member in members:
        await year.done(give_marks, marks(year, member, 钱样本二=(90, 80)))
    await year.proposed(now=CLOSED)
    body, _ = await published_inputs(await year.database.reader(), year.round_id)
    document = orjson.loads(body)
    [marked] = [one for one in document["candidates"] if one["review"]]
    marked["marks"]["review"] = 10_000
    forged = orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
    snapshots = await published_snapshots(await year.database.reader(), year.round_id)
    assert "review" in {fault.code for fault in recompute(forged, snapshots).faults}
    await year.database.run(lambda tx: tx.execute("UPDATE rewards_title_mark SET mark = 95 WHERE mark = 90"))
    [broken] = await year.database.snapshot(verify_titles)
    assert (broken.code, "95" in broken.found) == ("title_marks", True)


async def test_a_round_is_computed_once_its_committee_has_marked(year: Year) -> None:
    wish = Proposal(round_id=year.round_id, caller=DISTRICT_ADMIN)
    assert code_of(await year.run(propose_rounds, wish, now=CLOSED)) == "title_panel_missing"
    due = {"until": date(2026, 12, 31)}
    assert await year.database.run(lambda tx: propose_next(tx, now=CLOSED, **due)) is None  # the job waits as well
    members = [await a_member(year, login) for login in ("one", "two")]
    await year.done(name_panels, named(year, members))
    assert code_of(await year.run(propose_rounds, wish, now=CLOSED - timedelta(days=1))) == "title_marks_not_closed"
    await year.proposed(now=CLOSED)  # nobody was marked: the weight goes to the others
    rows = await (await year.database.reader()).rows(TitleInputs, "WHERE round_id = $1", year.round_id)
    assert orjson.loads(rows[0]["body"])["sources_without_figures"] == ["review"]
    assert await year.names() == ["吴演示", "周示例"]


async def test_nobody_sees_the_marks_of_others_before_the_end(year: Year) -> None:
    one, two = [await a_member(year, login) for login in ("one", "two")]
    await year.done(name_panels, named(year, [one, two]))
    await year.done(give_marks, marks(year, one, 钱样本二=(90, 80)))
    reader = await year.database.reader()
    for member, seen in ((one, {"deeds": 90, "manner": 80}), (two, {})):
        sheet = await own_sheet(reader, member, year.round_id, LONGTAN, now=DECEMBER)
        assert {person.name: person.marks for person in sheet.candidates}["钱样本二"] == seen
    panel = await panel_of(reader, year.round_id, now=DECEMBER)
    assert panel is not None
    assert ([member.marked for member in panel.members], panel.state) == ([1, 0], "open")
    assert (await own_sheet(reader, one, year.round_id, DONGSI, now=DECEMBER)).candidates == ()  # out of reach
    kept = await reader.fetch("SELECT detail FROM kernel_audit WHERE action = 'titles.mark'")
    assert [orjson.loads(row["detail"])["stewards"] for row in kept] == [1]
    assert not any("90" in row["detail"] for row in kept)


async def test_who_may_not_mark_does_not(year: Year) -> None:
    one, two, stranger = [await a_member(year, login) for login in ("one", "two", "three")]
    good = marks(year, one, 钱样本二=(90, 80))
    await year.done(name_panels, named(year, [one, two], from_on=LAST))
    assert code_of(await year.run(give_marks, good)) == "title_marks_not_open"
    await year.done(name_panels, named(year, [one, two]))
    for wish, code in (
        (marks(year, stranger, 钱样本二=(90, 80)), "unknown_title_round"),
        (marks(year, DISTRICT_ADMIN, 钱样本二=(90, 80)), "unknown_title_round"),
        (marks(year, one, 单示例=(90, 80)), "steward_unknown"),  # of another street
        (marks(year, one, 钱样本二=(90,)), "title_marks_unfit"),
        (marks(year, one, 钱样本二=(90, 101)), "title_marks_unfit"),
        (marks(year, one, 钱样本二=(-1, 80)), "title_marks_unfit"),
    ):
        assert code_of(await year.run(give_marks, wish)) == code
    assert one.id is not None
    staff_id = one.id
    await year.database.run(lambda tx: link_steward(tx, staff_id, "0140000", by=SYSTEM, now=NOON))
    assert code_of(await year.run(give_marks, good)) == "own_title"
    assert await (await year.database.reader()).fetch("SELECT id FROM rewards_title_mark") == []


async def test_a_committee_is_named_by_the_district_of_staff_who_may_mark(year: Year) -> None:
    one, two = [await a_member(year, login) for login in ("one", "two")]
    chief = await a_member(year, "chief", "lane_chief", "014-01-01")
    for wish, code in (
        (named(year, [one, two], caller=DONGSI_ADMIN), "not_allowed"),
        (named(year, [one]), "title_panel_size_unfit"),
        (named(year, [one, chief]), "title_panel_member_unfit"),
        (named(year, [one, two], from_on=FIRST - timedelta(days=1)), "title_panel_days_unfit"),
        (named(year, [one, two], to_on=FIRST + timedelta(days=40)), "title_panel_days_unfit"),
        (named(year, [one, two], to_on=FIRST - timedelta(days=1)), "title_panel_days_unfit"),
    ):
        assert code_of(await year.run(name_panels, wish)) == code
    assert (await year.done(name_panels, named(year, [one, two]))).changed
    assert not (await year.done(name_panels, named(year, [one, two]))).changed
    assert (
        code_of(await year.run(name_panels, named(year, [one, two], to_on=FIRST), now=CLOSED)) == "title_panel_closed"
    )


async def test_a_round_that_weighs_no_marks_has_no_committee(database: Database) -> None:
    year = await a_year(database)
    members = [await a_member(year, login) for login in ("one", "two")]
    assert code_of(await year.run(name_panels, named(year, members))) == "title_marks_not_weighed"
    await year.proposed()
    body, sha256 = await published_inputs(await year.database.reader(), year.round_id)
    assert "review" not in orjson.loads(body)["candidates"][0]
    assert sha256_of(body_of(read_inputs(body))) == sha256


@given(
    st.dictionaries(
        st.sampled_from(["deeds", "manner"]), st.lists(st.integers(0, 100), min_size=0, max_size=5), min_size=1
    )
)
def test_a_review_mark_is_the_mean_of_all_marks_rounded_half_up(given: dict[str, list[int]]) -> None:
    found = review_mark(given)
    if any(len(of) < LEAST_MARKERS for of in given.values()):
        assert found is None
        return
    every = [mark for of in given.values() for mark in of]
    exact = Fraction(sum(every), len(every)) * HUNDREDTHS
    assert found is not None
    assert Fraction(-1, 2) < found - exact <= Fraction(1, 2)
