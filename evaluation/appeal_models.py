"""The table of appeals."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Appeal(Model):
    """A steward asks that an award, a score or the ballots behind it be looked at again (申诉). What is written with it
    lies in points_note, where it can be erased.
    """

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=16, unique=True)
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="appeals", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField()
    community_id = fields.UUIDField()
    kind = fields.CharField(max_length=16)  # award, score, ballots
    award: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "points.Award", related_name="appeals", null=True, on_delete=fields.RESTRICT
    )
    period = fields.CharField(max_length=7, null=True)
    subject = fields.UUIDField(unique=True)  # derived from what it is about: the same thing once
    state = fields.CharField(max_length=16)  # open, upheld, dismissed, withdrawn
    opened_at = fields.DatetimeField()
    due_on = fields.DateField()  # the last local day on which it is answered in time
    outcome = fields.CharField(max_length=16, null=True)  # credit, reverse, recount, review
    points = fields.IntField(null=True)
    operation_id = fields.UUIDField(null=True)
    decided_by_id = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evaluation_appeal"
        constraints = [
            CheckConstraint(check="kind IN ('award', 'score', 'ballots')", name="evaluation_appeal_kind"),
            CheckConstraint(
                check="(kind = 'award') = (award_id IS NOT NULL) AND (kind = 'award') = (period IS NULL)",
                name="evaluation_appeal_about",
            ),
            CheckConstraint(
                check="state IN ('open', 'upheld', 'dismissed', 'withdrawn')", name="evaluation_appeal_state"
            ),
            CheckConstraint(check="(state = 'open') = (decided_at IS NULL)", name="evaluation_appeal_decided"),
            CheckConstraint(
                check="(state = 'upheld') = (outcome IS NOT NULL) "
                "AND (outcome IS NULL OR outcome IN ('credit', 'reverse', 'recount', 'review'))",
                name="evaluation_appeal_outcome",
            ),
            CheckConstraint(
                check="(CASE WHEN outcome = 'credit' THEN 1 ELSE 0 END) = (CASE WHEN points IS NULL THEN 0 ELSE 1 END) "
                "AND (points IS NULL OR points > 0)",
                name="evaluation_appeal_points",
            ),
        ]
        indexes = (("state", "due_on"), ("steward_id", "opened_at"), ("award_id",))
