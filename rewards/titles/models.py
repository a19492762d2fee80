"""Tables of title rounds: rules, frozen inputs, lists in their versions, reviews, notices, objections and awards."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class TitleRound(Model):
    """A round (评选): one title over one period, with rules that stand before the period ends."""

    id = fields.UUIDField(primary_key=True)
    title = fields.CharField(max_length=32)  # code, such as gold_steward
    period = fields.CharField(max_length=7)  # what the title is for: 2026, 2026-Q3 or 2026-10
    begins_on = fields.DateField()
    ends_on = fields.DateField()  # the last local day that counts
    state = fields.CharField(max_length=16)  # draft, published, proposed, cancelled
    revision = fields.IntField()  # grows with every change of a draft
    rules = fields.TextField()  # canonical JSON of points.rules.TitleRule
    rules_sha256 = fields.CharField(max_length=64)
    created_by_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    published_by_id = fields.UUIDField(null=True)
    published_at = fields.DatetimeField(null=True)
    proposed_at = fields.DatetimeField(null=True)
    held_as = fields.UUIDField(null=True, unique=True)  # of title and period, while it is not cancelled

    class Meta:
        table = "rewards_title_round"
        constraints = [
            CheckConstraint(
                check="state IN ('draft', 'published', 'proposed', 'cancelled')", name="rewards_title_round_state"
            ),
            CheckConstraint(check="ends_on >= begins_on", name="rewards_title_round_dates"),
            CheckConstraint(check="revision > 0", name="rewards_title_round_revision"),
            CheckConstraint(check="(state = 'cancelled') = (held_as IS NULL)", name="rewards_title_round_held"),
            CheckConstraint(
                check="state = 'cancelled' OR (state = 'draft') = (published_at IS NULL)",
                name="rewards_title_round_published",
            ),
            CheckConstraint(
                check="state = 'cancelled' OR (state = 'proposed') = (proposed_at IS NOT NULL)",
                name="rewards_title_round_proposed",
            ),
        ]
        indexes = (("state", "ends_on"),)


class TitleInputs(Model):
    """What a round was computed from, frozen: figures by ticket, without names or numbers of persons. Never changed."""

    round: fields.OneToOneRelation["TitleRound"] = fields.OneToOneField(
        "rewards.TitleRound", related_name="inputs", primary_key=True, on_delete=fields.RESTRICT
    )
    candidates = fields.IntField()
    body = fields.TextField()  # canonical JSON of rewards.titles.inputs.Inputs
    body_sha256 = fields.CharField(max_length=64)
    frozen_at = fields.DatetimeField()

    class Meta:
        table = "rewards_title_inputs"
        constraints = [CheckConstraint(check="candidates >= 0", name="rewards_title_inputs_candidates")]


class TitleCandidate(Model):
    """Who stands behind a ticket of a round (参评号): random, so that figures can be published with it."""

    id = fields.UUIDField(primary_key=True)  # the ticket
    round: fields.ForeignKeyRelation["TitleRound"] = fields.ForeignKeyField(
        "rewards.TitleRound", related_name="candidates", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="title_candidates", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField()  # when the inputs were frozen
    community_id = fields.UUIDField()

    class Meta:
        table = "rewards_title_candidate"
        constraints = [UniqueConstraint(fields=("round_id", "steward_id"), name="rewards_title_candidate_once")]
        indexes = (("steward_id",),)


class TitleList(Model):
    """The part of a round that one street answers for (推荐名单), or the whole of a district's title."""

    id = fields.UUIDField(primary_key=True)  # derived from round and street
    round: fields.ForeignKeyRelation["TitleRound"] = fields.ForeignKeyField(
        "rewards.TitleRound", related_name="lists", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField(null=True)  # null: of the whole district
    state = fields.CharField(max_length=16)  # proposed, reviewed, noticed, awarded, cancelled
    version = fields.IntField()  # of its newest snapshot

    class Meta:
        table = "rewards_title_list"
        constraints = [
            CheckConstraint(
                check="state IN ('proposed', 'reviewed', 'noticed', 'awarded', 'cancelled')",
                name="rewards_title_list_state",
            ),
            CheckConstraint(check="version > 0", name="rewards_title_list_version"),
        ]
        indexes = (("round_id", "street_id"), ("street_id", "state"))


class TitleSnapshot(Model):
    """A list as it was in one version, hashed and chained, with why it changed. Tickets and codes alone."""

    id = fields.UUIDField(primary_key=True)
    list: fields.ForeignKeyRelation["TitleList"] = fields.ForeignKeyField(
        "rewards.TitleList", related_name="snapshots", on_delete=fields.RESTRICT
    )
    version = fields.IntField()
    cause = fields.CharField(max_length=16)  # computed, struck, objection
    ticket = fields.UUIDField(null=True)  # who was struck
    reference = fields.CharField(max_length=64, null=True)  # a veto's code, or the objection's number
    winners = fields.IntField()
    body = fields.TextField()  # canonical JSON: struck, winners in order, hash of the version before
    body_sha256 = fields.CharField(max_length=64)
    made_by_id = fields.UUIDField(null=True)
    made_at = fields.DatetimeField()

    class Meta:
        table = "rewards_title_snapshot"
        constraints = [
            UniqueConstraint(fields=("list_id", "version"), name="rewards_title_snapshot_once"),
            CheckConstraint(check="version > 0 AND winners >= 0", name="rewards_title_snapshot_positive"),
            CheckConstraint(check="cause IN ('computed', 'struck', 'objection')", name="rewards_title_snapshot_cause"),
            CheckConstraint(
                check="(cause = 'computed') = (ticket IS NULL) AND (cause = 'computed') = (reference IS NULL)",
                name="rewards_title_snapshot_struck",
            ),
        ]


class TitleReview(Model):
    """Somebody of the committee looked at one version of a list and agreed (评审)."""

    id = fields.UUIDField(primary_key=True)
    list: fields.ForeignKeyRelation["TitleList"] = fields.ForeignKeyField(
        "rewards.TitleList", related_name="reviews", on_delete=fields.RESTRICT
    )
    version = fields.IntField()
    staff_id = fields.UUIDField()
    reviewed_at = fields.DatetimeField()

    class Meta:
        table = "rewards_title_review"
        constraints = [
            UniqueConstraint(fields=("list_id", "version", "staff_id"), name="rewards_title_review_once"),
            CheckConstraint(check="version > 0", name="rewards_title_review_version"),
        ]


class TitleNotice(Model):
    """A public notice of one version of a list (公示): where and how long anybody may object. Names are never in it."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)  # the human one, such as G2611230001
    list: fields.ForeignKeyRelation["TitleList"] = fields.ForeignKeyField(
        "rewards.TitleList", related_name="notices", on_delete=fields.RESTRICT
    )
    version = fields.IntField()
    from_on = fields.DateField()
    to_on = fields.DateField()  # the last local day to object
    working_days = fields.IntField()
    unit = fields.CharField(max_length=64)  # who takes objections
    address = fields.CharField(max_length=120)
    phone = fields.CharField(max_length=32)  # of an office
    published_by_id = fields.UUIDField(null=True)
    published_at = fields.DatetimeField()

    class Meta:
        table = "rewards_title_notice"
        constraints = [
            UniqueConstraint(fields=("list_id", "version"), name="rewards_title_notice_once"),
            CheckConstraint(check="to_on >= from_on", name="rewards_title_notice_dates"),
            CheckConstraint(check="version > 0 AND working_days >= 0", name="rewards_title_notice_positive"),
        ]


class TitleObjection(Model):
    """A named objection to somebody on a list (实名异议), with its answer. Who objects and the texts can be erased."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)
    notice: fields.ForeignKeyRelation["TitleNotice"] = fields.ForeignKeyField(
        "rewards.TitleNotice", related_name="objections", on_delete=fields.RESTRICT
    )
    candidate: fields.ForeignKeyRelation["TitleCandidate"] = fields.ForeignKeyField(
        "rewards.TitleCandidate", related_name="objections", on_delete=fields.RESTRICT
    )
    made_by_kind = fields.CharField(max_length=16)  # steward, staff
    made_by_id = fields.UUIDField(null=True)
    objector = fields.CharField(max_length=64, null=True)  # the name that somebody gave at a desk
    contact = fields.CharField(max_length=64, null=True)
    text = fields.TextField()
    made_at = fields.DatetimeField()
    answer_by_on = fields.DateField()
    state = fields.CharField(max_length=16)  # open, upheld, dismissed
    answer = fields.TextField(null=True)
    answered_by_id = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rewards_title_objection"
        constraints = [
            CheckConstraint(check="state IN ('open', 'upheld', 'dismissed')", name="rewards_title_objection_state"),
            CheckConstraint(
                check="(state = 'open') = (answered_at IS NULL) AND (state = 'open') = (answer IS NULL)",
                name="rewards_title_objection_answered",
            ),
            CheckConstraint(check="made_by_kind IN ('steward', 'staff')", name="rewards_title_objection_by"),
        ]
        indexes = (("notice_id", "state"), ("candidate_id",))


class TitleAward(Model):
    """A title that somebody holds (获得称号): from a round, or imported from before. Revoked, never deleted."""

    id = fields.UUIDField(primary_key=True)
    title = fields.CharField(max_length=32)
    name = fields.CharField(max_length=64)
    name_en = fields.CharField(max_length=64)
    period = fields.CharField(max_length=7)  # 2026, 2026-Q3 or 2026-10
    year = fields.IntField()
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="title_awards", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField()
    candidate: fields.ForeignKeyNullableRelation["TitleCandidate"] = fields.ForeignKeyField(
        "rewards.TitleCandidate", related_name="awards", null=True, on_delete=fields.RESTRICT
    )  # null: imported
    awarded_by_id = fields.UUIDField(null=True)
    awarded_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_by_id = fields.UUIDField(null=True)
    revoked_for = fields.CharField(max_length=32, null=True)  # a code of rewards.titles.causes

    class Meta:
        table = "rewards_title_award"
        constraints = [
            UniqueConstraint(fields=("steward_id", "title", "period"), name="rewards_title_award_once"),
            UniqueConstraint(fields=("candidate_id",), name="rewards_title_award_candidate"),
            CheckConstraint(check="year >= 2000 AND year <= 2100", name="rewards_title_award_year"),
            CheckConstraint(check="(revoked_at IS NULL) = (revoked_for IS NULL)", name="rewards_title_award_revoked"),
        ]
        indexes = (("title", "year"), ("street_id", "year"))
