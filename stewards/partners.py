"""Partners (合作方): who provides rewards, with a token of its own that reaches its own items alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.text import clean_optional_text, clean_text
from stewards.models import Partner
from stewards.permissions import Action, NotAllowed, may
from stewards.places import english_name
from stewards.principal import Principal
from stewards.refusals import PartnerCodeNotAllowed, PartnerUnknown

_NAME_LENGTH = 64
_CODE = re.compile(r"[A-Za-z0-9-]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerWish:
    """A partner as it should be, by code. Its English name is spelt in pinyin when left out."""

    code: str
    name: str
    name_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerSaved:
    """A partner stands as wished; `change` says what had to be done for it."""

    id: UUID
    code: str
    change: Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerEntry:
    """A partner as a list shows it."""

    id: UUID
    code: str
    name: str
    name_en: str
    status: str


async def save_partners(
    tx: Tx, wishes: Sequence[PartnerWish], *, by: Actor, now: datetime
) -> list[PartnerSaved | Refusal]:
    """Add or change partners by code, audited; a repetition changes nothing. Saving one that has ended revives it.

    Refusals: PartnerCodeNotAllowed, and texts at fault.
    """
    checked: list[dict[str, str] | Refusal] = []
    for wish in wishes:
        try:
            checked.append(_checked(wish))
        except Refusal as refusal:
            checked.append(refusal)
    stored = await tx.lock(Partner, {row["code"] for row in checked if not isinstance(row, Refusal)}, key="code")
    known = {code: dict(row) for code, row in stored.items()}
    outcomes: list[PartnerSaved | Refusal] = []
    for row in checked:
        if isinstance(row, Refusal):
            outcomes.append(row)
            continue
        before = known.get(row["code"])
        partner_id = derived_id("partner", row["code"])
        if before is None:
            known[row["code"]] = {"id": partner_id, **row, "status": "active", "version": 1, "created_at": now}
            outcomes.append(PartnerSaved(id=partner_id, code=row["code"], change="added"))
            continue
        wanted = {**row, "status": "active"}
        same = all(before[name] == value for name, value in wanted.items())
        if not same:
            known[row["code"]] = {**before, **wanted, "version": before["version"] + 1}
        outcomes.append(PartnerSaved(id=before["id"], code=row["code"], change="unchanged" if same else "changed"))
    await tx.insert(Partner, [row for code, row in known.items() if code not in stored])
    await tx.update(Partner, [row for code, row in known.items() if code in stored and row != dict(stored[code])])
    entries = [
        AuditEntry(actor=by, action=f"partners.{outcome.change}", subject_kind="partner", subject_id=outcome.id)
        for outcome in outcomes
        if isinstance(outcome, PartnerSaved) and outcome.change != "unchanged"
    ]
    if entries:
        await record(tx, entries, now=now)
    return outcomes


async def end_partner(tx: Tx, partner_id: UUID, *, by: Actor, now: datetime) -> bool:
    """End a partner, audited: its tokens end at once. Answers whether anything changed.

    Raises:
        PartnerUnknown: there is none with this id.

    """
    found = (await tx.lock(Partner, [partner_id])).get(partner_id)
    if found is None:
        raise PartnerUnknown(pointer="/partner_id")
    if found["status"] == "ended":
        return False
    await tx.update(Partner, [{"id": partner_id, "status": "ended", "version": found["version"] + 1}])
    await tx.execute(
        "UPDATE stewards_access_token SET revoked_at = $2 "
        "WHERE role = 'partner' AND scope_id = $1 AND revoked_at IS NULL",
        partner_id,
        now,
    )
    entry = AuditEntry(actor=by, action="partners.ended", subject_kind="partner", subject_id=partner_id)
    await record(tx, [entry], now=now)
    return True


async def list_partners(reader: Reader, principal: Principal | None) -> list[PartnerEntry]:
    """The partners that a caller may know of, by code: a partner knows itself.

    Raises:
        NotAllowed: the caller may know of none.

    """
    if principal is None or not may(principal, Action.PARTNERS_READ):
        raise NotAllowed
    own = principal.partner_id
    where, args = ("WHERE id = $1", [own]) if own is not None else ("", [])
    return [
        PartnerEntry(id=row["id"], code=row["code"], name=row["name"], name_en=row["name_en"], status=row["status"])
        for row in await reader.rows(Partner, f"{where} ORDER BY code", *args)
    ]


async def find_partner(reader: Reader, partner_id: UUID, principal: Principal | None) -> PartnerEntry:
    """One partner that a caller may know of.

    Raises:
        PartnerUnknown: there is none, or the caller may not know of it.

    """
    for partner in await list_partners(reader, principal):
        if partner.id == partner_id:
            return partner
    raise PartnerUnknown(pointer="/partner_id")


async def partner_ids(reader: Reader, codes: Sequence[str]) -> dict[str, UUID]:
    """The ids of partners by code; unknown ones are absent."""
    rows = await reader.rows(Partner, f"WHERE {reader.one_of('code', 1)}", sorted(set(codes)))
    return {row["code"]: row["id"] for row in rows}


def _checked(wish: PartnerWish) -> dict[str, str]:
    if not isinstance(wish.code, str) or not _CODE.fullmatch(wish.code):
        raise PartnerCodeNotAllowed(pointer="/code")
    name = clean_text(wish.name, max_length=_NAME_LENGTH, pointer="/name")
    name_en = clean_optional_text(wish.name_en, max_length=_NAME_LENGTH, pointer="/name_en")
    return {"code": wish.code, "name": name, "name_en": name_en or english_name(name)}
