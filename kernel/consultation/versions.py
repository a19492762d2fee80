"""Published versions: numbered, never changed, each in force from its local day on."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.audit import SYSTEM, Actor, AuditEntry, record
from kernel.consultation.kinds import DocumentKind, Written
from kernel.database import Reader, Row, Tx
from kernel.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """A published version as lists and pages show it. `document` is canonical JSON."""

    id: UUID
    number: int
    name: str
    effective_on: date
    document: str
    document_sha256: str
    published_by: UUID | None
    published_at: datetime


async def publish_version(
    tx: Tx, kind: DocumentKind[Any], document: Written, *, by: UUID | None, now: datetime
) -> VersionRecord:
    """Publish a document as the next version. The newest one again, word for word, is answered as it is.

    Raises:
        DocumentRefused: the document has mistakes; its kind's own refusal.
        Refusal: it cannot follow what was published; see the kind's `check_next`.

    """
    read, canonical = kind.read(document)
    sha256 = digest(canonical)
    newest = await tx.rows(kind.versions, "ORDER BY number DESC LIMIT 1")
    if newest and newest[0]["document_sha256"] == sha256:
        return _record(newest[0])
    await kind.check_next(tx, read, now)
    version_id = new_id()
    made = {
        "id": version_id,
        # Of two that publish at once, the unique index lets one through and the other runs again.
        "number": newest[0]["number"] + 1 if newest else 1,
        "name": read.name,
        "effective_on": read.effective_on,
        "document": canonical,
        "document_sha256": sha256,
        "published_by": by,
        "published_at": now,
    }
    await tx.insert(kind.versions, [made])
    entry = AuditEntry(
        actor=Actor("staff", by) if by else SYSTEM,
        action=f"{kind.audit}.publish",
        subject_kind=f"{kind.subject}_version",
        subject_id=version_id,
        detail={"number": made["number"], "sha256": sha256},
    )
    await record(tx, [entry], now=now)
    return _record(made)


async def list_versions(reader: Reader, kind: DocumentKind[Any]) -> list[VersionRecord]:
    """Every published version, newest first."""
    return [_record(row) for row in await reader.rows(kind.versions, "ORDER BY number DESC")]


async def read_version(reader: Reader, kind: DocumentKind[Any], number: int) -> VersionRecord | None:
    """One published version by its number."""
    found = await reader.rows(kind.versions, "WHERE number = $1", number)
    return _record(found[0]) if found else None


def digest(canonical: str) -> str:
    """SHA-256 of a canonical document, hexadecimal."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def _record(row: Row) -> VersionRecord:
    return VersionRecord(**{name: row[name] for name in VersionRecord.__dataclass_fields__})
