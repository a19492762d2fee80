"""Staff (工作人员) and the roles that they hold in parts of the district."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id, new_id
from kernel.text import clean_text, storable
from stewards.models import Community, Lane, RoleGrant, Staff, Street
from stewards.principal import Grant
from stewards.refusals import (
    GrantUnknown,
    LastDistrictAdmin,
    LoginNotAllowed,
    LoginTaken,
    PlaceUnknown,
    RoleScopeWrong,
    RoleUnknown,
    StaffLeft,
    StaffUnknown,
)
from stewards.roles import SCOPES_OF_ROLE, STAFF_ROLES, Role, ScopeKind
from stewards.sessions import revoke_sessions

NAME_LENGTH = 64
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_PLACES = {ScopeKind.STREET: Street, ScopeKind.COMMUNITY: Community, ScopeKind.LANE: Lane}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantWish:
    """A role in the place with a code; the district has none."""

    role: str
    scope_kind: str
    scope_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStaff:
    """Someone who works for the district, with the roles to be held. `password_hash` is an argon2 hash."""

    login: str
    name: str
    grants: tuple[GrantWish, ...] = ()
    password_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSaved:
    """The person stands as wished; `repeated` where nothing had to be written."""

    staff_id: UUID
    login: str
    repeated: bool
    grants_added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEntry:
    """A member of staff with the roles held now; `grant_ids` are those of `grants`, in their order."""

    id: UUID
    login: str
    name: str
    status: str
    grants: tuple[Grant, ...]
    grant_ids: tuple[UUID, ...]


async def save_staff(tx: Tx, wishes: Sequence[NewStaff], *, by: Actor, now: datetime) -> list[StaffSaved | Refusal]:
    """Add staff by login and give the roles that they do not hold yet, audited; a row at fault harms no other.

    Several rows of one login add up. A login that belongs to another name is refused (LoginTaken); a password is
    only set where there is none. Who left keeps the login and is given nothing (StaffLeft).
    """
    places = await _places(tx, wishes)
    logins = {wish.login for wish in wishes if isinstance(wish.login, str) and _LOGIN.fullmatch(wish.login)}
    known: dict[str, Row] = await tx.lock(Staff, logins, key="login")
    held = await _held(tx, [row["id"] for row in known.values()])
    people: list[dict[str, Any]] = []
    passwords: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    outcomes: list[StaffSaved | Refusal] = []
    for wish in wishes:
        try:
            name, wanted = _checked(wish, places)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        person = known.get(wish.login)
        if person is not None and person["name"] != name:
            outcomes.append(LoginTaken(pointer="/login", login=wish.login))
            continue
        if person is not None and person["status"] == "left":
            outcomes.append(StaffLeft(pointer="/login", login=wish.login))
            continue
        repeated = person is not None
        if person is None:
            person = {
                "id": new_id(),
                "login": wish.login,
                "name": name,
                "password_hash": wish.password_hash,
                "status": "active",
                "created_at": now,
            }
            people.append(person)
            known[wish.login] = person
        elif person["password_hash"] is None and wish.password_hash is not None:
            passwords.append({"id": person["id"], "password_hash": wish.password_hash})
            repeated = False
        fresh = [grant for grant in wanted if grant not in held[person["id"]]]
        held[person["id"]].update(fresh)
        added += [_grant_row(person["id"], grant, now) for grant in fresh]
        outcomes.append(
            StaffSaved(
                staff_id=person["id"],
                login=wish.login,
                repeated=repeated and not fresh,
                grants_added=len(fresh),
            )
        )
    await tx.insert(Staff, people)
    await tx.update(Staff, passwords)
    await tx.insert(RoleGrant, added)
    await _audit(tx, people, added, by=by, now=now)
    return outcomes


async def revoke_grant(tx: Tx, staff_id: UUID, grant: Grant, *, by: Actor, now: datetime) -> bool:
    """Take a role back, audited; false where it was not held.

    The row of the person is locked, so that of two at once one takes it back.

    Raises:
        LastDistrictAdmin: nobody would administer the district.

    """
    await _lock_with_admins(tx, staff_id)
    held = await tx.rows(RoleGrant, "WHERE staff_id = $1 AND revoked_at IS NULL", staff_id)
    return await _revoke(tx, [row for row in held if _grant_of(row) == grant], by=by, now=now)


async def revoke_grant_by_id(tx: Tx, staff_id: UUID, grant_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Take the role with an id back, audited; false where it was taken back before.

    Raises:
        GrantUnknown: this person was never given a role with this id.
        LastDistrictAdmin: nobody would administer the district.

    """
    await _lock_with_admins(tx, staff_id)
    rows = await tx.rows(RoleGrant, "WHERE id = $1 AND staff_id = $2", grant_id, staff_id)
    if not rows:
        raise GrantUnknown(pointer="/grant_id")
    return await _revoke(tx, [row for row in rows if row["revoked_at"] is None], by=by, now=now)


async def _lock_with_admins(tx: Tx, staff_id: UUID) -> dict[UUID, Row]:
    """Lock a person together with everybody who administers the district, so that two cannot both be the last but one.

    Who becomes an administrator meanwhile only makes them more.
    """
    admins = await tx.rows(RoleGrant, "WHERE role = $1 AND revoked_at IS NULL", Role.DISTRICT_ADMIN.value)
    return await tx.lock(Staff, {staff_id, *(row["staff_id"] for row in admins)})


async def _keep_an_admin(tx: Tx, staff_id: UUID, leaving: AbstractSet[UUID]) -> None:
    """Refuse when these grants of a person are the last that administer the district.

    Raises:
        LastDistrictAdmin: they are.

    """
    admins = await tx.rows(RoleGrant, "WHERE role = $1 AND revoked_at IS NULL", Role.DISTRICT_ADMIN.value)
    if admins and all(row["id"] in leaving for row in admins):
        raise LastDistrictAdmin(pointer="/staff_id")


async def _revoke(tx: Tx, rows: Sequence[Row], *, by: Actor, now: datetime) -> bool:
    if rows:
        await _keep_an_admin(tx, rows[0]["staff_id"], {row["id"] for row in rows})
    await tx.update(RoleGrant, [{"id": row["id"], "revoked_at": now, "held_as": None} for row in rows])
    if rows:
        entry = AuditEntry(
            actor=by,
            action="staff.role_revoked",
            subject_kind="staff",
            subject_id=rows[0]["staff_id"],
            detail={"role": rows[0]["role"], "scope_id": str(rows[0]["scope_id"]) if rows[0]["scope_id"] else None},
        )
        await record(tx, [entry], now=now)
    return bool(rows)


async def end_staff(tx: Tx, staff_id: UUID, *, by: Actor, now: datetime) -> None:
    """Someone leaves: every role, session and token ends at once, audited.

    Raises:
        StaffUnknown: nobody has this id.
        LastDistrictAdmin: nobody would administer the district.

    """
    if staff_id not in await _lock_with_admins(tx, staff_id):
        raise StaffUnknown(pointer="/staff_id")
    held = await tx.rows(RoleGrant, "WHERE staff_id = $1 AND revoked_at IS NULL", staff_id)
    await _keep_an_admin(tx, staff_id, {row["id"] for row in held})
    await tx.update(Staff, [{"id": staff_id, "status": "left"}])
    await tx.update(RoleGrant, [{"id": row["id"], "revoked_at": now, "held_as": None} for row in held])
    await tx.execute(
        "UPDATE stewards_access_token SET revoked_at = $2 WHERE staff_id = $1 AND revoked_at IS NULL", staff_id, now
    )
    await revoke_sessions(tx, staff_id=staff_id, now=now)
    entry = AuditEntry(actor=by, action="staff.left", subject_kind="staff", subject_id=staff_id)
    await record(tx, [entry], now=now)


async def list_staff(reader: Reader) -> list[StaffEntry]:
    """Everybody on the staff by login, with the roles held now."""
    people = await reader.rows(Staff, "ORDER BY login")
    held: defaultdict[UUID, list[tuple[Grant, UUID]]] = defaultdict(list)
    for row in await reader.rows(
        RoleGrant,
        f"WHERE {reader.one_of('staff_id', 1)} AND revoked_at IS NULL ORDER BY role, scope_id, id",
        [row["id"] for row in people],
    ):
        held[row["staff_id"]].append((_grant_of(row), row["id"]))
    return [
        StaffEntry(
            id=row["id"],
            login=row["login"],
            name=row["name"],
            status=row["status"],
            grants=tuple(grant for grant, _ in held[row["id"]]),
            grant_ids=tuple(grant_id for _, grant_id in held[row["id"]]),
        )
        for row in people
    ]


async def scope_codes(reader: Reader, grants: Iterable[Grant]) -> dict[UUID, str]:
    """The codes of the places in which roles are held, by the places' ids."""
    ids: defaultdict[ScopeKind, set[UUID]] = defaultdict(set)
    for grant in grants:
        if grant.scope_id is not None:
            ids[grant.scope_kind].add(grant.scope_id)
    found: dict[UUID, str] = {}
    for kind, model in _PLACES.items():
        if ids[kind]:
            rows = await reader.rows(model, f"WHERE {reader.one_of('id', 1)}", sorted(ids[kind]))
            found.update({row["id"]: row["code"] for row in rows})
    return found


async def scope_ids(reader: Reader, wanted: Iterable[tuple[ScopeKind, str]]) -> dict[tuple[ScopeKind, str], UUID]:
    """The ids of streets, communities and lanes by kind and code; unknown ones are absent."""
    codes: defaultdict[ScopeKind, set[str]] = defaultdict(set)
    for kind, code in wanted:
        if storable(code):
            codes[kind].add(code)
    found: dict[tuple[ScopeKind, str], UUID] = {}
    for kind, model in _PLACES.items():
        if codes[kind]:
            for row in await reader.rows(model, f"WHERE {reader.one_of('code', 1)}", sorted(codes[kind])):
                found[(kind, row["code"])] = row["id"]
    return found


def resolve_scope(
    role: Role, scope_kind: str, scope_code: str | None, places: Mapping[tuple[ScopeKind, str], UUID]
) -> Grant:
    """A role in the place with a code, as a grant.

    Raises:
        RoleScopeWrong: the role is held at another level.
        PlaceUnknown: no place of this kind has the code.

    """
    allowed = SCOPES_OF_ROLE[role]
    if scope_kind not in allowed:
        raise RoleScopeWrong(pointer="/scope_kind", role=role.value, allowed="、".join(sorted(allowed)))
    kind = ScopeKind(scope_kind)
    if kind is ScopeKind.DISTRICT:
        return Grant(role, kind)
    scope_id = places.get((kind, scope_code or ""))
    if scope_id is None:
        raise PlaceUnknown(pointer="/scope_code", code=scope_code or "")
    return Grant(role, kind, scope_id)


async def _places(tx: Tx, wishes: Sequence[NewStaff]) -> dict[tuple[ScopeKind, str], UUID]:
    kinds = {kind.value for kind in _PLACES}
    return await scope_ids(
        tx,
        {
            (ScopeKind(grant.scope_kind), grant.scope_code)
            for wish in wishes
            for grant in wish.grants
            if grant.scope_kind in kinds and grant.scope_code
        },
    )


def _checked(wish: NewStaff, places: Mapping[tuple[ScopeKind, str], UUID]) -> tuple[str, list[Grant]]:
    if not isinstance(wish.login, str) or not _LOGIN.fullmatch(wish.login):
        raise LoginNotAllowed(pointer="/login")
    name = clean_text(wish.name, max_length=NAME_LENGTH, pointer="/name")
    wanted: list[Grant] = []
    for grant in wish.grants:
        if grant.role not in STAFF_ROLES:
            raise RoleUnknown(pointer="/role", allowed="、".join(sorted(STAFF_ROLES)))
        wanted.append(resolve_scope(Role(grant.role), grant.scope_kind, grant.scope_code, places))
    return name, list(dict.fromkeys(wanted))


async def _held(reader: Reader, staff_ids: Sequence[UUID]) -> defaultdict[UUID, set[Grant]]:
    held: defaultdict[UUID, set[Grant]] = defaultdict(set)
    for row in await reader.rows(
        RoleGrant, f"WHERE {reader.one_of('staff_id', 1)} AND revoked_at IS NULL", sorted(staff_ids)
    ):
        held[row["staff_id"]].add(_grant_of(row))
    return held


def _grant_of(row: Row) -> Grant:
    return Grant(Role(row["role"]), ScopeKind(row["scope_kind"]), row["scope_id"])


def _grant_row(staff_id: UUID, grant: Grant, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "staff_id": staff_id,
        "role": grant.role.value,
        "scope_kind": grant.scope_kind.value,
        "scope_id": grant.scope_id,
        "granted_at": now,
        "held_as": derived_id("role grant", str(staff_id), grant.role, grant.scope_kind, str(grant.scope_id)),
    }


async def _audit(
    tx: Tx, people: Sequence[Mapping[str, Any]], added: Sequence[Mapping[str, Any]], *, by: Actor, now: datetime
) -> None:
    entries = [
        AuditEntry(actor=by, action="staff.added", subject_kind="staff", subject_id=row["id"]) for row in people
    ] + [
        AuditEntry(
            actor=by,
            action="staff.role_granted",
            subject_kind="staff",
            subject_id=row["staff_id"],
            detail={"role": row["role"], "scope_id": str(row["scope_id"]) if row["scope_id"] else None},
        )
        for row in added
    ]
    if entries:
        await record(tx, entries, now=now)
