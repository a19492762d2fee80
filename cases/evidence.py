"""Evidence: files that show a case, uploaded before (kernel.files) and attached by hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Tx
from kernel.errors import Refusal
from stewards.principal import Principal

EVIDENCE_LIMIT = 9


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


async def attach_evidence(tx: Tx, wishes: Sequence[NewEvidence], *, now: datetime) -> list[Attached | Refusal]:
    """Attach stored files to cases."""
    raise NotImplementedError
