"""Schemes in their versions, rating slips, the ballots that were cast, and what people decided about them."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from evaluation.appeal_models import Appeal
from evaluation.closing_models import ClosingPeriod, PeriodClose, Reopening, Score
from evaluation.scheme_models import SchemeComment, SchemeDraft, SchemeVersion

# Tables that stand in modules of their own are found here by the migrations.
__all__ = [
    "Appeal",
    "Ballot",
    "BallotNote",
    "ClosingPeriod",
    "GuardRun",
    "Hold",
    "HoldReview",
    "OpenTally",
    "PeriodClose",
    "Relation",
    "Reopening",
    "SchemeComment",
    "SchemeDraft",
    "SchemeVersion",
    "Score",
    "Slip",
]


class Slip(Model):
    """A personal rating slip (评价单), or the link of a closed case: a secret for one ballot, kept as its hash."""

    id = fields.UUIDField(primary_key=True)
    secret_sha256 = fields.CharField(max_length=64, unique=True)
    period = fields.CharField(max_length=7)  # 2026-Q3, 2026-09 or 2026
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="slips", on_delete=fields.RESTRICT
    )
    case: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cases.Case", related_name="slips", null=True, on_delete=fields.RESTRICT
    )
    issued_by_kind = fields.CharField(max_length=16)
    issued_by_id = fields.UUIDField(null=True)
    issued_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()  # when the period's window ends

    class Meta:
        table = "evaluation_slip"
        constraints = [
            UniqueConstraint(fields=("case_id",), name="evaluation_slip_case_once"),
            CheckConstraint(check="closes_at > issued_at", name="evaluation_slip_window"),
        ]
        indexes = (("steward_id", "period"),)


class Ballot(Model):
    """One rater's marks for one steward in one period (评价票). Changeable inside the window, counted after it.

    `rater` is a pseudonym: the slip's id, the browser's by period, or the member of staff or peer. Who holds a slip is
    known to nobody.
    """

    id = fields.UUIDField(primary_key=True)
    period = fields.CharField(max_length=7)
    source = fields.CharField(max_length=16)  # street, community, residents, peers
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="ballots", on_delete=fields.RESTRICT
    )
    rater = fields.UUIDField()
    slip: fields.ForeignKeyNullableRelation["Slip"] = fields.ForeignKeyField(
        "evaluation.Slip", related_name="ballots", null=True, on_delete=fields.RESTRICT
    )
    staff_id = fields.UUIDField(null=True)
    open_kind = fields.CharField(max_length=8, null=True)  # lane, hall: from a public QR code (开放票)
    open_place_id = fields.UUIDField(null=True)  # the lane, or the community whose hall it is
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
            CheckConstraint(
                check="source IN ('street', 'community', 'residents', 'peers')", name="evaluation_ballot_source"
            ),
            CheckConstraint(
                check="CASE source WHEN 'residents' THEN staff_id IS NULL AND (slip_id IS NULL) <> (open_kind IS NULL)"
                " WHEN 'peers' THEN staff_id IS NULL AND slip_id IS NULL AND open_kind IS NULL"
                " ELSE staff_id IS NOT NULL AND slip_id IS NULL AND open_kind IS NULL END",
                name="evaluation_ballot_rater",
            ),
            CheckConstraint(
                check="(open_kind IS NULL) = (open_place_id IS NULL)"
                " AND (open_kind IS NULL OR open_kind IN ('lane', 'hall'))"
                " AND (open_kind IS NULL OR device_sha256 IS NOT NULL)",
                name="evaluation_ballot_open",
            ),
            CheckConstraint(check="changed_at IS NULL OR changed_at >= cast_at", name="evaluation_ballot_changed"),
        ]
        indexes = (("steward_id",),)


class BallotNote(Model):
    """What a resident wrote beside the marks (附言): read by nobody outside before it was approved, and erasable."""

    id = fields.UUIDField(primary_key=True)
    ballot: fields.ForeignKeyRelation["Ballot"] = fields.ForeignKeyField(
        "evaluation.Ballot", related_name="notes", on_delete=fields.RESTRICT
    )
    text = fields.TextField()
    state = fields.CharField(max_length=16)  # waiting, approved, hidden
    written_at = fields.DatetimeField()
    decided_by_id = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evaluation_ballot_note"
        constraints = [
            UniqueConstraint(fields=("ballot_id",), name="evaluation_ballot_note_once"),
            CheckConstraint(check="state IN ('waiting', 'approved', 'hidden')", name="evaluation_ballot_note_state"),
            CheckConstraint(check="(state = 'waiting') = (decided_at IS NULL)", name="evaluation_ballot_note_decided"),
        ]
        indexes = (("state", "written_at"),)


class OpenTally(Model):
    """How many open ballots came from a place or a network on a day, forgotten when the day is long past."""

    id = fields.UUIDField(primary_key=True)  # derived from what is counted and the day
    day = fields.DateField()
    counted = fields.IntField()

    class Meta:
        table = "evaluation_open_tally"
        constraints = [CheckConstraint(check="counted > 0", name="evaluation_open_tally_counted")]
        indexes = (("day",),)


class Relation(Model):
    """A declared relation that bars somebody from judging a steward (回避关系)."""

    id = fields.UUIDField(primary_key=True)  # derived from whom it concerns, so that it stands once
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="relations", on_delete=fields.RESTRICT
    )
    other_kind = fields.CharField(max_length=8)  # staff, steward
    other_id = fields.UUIDField()
    relation = fields.CharField(max_length=16)  # relative, team_mate
    declared_by_kind = fields.CharField(max_length=16)
    declared_by_id = fields.UUIDField(null=True)
    declared_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evaluation_relation"
        constraints = [
            CheckConstraint(check="other_kind IN ('staff', 'steward')", name="evaluation_relation_other"),
            CheckConstraint(check="relation IN ('relative', 'team_mate')", name="evaluation_relation_relation"),
            CheckConstraint(check="other_id <> steward_id", name="evaluation_relation_not_oneself"),
            CheckConstraint(check="ended_at IS NULL OR ended_at >= declared_at", name="evaluation_relation_ended"),
        ]
        indexes = (("steward_id",), ("other_id",))


class GuardRun(Model):
    """The guards looked at a period after its window had closed, once. Never changed."""

    id = fields.UUIDField(primary_key=True)
    period = fields.CharField(max_length=7, unique=True)
    ballots = fields.IntField()
    held = fields.IntField()
    ran_at = fields.DatetimeField()

    class Meta:
        table = "evaluation_guard_run"
        constraints = [CheckConstraint(check="held >= 0 AND held <= ballots", name="evaluation_guard_run_counts")]


class Hold(Model):
    """A ballot that is held out (暂不计入) with a guard's reason, until two people agree what becomes of it."""

    id = fields.UUIDField(primary_key=True)
    ballot: fields.ForeignKeyRelation["Ballot"] = fields.ForeignKeyField(
        "evaluation.Ballot", related_name="holds", on_delete=fields.RESTRICT
    )
    period = fields.CharField(max_length=7)
    street_id = fields.UUIDField()  # of the steward when it was held
    guard = fields.CharField(max_length=32)
    params = fields.TextField()  # JSON: the figures that the guard saw
    state = fields.CharField(max_length=16)  # open, counted, left_out
    held_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evaluation_hold"
        constraints = [
            UniqueConstraint(fields=("ballot_id",), name="evaluation_hold_once"),
            CheckConstraint(check="state IN ('open', 'counted', 'left_out')", name="evaluation_hold_state"),
            CheckConstraint(check="(state = 'open') = (decided_at IS NULL)", name="evaluation_hold_decided"),
        ]
        indexes = (("state", "street_id"), ("period",))


class HoldReview(Model):
    """What one person said of a held ballot. Never changed."""

    id = fields.UUIDField(primary_key=True)
    hold: fields.ForeignKeyRelation["Hold"] = fields.ForeignKeyField(
        "evaluation.Hold", related_name="reviews", on_delete=fields.RESTRICT
    )
    reviewer_id = fields.UUIDField()
    verdict = fields.CharField(max_length=16)  # count, leave_out
    reviewed_at = fields.DatetimeField()

    class Meta:
        table = "evaluation_hold_review"
        constraints = [
            UniqueConstraint(fields=("hold_id", "reviewer_id"), name="evaluation_hold_review_once"),
            CheckConstraint(check="verdict IN ('count', 'leave_out')", name="evaluation_hold_review_verdict"),
        ]
