"""What stewards do: cases with their evidence and history, and the runs that import them."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from cases.sighting_models import Sighting

# Tables that stand in modules of their own are found here by the migrations.
__all__ = [
    "BurstAlert",
    "Case",
    "CaseEvent",
    "CaseNote",
    "CaseText",
    "Evidence",
    "ImportFault",
    "ImportRun",
    "Recheck",
    "RecheckWeek",
    "Sighting",
]


class Case(Model):
    """A problem found in a lane (案件), stored once by (source, external_id)."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)  # the human one, such as 2611230412
    source = fields.CharField(max_length=32)
    external_id = fields.CharField(max_length=64)
    fingerprint = fields.CharField(max_length=64)  # of what was reported, to tell a repeat from a conflict
    channel = fields.CharField(max_length=16)  # phone, desk, chat, sheet, api
    category = fields.CharField(max_length=32)
    urgency = fields.CharField(max_length=16)  # normal, hazard
    livelihood = fields.BooleanField(default=False)
    lane: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Lane", related_name="cases", on_delete=fields.RESTRICT
    )
    community_id = fields.UUIDField()
    street_id = fields.UUIDField()
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="cases", on_delete=fields.RESTRICT
    )
    reporter_kind = fields.CharField(max_length=16)  # steward, staff, integrator, system
    reporter_id = fields.UUIDField(null=True)
    reported_at = fields.DatetimeField()  # when the steward saw it; decides the cap windows
    received_at = fields.DatetimeField()  # when jinpai stored it
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    state = fields.CharField(max_length=16)  # reported, returned, verified, solved, rejected, duplicate
    episode = fields.IntField(default=1)  # grows with each reopening
    verified_at = fields.DatetimeField(null=True)
    solved_at = fields.DatetimeField(null=True)
    duplicate_of: fields.ForeignKeyNullableRelation["Case"] = fields.ForeignKeyField(
        "cases.Case", related_name="duplicates", null=True, on_delete=fields.RESTRICT
    )
    version = fields.IntField(default=1)

    class Meta:
        table = "cases_case"
        constraints = [
            UniqueConstraint(fields=("source", "external_id"), name="cases_case_once"),
            CheckConstraint(check="episode >= 1", name="cases_case_episode"),
            CheckConstraint(check="urgency IN ('normal', 'hazard')", name="cases_case_urgency"),
            CheckConstraint(
                check="state IN ('reported', 'returned', 'verified', 'solved', 'rejected', 'duplicate')",
                name="cases_case_state",
            ),
            CheckConstraint(check="(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name="cases_case_duplicate"),
            CheckConstraint(check="duplicate_of_id IS NULL OR duplicate_of_id <> id", name="cases_case_not_itself"),
        ]
        indexes = (
            ("street_id", "state", "reported_at"),
            ("community_id", "state", "reported_at"),
            ("reported_at", "id"),  # the district's own list
            ("steward_id", "reported_at"),
            ("lane_id", "category", "reported_at"),
            ("category", "reported_at"),
            ("duplicate_of_id",),
        )


class CaseText(Model):
    """The free text of a case, apart from everything append-only, so that it can be erased."""

    case: fields.OneToOneRelation["Case"] = fields.OneToOneField(
        "cases.Case", related_name="text", primary_key=True, on_delete=fields.RESTRICT
    )
    description = fields.TextField()
    address = fields.CharField(max_length=200)

    class Meta:
        table = "cases_case_text"


class Evidence(Model):
    """A file that shows a case, kept by hash."""

    id = fields.UUIDField(primary_key=True)
    case: fields.ForeignKeyRelation["Case"] = fields.ForeignKeyField(
        "cases.Case", related_name="evidence", on_delete=fields.RESTRICT
    )
    file: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "kernel.StoredFile", related_name="evidence", on_delete=fields.RESTRICT
    )
    added_by_kind = fields.CharField(max_length=16)
    added_by_id = fields.UUIDField(null=True)
    added_at = fields.DatetimeField()

    class Meta:
        table = "cases_evidence"
        constraints = [UniqueConstraint(fields=("case_id", "file_id"), name="cases_evidence_once")]


class CaseEvent(Model):
    """One step in the life of a case, never changed."""

    id = fields.UUIDField(primary_key=True)
    case: fields.ForeignKeyRelation["Case"] = fields.ForeignKeyField(
        "cases.Case", related_name="events", on_delete=fields.RESTRICT
    )
    version = fields.IntField()  # of the case after this step, gapless from 1
    action = fields.CharField(max_length=16)  # report, verify, return, complete, reject, solve, duplicate, reopen
    from_state = fields.CharField(max_length=16, null=True)
    to_state = fields.CharField(max_length=16)
    episode = fields.IntField()
    reason = fields.CharField(max_length=32, null=True)  # a code from a list
    actor_kind = fields.CharField(max_length=16)
    actor_id = fields.UUIDField(null=True)
    award_id = fields.UUIDField(null=True)
    note_id = fields.UUIDField(null=True)
    other_case_id = fields.UUIDField(null=True)  # the original, where the step marked a duplicate
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "cases_event"
        constraints = [
            UniqueConstraint(fields=("case_id", "version"), name="cases_event_version"),
            CheckConstraint(check="version >= 1 AND episode >= 1", name="cases_event_positive"),
        ]
        indexes = (("recorded_at",),)  # the draw of a week, and runs of quick verifications


class CaseNote(Model):
    """What a person wrote at a step of a case (what is missing, why it was rejected), erasable."""

    id = fields.UUIDField(primary_key=True)
    case: fields.ForeignKeyRelation["Case"] = fields.ForeignKeyField(
        "cases.Case", related_name="notes", on_delete=fields.RESTRICT
    )
    text = fields.TextField()

    class Meta:
        table = "cases_note"


class ImportRun(Model):
    """One file taken in: how far it has come, so that it can go on where it stopped."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)  # cases, stewards, staff, places, balances, reopenings
    file_name = fields.CharField(max_length=200)
    file_sha256 = fields.CharField(max_length=64)
    mapping_sha256 = fields.CharField(max_length=64)
    started_by = fields.UUIDField(null=True)
    started_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)
    rows_done = fields.IntField(default=0)
    accepted = fields.IntField(default=0)
    repeated = fields.IntField(default=0)
    refused = fields.IntField(default=0)

    class Meta:
        table = "cases_import_run"
        constraints = [
            UniqueConstraint(fields=("kind", "file_sha256", "mapping_sha256"), name="cases_import_run_once"),
            CheckConstraint(check="rows_done = accepted + repeated + refused", name="cases_import_run_sum"),
        ]


class ImportFault(Model):
    """What was wrong with one cell of an imported file."""

    id = fields.UUIDField(primary_key=True)
    run: fields.ForeignKeyRelation["ImportRun"] = fields.ForeignKeyField(
        "cases.ImportRun", related_name="faults", on_delete=fields.RESTRICT
    )
    line = fields.IntField()
    column = fields.CharField(max_length=64, null=True)
    code = fields.CharField(max_length=64)
    params = fields.TextField()  # JSON

    class Meta:
        table = "cases_import_fault"
        indexes = (("run_id", "line"),)


class RecheckWeek(Model):
    """The draw of a week's re-checks (抽查): its seed, so that anybody can draw it again."""

    week_on = fields.DateField(primary_key=True)  # its Monday
    seed = fields.CharField(max_length=64)
    percent = fields.SmallIntField()
    verified = fields.IntField()  # how many cases the draw was made from
    drawn = fields.IntField()
    drawn_at = fields.DatetimeField()

    class Meta:
        table = "cases_recheck_week"
        constraints = [
            CheckConstraint(check="drawn >= 0 AND drawn <= verified", name="cases_recheck_week_drawn"),
            CheckConstraint(check="percent >= 0 AND percent <= 100", name="cases_recheck_week_percent"),
        ]


class Recheck(Model):
    """A verified case that was drawn to be looked at again, by somebody who neither reported nor verified it."""

    id = fields.UUIDField(primary_key=True)
    case: fields.ForeignKeyRelation["Case"] = fields.ForeignKeyField(
        "cases.Case", related_name="rechecks", on_delete=fields.RESTRICT
    )
    week: fields.ForeignKeyRelation["RecheckWeek"] = fields.ForeignKeyField(
        "cases.RecheckWeek", related_name="rechecks", on_delete=fields.RESTRICT
    )
    episode = fields.IntField()
    verified_by_kind = fields.CharField(max_length=16)
    verified_by_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=16)  # waiting, confirmed, taken_back
    checked_by_id = fields.UUIDField(null=True)
    checked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "cases_recheck"
        constraints = [
            UniqueConstraint(fields=("case_id", "episode"), name="cases_recheck_once"),
            CheckConstraint(check="state IN ('waiting', 'confirmed', 'taken_back')", name="cases_recheck_state"),
            CheckConstraint(check="(state = 'waiting') = (checked_at IS NULL)", name="cases_recheck_checked"),
            CheckConstraint(
                check="checked_by_id IS NULL OR verified_by_id IS NULL OR checked_by_id <> verified_by_id",
                name="cases_recheck_second_person",
            ),
        ]
        indexes = (("state", "week_id"), ("week_id",))


class BurstAlert(Model):
    """Many verifications within minutes (突击记分): a sign to look at, never a punishment."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)  # steward, verifier
    subject_id = fields.UUIDField()
    street_id = fields.UUIDField(null=True)
    first_at = fields.DatetimeField()
    last_at = fields.DatetimeField()
    verifications = fields.IntField()
    state = fields.CharField(max_length=16)  # open, fine, follow_up
    reviewed_by_id = fields.UUIDField(null=True)
    reviewed_at = fields.DatetimeField(null=True)
    found_at = fields.DatetimeField()

    class Meta:
        table = "cases_burst_alert"
        constraints = [
            UniqueConstraint(fields=("kind", "subject_id", "first_at"), name="cases_burst_alert_once"),
            CheckConstraint(check="kind IN ('steward', 'verifier')", name="cases_burst_alert_kind"),
            CheckConstraint(check="state IN ('open', 'fine', 'follow_up')", name="cases_burst_alert_state"),
            CheckConstraint(check="(state = 'open') = (reviewed_at IS NULL)", name="cases_burst_alert_reviewed"),
            CheckConstraint(check="last_at >= first_at AND verifications > 0", name="cases_burst_alert_run"),
        ]
        indexes = (("state", "found_at"),)
