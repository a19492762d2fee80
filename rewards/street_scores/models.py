"""Tables of the monthly assessment of streets. Scores are hundredths, so that nothing is ever rounded twice."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class StreetScore(Model):
    """What the grid assessment gave a street for a month, in hundredths of 0 to 100."""

    id = fields.UUIDField(primary_key=True)  # derived from month and street
    month = fields.CharField(max_length=7)
    street: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Street", related_name="scores", on_delete=fields.RESTRICT
    )
    order_score = fields.IntField()  # 秩序
    safety_score = fields.IntField()  # 安全
    environment_score = fields.IntField()  # 环境
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "rewards_street_score"
        constraints = [
            UniqueConstraint(fields=("month", "street_id"), name="rewards_street_score_once"),
            CheckConstraint(
                check="order_score BETWEEN 0 AND 10000 AND safety_score BETWEEN 0 AND 10000 "
                "AND environment_score BETWEEN 0 AND 10000",
                name="rewards_street_score_range",
            ),
        ]
        indexes = (("street_id",),)


class StreetWeights(Model):
    """How much each dimension weighs from a month on, in percent."""

    id = fields.UUIDField(primary_key=True)  # derived from the month
    from_month = fields.CharField(max_length=7, unique=True)
    order_weight = fields.SmallIntField()
    safety_weight = fields.SmallIntField()
    environment_weight = fields.SmallIntField()
    set_by_id = fields.UUIDField(null=True)
    set_at = fields.DatetimeField()

    class Meta:
        table = "rewards_street_weights"
        constraints = [
            CheckConstraint(
                check="order_weight >= 0 AND safety_weight >= 0 AND environment_weight >= 0 "
                "AND order_weight + safety_weight + environment_weight = 100",
                name="rewards_street_weights_sum",
            )
        ]
