"""Tables of the desk: what staff did for a steward, and how the steward agreed."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class DeskAct(Model):
    """What staff did for a steward at a desk (柜台代办), with the consent that it stood on, never changed."""

    id = fields.UUIDField(primary_key=True)
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="desk_acts", on_delete=fields.RESTRICT
    )
    act = fields.CharField(max_length=16)  # order
    subject_id = fields.UUIDField()  # of the order
    consent = fields.CharField(max_length=16)  # present, letter, phone
    actor_kind = fields.CharField(max_length=16)
    actor_id = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "rewards_desk_act"
        constraints = [
            CheckConstraint(check="consent IN ('present', 'letter', 'phone')", name="rewards_desk_act_consent"),
            CheckConstraint(check="act IN ('order')", name="rewards_desk_act_act"),
        ]
        indexes = (("steward_id", "recorded_at"), ("subject_id",), ("actor_id", "recorded_at"))
