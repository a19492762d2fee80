"""What a kind of document has of its own: its tables, its language, and what may follow what was published."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from kernel.consultation.models import CommentModel, DraftModel, VersionModel
from kernel.database import Reader

Written = bytes | str | Mapping[str, Any]
"""A document as it comes in: JSON text, or the object that such text holds."""


class Dated(Protocol):
    """What every document says of itself: its name, and the local day from which it is in force."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def effective_on(self) -> date:
        """Its first local day."""


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind(Generic[D]):
    """A kind of document, such as rule sets or schemes.

    `audit` begins the names of its acts in the audit (rules → rules.draft), `subject` those of what they are about
    (rule → rule_draft). `read` answers a document and its canonical JSON, or raises its refusal with every mistake.
    `check_next` raises where a document could not follow what was published.
    """

    audit: str
    subject: str
    versions: type[VersionModel]
    drafts: type[DraftModel]
    comments: type[CommentModel]
    read: Callable[[Written], tuple[D, str]]
    check_next: Callable[[Reader, D, datetime], Awaitable[None]]
