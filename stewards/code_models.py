"""The table of codes by which stewards set a new PIN."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class PinCode(Model):
    """The code that was sent to a steward's phone (验证码), one at a time, kept as its keyed hash."""

    steward: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "stewards.Steward", related_name="pin_code", primary_key=True, on_delete=fields.RESTRICT
    )
    code_hash = fields.CharField(max_length=64)
    tries_left = fields.SmallIntField()
    issued_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "stewards_pin_code"
        constraints = [
            CheckConstraint(check="tries_left BETWEEN 0 AND 5", name="stewards_pin_code_tries"),
            CheckConstraint(check="expires_at > issued_at", name="stewards_pin_code_expiry"),
        ]
