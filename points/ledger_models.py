"""Tables of the ledger: accounts, operations, their transfers, and holds that were settled."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class Account(Model):
    """Where points stand (账户). Its id is derived from owner, kind and unit, so nobody has to look it up.

    Accounts whose balance can refuse something store it with a gapless version, the world's ends (issued, redeemed,
    expired, donated, forfeited, opening, owed, funded) store none, so that they are never hot.
    """

    id = fields.UUIDField(primary_key=True)
    owner_kind = fields.CharField(max_length=16)  # steward, street, team, world
    owner_id = fields.UUIDField(null=True)  # null for the world
    kind = fields.CharField(max_length=16)  # points.accounts names them all
    unit = fields.CharField(max_length=8)  # points, minutes
    balance = fields.BigIntField(null=True)
    version = fields.BigIntField(default=0)
    touched_at = fields.DatetimeField(null=True)  # recorded_at of the newest transfer

    class Meta:
        table = "points_account"
        constraints = [
            CheckConstraint(check="balance >= 0", name="points_account_balance"),
            CheckConstraint(check="version >= 0", name="points_account_version"),
            CheckConstraint(
                check="(owner_kind = 'world') = (balance IS NULL) AND (owner_kind = 'world') = (owner_id IS NULL)",
                name="points_account_world",
            ),
            CheckConstraint(check="unit IN ('points', 'minutes')", name="points_account_unit"),
            CheckConstraint(check="owner_kind IN ('steward', 'team', 'street', 'world')", name="points_account_owner"),
            CheckConstraint(
                check="(kind = 'pool') = (owner_kind = 'team') AND (kind = 'budget') = (owner_kind = 'street')",
                name="points_account_owner_has_kind",
            ),
            CheckConstraint(
                check="owner_kind = 'world' OR (kind = 'minutes') = (unit = 'minutes')",
                name="points_account_kind_unit",
            ),
        ]
        indexes = (("owner_id", "kind"),)


class Operation(Model):
    """A wish that was carried out, unique for ever by (reason, reference)."""

    id = fields.UUIDField(primary_key=True)
    reason = fields.CharField(max_length=32)
    reference = fields.CharField(max_length=200)
    fingerprint = fields.CharField(max_length=64)  # of the wish, never of the computed points
    reverses: fields.ForeignKeyNullableRelation["Operation"] = fields.ForeignKeyField(
        "points.Operation", related_name="reversed_by", null=True, on_delete=fields.RESTRICT
    )
    actor_id = fields.UUIDField(null=True)
    occurred_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_operation"
        constraints = [
            UniqueConstraint(fields=("reason", "reference"), name="points_operation_once"),
            # Not unique=True on the field: Tortoise drops that from a foreign key without a word.
            UniqueConstraint(fields=("reverses_id",), name="points_operation_reversed_once"),
            CheckConstraint(check="reverses_id IS NULL OR reverses_id <> id", name="points_operation_not_itself"),
        ]


class Settlement(Model):
    """Which hold an operation settles (冻结结算): captures and releases name it, a refund its capture as well."""

    operation: fields.OneToOneRelation["Operation"] = fields.OneToOneField(
        "points.Operation", related_name="settles", primary_key=True, on_delete=fields.RESTRICT
    )
    hold: fields.ForeignKeyRelation["Operation"] = fields.ForeignKeyField(
        "points.Operation", related_name="settlements", on_delete=fields.RESTRICT
    )
    capture: fields.ForeignKeyNullableRelation["Operation"] = fields.ForeignKeyField(
        "points.Operation", related_name="refunds", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "points_settlement"
        constraints = [
            CheckConstraint(
                check="operation_id <> hold_id AND (capture_id IS NULL OR capture_id NOT IN (operation_id, hold_id))",
                name="points_settlement_of_another",
            ),
        ]
        indexes = (("hold_id",), ("capture_id",))


class Transfer(Model):
    """The only way points move (划转): one row, from one account to another."""

    id = fields.UUIDField(primary_key=True)
    operation: fields.ForeignKeyRelation["Operation"] = fields.ForeignKeyField(
        "points.Operation", related_name="transfers", on_delete=fields.RESTRICT
    )
    leg = fields.SmallIntField()
    from_account: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "points.Account", related_name="outgoing", on_delete=fields.RESTRICT
    )
    to_account: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "points.Account", related_name="incoming", on_delete=fields.RESTRICT
    )
    points = fields.BigIntField()
    from_version = fields.BigIntField(null=True)
    from_balance = fields.BigIntField(null=True)  # after this transfer
    to_version = fields.BigIntField(null=True)
    to_balance = fields.BigIntField(null=True)  # after this transfer
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_transfer"
        constraints = [
            UniqueConstraint(fields=("operation_id", "leg"), name="points_transfer_leg"),
            UniqueConstraint(fields=("from_account_id", "from_version"), name="points_transfer_from_version"),
            UniqueConstraint(fields=("to_account_id", "to_version"), name="points_transfer_to_version"),
            CheckConstraint(check="points > 0", name="points_transfer_positive"),
            CheckConstraint(check="from_account_id <> to_account_id", name="points_transfer_moves"),
            CheckConstraint(check="(from_version IS NULL) = (from_balance IS NULL)", name="points_transfer_from_pair"),
            CheckConstraint(check="(to_version IS NULL) = (to_balance IS NULL)", name="points_transfer_to_pair"),
            CheckConstraint(check="from_balance >= 0 AND to_balance >= 0", name="points_transfer_balances"),
        ]
