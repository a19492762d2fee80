"""Tables of stories and thanks. Free text about people: erasable, shown only while they consent."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Story(Model):
    """Something worth telling (故事), about a steward who consents, or about a street and nobody by name."""

    id = fields.UUIDField(primary_key=True)
    title = fields.CharField(max_length=64)
    text = fields.TextField()
    street: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Street", related_name="stories", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="stories", null=True, on_delete=fields.RESTRICT
    )
    picture: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "kernel.StoredFile", related_name="stories", null=True, on_delete=fields.RESTRICT
    )
    told_by_id = fields.UUIDField(null=True)
    told_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rewards_story"
        constraints = [
            CheckConstraint(check="withdrawn_at IS NULL OR withdrawn_at >= told_at", name="rewards_story_time")
        ]
        indexes = (("street_id", "told_at"), ("steward_id",), ("picture_id",), ("told_at",))


class ThankNote(Model):
    """A resident's thanks to a steward (居民感谢), worth no points. Shown once somebody looked at it."""

    id = fields.UUIDField(primary_key=True)
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="thanks", on_delete=fields.RESTRICT
    )
    text = fields.CharField(max_length=200)
    signed = fields.CharField(max_length=16)  # as the resident signs; may be empty
    state = fields.CharField(max_length=16)  # waiting, published, rejected
    left_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    decided_by_id = fields.UUIDField(null=True)

    class Meta:
        table = "rewards_thank_note"
        constraints = [
            CheckConstraint(check="state IN ('waiting', 'published', 'rejected')", name="rewards_thank_note_state"),
            CheckConstraint(check="(state = 'waiting') = (decided_at IS NULL)", name="rewards_thank_note_decided"),
        ]
        indexes = (("steward_id",), ("state", "left_at"))
