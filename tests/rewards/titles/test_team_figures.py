"""A team's figures follow from who belonged to it when: compared with a model that looks at each day by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import derived_id
from rewards.titles.team_figures import Belonging, Upheld, mean_marks, members_at, upheld_against_teams

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 12
TEAMS = [derived_id("team", name) for name in "AB"]
PEOPLE = [derived_id("steward", name) for name in "UVWXY"]
Days = dict[UUID, list[UUID | None]]


def at(day: int) -> datetime:
    return FIRST + timedelta(days=day)


# Each day each steward is in one of two teams or in none, and leads it or not: memberships are the runs of like days.
lives = st.fixed_dictionaries(
    {person: st.lists(st.sampled_from([None, *TEAMS]), min_size=DAYS, max_size=DAYS) for person in PEOPLE}
)
cases = st.lists(
    st.builds(
        lambda person, item, day: (person, item, day),
        st.sampled_from(PEOPLE),
        st.sampled_from(["false_report", "no_show"]),
        st.integers(0, DAYS - 1),
    ),
    max_size=6,
)


def belongings_of(days: Days) -> list[Belonging]:
    found = []
    for person, of_day in days.items():
        start = 0
        for day in range(1, DAYS + 1):
            if day < DAYS and of_day[day] == of_day[start]:
                continue
            team = of_day[start]
            if team is not None:
                until = None if day == DAYS else at(day)
                found.append(
                    Belonging(
                        team_id=team, steward_id=person, since_at=at(start), until_at=until, leads=person == PEOPLE[0]
                    )
                )
            start = day
    return found


@given(lives, st.integers(1, DAYS))
def test_members_of_the_last_day_are_those_who_belonged_through_it_with_the_leader_first(days: Days, end: int) -> None:
    found = members_at(belongings_of(days), at(end))
    for team in TEAMS:
        there = {person for person in PEOPLE if days[person][end - 1] == team}
        assert set(found.get(team, ())) == there
        assert len(found.get(team, ())) == len(there)
        if PEOPLE[0] in there:
            assert found[team][0] == PEOPLE[0]


@given(lives, cases, st.randoms(use_true_random=False))
def test_what_is_upheld_is_every_teams_that_one_had_joined_before_and_of_no_other(
    days: Days, upheld: Sequence[tuple[UUID, str, int]], chance: object
) -> None:
    belongings = belongings_of(days)
    chance.shuffle(belongings)  # type: ignore[attr-defined]
    found = upheld_against_teams(
        belongings, [Upheld(steward_id=person, item=item, decided_at=at(day)) for person, item, day in upheld]
    )
    for team in TEAMS:
        naive = {item for person, item, day in upheld if team in days[person][: day + 1]}
        assert found.get(team, frozenset()) == naive


@given(st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 10_000)), st.lists(st.sampled_from(PEOPLE), unique=True))
def test_a_teams_mark_is_the_mean_of_those_who_have_one_rounded_half_up(
    marks: dict[UUID, int], members: list[UUID]
) -> None:
    found = mean_marks({TEAMS[0]: members}, marks)
    given_marks = [marks[person] for person in members if person in marks]
    if not given_marks:
        assert found == {}
    else:
        assert found == {TEAMS[0]: int(Fraction(sum(given_marks), len(given_marks)) + Fraction(1, 2))}
