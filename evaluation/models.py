"""Schemes in their versions, rating slips, and the ballots that were cast."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from evaluation.closing_models import ClosingPeriod, PeriodClose, Reopening, Score

# Tables that stand in modules of their own are found here by the migrations.
__all__ = ["Ballot", "ClosingPeriod", "PeriodClose", "Reopening", "SchemeVersion", "Score", "Slip"]


class SchemeVersion(Model):
    """A published scheme: the document as it was, for periods that begin on its day or later. Never changed."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField(unique=True)
    name = fields.CharField(max_length=64)
    effective_on = fields.DateField()
    document = fields.TextField()  # canonical JSON of evaluation.schemes.Scheme
    document_sha256 = fields.CharField(max_length=64)
    published_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField()

    class Meta:
        table = "evaluation_scheme_version"
        constraints = [CheckConstraint(check="number > 0", name="evaluation_scheme_version_number")]


class Slip(Model):
    """A personal rating slip (评价单): a secret for one ballot, kept as its hash."""

    id = fields.UUIDField(primary_key=True)
    secret_sha256 = fields.CharField(max_length=64, unique=True)
    period = fields.CharField(max_length=7)  # 2026-Q3, 2026-09 or 2026
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="slips", on_delete=fields.RESTRICT
    )
    issued_by_kind = fields.CharField(max_length=16)
    issued_by_id = fields.UUIDField(null=True)
    issued_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()  # when the period's window ends

    class Meta:
        table = "evaluation_slip"
        constraints = [CheckConstraint(check="closes_at > issued_at", name="evaluation_slip_window")]
        indexes = (("steward_id", "period"),)


class Ballot(Model):
    """One rater's marks for one steward in one period (评价票). Changeable inside the window, counted after it.

    `rater` is a pseudonym: the slip's or the member of staff's id. Who holds a slip is known to nobody.
    """

    id = fields.UUIDField(primary_key=True)
    period = fields.CharField(max_length=7)
    source = fields.CharField(max_length=16)  # street, community, residents
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="ballots", on_delete=fields.RESTRICT
    )
    rater = fields.UUIDField()
    slip: fields.ForeignKeyNullableRelation["Slip"] = fields.ForeignKeyField(
        "evaluation.Slip", related_name="ballots", null=True, on_delete=fields.RESTRICT
    )
    staff_id = fields.UUIDField(null=True)
    scores = fields.TextField()  # JSON: marks by dimension
    device_sha256 = fields.CharField(max_length=64, null=True)
    network_sha256 = fields.CharField(max_length=64, null=True)
    cast_at = fields.DatetimeField()
    changed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evaluation_ballot"
        constraints = [
            UniqueConstraint(fields=("period", "source", "steward_id", "rater"), name="evaluation_ballot_once"),
            UniqueConstraint(fields=("slip_id",), name="evaluation_ballot_slip_once"),
            CheckConstraint(check="source IN ('street', 'community', 'residents')", name="evaluation_ballot_source"),
            CheckConstraint(
                check="(source = 'residents') = (slip_id IS NOT NULL) AND (source = 'residents') = (staff_id IS NULL)",
                name="evaluation_ballot_rater",
            ),
            CheckConstraint(check="changed_at IS NULL OR changed_at >= cast_at", name="evaluation_ballot_changed"),
        ]
        indexes = (("steward_id",),)
