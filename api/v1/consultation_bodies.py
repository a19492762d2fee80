"""What the API says and reads of documents that are published in versions, such as rule sets and schemes."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import orjson
from litestar import Response
from pydantic import Field

from api.bodies import Body, Day
from api.v1.parameters import etag
from kernel.consultation.comments import CommentRecord
from kernel.consultation.drafts import DraftRecord
from kernel.consultation.versions import VersionRecord

_LONGEST_TEXT = 4_000


class VersionShown(msgspec.Struct, kw_only=True):
    """A published version without its document, in force from a local day until the next one."""

    id: UUID
    number: int
    name: str
    effective_on: date
    document_sha256: str
    published_at: datetime


class VersionInFull(VersionShown, kw_only=True):
    """A published version with its document."""

    document: dict[str, Any]


class DraftShown(msgspec.Struct, kw_only=True):
    """A draft without its document: draft, consultation, published or withdrawn."""

    id: UUID
    state: str
    revision: int
    name: str
    effective_on: date
    consults_until: date | None
    comments: int
    unanswered: int
    created_at: datetime
    changed_at: datetime


class DraftInFull(DraftShown, kw_only=True):
    """A draft with its document. Its ETag is what If-Match takes."""

    document: dict[str, Any]


class CommentShown(msgspec.Struct, kw_only=True):
    """What a steward or a member of staff said of a draft, and the district's answer. Nobody is named."""

    id: UUID
    author_kind: str
    text: str
    said_at: datetime
    answer: str | None
    answered_at: datetime | None


class WrittenDocument(Body):
    """A rule set or a scheme; see docs/examples for complete ones."""

    document: Annotated[dict[str, Any], Field(description="The document as a JSON object")]


class OpenConsultation(Body):
    """The last local day on which comments are taken."""

    until: Day


class SayOfDraft(Body):
    """A comment, or the answer to one."""

    text: Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)]


def version_shown(record: VersionRecord) -> VersionShown:
    """A published version without its document."""
    return VersionShown(**{name: getattr(record, name) for name in VersionShown.__struct_fields__})


def version_in_full(record: VersionRecord) -> VersionInFull:
    """A published version with its document."""
    return VersionInFull(**msgspec.structs.asdict(version_shown(record)), document=orjson.loads(record.document))


def draft_shown(record: DraftRecord) -> DraftShown:
    """A draft without its document."""
    return DraftShown(**{name: getattr(record, name) for name in DraftShown.__struct_fields__})


def draft_in_full(record: DraftRecord, status: int = 200) -> Response[DraftInFull]:
    """A draft with its document and its ETag."""
    shown = DraftInFull(**msgspec.structs.asdict(draft_shown(record)), document=orjson.loads(record.document))
    return Response(shown, status_code=status, headers={"ETag": etag(record.revision)})


def comment_shown(record: CommentRecord) -> CommentShown:
    """A comment without its author."""
    return CommentShown(**{name: getattr(record, name) for name in CommentShown.__struct_fields__})
