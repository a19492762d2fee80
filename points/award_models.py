"""Tables of what events earned, and of the caps that they were counted against."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from points.ledger_models import Operation
from points.rule_models import RuleVersion


class Award(Model):
    """What an assessed event was worth (奖励), 0 included, with the receipt that explains it.

    A reversal is an award of its own with negative points, a top-up gives back what a cap had cut. The settlement of a
    multiplier and the correction of a past period may take points away too.
    """

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    street_id = fields.UUIDField(null=True)
    lane_id = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=32)
    reference = fields.CharField(max_length=200)
    category = fields.CharField(max_length=32, null=True)
    facts = fields.TextField(null=True)  # JSON: what else it was assessed from, so that it can be assessed again
    points = fields.BigIntField()
    entitled = fields.BigIntField()  # before caps; what a top-up may still give is entitled minus given
    receipt = fields.TextField()  # JSON: codes and parameters, rendered into a sentence
    fingerprint = fields.CharField(max_length=64)
    rule_version: fields.ForeignKeyRelation[RuleVersion] = fields.ForeignKeyField(
        "points.RuleVersion", related_name="awards", on_delete=fields.RESTRICT
    )
    operation: fields.ForeignKeyNullableRelation[Operation] = fields.ForeignKeyField(
        "points.Operation", related_name="awards", null=True, on_delete=fields.RESTRICT
    )
    reverses: fields.ForeignKeyNullableRelation["Award"] = fields.ForeignKeyField(
        "points.Award", related_name="reversed_by", null=True, on_delete=fields.RESTRICT
    )
    tops_up: fields.ForeignKeyNullableRelation["Award"] = fields.ForeignKeyField(
        "points.Award", related_name="top_ups", null=True, on_delete=fields.RESTRICT
    )
    occurred_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_award"
        constraints = [
            UniqueConstraint(fields=("reason", "reference"), name="points_award_once"),
            UniqueConstraint(fields=("reverses_id",), name="points_award_reversed_once"),
            CheckConstraint(
                check="(reverses_id IS NULL) = (points >= 0) OR points = 0 "
                "OR reason IN ('multiplier', 'correction', 'reversal')",
                name="points_award_sign",
            ),
            CheckConstraint(check="(points = 0) = (operation_id IS NULL)", name="points_award_operation"),
        ]
        indexes = (
            ("steward_id", "recorded_at"),
            ("steward_id", "occurred_at", "points", "recorded_at"),  # standings are read from it alone
            ("tops_up_id",),
        )


class CapWindow(Model):
    """How much of one cap was used by one subject in one period, the row that is locked."""

    id = fields.UUIDField(primary_key=True)  # derived from cap, subject and period
    cap = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    period = fields.CharField(max_length=10)  # 2026-10 or 2026-10-03
    used = fields.BigIntField()

    class Meta:
        table = "points_cap_window"
        constraints = [
            UniqueConstraint(fields=("cap", "subject_id", "period"), name="points_cap_window_once"),
            CheckConstraint(check="used >= 0", name="points_cap_window_used"),
        ]


class CapUse(Model):
    """What one award took from one cap window, and what the window cut from it."""

    id = fields.UUIDField(primary_key=True)
    award: fields.ForeignKeyRelation["Award"] = fields.ForeignKeyField(
        "points.Award", related_name="cap_uses", on_delete=fields.RESTRICT
    )
    window: fields.ForeignKeyRelation["CapWindow"] = fields.ForeignKeyField(
        "points.CapWindow", related_name="uses", on_delete=fields.RESTRICT
    )
    counted = fields.BigIntField()  # negative where a reversal gives room back
    cut = fields.BigIntField()

    class Meta:
        table = "points_cap_use"
        constraints = [
            UniqueConstraint(fields=("award_id", "window_id"), name="points_cap_use_once"),
            CheckConstraint(check="cut >= 0", name="points_cap_use_cut"),
        ]
        indexes = (("window_id",),)
