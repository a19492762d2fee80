"""Tables of draws and waiting lists: who applied for scarce items, in which order, and what came of it."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class Draw(Model):
    """A draw of a scarce item (抽签): its seed is bound by a published commitment before the first application."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)  # the human one, such as D261123-001
    stock: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.Stock", related_name="draws", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField()  # of the place of the stock
    places = fields.IntField()  # how many win one unit each
    opens_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()
    commitment = fields.CharField(max_length=64)
    seed = fields.CharField(max_length=64)  # hex; shown to nobody before the draw is done
    state = fields.CharField(max_length=16)  # announced, drawn, cancelled
    roll = fields.CharField(max_length=64, null=True)  # digest of the tickets that took part
    announced_by_kind = fields.CharField(max_length=16)
    announced_by_id = fields.UUIDField(null=True)
    announced_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rewards_draw"
        constraints = [
            CheckConstraint(check="places > 0", name="rewards_draw_places"),
            CheckConstraint(check="closes_at > opens_at", name="rewards_draw_window"),
            CheckConstraint(check="state IN ('announced', 'drawn', 'cancelled')", name="rewards_draw_state"),
            CheckConstraint(check="(state = 'announced') = (ended_at IS NULL)", name="rewards_draw_ended"),
            CheckConstraint(check="(state = 'drawn') = (roll IS NOT NULL)", name="rewards_draw_roll"),
        ]
        indexes = (("stock_id",), ("state", "closes_at"), ("street_id", "closes_at"))


class DrawApplication(Model):
    """A steward takes part in a draw, with a ticket that follows from both."""

    id = fields.UUIDField(primary_key=True)  # the ticket
    draw: fields.ForeignKeyRelation["Draw"] = fields.ForeignKeyField(
        "rewards.Draw", related_name="applications", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="draw_applications", on_delete=fields.RESTRICT
    )
    applied_by_kind = fields.CharField(max_length=16)
    applied_by_id = fields.UUIDField(null=True)
    applied_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)
    rank = fields.IntField(null=True)  # in the order of the draw, from 1
    outcome = fields.CharField(max_length=16, null=True)  # won, passed_over, lost
    reason = fields.CharField(max_length=32, null=True)  # the code of why it was passed over
    order: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "rewards.Order", related_name="draw_applications", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "rewards_draw_application"
        constraints = [
            UniqueConstraint(fields=("draw_id", "steward_id"), name="rewards_draw_application_once"),
            UniqueConstraint(fields=("order_id",), name="rewards_draw_application_order"),
            CheckConstraint(check="outcome IN ('won', 'passed_over', 'lost')", name="rewards_draw_application_outcome"),
            CheckConstraint(check="(outcome IS NULL) = (rank IS NULL)", name="rewards_draw_application_rank"),
            CheckConstraint(
                check="(CASE WHEN outcome = 'won' THEN 1 ELSE 0 END) = (CASE WHEN order_id IS NULL THEN 0 ELSE 1 END)",
                name="rewards_draw_application_won",
            ),
            CheckConstraint(
                check="(CASE WHEN outcome = 'passed_over' THEN 1 ELSE 0 END)"
                " = (CASE WHEN reason IS NULL THEN 0 ELSE 1 END)",
                name="rewards_draw_application_passed",
            ),
        ]
        indexes = (("steward_id", "applied_at"),)


class WaitingEntry(Model):
    """A steward waits for an item at a place (候补): in the order of joining, offered what comes back, or left."""

    id = fields.UUIDField(primary_key=True)
    stock: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.Stock", related_name="waiting", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="waiting", on_delete=fields.RESTRICT
    )
    turn = fields.BigIntField()  # within the stock, gapless from 1: whoever has the smaller one is first
    state = fields.CharField(max_length=16)  # waiting, offered, taken, lapsed, left
    joined_at = fields.DatetimeField()
    offered_until = fields.DatetimeField(null=True)  # an offer holds until then
    ended_at = fields.DatetimeField(null=True)
    order: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "rewards.Order", related_name="waiting", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "rewards_waiting_entry"
        constraints = [
            UniqueConstraint(fields=("stock_id", "turn"), name="rewards_waiting_entry_turn"),
            UniqueConstraint(fields=("order_id",), name="rewards_waiting_entry_order"),
            CheckConstraint(check="turn > 0", name="rewards_waiting_entry_positive"),
            CheckConstraint(
                check="state IN ('waiting', 'offered', 'taken', 'lapsed', 'left')", name="rewards_waiting_entry_state"
            ),
            CheckConstraint(
                check="(state IN ('waiting', 'offered')) = (ended_at IS NULL)", name="rewards_waiting_entry_ended"
            ),
            CheckConstraint(
                check="state <> 'offered' OR offered_until IS NOT NULL", name="rewards_waiting_entry_offer"
            ),
            CheckConstraint(
                check="(CASE WHEN state = 'taken' THEN 1 ELSE 0 END) = (CASE WHEN order_id IS NULL THEN 0 ELSE 1 END)",
                name="rewards_waiting_entry_taken",
            ),
        ]
        indexes = (("stock_id", "state", "turn"), ("steward_id", "state"), ("state", "offered_until"))
