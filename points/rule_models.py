"""Tables of rule sets: in their versions, on their way, and what was said of them."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from kernel.consultation.models import (
    CommentModel,
    DraftModel,
    VersionModel,
    comment_checks,
    draft_checks,
    version_checks,
)


class RuleVersion(VersionModel):
    """A published rule set: the document as it was, effective from a local date."""

    class Meta:
        table = "points_rule_version"
        constraints = version_checks(table)
        indexes = (("effective_on", "number"),)


class RuleDraft(DraftModel):
    """A rule set on its way (草案): drafted, put to consultation, published or withdrawn."""

    version: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "points.RuleVersion", related_name="drafts", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "points_rule_draft"
        constraints = draft_checks(table)
        indexes = (("state", "created_at"), ("version_id",))


class RuleComment(CommentModel):
    """What somebody said of a rule set's draft in its consultation (意见), and the answer. Text that can be erased."""

    draft: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "points.RuleDraft", related_name="comments", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "points_rule_comment"
        constraints = comment_checks(table)
        indexes = (("draft_id", "said_at"), ("author_id", "said_at"))


class RuleRehearsal(Model):
    """What a draft would have made of past events (试算): figures as they were when it was rehearsed."""

    id = fields.UUIDField(primary_key=True)
    draft: fields.ForeignKeyRelation["RuleDraft"] = fields.ForeignKeyField(
        "points.RuleDraft", related_name="rehearsals", on_delete=fields.RESTRICT
    )
    document_sha256 = fields.CharField(max_length=64)  # of the document that was rehearsed
    from_on = fields.DateField()
    to_on = fields.DateField()
    figures = fields.TextField()  # JSON of points.rehearsal_figures.Figures
    made_by = fields.UUIDField(null=True)
    made_at = fields.DatetimeField()

    class Meta:
        table = "points_rule_rehearsal"
        constraints = [CheckConstraint(check="from_on <= to_on", name="points_rule_rehearsal_span")]
        indexes = (("draft_id", "made_at"),)
