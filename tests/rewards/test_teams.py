"""Teams: who belongs and leads from which day on, what is refused, and that points follow membership in time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.importers import IMPORTERS
from cases.imports.mapping_documents import load_mapping
from cases.imports.run import import_file
from cases.imports.templates import template
from kernel.clock import day_start
from kernel.database import Database, Tx
from kernel.errors import Refusal
from points.accounts import purse_account
from rewards.boards.definitions import Metric
from rewards.periods import Period
from rewards.standing import top
from rewards.teams.keeping import TeamEnding, TeamKept, TeamWish, end_teams, keep_teams
from rewards.teams.reading import TeamShown, list_teams
from stewards.principal import Grant, Principal, steward_principal, system_principal
from stewards.roles import DISTRICT, Role, Scope, ScopeKind
from tests.rewards.test_standing import NOW, Crediting, rules_without_caps
from tests.stewards.builders import DONGSI, FUGUANG, LONGTAN, TODAY, a_district, a_steward

OCTOBER = date(2026, 10, 1)
BOSS = system_principal()
NUMBERS = [f"014{at:04}" for at in range(1, 8)]


@pytest.fixture
async def people(database: Database) -> dict[str, UUID]:
    """Seven stewards of one street and one of another, by number."""
    wishes = [a_steward(number) for number in NUMBERS]
    ids = await a_district(database, *wishes, a_steward("0060001", community_code="006-01"))
    return dict(zip([*NUMBERS, "0060001"], ids, strict=True))


def a_team(number: str = "LT-01", members: Sequence[str] = NUMBERS[:3], **changed: Any) -> TeamWish:
    wish = {"number": number, "name": "家门同心管家团", "street_code": "110101014", "on": OCTOBER, "caller": BOSS}
    return TeamWish(**{**wish, "members": tuple(members), "leader": members[0], **changed})


async def keep(database: Database, *wishes: TeamWish, now: datetime = NOW) -> list[TeamKept | Refusal]:
    return await database.run(lambda tx: keep_teams(tx, wishes, now=now))


async def end(database: Database, number: str, on: date = TODAY) -> TeamKept | Refusal:
    [outcome] = await database.run(lambda tx: end_teams(tx, [TeamEnding(number=number, on=on, caller=BOSS)], now=NOW))
    return outcome


async def the_team(database: Database, number: str = "LT-01") -> TeamShown:
    [team] = await list_teams(await database.reader(), BOSS, limit=5, number=number)
    return team


def belonging(team: TeamShown) -> list[tuple[str, bool]]:
    return [(mate.number, mate.leads) for mate in team.members]


async def test_a_team_is_what_is_said_of_it_from_a_day_on_and_the_same_again_changes_nothing(
    database: Database, people: dict[str, UUID]
) -> None:
    [founded, again] = await keep(database, a_team(), a_team())
    assert isinstance(founded, TeamKept)
    assert isinstance(again, TeamKept)
    assert (founded.changed, again.changed) == (True, False)
    later = a_team(members=[NUMBERS[1], NUMBERS[2], NUMBERS[3]], on=TODAY, name="新名")
    await keep(database, later)
    team = await the_team(database)
    assert team.name == "新名"
    assert belonging(team) == [(NUMBERS[1], True), (NUMBERS[2], False), (NUMBERS[3], False)]
    assert [(mate.number, mate.leads, mate.since_on, mate.until_on) for mate in team.former] == [
        (NUMBERS[0], True, OCTOBER, TODAY),
        (NUMBERS[1], False, OCTOBER, TODAY),
    ]
    reader = await database.reader()
    audited = await reader.fetch("SELECT action FROM kernel_audit WHERE action LIKE 'teams.%' ORDER BY action")
    assert [row["action"] for row in audited] == ["teams.changed", "teams.founded"]


async def test_what_a_team_cannot_be_is_refused_and_changes_nothing(
    database: Database, people: dict[str, UUID]
) -> None:
    await keep(database, a_team())
    clerk = Principal(
        kind="staff", id=people[NUMBERS[0]], name="示例", grants=(Grant(Role.STREET_ADMIN, ScopeKind.STREET, DONGSI),)
    )
    refused = {
        "team_size_unfit": a_team("LT-02", NUMBERS[3:5]),
        "team_number_unfit": a_team("一号", NUMBERS[3:6]),
        "unknown_team_street": a_team(street_code="110101006"),
        "team_member_unknown": a_team("LT-02", [*NUMBERS[3:6], "0060001"]),
        "team_member_elsewhere": a_team("LT-02", [NUMBERS[0], *NUMBERS[3:5]]),
        "team_leader_outside": a_team("LT-02", NUMBERS[3:6], leader=NUMBERS[0]),
        "team_day_unfit": a_team("LT-02", NUMBERS[3:6], on=TODAY + timedelta(days=1)),
        "not_allowed": a_team("LT-02", NUMBERS[3:6], caller=clerk),
        "text_missing": a_team("LT-02", NUMBERS[3:6], name=" "),
    }
    outcomes = await keep(database, *refused.values())
    assert [outcome.code if isinstance(outcome, Refusal) else outcome for outcome in outcomes] == list(refused)
    [six] = await keep(database, a_team("LT-02", NUMBERS[1:7]))
    assert isinstance(six, Refusal)
    assert six.code == "team_size_unfit"
    [before] = await keep(database, a_team(members=NUMBERS[:4], on=OCTOBER - timedelta(days=1)))
    assert isinstance(before, Refusal)
    assert before.code == "team_day_unfit"
    assert [team.number for team in await list_teams(await database.reader(), BOSS, limit=5)] == ["LT-01"]


async def test_a_team_with_points_in_its_pool_is_not_dissolved_and_one_that_is_stays_so(
    database: Database, people: dict[str, UUID]
) -> None:
    await keep(database, a_team())
    assert isinstance(await end(database, "LT-09"), Refusal)
    team = await the_team(database)

    async def fill(tx: Tx) -> None:
        await tx.execute(
            "INSERT INTO points_account (id, owner_kind, owner_id, kind, unit, balance, version) "
            "VALUES ($1, 'team', $2, 'pool', 'points', 5, 1)",
            purse_account(team.id, "pool"),
            team.id,
        )

    await database.run(fill)
    refused = await end(database, "LT-01")
    assert isinstance(refused, Refusal)
    assert refused.params == {"points": 5}
    await database.run(lambda tx: tx.execute("UPDATE points_account SET balance = 0 WHERE owner_id = $1", team.id))
    assert [getattr(await end(database, "LT-01"), "changed", None) for _ in range(2)] == [True, False]
    assert (await the_team(database)).members == ()
    [ended] = await keep(database, a_team(on=TODAY))
    assert isinstance(ended, Refusal)
    assert ended.code == "team_ended"
    [joined] = await keep(database, a_team("LT-02", on=TODAY))
    assert isinstance(joined, TeamKept)


async def test_only_what_was_done_while_somebody_belonged_counts_for_a_team(
    database: Database, people: dict[str, UUID]
) -> None:
    await rules_without_caps(database)
    change = date(2026, 11, 2)
    await keep(database, a_team(), a_team("LT-02", NUMBERS[3:6]))
    await keep(database, a_team(members=[*NUMBERS[1:3], NUMBERS[6]], on=change))
    moment = timedelta(microseconds=1)
    first, newcomer = people[NUMBERS[0]], people[NUMBERS[6]]
    deeds = [
        (first, "road_damage", day_start(OCTOBER) - moment, FUGUANG),  # before there was a team
        (first, "clutter", day_start(OCTOBER), FUGUANG),
        (first, "bike_order", day_start(change) - moment, FUGUANG),
        (first, "road_damage", day_start(change), FUGUANG),  # after leaving
        (newcomer, "road_damage", day_start(change) - moment, FUGUANG),  # before joining
        (newcomer, "litter", day_start(change), FUGUANG),
        (people[NUMBERS[4]], "clutter", day_start(change), FUGUANG),
    ]
    await Crediting(database).credit(deeds, at=NOW)
    reader = await database.reader()
    for among in (DISTRICT, Scope(ScopeKind.STREET, LONGTAN)):
        found = await top(reader, among, Period.YEAR, 9, now=NOW, metric=Metric.TEAMS)
        assert [(line.rank, line.name, line.points) for line in found.lines] == [
            (1, "家门同心管家团", 6),
            (2, "家门同心管家团", 3),
        ]
    nobody = await top(reader, Scope(ScopeKind.STREET, DONGSI), Period.YEAR, 9, now=NOW, metric=Metric.TEAMS)
    assert nobody.lines == ()


async def test_stewards_see_their_own_team_alone(database: Database, people: dict[str, UUID]) -> None:
    await keep(database, a_team(), a_team("LT-02", NUMBERS[3:6]))
    reader = await database.reader()
    own = await list_teams(reader, steward_principal(people[NUMBERS[4]], "赵示例"), limit=9)
    assert [team.number for team in own] == ["LT-02"]
    assert await list_teams(reader, steward_principal(people[NUMBERS[6]], "赵示例"), limit=9) == []


async def test_teams_come_by_sheet_and_a_repeated_sheet_changes_nothing(
    database: Database, people: dict[str, UUID]
) -> None:
    sheet = (
        "管家团编号,名称,街道编号,起始日期,团长,团员\n"
        "LT-01,一团,110101014,2026-10-01,0140001,0140002、0140003\n"
        "LT-02,二团,110101014,2026-10-01,0140004,0140005\n"
        "LT-03,三团,110101014,2026-10-01,0140004,0140005，0140006，0140001\n"
    ).encode()
    taken = []
    for name in ("teams.csv", "again.csv"):
        result = await import_file(database, sheet, name, load_mapping("teams"), BOSS, now=NOW, importers=IMPORTERS)
        taken.append((result.accepted, result.repeated, result.refused))
    assert taken == [(1, 0, 2), (0, 1, 2)]
    assert belonging(await the_team(database)) == [("0140001", True), ("0140002", False), ("0140003", False)]
    assert template("teams")
