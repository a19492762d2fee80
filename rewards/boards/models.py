"""Boards that were closed: append-only, one row a board, hashed and chained."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class BoardClose(Model):
    """A board of a period that is over, as it stood when it was closed (定榜). Holds random ids and numbers alone."""

    id = fields.UUIDField(primary_key=True)  # derived from board, period, place and first day: a board is closed once
    metric = fields.CharField(max_length=16)
    period = fields.CharField(max_length=8)
    scope_kind = fields.CharField(max_length=16)  # district, street, community
    scope_id = fields.UUIDField(null=True)  # null for the district
    begins_on = fields.DateField()
    ends_on = fields.DateField()  # the last day
    lines = fields.IntField()
    total = fields.BigIntField()
    body = fields.TextField()  # canonical JSON: the lines in order, and the hash of the close before
    body_sha256 = fields.CharField(max_length=64)
    closed_at = fields.DatetimeField()

    class Meta:
        table = "rewards_board_close"
        constraints = [
            CheckConstraint(check="lines >= 0 AND total >= lines", name="rewards_board_close_lines"),
            CheckConstraint(check="ends_on >= begins_on", name="rewards_board_close_dates"),
            CheckConstraint(
                check="scope_kind IN ('district', 'street', 'community') "
                "AND (scope_kind = 'district') = (scope_id IS NULL)",
                name="rewards_board_close_scope",
            ),
        ]
        indexes = (("scope_id", "metric", "period", "begins_on"),)
