"""Certificates that were issued."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Credential(Model):
    """The certificate of a title (证书): signed once, revoked with its title. Holds a salted hash of the name alone."""

    id = fields.UUIDField(primary_key=True)
    award: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "rewards.TitleAward", related_name="credential", on_delete=fields.RESTRICT
    )
    status_index = fields.IntField(unique=True)  # its place in the list of revocations
    kid = fields.CharField(max_length=64)
    jws = fields.TextField()
    issued_at = fields.DatetimeField()

    class Meta:
        table = "rewards_credential"
        constraints = [
            CheckConstraint(check="status_index >= 0 AND status_index < 131072", name="rewards_credential_place")
        ]
