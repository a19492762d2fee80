"""The committee of a round as pages and the API show it. Marks of others are not read before the window is over."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader, Row
from points.rules.titles import ReviewDimension
from rewards.titles.drafting import rule_of
from rewards.titles.models import TitleRound
from rewards.titles.panel import markable, may_mark, member_of
from rewards.titles.panel_models import TitleMark, TitlePanel
from rewards.titles.rules import dimensions_of
from rewards.titles.selecting import lists_by_street
from stewards.own_stewards import own_steward_of
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelMember:
    """Somebody who marks, and how many candidates he or she has marked."""

    staff_id: UUID
    name: str
    marked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelShown:
    """A round's committee: by login, its days and in which respects it marks. `state` is to_come, open or closed."""

    from_on: date
    to_on: date
    state: str
    dimensions: tuple[ReviewDimension, ...]
    members: tuple[PanelMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Markable:
    """A candidate as a member sees him or her, with the member's own marks by dimension; empty where there are none."""

    steward_id: UUID
    number: str
    name: str
    community: str
    community_en: str
    marks: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSheet:
    """What a member marks in one street. `barred` where he or she stands on this list and marks nobody."""

    dimensions: tuple[ReviewDimension, ...]
    from_on: date
    to_on: date
    open: bool
    barred: bool
    candidates: tuple[Markable, ...]


async def panel_of(reader: Reader, round_id: UUID, *, now: datetime) -> PanelShown | None:
    """The committee of a round; None where none is named."""
    rows = await reader.fetch(
        """
        SELECT panel.from_on, panel.to_on, member.staff_id, staff.name, round.rules,
               (SELECT COUNT(DISTINCT mark.steward_id) FROM rewards_title_mark mark
                WHERE mark.round_id = panel.round_id AND mark.staff_id = member.staff_id) AS marked
        FROM rewards_title_panel panel
        JOIN rewards_title_round round ON round.id = panel.round_id
        JOIN rewards_title_panel_member member ON member.round_id = panel.round_id
        JOIN stewards_staff staff ON staff.id = member.staff_id
        WHERE panel.round_id = $1 ORDER BY staff.login
        """,
        round_id,
        types={"from_on": date, "to_on": date, "staff_id": UUID},
    )
    if not rows:
        return None
    first, today = rows[0], local_date(now)
    state = "to_come" if today < first["from_on"] else "open" if today <= first["to_on"] else "closed"
    return PanelShown(
        from_on=first["from_on"],
        to_on=first["to_on"],
        state=state,
        dimensions=dimensions_of(rule_of(first)),
        members=tuple(
            PanelMember(staff_id=row["staff_id"], name=row["name"], marked=int(row["marked"])) for row in rows
        ),
    )


async def own_sheet(reader: Reader, caller: Principal, round_id: UUID, street_id: UUID, *, now: datetime) -> OwnSheet:
    """The candidates of a street who are within the caller's reach, with the caller's own marks.

    Raises:
        UnknownRound: the caller is not on its panel.

    """
    by = await member_of(reader, round_id, caller)
    [row] = await reader.rows(TitleRound, "WHERE id = $1", round_id)
    [panel] = await reader.rows(TitlePanel, "WHERE round_id = $1", round_id)
    rule = rule_of(row)
    people = [one for one in await markable(reader, row["ends_on"], street_id=street_id) if may_mark(caller, one)]
    given: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for mark in await reader.rows(TitleMark, "WHERE round_id = $1 AND staff_id = $2", round_id, by):
        given[mark["steward_id"]][mark["dimension"]] = mark["mark"]
    own = await own_steward_of(reader, caller)
    where = await markable(reader, row["ends_on"], steward_ids=[own]) if own else []
    return OwnSheet(
        dimensions=dimensions_of(rule),
        from_on=panel["from_on"],
        to_on=panel["to_on"],
        open=row["state"] == "published" and panel["from_on"] <= local_date(now) <= panel["to_on"],
        barred=any(not lists_by_street(rule) or one["street_id"] == street_id for one in where),
        candidates=tuple(_markable(person, given[person["id"]]) for person in people),
    )


def _markable(person: Row, marks: dict[str, int]) -> Markable:
    named = {name: person[name] for name in ("number", "name", "community", "community_en")}
    return Markable(steward_id=person["id"], marks=marks, **named)


async def marks_given(reader: Reader, round_id: UUID) -> dict[UUID, dict[str, list[int]]]:
    """The marks of everybody who sits on a round's panel, by steward and dimension, the smallest first."""
    rows = await reader.fetch(
        """
        SELECT mark.steward_id, mark.dimension, mark.mark FROM rewards_title_mark mark
        JOIN rewards_title_panel_member member ON member.round_id = mark.round_id AND member.staff_id = mark.staff_id
        WHERE mark.round_id = $1 ORDER BY mark.mark
        """,
        round_id,
        types={"steward_id": UUID},
    )
    found: defaultdict[UUID, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["steward_id"]][row["dimension"]].append(row["mark"])
    return {steward_id: dict(of) for steward_id, of in found.items()}
