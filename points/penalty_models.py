"""Tables of deductions, and of what is still to be collected."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from points.ledger_models import Operation


class Penalty(Model):
    """Points to be taken for something on the rules' list (扣分): the steward is heard first.

    It is due when nobody objected in time, or when somebody else than its proposer upholds it.
    """

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)  # the human one, such as P2611230001
    steward_id = fields.UUIDField()
    street_id = fields.UUIDField()  # where the steward stood then
    community_id = fields.UUIDField()
    item = fields.CharField(max_length=32)  # a code of the rules' list
    about = fields.CharField(max_length=64, null=True)  # such as the number of a case
    points = fields.BigIntField()
    state = fields.CharField(max_length=16)  # open, objected, taken, dropped
    object_until = fields.DatetimeField()
    proposed_by_id = fields.UUIDField()
    proposed_at = fields.DatetimeField()
    objected_at = fields.DatetimeField(null=True)
    decided_by_id = fields.UUIDField(null=True)  # null where it became due by itself
    decided_at = fields.DatetimeField(null=True)
    operation: fields.ForeignKeyNullableRelation[Operation] = fields.ForeignKeyField(
        "points.Operation", related_name="penalties", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "points_penalty"
        constraints = [
            UniqueConstraint(fields=("operation_id",), name="points_penalty_operation_once"),
            UniqueConstraint(fields=("steward_id", "item", "about"), name="points_penalty_once"),
            CheckConstraint(check="points > 0", name="points_penalty_positive"),
            CheckConstraint(check="state IN ('open', 'objected', 'taken', 'dropped')", name="points_penalty_state"),
            CheckConstraint(check="(state = 'taken') = (operation_id IS NOT NULL)", name="points_penalty_posted"),
            CheckConstraint(
                check="(state IN ('taken', 'dropped')) = (decided_at IS NOT NULL)", name="points_penalty_decided"
            ),
            CheckConstraint(
                check="state <> 'taken' OR decided_by_id IS NULL OR decided_by_id <> proposed_by_id",
                name="points_penalty_second_person",
            ),
            CheckConstraint(
                check="state <> 'taken' OR objected_at IS NULL OR decided_by_id IS NOT NULL",
                name="points_penalty_heard",
            ),
        ]
        indexes = (("state", "object_until"), ("street_id", "state", "proposed_at"))


class Collection(Model):
    """What the family of a deceased steward takes at a desk (家属代领): two members of staff sign."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)  # the human one, such as F2611230001
    steward_id = fields.UUIDField()
    street_id = fields.UUIDField()
    community_id = fields.UUIDField()
    points = fields.BigIntField()
    state = fields.CharField(max_length=16)  # opened, signed, withdrawn
    opened_by_id = fields.UUIDField()
    opened_at = fields.DatetimeField()
    signed_by_id = fields.UUIDField(null=True)
    closed_at = fields.DatetimeField(null=True)
    operation: fields.ForeignKeyNullableRelation[Operation] = fields.ForeignKeyField(
        "points.Operation", related_name="collections", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "points_collection"
        constraints = [
            UniqueConstraint(fields=("operation_id",), name="points_collection_operation_once"),
            CheckConstraint(check="points > 0", name="points_collection_positive"),
            CheckConstraint(check="state IN ('opened', 'signed', 'withdrawn')", name="points_collection_state"),
            CheckConstraint(
                check="(state = 'signed') = (operation_id IS NOT NULL) "
                "AND (state = 'signed') = (signed_by_id IS NOT NULL)",
                name="points_collection_signed",
            ),
            CheckConstraint(check="signed_by_id <> opened_by_id", name="points_collection_two"),
            CheckConstraint(check="(state = 'opened') = (closed_at IS NULL)", name="points_collection_closed"),
        ]
        indexes = (("street_id", "state", "opened_at"),)
