"""The tables of a document that is published in versions. Each room makes its own three under its own names."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class VersionModel(Model):
    """A published version: the document as it was, in force from a local day. Never changed."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField(unique=True)
    name = fields.CharField(max_length=64)
    effective_on = fields.DateField()
    document = fields.TextField()  # canonical JSON
    document_sha256 = fields.CharField(max_length=64)
    published_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField()

    class Meta:
        abstract = True


class DraftModel(Model):
    """A document on its way (草案). A room adds `version`, the key of what it was published as."""

    id = fields.UUIDField(primary_key=True)
    state = fields.CharField(max_length=16)  # draft, consultation, published, withdrawn
    revision = fields.IntField()  # grows with every change, the ETag
    name = fields.CharField(max_length=64)
    effective_on = fields.DateField()
    document = fields.TextField()  # canonical JSON
    document_sha256 = fields.CharField(max_length=64)
    consults_until = fields.DateField(null=True)  # the last local day for comments
    created_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        abstract = True


class CommentModel(Model):
    """What somebody said of a draft (意见), and the answer. Text that can be erased. A room adds the key `draft`."""

    id = fields.UUIDField(primary_key=True)
    author_kind = fields.CharField(max_length=16)  # steward, staff
    author_id = fields.UUIDField(null=True)
    text = fields.TextField()
    said_at = fields.DatetimeField()
    answer = fields.TextField(null=True)
    answered_by = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        abstract = True


def version_checks(table: str) -> list[CheckConstraint]:
    """The checks of a table of versions."""
    return [CheckConstraint(check="number > 0", name=f"{table}_number")]


def draft_checks(table: str) -> list[CheckConstraint]:
    """The checks of a table of drafts."""
    states = "state IN ('draft', 'consultation', 'published', 'withdrawn')"
    return [
        CheckConstraint(check=states, name=f"{table}_state"),
        CheckConstraint(check="revision > 0", name=f"{table}_revision"),
        CheckConstraint(check="(state = 'published') = (version_id IS NOT NULL)", name=f"{table}_published"),
        CheckConstraint(check="state <> 'consultation' OR consults_until IS NOT NULL", name=f"{table}_consults"),
    ]


def comment_checks(table: str) -> list[CheckConstraint]:
    """The checks of a table of comments."""
    return [CheckConstraint(check="(answer IS NULL) = (answered_at IS NULL)", name=f"{table}_answered")]
