"""Tables of where a steward stands: multipliers, rungs of the ladders, and bars to rising."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from points.rule_models import RuleVersion


class Multiplier(Model):
    """By how many percent a steward's points of a month count (系数), as a closed evaluation published it.

    The highest number counts: an evaluation that two people reopened and closed anew may replace what stood.
    """

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    period = fields.CharField(max_length=7)  # 2026-10
    number = fields.IntField(default=1)
    percent = fields.IntField()
    published_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField()

    class Meta:
        table = "points_multiplier"
        constraints = [
            UniqueConstraint(fields=("period", "steward_id", "number"), name="points_multiplier_once"),
            CheckConstraint(check="percent >= 0 AND percent <= 1000", name="points_multiplier_percent"),
            CheckConstraint(check="number >= 1", name="points_multiplier_number"),
        ]
        indexes = (("steward_id",),)


class LevelChange(Model):
    """A steward rose to a rung of a ladder or fell from one (升降级)."""

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    ladder = fields.CharField(max_length=8)  # levels, stars
    number = fields.IntField()  # the rung after it, from 1, or 0 for none
    before = fields.IntField()
    cause = fields.CharField(max_length=16)  # reached, below, idle, restored
    idle_rungs = fields.IntField()  # that idle years cost in all, after it
    minutes = fields.BigIntField()  # lifetime figures at that time
    points = fields.BigIntField()
    rule_version: fields.ForeignKeyRelation[RuleVersion] = fields.ForeignKeyField(
        "points.RuleVersion", related_name="level_changes", on_delete=fields.RESTRICT
    )
    changed_on = fields.DateField()
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_level_change"
        constraints = [
            UniqueConstraint(fields=("steward_id", "ladder", "changed_on", "cause"), name="points_level_change_once"),
            CheckConstraint(check="number >= 0 AND before >= 0", name="points_level_change_rungs"),
            CheckConstraint(check="idle_rungs >= 0", name="points_level_change_idle"),
            CheckConstraint(check="ladder IN ('levels', 'stars')", name="points_level_change_ladder"),
        ]
        indexes = (("rule_version_id",), ("ladder", "changed_on"))


class LevelBar(Model):
    """Somebody who faked does not rise and stands for no title through a day (弄虚作假，取消晋级资格)."""

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    offence = fields.IntField()  # the first, second … time
    until = fields.DateField()
    reference = fields.CharField(max_length=120)  # what was upheld
    barred_by = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_level_bar"
        constraints = [
            UniqueConstraint(fields=("reference",), name="points_level_bar_once"),
            UniqueConstraint(fields=("steward_id", "offence"), name="points_level_bar_offence"),
            CheckConstraint(check="offence > 0", name="points_level_bar_count"),
        ]
