"""Tables of schemes on their way: drafts, and what was said of them."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class SchemeDraft(Model):
    """A scheme on its way (草案): drafted, put to consultation, published or withdrawn."""

    id = fields.UUIDField(primary_key=True)
    state = fields.CharField(max_length=16)  # draft, consultation, published, withdrawn
    revision = fields.IntField()  # grows with every change, the ETag
    name = fields.CharField(max_length=64)
    effective_on = fields.DateField()
    document = fields.TextField()  # canonical JSON of evaluation.schemes.Scheme
    document_sha256 = fields.CharField(max_length=64)
    consults_until = fields.DateField(null=True)  # the last local day for comments
    version: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "evaluation.SchemeVersion", related_name="drafts", null=True, on_delete=fields.RESTRICT
    )
    created_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "evaluation_scheme_draft"
        constraints = [
            CheckConstraint(
                check="state IN ('draft', 'consultation', 'published', 'withdrawn')",
                name="evaluation_scheme_draft_state",
            ),
            CheckConstraint(check="revision > 0", name="evaluation_scheme_draft_revision"),
            CheckConstraint(
                check="(state = 'published') = (version_id IS NOT NULL)", name="evaluation_scheme_draft_published"
            ),
            CheckConstraint(
                check="state <> 'consultation' OR consults_until IS NOT NULL", name="evaluation_scheme_draft_consults"
            ),
        ]
        indexes = (("state", "created_at"), ("version_id",))


class SchemeComment(Model):
    """What somebody said of a draft in its consultation (意见), and the answer. Free text that can be erased."""

    id = fields.UUIDField(primary_key=True)
    draft: fields.ForeignKeyRelation["SchemeDraft"] = fields.ForeignKeyField(
        "evaluation.SchemeDraft", related_name="comments", on_delete=fields.RESTRICT
    )
    author_kind = fields.CharField(max_length=16)  # steward, staff
    author_id = fields.UUIDField(null=True)
    text = fields.TextField()
    said_at = fields.DatetimeField()
    answer = fields.TextField(null=True)
    answered_by = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evaluation_scheme_comment"
        constraints = [
            CheckConstraint(
                check="(answer IS NULL) = (answered_at IS NULL)", name="evaluation_scheme_comment_answered"
            ),
        ]
        indexes = (("draft_id", "said_at"), ("author_id", "said_at"))
