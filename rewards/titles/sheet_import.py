"""Past titles of a sheet (往年称号): entered once, by the verbs of titles; a repeated sheet adds nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases.imports.mapping import TitlesMapping
from cases.imports.refusals import StewardNotFound
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from kernel.text import storable
from points.rule_versions import rules_on
from rewards.teams.models import Team
from rewards.teams.refusals import UnknownTeam
from rewards.titles.awards import PastTitle, import_titles
from rewards.titles.team_titles import PastTeamTitle, import_team_titles
from stewards.models import Steward
from stewards.principal import Principal

_FIELDS = {
    "/steward": "steward",
    "/team": "steward",
    "/title": "title_of_row",
    "/period": "period",
    "/awarded_on": "awarded_on",
    "": "steward",
}


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A row that could be read."""

    line: int
    steward: str  # number, of a team's title the team's
    title: str  # code or name
    period: str
    awarded_on: date


class TitleImport:
    """The importer of past titles (see cases.imports.runs.Importer)."""

    def __init__(self, mapping: TitlesMapping, table: Table, principal: Principal) -> None:
        self._bound = BoundMapping(mapping, table, codes=frozenset({"steward", "period"}))
        self._principal = principal
        self._seen: list[TitleRow] = []

    def read(self, row: SheetRow) -> TitleRow | list[RowFault]:
        """A row of the sheet as a past title, or its faults."""
        reader = RowReader(self._bound, row)
        steward, title, period = reader.needed("steward"), reader.needed("title_of_row"), reader.needed("period")
        awarded_on = reader.needed_day("awarded_on")
        if reader.faults or awarded_on is None:
            return reader.faults
        return TitleRow(row.line, steward, title, period.removesuffix("年"), awarded_on)

    async def take(self, tx: Tx, rows: Sequence[TitleRow], *, now: datetime) -> list[RowOutcome]:
        """Enter the titles of some rows, in order; those of teams name a team's number in place of a steward's."""
        numbers = sorted({row.steward for row in rows if storable(row.steward)})
        found = await tx.rows(Steward, f"WHERE {tx.one_of('number', 1)}", numbers)
        stewards = {steward["number"]: steward["id"] for steward in found}
        found = await tx.rows(Team, f"WHERE {tx.one_of('number', 1)}", numbers)
        teams = {team["number"]: team["id"] for team in found}
        today = local_date(now)
        rules = (await rules_on(tx, {today})).get(today)
        codes: dict[str, str] = {}
        of_teams: set[str] = set()
        for rule in rules.document.titles if rules else ():
            codes |= {rule.zh: rule.code, rule.en.lower(): rule.code}
            of_teams |= {rule.code} if rule.of == "team" else set()
        of_row = [codes.get(row.title.lower(), row.title) for row in rows]
        past: list[PastTitle | PastTeamTitle | Refusal] = [
            self._past(row, title, teams if title in of_teams else None, stewards)
            for row, title in zip(rows, of_row, strict=True)
        ]
        entered = iter(await import_titles(tx, [one for one in past if isinstance(one, PastTitle)], now=now))
        with_teams = [one for one in past if isinstance(one, PastTeamTitle)]
        of_team = iter(await import_team_titles(tx, with_teams, now=now))
        outcomes = []
        for row, wish in zip(rows, past, strict=True):
            outcome = (
                wish if isinstance(wish, Refusal) else next(of_team if isinstance(wish, PastTeamTitle) else entered)
            )
            if isinstance(outcome, Refusal):
                outcomes.append(RowOutcome("refused", [self._bound.fault(row.line, outcome, _FIELDS)]))
            else:
                outcomes.append(RowOutcome("accepted" if outcome.changed else "repeated"))
        return outcomes

    def _past(
        self, row: TitleRow, title: str, teams: Mapping[str, UUID] | None, stewards: Mapping[str, UUID]
    ) -> PastTitle | PastTeamTitle | Refusal:
        facts: dict[str, Any] = {
            "title": title,
            "period": row.period,
            "awarded_on": row.awarded_on,
            "caller": self._principal,
        }
        if teams is not None and row.steward in teams:
            return PastTeamTitle(team_id=teams[row.steward], **facts)
        if teams is None and row.steward in stewards:
            return PastTitle(steward_id=stewards[row.steward], **facts)
        return (
            UnknownTeam(pointer="/team")
            if teams is not None
            else StewardNotFound(steward=row.steward[:20], pointer="/steward")
        )

    def remember(self, rows: Iterable[TitleRow]) -> None:
        """Keep the rows."""
        self._seen.extend(rows)

    def context(self, rows: Iterable[TitleRow]) -> list[TitleRow]:
        """The rows of these stewards that stood in the sheet before."""
        numbers = {row.steward for row in rows}
        return [row for row in self._seen if row.steward in numbers]
