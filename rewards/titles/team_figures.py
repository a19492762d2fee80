"""A team's figures of a round, from who belonged to it when: pure, so that each rule can be tried by itself.

A member counts who belonged to the team on the last day. What was upheld against somebody is the team's from the day
on which he or she joined: leaving does not undo it, and what was before is not the team's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Somebody belonged to a team from an instant to another (None: still)."""

    team_id: UUID
    steward_id: UUID
    since_at: datetime
    until_at: datetime | None
    leads: bool

    def lasts_to(self, at: datetime) -> bool:
        """Whether it began before an instant and lasted to it at least."""
        return self.since_at < at and (self.until_at is None or self.until_at >= at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upheld:
    """Something of the deduction list that was upheld against a steward."""

    steward_id: UUID
    item: str
    decided_at: datetime


def members_at(belongings: Iterable[Belonging], at: datetime) -> dict[UUID, tuple[UUID, ...]]:
    """Everybody who belonged to each team until an instant, the leader first."""
    found: defaultdict[UUID, list[Belonging]] = defaultdict(list)
    for one in belongings:
        if one.lasts_to(at):
            found[one.team_id].append(one)
    return {
        team_id: tuple(one.steward_id for one in sorted(of, key=lambda one: (not one.leads, one.steward_id)))
        for team_id, of in found.items()
    }


def upheld_against_teams(belongings: Iterable[Belonging], upheld: Iterable[Upheld]) -> dict[UUID, frozenset[str]]:
    """The items that were upheld against members of each team, once they had joined it."""
    joined: dict[tuple[UUID, UUID], datetime] = {}
    for one in belongings:
        key = one.steward_id, one.team_id
        joined[key] = min(one.since_at, joined.get(key, one.since_at))
    teams: defaultdict[UUID, list[tuple[UUID, datetime]]] = defaultdict(list)
    for (steward_id, team_id), since_at in joined.items():
        teams[steward_id].append((team_id, since_at))
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    for case in upheld:
        for team_id, since_at in teams[case.steward_id]:
            if case.decided_at >= since_at:
                found[team_id].add(case.item)
    return {team_id: frozenset(items) for team_id, items in found.items()}


def mean_marks(members: Mapping[UUID, Sequence[UUID]], marks: Mapping[UUID, int]) -> dict[UUID, int]:
    """The mean mark of each team's members in hundredths, rounded half up; those without a mark do not count.

    A team of which nobody has a mark has none.
    """
    found: dict[UUID, int] = {}
    for team_id, of_team in members.items():
        given = [marks[steward_id] for steward_id in of_team if steward_id in marks]
        if given:
            found[team_id] = (2 * sum(given) + len(given)) // (2 * len(given))
    return found
