"""Tables of schemes: in their versions, on their way, and what was said of them."""

from typing import Any

from tortoise import fields

from kernel.consultation.models import (
    CommentModel,
    DraftModel,
    VersionModel,
    comment_checks,
    draft_checks,
    version_checks,
)


class SchemeVersion(VersionModel):
    """A published scheme: the document as it was, for periods that begin on its day or later. Never changed."""

    class Meta:
        table = "evaluation_scheme_version"
        constraints = version_checks(table)


class SchemeDraft(DraftModel):
    """A scheme on its way (草案): drafted, put to consultation, published or withdrawn."""

    version: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "evaluation.SchemeVersion", related_name="drafts", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "evaluation_scheme_draft"
        constraints = draft_checks(table)
        indexes = (("state", "created_at"), ("version_id",))


class SchemeComment(CommentModel):
    """What somebody said of a scheme's draft in its consultation (意见), and the answer. Text that can be erased."""

    draft: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "evaluation.SchemeDraft", related_name="comments", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "evaluation_scheme_comment"
        constraints = comment_checks(table)
        indexes = (("draft_id", "said_at"), ("author_id", "said_at"))
