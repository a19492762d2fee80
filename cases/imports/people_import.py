"""Stewards and staff of a sheet, by the verbs that the doors use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.imports.mapping import StaffMapping, StewardsMapping
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from stewards.duty import DutyWish, assign_duties
from stewards.enrolment import Enrolled, NewSteward, enrol_stewards
from stewards.lanes import list_communities, load_lanes
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.roles import SCOPES_OF_ROLE, Role, ScopeKind
from stewards.staffing import GrantWish, NewStaff, StaffSaved, save_staff

_STEWARD_FIELDS = {
    "/number": "number",
    "/name": "name",
    "/community": "community_code",
    "/status": "status",
    "/left_on": "left_on",
    "/phone": "phone",
    "/consents": "consents",
    "/lanes": "lanes",
    "/lane": "lanes",
    "/from_on": "joined_on",
}
_STAFF_FIELDS = {"/login": "login", "/name": "name", "/role": "role", "/scope_code": "scope_code"}


@dataclass(frozen=True, slots=True)
class StewardRow:
    """A row that could be read."""

    line: int
    wish: NewSteward


class StewardImport:
    """The importer of stewards (see cases.imports.runs.Importer).

    A steward who is known as the sheet has him or her is repeated; lanes that the sheet adds are assigned.
    """

    def __init__(self, mapping: StewardsMapping, table: Table, principal: Principal, *, year: int | None) -> None:
        codes = frozenset({"number", "community_code", "phone", "lanes"})
        self._bound = BoundMapping(mapping, table, codes=codes, year=year)
        self._principal = principal
        self._seen: dict[NewSteward, StewardRow] = {}

    def read(self, row: SheetRow) -> StewardRow | list[RowFault]:
        """A row of the sheet as a steward, or its faults."""
        reader = RowReader(self._bound, row)
        joined_on = reader.needed_day("joined_on")
        fields = {
            "number": reader.needed("number"),
            "name": reader.needed("name"),
            "community_code": reader.needed("community_code"),
            "phone": reader.text("phone") or None,
            "left_on": reader.day("left_on"),
            "status": reader.needed("status"),
            "lanes": reader.several("lanes"),
            "consents": reader.several("consents"),
        }
        if reader.faults or joined_on is None:
            return reader.faults
        return StewardRow(row.line, NewSteward(joined_on=joined_on, **fields))  # type: ignore[arg-type]  # as named

    async def take(self, tx: Tx, rows: Sequence[StewardRow], *, now: datetime) -> list[RowOutcome]:
        """Enrol the stewards of some rows and give them the lanes that they lack."""
        places = {area.code: Place(area.street_id, area.id) for area in await list_communities(tx)}
        by = self._principal.actor
        wishes = list(
            dict.fromkeys(
                row.wish
                for row in rows
                if may(self._principal, Action.STEWARDS_ENROL, places.get(row.wish.community_code, Place()))
            )
        )
        enrolled = dict(
            zip(wishes, await enrol_stewards(tx, wishes, by=by, now=now, principal=self._principal), strict=True)
        )
        moved_on = await self._assign_lanes(tx, enrolled, now)
        told: set[NewSteward] = set()
        outcomes = []
        for row in rows:
            found = moved_on.get(row.wish) or enrolled.get(row.wish) or NotAllowed(pointer="/community")
            if isinstance(found, Refusal):
                outcomes.append(RowOutcome("refused", [self._bound.fault(row.line, found, _STEWARD_FIELDS)]))
            elif row.wish in told or (found.repeated and row.wish not in moved_on):
                outcomes.append(RowOutcome("repeated"))
            else:
                outcomes.append(RowOutcome("accepted", moved_on=found.repeated))
            told.add(row.wish)
        return outcomes

    def remember(self, rows: Iterable[StewardRow]) -> None:
        """Keep each steward once."""
        for row in rows:
            self._seen.setdefault(row.wish, row)

    def context(self, rows: Iterable[StewardRow]) -> list[StewardRow]:
        """The stewards of these numbers that stood in the sheet before."""
        numbers = {row.wish.number for row in rows}
        return [row for row in self._seen.values() if row.wish.number in numbers]

    async def _assign_lanes(
        self, tx: Tx, enrolled: dict[NewSteward, Enrolled | Refusal], now: datetime
    ) -> dict[NewSteward, Enrolled | Refusal]:
        """Assign to known stewards the lanes that they never had; answers those who got some, or why not."""
        known = {
            wish: outcome
            for wish, outcome in enrolled.items()
            if isinstance(outcome, Enrolled) and outcome.repeated and wish.lanes
        }
        if not known:
            return {}
        held = await tx.fetch(
            f"SELECT steward_id, lane_id FROM stewards_lane_duty WHERE {tx.one_of('steward_id', 1)}",
            sorted({outcome.steward_id for outcome in known.values()}),
            types={"steward_id": UUID, "lane_id": UUID},
        )
        pairs = {(row["steward_id"], row["lane_id"]) for row in held}
        lanes = await load_lanes(tx, codes={code for wish in known for code in wish.lanes})
        duties: list[DutyWish] = []
        owners: list[NewSteward] = []
        for wish, outcome in known.items():
            for code in dict.fromkeys(wish.lanes):
                lane = lanes.by_code[code]
                if (outcome.steward_id, lane.id) not in pairs:
                    from_on = max(wish.joined_on, lane.valid_from)
                    duties.append(
                        DutyWish(steward_id=outcome.steward_id, lane_code=code, from_on=from_on, to_on=wish.left_on)
                    )
                    owners.append(wish)
        changed: dict[NewSteward, Enrolled | Refusal] = {}
        for wish, duty in zip(owners, await assign_duties(tx, duties, by=self._principal.actor, now=now), strict=True):
            if isinstance(duty, Refusal):
                changed[wish] = duty
            else:
                changed.setdefault(wish, known[wish])
        return changed


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A row that could be read; the kind of each place is found when the places are known."""

    line: int
    login: str
    name: str
    role: str
    codes: tuple[str, ...]


class StaffImport:
    """The importer of staff (see cases.imports.runs.Importer)."""

    def __init__(self, mapping: StaffMapping, table: Table, principal: Principal) -> None:
        self._bound = BoundMapping(mapping, table, codes=frozenset({"login", "scope_code"}))
        self._principal = principal
        self._seen: list[StaffRow] = []

    def read(self, row: SheetRow) -> StaffRow | list[RowFault]:
        """A row of the sheet as a member of staff with a role, or its faults."""
        reader = RowReader(self._bound, row)
        login, name = reader.needed("login").lower(), reader.needed("name")
        role, codes = reader.needed("role"), reader.several("scope_code")
        return reader.faults or StaffRow(row.line, login, name, role, codes)

    async def take(self, tx: Tx, rows: Sequence[StaffRow], *, now: datetime) -> list[RowOutcome]:
        """Save the staff of some rows with their roles."""
        lanes = await load_lanes(tx, codes={code for row in rows for code in row.codes})
        wishes = [
            NewStaff(login=row.login, name=row.name, grants=_grants(row, frozenset(lanes.by_code))) for row in rows
        ]
        saved = await save_staff(tx, wishes, by=self._principal.actor, now=now)
        return [self._outcome(row, outcome) for row, outcome in zip(rows, saved, strict=True)]

    def remember(self, rows: Iterable[StaffRow]) -> None:
        """Keep the rows."""
        self._seen.extend(rows)

    def context(self, rows: Iterable[StaffRow]) -> list[StaffRow]:
        """The rows of these people that stood in the sheet before."""
        logins = {row.login for row in rows}
        return [row for row in self._seen if row.login in logins]

    def _outcome(self, row: StaffRow, outcome: StaffSaved | Refusal) -> RowOutcome:
        if isinstance(outcome, Refusal):
            return RowOutcome("refused", [self._bound.fault(row.line, outcome, _STAFF_FIELDS)])
        return RowOutcome("repeated" if outcome.repeated else "accepted")


def _grants(row: StaffRow, lanes: frozenset[str]) -> tuple[GrantWish, ...]:
    """The role in each of the places; a role that is held at two levels is at that of the code."""
    if row.role not in {role.value for role in SCOPES_OF_ROLE}:
        return (GrantWish(role=row.role, scope_kind=ScopeKind.DISTRICT),)  # refused by its name
    kinds = SCOPES_OF_ROLE[Role(row.role)]
    if ScopeKind.DISTRICT in kinds and not row.codes:
        return (GrantWish(role=row.role, scope_kind=ScopeKind.DISTRICT),)
    grants = []
    for code in row.codes or ("",):
        if len(kinds) > 1:
            kind = ScopeKind.LANE if code in lanes else ScopeKind.COMMUNITY
        else:
            [kind] = kinds
        grants.append(GrantWish(role=row.role, scope_kind=kind, scope_code=code or None))
    return tuple(grants)
