"""What residents see in a lane and say without an account (居民反映), until staff make it a case or set it aside."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Sighting(Model):
    """Something that a resident saw (居民反映). Its words and contact are free text and are forgotten in time."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=16, unique=True)  # what the resident is told, such as F2611230004
    secret_sha256 = fields.CharField(
        max_length=64, unique=True
    )  # of the browser that left it, to see what became of it
    lane: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Lane", related_name="sightings", on_delete=fields.RESTRICT
    )
    community_id = fields.UUIDField()
    street_id = fields.UUIDField()
    text = fields.TextField()
    address = fields.CharField(max_length=100)
    contact = fields.CharField(max_length=40, null=True)
    contact_agreed_at = fields.DatetimeField(null=True)  # the separate consent to be asked back
    picture: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "kernel.StoredFile", related_name="sightings", null=True, on_delete=fields.RESTRICT
    )
    left_at = fields.DatetimeField()
    state = fields.CharField(max_length=16)  # waiting, taken, set_aside
    reason = fields.CharField(max_length=32, null=True)  # why it was set aside, a code from a list
    case: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cases.Case", related_name="sightings", null=True, on_delete=fields.RESTRICT
    )
    decided_at = fields.DatetimeField(null=True)
    decided_by_id = fields.UUIDField(null=True)

    class Meta:
        table = "cases_sighting"
        constraints = [
            CheckConstraint(check="state IN ('waiting', 'taken', 'set_aside')", name="cases_sighting_state"),
            CheckConstraint(check="(state = 'waiting') = (decided_at IS NULL)", name="cases_sighting_decided"),
            CheckConstraint(check="(state = 'taken') = (case_id IS NOT NULL)", name="cases_sighting_case"),
            CheckConstraint(check="(state = 'set_aside') = (reason IS NOT NULL)", name="cases_sighting_reason"),
            CheckConstraint(check="contact IS NULL OR contact_agreed_at IS NOT NULL", name="cases_sighting_contact"),
        ]
        indexes = (
            ("state", "left_at"),
            ("street_id", "state", "left_at"),
            ("community_id", "state", "left_at"),
            ("lane_id", "state", "left_at"),
            ("case_id",),
            ("picture_id",),
        )
