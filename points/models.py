"""The ledger's tables. All but accounts, lots and cap windows are append-only (the database refuses the rest)."""

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


class RuleVersion(Model):
    """A published rule set: the document as it was, effective from a local date."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField(unique=True)
    name = fields.CharField(max_length=64)
    effective_on = fields.DateField()
    document = fields.TextField()  # canonical JSON of points.rules.RuleSet
    document_sha256 = fields.CharField(max_length=64)
    published_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField()

    class Meta:
        table = "points_rule_version"
        constraints = [CheckConstraint(check="number > 0", name="points_rule_version_number")]
        indexes = (("effective_on", "number"),)


class RuleDraft(Model):
    """A rule set on its way (草案): drafted, put to consultation, published or withdrawn."""

    id = fields.UUIDField(primary_key=True)
    state = fields.CharField(max_length=16)  # draft, consultation, published, withdrawn
    revision = fields.IntField()  # grows with every change, the ETag
    name = fields.CharField(max_length=64)
    effective_on = fields.DateField()
    document = fields.TextField()  # canonical JSON of points.rules.RuleSet
    document_sha256 = fields.CharField(max_length=64)
    consults_until = fields.DateField(null=True)  # the last local day for comments
    version: fields.ForeignKeyNullableRelation["RuleVersion"] = fields.ForeignKeyField(
        "points.RuleVersion", related_name="drafts", null=True, on_delete=fields.RESTRICT
    )
    created_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "points_rule_draft"
        constraints = [
            CheckConstraint(
                check="state IN ('draft', 'consultation', 'published', 'withdrawn')", name="points_rule_draft_state"
            ),
            CheckConstraint(check="revision > 0", name="points_rule_draft_revision"),
            CheckConstraint(
                check="(state = 'published') = (version_id IS NOT NULL)", name="points_rule_draft_published"
            ),
            CheckConstraint(
                check="state <> 'consultation' OR consults_until IS NOT NULL", name="points_rule_draft_consults"
            ),
        ]
        indexes = (("state", "created_at"), ("version_id",))


class RuleComment(Model):
    """What somebody said of a draft in its consultation (意见), and the answer. Free text that can be erased."""

    id = fields.UUIDField(primary_key=True)
    draft: fields.ForeignKeyRelation["RuleDraft"] = fields.ForeignKeyField(
        "points.RuleDraft", related_name="comments", on_delete=fields.RESTRICT
    )
    author_kind = fields.CharField(max_length=16)  # steward, staff
    author_id = fields.UUIDField(null=True)
    text = fields.TextField()
    said_at = fields.DatetimeField()
    answer = fields.TextField(null=True)
    answered_by = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "points_rule_comment"
        constraints = [
            CheckConstraint(check="(answer IS NULL) = (answered_at IS NULL)", name="points_rule_comment_answered"),
        ]
        indexes = (("draft_id", "said_at"), ("author_id", "said_at"))


class RuleRehearsal(Model):
    """What a draft would have made of past events (试算): figures as they were when it was rehearsed."""

    id = fields.UUIDField(primary_key=True)
    draft: fields.ForeignKeyRelation["RuleDraft"] = fields.ForeignKeyField(
        "points.RuleDraft", related_name="rehearsals", on_delete=fields.RESTRICT
    )
    document_sha256 = fields.CharField(max_length=64)  # of the document that was rehearsed
    from_on = fields.DateField()
    to_on = fields.DateField()
    figures = fields.TextField()  # JSON of points.rehearsal_figures.Figures
    made_by = fields.UUIDField(null=True)
    made_at = fields.DatetimeField()

    class Meta:
        table = "points_rule_rehearsal"
        constraints = [CheckConstraint(check="from_on <= to_on", name="points_rule_rehearsal_span")]
        indexes = (("draft_id", "made_at"),)


class Multiplier(Model):
    """By how many percent a steward's points of a month count (系数), as a closed evaluation published it.

    The highest number counts: an evaluation that two people reopened and closed anew may replace what stood.
    """

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    period = fields.CharField(max_length=7)  # 2026-10
    number = fields.IntField(default=1)
    percent = fields.IntField()
    published_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField()

    class Meta:
        table = "points_multiplier"
        constraints = [
            UniqueConstraint(fields=("period", "steward_id", "number"), name="points_multiplier_once"),
            CheckConstraint(check="percent >= 0 AND percent <= 1000", name="points_multiplier_percent"),
            CheckConstraint(check="number >= 1", name="points_multiplier_number"),
        ]
        indexes = (("steward_id",),)


class LevelChange(Model):
    """A steward rose to a rung of a ladder or fell from one (升降级)."""

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    ladder = fields.CharField(max_length=8)  # levels, stars
    number = fields.IntField()  # the rung after it, from 1, or 0 for none
    before = fields.IntField()
    cause = fields.CharField(max_length=16)  # reached, below, idle, restored
    idle_rungs = fields.IntField()  # that idle years cost in all, after it
    minutes = fields.BigIntField()  # lifetime figures at that time
    points = fields.BigIntField()
    rule_version: fields.ForeignKeyRelation["RuleVersion"] = fields.ForeignKeyField(
        "points.RuleVersion", related_name="level_changes", on_delete=fields.RESTRICT
    )
    changed_on = fields.DateField()
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_level_change"
        constraints = [
            UniqueConstraint(fields=("steward_id", "ladder", "changed_on", "cause"), name="points_level_change_once"),
            CheckConstraint(check="number >= 0 AND before >= 0", name="points_level_change_rungs"),
            CheckConstraint(check="idle_rungs >= 0", name="points_level_change_idle"),
            CheckConstraint(check="ladder IN ('levels', 'stars')", name="points_level_change_ladder"),
        ]
        indexes = (("rule_version_id",), ("ladder", "changed_on"))


class LevelBar(Model):
    """Somebody who faked does not rise and stands for no title through a day (弄虚作假，取消晋级资格)."""

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    offence = fields.IntField()  # the first, second … time
    until = fields.DateField()
    reference = fields.CharField(max_length=120)  # what was upheld
    barred_by = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_level_bar"
        constraints = [
            UniqueConstraint(fields=("reference",), name="points_level_bar_once"),
            UniqueConstraint(fields=("steward_id", "offence"), name="points_level_bar_offence"),
            CheckConstraint(check="offence > 0", name="points_level_bar_count"),
        ]


class Award(Model):
    """What an assessed event was worth (奖励), 0 included, with the receipt that explains it.

    A reversal is an award of its own with negative points, a top-up gives back what a cap had cut. The settlement of a
    multiplier and the correction of a past period may take points away too.
    """

    id = fields.UUIDField(primary_key=True)
    steward_id = fields.UUIDField()
    street_id = fields.UUIDField(null=True)
    lane_id = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=32)
    reference = fields.CharField(max_length=200)
    category = fields.CharField(max_length=32, null=True)
    facts = fields.TextField(null=True)  # JSON: what else it was assessed from, so that it can be assessed again
    points = fields.BigIntField()
    entitled = fields.BigIntField()  # before caps; what a top-up may still give is entitled minus given
    receipt = fields.TextField()  # JSON: codes and parameters, rendered into a sentence
    fingerprint = fields.CharField(max_length=64)
    rule_version: fields.ForeignKeyRelation["RuleVersion"] = fields.ForeignKeyField(
        "points.RuleVersion", related_name="awards", on_delete=fields.RESTRICT
    )
    operation: fields.ForeignKeyNullableRelation["Operation"] = fields.ForeignKeyField(
        "points.Operation", related_name="awards", null=True, on_delete=fields.RESTRICT
    )
    reverses: fields.ForeignKeyNullableRelation["Award"] = fields.ForeignKeyField(
        "points.Award", related_name="reversed_by", null=True, on_delete=fields.RESTRICT
    )
    tops_up: fields.ForeignKeyNullableRelation["Award"] = fields.ForeignKeyField(
        "points.Award", related_name="top_ups", null=True, on_delete=fields.RESTRICT
    )
    occurred_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "points_award"
        constraints = [
            UniqueConstraint(fields=("reason", "reference"), name="points_award_once"),
            UniqueConstraint(fields=("reverses_id",), name="points_award_reversed_once"),
            CheckConstraint(
                check="(reverses_id IS NULL) = (points >= 0) OR points = 0 "
                "OR reason IN ('multiplier', 'correction', 'reversal')",
                name="points_award_sign",
            ),
            CheckConstraint(check="(points = 0) = (operation_id IS NULL)", name="points_award_operation"),
        ]
        indexes = (
            ("steward_id", "recorded_at"),
            ("steward_id", "occurred_at", "points", "recorded_at"),  # standings are read from it alone
            ("tops_up_id",),
        )


class CapWindow(Model):
    """How much of one cap was used by one subject in one period, the row that is locked."""

    id = fields.UUIDField(primary_key=True)  # derived from cap, subject and period
    cap = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    period = fields.CharField(max_length=10)  # 2026-10 or 2026-10-03
    used = fields.BigIntField()

    class Meta:
        table = "points_cap_window"
        constraints = [
            UniqueConstraint(fields=("cap", "subject_id", "period"), name="points_cap_window_once"),
            CheckConstraint(check="used >= 0", name="points_cap_window_used"),
        ]


class CapUse(Model):
    """What one award took from one cap window, and what the window cut from it."""

    id = fields.UUIDField(primary_key=True)
    award: fields.ForeignKeyRelation["Award"] = fields.ForeignKeyField(
        "points.Award", related_name="cap_uses", on_delete=fields.RESTRICT
    )
    window: fields.ForeignKeyRelation["CapWindow"] = fields.ForeignKeyField(
        "points.CapWindow", related_name="uses", on_delete=fields.RESTRICT
    )
    counted = fields.BigIntField()  # negative where a reversal gives room back
    cut = fields.BigIntField()

    class Meta:
        table = "points_cap_use"
        constraints = [
            UniqueConstraint(fields=("award_id", "window_id"), name="points_cap_use_once"),
            CheckConstraint(check="cut >= 0", name="points_cap_use_cut"),
        ]
        indexes = (("window_id",),)


class Lot(Model):
    """Points that arrived together and expire together (批次), spending takes the oldest first.

    The transfer that brought them is its key.
    """

    transfer: fields.OneToOneRelation["Transfer"] = fields.OneToOneField(
        "points.Transfer", related_name="lot", primary_key=True, on_delete=fields.RESTRICT
    )
    account: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
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
    lot: fields.ForeignKeyRelation["Transfer"] = fields.ForeignKeyField(
        "points.Transfer", related_name="lot_allocations", on_delete=fields.RESTRICT
    )
    transfer: fields.ForeignKeyRelation["Transfer"] = fields.ForeignKeyField(
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
    operation: fields.ForeignKeyNullableRelation["Operation"] = fields.ForeignKeyField(
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
    operation: fields.ForeignKeyRelation["Operation"] = fields.ForeignKeyField(
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

    account: fields.OneToOneRelation["Account"] = fields.OneToOneField(
        "points.Account", related_name="report_mark", primary_key=True, on_delete=fields.RESTRICT
    )
    version = fields.BigIntField()
    balance = fields.BigIntField()

    class Meta:
        table = "points_report_mark"
        constraints = [
            CheckConstraint(check="version > 0 AND balance >= 0", name="points_report_mark_some"),
        ]


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
    operation: fields.ForeignKeyNullableRelation["Operation"] = fields.ForeignKeyField(
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
    operation: fields.ForeignKeyNullableRelation["Operation"] = fields.ForeignKeyField(
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
