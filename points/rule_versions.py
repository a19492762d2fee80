"""Published rule sets: numbered, never changed, each in force from its local date until the next one begins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.database import Reader, Tx
from points.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersionRecord:
    """A published version as lists and pages show it."""

    id: UUID
    number: int
    name: str
    effective_on: date
    document: str
    document_sha256: str
    published_by: UUID | None
    published_at: datetime


async def publish_rules(
    tx: Tx, document: bytes | str | Mapping[str, Any], *, by: UUID | None, now: datetime
) -> RuleVersionRecord:
    """Publish a rule set as the next version. The newest one again, word for word, is answered as it is."""
    raise NotImplementedError


async def rules_on(reader: Reader, days: Iterable[date]) -> dict[date, Rules]:
    """The rules in force on local days. Days before the first version are absent."""
    raise NotImplementedError


async def rules_by_id(reader: Reader, version_ids: Iterable[UUID]) -> dict[UUID, Rules]:
    """Published rules by version id."""
    raise NotImplementedError
