"""The table of stewards' cards."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class StewardCard(Model):
    """What a steward puts on the card (彩色名片) beside name and phone. Shown as far as each consent goes."""

    steward: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "stewards.Steward", related_name="card", primary_key=True, on_delete=fields.RESTRICT
    )
    photo: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "kernel.StoredFile", related_name="steward_cards", null=True, on_delete=fields.RESTRICT
    )
    tip = fields.CharField(max_length=40)  # 小贴士; may be empty
    changed_at = fields.DatetimeField()

    class Meta:
        table = "stewards_card"
        indexes = (("photo_id",),)
