"""Tables of monthly reports: what was closed, its sums, and how far they were read."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from points.ledger_models import Account


class ReportMonth(Model):
    """A local month whose sums are kept (月结): reports no longer read its transfers."""

    id = fields.UUIDField(primary_key=True)
    month = fields.CharField(max_length=7, unique=True)  # 2026-10
    closed_at = fields.DatetimeField()

    class Meta:
        table = "points_report_month"


class ReportSum(Model):
    """What flowed in a closed month, or stood at its end, by where its stewards stood when it was closed."""

    id = fields.UUIDField(primary_key=True)
    month = fields.CharField(max_length=7)
    street_id = fields.UUIDField(null=True)  # null for teams
    community_id = fields.UUIDField(null=True)
    category = fields.CharField(max_length=32)  # of a case, or the reason; empty for what stood
    kind = fields.CharField(max_length=16)  # a flow's other side, such as issued; a purse for what stood
    points = fields.BigIntField()

    class Meta:
        table = "points_report_sum"
        indexes = (("month", "kind"),)


class ReportMark(Model):
    """Up to where an account's transfers are in the kept sums, and what it held then."""

    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "points.Account", related_name="report_mark", primary_key=True, on_delete=fields.RESTRICT
    )
    version = fields.BigIntField()
    balance = fields.BigIntField()

    class Meta:
        table = "points_report_mark"
        constraints = [
            CheckConstraint(check="version > 0 AND balance >= 0", name="points_report_mark_some"),
        ]
