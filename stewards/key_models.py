"""The table of when access tokens were last used."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class TokenUse(Model):
    """When a token was last used, to about an hour. Apart from the token, whose row is read with every request."""

    token: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "stewards.AccessToken", related_name="use", primary_key=True, on_delete=fields.RESTRICT
    )
    used_at = fields.DatetimeField()

    class Meta:
        table = "stewards_token_use"
