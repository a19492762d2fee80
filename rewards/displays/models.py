"""Hall screens: where each hangs, by which token it comes, when it was last heard of."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Display(Model):
    """A hall screen (大屏). Its token is issued when the screen asks for it, once staff entered its code."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=64)  # where it hangs, such as 光明社区大厅
    street: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "stewards.Street", related_name="displays", null=True, on_delete=fields.RESTRICT
    )  # null: shows the whole district
    community: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "stewards.Community", related_name="displays", null=True, on_delete=fields.RESTRICT
    )
    code_sha256 = fields.CharField(max_length=64, unique=True)  # keyed: the code itself is too short for a bare hash
    token: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "stewards.AccessToken", related_name="displays", null=True, on_delete=fields.RESTRICT
    )
    paired_at = fields.DatetimeField()
    code_ends_at = fields.DatetimeField()  # until then the screen may ask for its token
    claimed_at = fields.DatetimeField(null=True)
    seen_at = fields.DatetimeField(null=True)
    build = fields.CharField(max_length=16, null=True)  # which program it runs
    showing_at = fields.DatetimeField(null=True)  # of when its board is
    screen = fields.CharField(max_length=16, null=True)  # such as 3840x2160
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rewards_display"
        constraints = [
            CheckConstraint(check="community_id IS NULL OR street_id IS NOT NULL", name="rewards_display_place"),
            CheckConstraint(check="(token_id IS NULL) = (claimed_at IS NULL)", name="rewards_display_claimed"),
            CheckConstraint(check="code_ends_at > paired_at", name="rewards_display_code"),
        ]
        indexes = (("street_id",), ("community_id",), ("token_id",))
