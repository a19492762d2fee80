"""Tables of lots: points that expire, and what was taken from them."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from points.ledger_models import Account, Transfer


class Lot(Model):
    """Points that arrived together and expire together (批次), spending takes the oldest first.

    The transfer that brought them is its key.
    """

    transfer: fields.OneToOneRelation[Transfer] = fields.OneToOneField(
        "points.Transfer", related_name="lot", primary_key=True, on_delete=fields.RESTRICT
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "points.Account", related_name="lots", on_delete=fields.RESTRICT
    )
    points = fields.BigIntField()
    remaining = fields.BigIntField()
    expires_on = fields.DateField(null=True)  # the last local day on which they can be spent
    granted_at = fields.DatetimeField()

    class Meta:
        table = "points_lot"
        constraints = [
            CheckConstraint(check="points > 0", name="points_lot_positive"),
            CheckConstraint(check="remaining >= 0 AND remaining <= points", name="points_lot_remaining"),
        ]
        indexes = (("account_id", "expires_on"),)


class LotAllocation(Model):
    """Which lot a transfer took from (positive) or gave back to (negative)."""

    id = fields.UUIDField(primary_key=True)
    # The lot's key is the transfer that brought it; Tortoise loses a foreign key to a key that is one itself.
    lot: fields.ForeignKeyRelation[Transfer] = fields.ForeignKeyField(
        "points.Transfer", related_name="lot_allocations", on_delete=fields.RESTRICT
    )
    transfer: fields.ForeignKeyRelation[Transfer] = fields.ForeignKeyField(
        "points.Transfer", related_name="allocations", on_delete=fields.RESTRICT
    )
    points = fields.BigIntField()

    class Meta:
        table = "points_lot_allocation"
        constraints = [
            UniqueConstraint(fields=("lot_id", "transfer_id"), name="points_lot_allocation_once"),
            CheckConstraint(check="points <> 0", name="points_lot_allocation_some"),
        ]
        indexes = (("transfer_id",),)
