"""Tables of closing: periods that were closed, the cards that were frozen, and reopenings by two people."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class ClosingPeriod(Model):
    """A period that somebody began to close: its row is what closings of it wait for, and nothing else."""

    name = fields.CharField(primary_key=True, max_length=7)

    class Meta:
        table = "evaluation_closing_period"


class PeriodClose(Model):
    """A period's scores as they were frozen (结账). Never changed: closed again after a reopening, it has a new run."""

    id = fields.UUIDField(primary_key=True)  # derived from period and run
    period = fields.CharField(max_length=7)
    run = fields.IntField()  # from 1
    scheme: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "evaluation.SchemeVersion", related_name="closes", on_delete=fields.RESTRICT
    )
    method = fields.IntField()  # evaluation.scorecards.METHOD
    stewards = fields.IntField()  # with a score
    ballots = fields.IntField()  # all of the period
    held = fields.IntField()  # of these, left out
    cases = fields.IntField()
    set_aside = fields.TextField()  # canonical JSON: ballots that were held, with the reason, and those of less weight
    inputs_sha256 = fields.CharField(max_length=64)
    scores_sha256 = fields.CharField(max_length=64)
    closed_by_kind = fields.CharField(max_length=16)
    closed_by_id = fields.UUIDField(null=True)
    closed_at = fields.DatetimeField()

    class Meta:
        table = "evaluation_close"
        constraints = [
            UniqueConstraint(fields=("period", "run"), name="evaluation_close_once"),
            CheckConstraint(check="run >= 1 AND method >= 1", name="evaluation_close_run"),
            CheckConstraint(
                check="stewards >= 0 AND cases >= 0 AND held >= 0 AND held <= ballots", name="evaluation_close_counts"
            ),
        ]
        indexes = (("scheme_id",),)


class Score(Model):
    """A steward's frozen card (评分卡): the figures, and the facts from cases that they came from. Never changed."""

    id = fields.UUIDField(primary_key=True)  # derived from close and steward
    close: fields.ForeignKeyRelation["PeriodClose"] = fields.ForeignKeyField(
        "evaluation.PeriodClose", related_name="scores", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="scores", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField()  # where the steward was compared
    score = fields.IntField(null=True)  # hundredths of points; null where nothing counted
    low = fields.IntField(null=True)
    high = fields.IntField(null=True)
    place = fields.IntField(null=True)  # in the street
    multiplier_percent = fields.IntField(null=True)
    coaching = fields.BooleanField(default=False)
    facts = fields.TextField()  # canonical JSON: measures from cases, as they were then
    card = fields.TextField()  # canonical JSON of the whole card

    class Meta:
        table = "evaluation_score"
        constraints = [
            UniqueConstraint(fields=("close_id", "steward_id"), name="evaluation_score_once"),
            CheckConstraint(
                check="(score IS NULL) = (low IS NULL) AND (score IS NULL) = (high IS NULL) "
                "AND (score IS NULL) = (place IS NULL)",
                name="evaluation_score_whole",
            ),
            CheckConstraint(
                check="score IS NULL OR (low >= 0 AND low <= score AND score <= high AND place >= 1)",
                name="evaluation_score_interval",
            ),
        ]
        indexes = (("steward_id",), ("close_id", "street_id"))


class Reopening(Model):
    """A closed period is to be closed anew (重开): asked for by one person, allowed by another."""

    id = fields.UUIDField(primary_key=True)
    close: fields.ForeignKeyRelation["PeriodClose"] = fields.ForeignKeyField(
        "evaluation.PeriodClose", related_name="reopenings", on_delete=fields.RESTRICT
    )
    reason = fields.CharField(max_length=32)  # a code of evaluation.reopening
    state = fields.CharField(max_length=16)  # asked, allowed, refused
    asked_by = fields.UUIDField()
    asked_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evaluation_reopening"
        constraints = [
            CheckConstraint(check="state IN ('asked', 'allowed', 'refused')", name="evaluation_reopening_state"),
            CheckConstraint(
                check="(state = 'asked') = (decided_by IS NULL) AND (state = 'asked') = (decided_at IS NULL)",
                name="evaluation_reopening_decided",
            ),
            CheckConstraint(
                check="decided_by IS NULL OR decided_by <> asked_by OR state = 'refused'",
                name="evaluation_reopening_second_person",
            ),
        ]
        indexes = (("close_id", "state"),)
