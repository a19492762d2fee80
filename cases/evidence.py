"""Evidence (证据): files that show a case, uploaded before (kernel.files) and attached by hash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.models import Case
from cases.models import Evidence as EvidenceRow
from cases.refusals import EvidenceClosed, TooMuchEvidence, UnknownCase, UnknownFile
from cases.wording import State
from kernel.audit import AuditEntry, record
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import storable
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal

EVIDENCE_LIMIT = 9
_CLOSED = frozenset({State.REJECTED, State.DUPLICATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvidence:
    """A stored file that is to be attached to a case."""

    case_id: UUID
    file_sha256: str
    actor: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that is attached; `repeated` where it had been before."""

    case_id: UUID
    evidence_id: UUID
    file_sha256: str
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceShown:
    """A file of a case."""

    id: UUID
    case_id: UUID
    file_sha256: str
    media_type: str
    size_bytes: int
    added_at: datetime


async def attach_evidence(tx: Tx, wishes: Sequence[NewEvidence], *, now: datetime) -> list[Attached | Refusal]:
    """Attach stored files to cases. Whoever may report a case may add to it until it is rejected or a duplicate.

    A file that is attached already is answered as it is.
    """
    cases = await tx.lock(Case, {wish.case_id for wish in wishes})
    files = await _files(tx, {wish.file_sha256 for wish in wishes})
    attached = await _attached(tx, cases)
    outcomes: list[Attached | Refusal] = []
    added: list[dict[str, Any]] = []
    audit: list[AuditEntry] = []
    for wish in wishes:
        case = cases.get(wish.case_id)
        refused = _refused(wish, case, files, attached.get(wish.case_id, {}))
        if refused or case is None:
            outcomes.append(refused or UnknownCase())
            continue
        there = attached.setdefault(wish.case_id, {})
        repeated = wish.file_sha256 in there
        evidence_id = there.setdefault(wish.file_sha256, new_id())
        outcomes.append(
            Attached(case_id=wish.case_id, evidence_id=evidence_id, file_sha256=wish.file_sha256, repeated=repeated)
        )
        if repeated:
            continue
        actor = wish.actor.actor
        added.append(
            {
                "id": evidence_id,
                "case_id": wish.case_id,
                "file_id": wish.file_sha256,
                "added_by_kind": actor.kind,
                "added_by_id": actor.id,
                "added_at": now,
            }
        )
        audit.append(
            AuditEntry(
                actor=actor,
                action="cases.attach",
                subject_kind="case",
                subject_id=wish.case_id,
                street_id=case["street_id"],
                detail={"evidence_id": str(evidence_id)},
            )
        )
    await tx.insert(EvidenceRow, added)
    await record(tx, audit, now=now)
    return outcomes


async def evidence_of(reader: Reader, case_ids: Iterable[UUID]) -> dict[UUID, list[EvidenceShown]]:
    """The files of cases, the oldest first. Cases without any are absent. The caller has checked who asks."""
    found: dict[UUID, list[EvidenceShown]] = {}
    for row in await reader.fetch(
        "SELECT evidence.id, evidence.case_id, evidence.file_id AS file_sha256, file.media_type, file.size_bytes, "
        "evidence.added_at FROM cases_evidence evidence JOIN kernel_stored_file file ON file.sha256 = evidence.file_id "
        f"WHERE {reader.one_of('evidence.case_id', 1)} ORDER BY evidence.added_at, evidence.id",
        sorted(set(case_ids)),
        types={"id": UUID, "case_id": UUID, "added_at": datetime},
    ):
        found.setdefault(row["case_id"], []).append(EvidenceShown(**dict(row)))
    return found


def _refused(wish: NewEvidence, case: Row | None, files: frozenset[str], there: dict[str, UUID]) -> Refusal | None:
    if case is None:
        return UnknownCase()
    place = Place(street_id=case["street_id"], community_id=case["community_id"], lane_id=case["lane_id"])
    if not may(wish.actor, Action.CASES_READ, place, case["steward_id"]):
        return UnknownCase()
    if not may(wish.actor, Action.CASES_REPORT, place, case["steward_id"]):
        return NotAllowed()
    if wish.file_sha256 in there:
        return None
    if wish.file_sha256 not in files:
        return UnknownFile(pointer="/file_sha256")
    if case["state"] in _CLOSED:
        return EvidenceClosed(number=case["number"])
    if len(there) >= EVIDENCE_LIMIT:
        return TooMuchEvidence(limit=EVIDENCE_LIMIT)
    return None


async def _files(tx: Tx, hashes: Iterable[str]) -> frozenset[str]:
    wanted = sorted({sha256 for sha256 in hashes if storable(sha256)})
    rows = await tx.fetch(f"SELECT sha256 FROM kernel_stored_file WHERE {tx.one_of('sha256', 1)}", wanted)
    return frozenset(row["sha256"] for row in rows)


async def _attached(tx: Tx, case_ids: Iterable[UUID]) -> dict[UUID, dict[str, UUID]]:
    found: dict[UUID, dict[str, UUID]] = {}
    for row in await tx.rows(EvidenceRow, f"WHERE {tx.one_of('case_id', 1)}", sorted(case_ids)):
        found.setdefault(row["case_id"], {})[row["file_id"]] = row["id"]
    return found
