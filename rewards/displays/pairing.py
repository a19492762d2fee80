"""Pairing (配对): staff enter the code that a screen shows, the screen comes for its token, staff revoke it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.text import clean_text, storable
from rewards.displays.codes import CODE_LASTS, kept, read_code
from rewards.displays.models import Display
from stewards.keys import IssuedToken, NewToken, issue_token, revoke_token
from stewards.models import Community, Street
from stewards.permissions import Action, may
from stewards.principal import Place, Principal
from stewards.roles import DISTRICT, Role, Scope, ScopeKind

NAME_LENGTH = 64


class CodeMistyped(Refusal):
    """A pairing code that no screen can show."""

    code = "pairing_code_mistyped"
    kind = Kind.INVALID
    message = N_("配对码不对，请照屏幕上的八个字符再输一遍。")


class CodeTaken(Refusal):
    """A pairing code that was entered before."""

    code = "pairing_code_taken"
    message = N_("这个配对码已经用过，请刷新屏幕换一个新的。")


class UnknownDisplay(Refusal):
    """No screen has this id, or none that the caller may see."""

    code = "unknown_display"
    kind = Kind.NOT_FOUND
    message = N_("没有这块大屏。")


class UnknownDisplayPlace(Refusal):
    """There is no such street or community, or none that the caller may put a screen in."""

    code = "unknown_display_place"
    kind = Kind.INVALID
    message = N_("没有这个地方，或者它不归您管。")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDisplay:
    """Staff enter the code that a screen shows. `place_code` is a street's or a community's; none: the district."""

    code: str
    name: str
    place_code: str | None
    caller: Principal
    secret_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeDisplay:
    """A screen may show nothing more of its own accord: its token ends at once."""

    display_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayChanged:
    """A screen that was paired or revoked. Until `code_ends_at` it can come for its token."""

    display_id: UUID
    name: str
    code_ends_at: datetime
    revoked_at: datetime | None


async def pair_displays(tx: Tx, wishes: Sequence[PairDisplay], *, now: datetime) -> list[DisplayChanged | Refusal]:
    """Write down screens by the codes that they show."""
    asked = sorted({wish.place_code for wish in wishes if wish.place_code and storable(wish.place_code)})
    streets = await tx.rows(Street, f"WHERE {tx.one_of('code', 1)}", asked)
    communities = await tx.rows(Community, f"WHERE {tx.one_of('code', 1)}", asked)
    places = {row["code"]: Place(street_id=row["id"]) for row in streets}
    places |= {row["code"]: Place(street_id=row["street_id"], community_id=row["id"]) for row in communities}
    codes = [read_code(wish.code) for wish in wishes]
    hashes = [kept(wish.secret_key, code) if code else None for wish, code in zip(wishes, codes, strict=True)]
    known = sorted({found for found in hashes if found})
    taken = {row["code_sha256"] for row in await tx.rows(Display, f"WHERE {tx.one_of('code_sha256', 1)}", known)}
    outcomes: list[DisplayChanged | Refusal] = []
    rows, entries = [], []
    for wish, hashed in zip(wishes, hashes, strict=True):
        try:
            row = _paired(wish, hashed, taken, places, now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        taken.add(row["code_sha256"])
        rows.append(row)
        entries.append(_entry(wish.caller, "displays.paired", row))
        outcomes.append(_changed(row))
    await tx.insert(Display, rows)
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _paired(wish: PairDisplay, hashed: str | None, taken: set[str], places: Mapping[str, Place], now: datetime) -> Row:
    name = clean_text(wish.name, max_length=NAME_LENGTH, pointer="/name")
    place = places.get(wish.place_code) if wish.place_code else Place()
    if place is None or not may(wish.caller, Action.DISPLAYS_EDIT, place):
        raise UnknownDisplayPlace(pointer="/place")
    if hashed is None:
        raise CodeMistyped(pointer="/code")
    if hashed in taken:
        raise CodeTaken(pointer="/code")
    return {
        "id": new_id(),
        "name": name,
        "street_id": place.street_id,
        "community_id": place.community_id,
        "code_sha256": hashed,
        "paired_at": now,
        "code_ends_at": now + CODE_LASTS,
    }


async def revoke_displays(tx: Tx, wishes: Sequence[RevokeDisplay], *, now: datetime) -> list[DisplayChanged | Refusal]:
    """End the tokens of screens; one that has ended stays as it is."""
    found = await tx.lock(Display, {wish.display_id for wish in wishes})
    outcomes: list[DisplayChanged | Refusal] = []
    for wish in wishes:
        row = found.get(wish.display_id)
        if row is None or not may(wish.caller, Action.DISPLAYS_EDIT, _place(row)):
            outcomes.append(UnknownDisplay())
            continue
        if row["revoked_at"] is None:
            if row["token_id"] is not None:
                await revoke_token(tx, row["token_id"], by=wish.caller.actor, now=now)
            await tx.update(Display, [{"id": row["id"], "revoked_at": now}])
            row = {**row, "revoked_at": now}
            await record(tx, [_entry(wish.caller, "displays.revoked", row)], now=now)
        outcomes.append(_changed(row))
    return outcomes


async def claim_display(tx: Tx, code: str, *, secret_key: str, now: datetime) -> IssuedToken | None:
    """The token of the screen that shows this code; None while nobody has entered it, or after its time.

    An answer may be lost on its way, so a screen may ask again while its code holds: the token before ends.
    """
    rows = await tx.rows(Display, "WHERE code_sha256 = $1", kept(secret_key, code))
    found = (await tx.lock(Display, [rows[0]["id"]])).get(rows[0]["id"]) if rows else None
    if found is None or found["revoked_at"] is not None or now >= found["code_ends_at"]:
        return None
    scope = DISTRICT
    if found["community_id"]:
        scope = Scope(ScopeKind.COMMUNITY, found["community_id"])
    elif found["street_id"]:
        scope = Scope(ScopeKind.STREET, found["street_id"])
    screen = Principal(kind="display", id=found["id"], name=found["name"])
    if found["token_id"] is not None:
        await revoke_token(tx, found["token_id"], by=screen.actor, now=now)
    wish = NewToken(label=found["name"], role=Role.DISPLAY.value, scope=scope)
    issued = await issue_token(tx, wish, by=screen.actor, now=now)
    await tx.update(Display, [{"id": found["id"], "token_id": issued.token_id, "claimed_at": now, "seen_at": now}])
    return issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a screen says of itself: which program it runs, of when its board is, how large it is."""

    build: str
    showing_at: datetime | None
    screen: str


async def note_seen(tx: Tx, display_id: UUID, seen: Seen, *, now: datetime) -> None:
    """Write down that a screen was heard of."""
    row = {"id": display_id, "seen_at": now, "build": seen.build, "screen": seen.screen, "showing_at": seen.showing_at}
    await tx.update(Display, [row])


def _place(row: Row) -> Place:
    return Place(street_id=row["street_id"], community_id=row["community_id"])


def _changed(row: Row) -> DisplayChanged:
    return DisplayChanged(
        display_id=row["id"],
        name=row["name"],
        code_ends_at=row["code_ends_at"],
        revoked_at=row.get("revoked_at"),
    )


def _entry(caller: Principal, action: str, row: Row) -> AuditEntry:
    return AuditEntry(
        actor=caller.actor, action=action, subject_kind="display", subject_id=row["id"], street_id=row["street_id"]
    )
