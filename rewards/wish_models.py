"""Tables of wishes: what stewards would like to see offered, and who supports which."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class ItemWish(Model):
    """Something that a steward would like to get for points (心愿). Its text can be erased: nothing repeats it."""

    id = fields.UUIDField(primary_key=True)
    street: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Street", related_name="item_wishes", on_delete=fields.RESTRICT
    )
    proposed_by: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="item_wishes", on_delete=fields.RESTRICT
    )
    title = fields.CharField(max_length=40)
    state = fields.CharField(max_length=16)  # open, planned, offered, declined
    answer = fields.CharField(max_length=200, null=True)  # what the staff said to it
    answered_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "rewards_item_wish"
        constraints = [
            CheckConstraint(
                check="state IN ('open', 'planned', 'offered', 'declined')", name="rewards_item_wish_state"
            ),
            CheckConstraint(check="(state = 'open') = (answered_at IS NULL)", name="rewards_item_wish_answered"),
        ]
        indexes = (("street_id", "state"), ("proposed_by_id", "state"))


class ItemWishVote(Model):
    """A steward supports a wish, once."""

    id = fields.UUIDField(primary_key=True)  # derived from both
    wish: fields.ForeignKeyRelation["ItemWish"] = fields.ForeignKeyField(
        "rewards.ItemWish", related_name="votes", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="item_wish_votes", on_delete=fields.RESTRICT
    )
    voted_at = fields.DatetimeField()

    class Meta:
        table = "rewards_item_wish_vote"
        constraints = [UniqueConstraint(fields=("wish_id", "steward_id"), name="rewards_item_wish_vote_once")]
        indexes = (("steward_id",),)
