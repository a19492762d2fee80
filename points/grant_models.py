"""Tables of manual awards, their checks, and the budgets they are paid from."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from points.ledger_models import Operation


class Note(Model):
    """What a person wrote about a grant or a penalty, apart from everything that lasts, so that it can be erased."""

    id = fields.UUIDField(primary_key=True)
    subject_id = fields.UUIDField()
    author_id = fields.UUIDField(null=True)
    text = fields.TextField()
    written_at = fields.DatetimeField()

    class Meta:
        table = "points_note"
        indexes = (("subject_id", "written_at"),)


class Grant(Model):
    """A manual award (人工加分): proposed with a reason, above a threshold approved by a second person, posted once."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)  # the human one, such as G2611230001
    steward_id = fields.UUIDField()
    street_id = fields.UUIDField()  # where the steward stood then
    community_id = fields.UUIDField()
    reason = fields.CharField(max_length=32)  # a code of the rules' list
    points = fields.BigIntField()
    expires_on = fields.DateField(null=True)
    state = fields.CharField(max_length=16)  # proposed, approved, rejected, withdrawn
    two_person = fields.BooleanField()
    steps = fields.CharField(max_length=32)  # what it takes, such as apply,check,committee,post, as the rules were then
    proposed_by_id = fields.UUIDField()
    proposed_at = fields.DatetimeField()
    decided_by_id = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    operation: fields.ForeignKeyNullableRelation[Operation] = fields.ForeignKeyField(
        "points.Operation", related_name="grants", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "points_grant"
        constraints = [
            UniqueConstraint(fields=("operation_id",), name="points_grant_operation_once"),
            CheckConstraint(check="points > 0", name="points_grant_positive"),
            CheckConstraint(
                check="state IN ('proposed', 'approved', 'rejected', 'withdrawn')", name="points_grant_state"
            ),
            CheckConstraint(check="(state = 'approved') = (operation_id IS NOT NULL)", name="points_grant_posted"),
            CheckConstraint(
                check="(state = 'proposed') = (decided_by_id IS NULL) "
                "AND (decided_by_id IS NULL) = (decided_at IS NULL)",
                name="points_grant_decided",
            ),
            CheckConstraint(
                check="NOT two_person OR state = 'withdrawn' OR decided_by_id IS NULL "
                "OR decided_by_id <> proposed_by_id",
                name="points_grant_second_person",
            ),
        ]
        indexes = (
            ("street_id", "state", "proposed_at"),
            ("state", "proposed_at"),
            ("steward_id", "proposed_at"),
            ("proposed_by_id", "proposed_at"),  # what a clerk gave alone this month
        )


class GrantCheck(Model):
    """A step between proposing a manual award and posting it (核对、上会): who took it, and when."""

    id = fields.UUIDField(primary_key=True)
    grant: fields.ForeignKeyRelation["Grant"] = fields.ForeignKeyField(
        "points.Grant", related_name="checks", on_delete=fields.RESTRICT
    )
    step = fields.CharField(max_length=16)  # check, committee
    taken_by_id = fields.UUIDField()
    taken_at = fields.DatetimeField()

    class Meta:
        table = "points_grant_check"
        constraints = [
            UniqueConstraint(fields=("grant_id", "step"), name="points_grant_check_once"),
            UniqueConstraint(fields=("grant_id", "taken_by_id"), name="points_grant_check_other_hands"),
            CheckConstraint(check="step IN ('check', 'committee')", name="points_grant_check_step"),
        ]


class BudgetMove(Model):
    """Why a street's budget was funded or points were taken out of it (预算调整), and who did it."""

    id = fields.UUIDField(primary_key=True)
    operation: fields.ForeignKeyRelation[Operation] = fields.ForeignKeyField(
        "points.Operation", related_name="budget_moves", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField()
    change = fields.CharField(max_length=8)  # fund, defund
    points = fields.BigIntField()
    balance_after = fields.BigIntField()
    reason = fields.CharField(max_length=16)
    made_by_id = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_budget_move"
        constraints = [
            UniqueConstraint(fields=("operation_id",), name="points_budget_move_once"),
            CheckConstraint(check="points > 0 AND balance_after >= 0", name="points_budget_move_points"),
            CheckConstraint(check="change IN ('fund', 'defund')", name="points_budget_move_change"),
        ]
        indexes = (("street_id", "recorded_at"),)
