"""Tables that every package stands on: delivery, leased work, audit, answers kept for a retry, files and counters."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class OutboxRow(Model):
    """Something that happened, kept until its consumer has handled it (at least once)."""

    id = fields.UUIDField(primary_key=True)
    topic = fields.CharField(max_length=64)
    payload = fields.TextField()  # JSON
    created_at = fields.DatetimeField()
    handled_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    next_attempt_at = fields.DatetimeField()
    last_error = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "kernel_outbox"
        constraints = [CheckConstraint(check="attempts >= 0", name="kernel_outbox_attempts")]
        indexes = (("handled_at", "next_attempt_at"),)


class JobLease(Model):
    """Who runs a job now, until when, and how far it has come."""

    name = fields.CharField(max_length=64, primary_key=True)
    holder = fields.CharField(max_length=64, null=True)
    leased_until = fields.DatetimeField(null=True)
    cursor = fields.TextField(null=True)  # JSON, the job's own
    due_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "kernel_job_lease"


class AuditRow(Model):
    """Who did what to which thing, written in the transaction of its effect, never changed."""

    id = fields.UUIDField(primary_key=True)
    actor_kind = fields.CharField(max_length=16)
    actor_id = fields.UUIDField(null=True)
    action = fields.CharField(max_length=64)
    subject_kind = fields.CharField(max_length=32)
    subject_id = fields.UUIDField(null=True)
    street_id = fields.UUIDField(null=True)
    detail = fields.TextField()  # JSON of codes, ids and numbers; no personal data
    request_id = fields.CharField(max_length=64, null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "kernel_audit"
        indexes = (("subject_id", "recorded_at"), ("actor_id", "recorded_at"))


class KeptAnswer(Model):
    """The first answer to an Idempotency-Key, byte for byte, written in the transaction of its effect."""

    id = fields.UUIDField(primary_key=True)
    caller = fields.CharField(max_length=64)
    route = fields.CharField(max_length=128)
    key = fields.CharField(max_length=128)
    fingerprint = fields.CharField(max_length=64)
    status = fields.SmallIntField()
    media_type = fields.CharField(max_length=64)
    body = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "kernel_kept_answer"
        constraints = [UniqueConstraint(fields=("caller", "route", "key"), name="kernel_kept_answer_once")]
        indexes = (("created_at",),)


class CalendarDay(Model):
    """A day that differs from its weekday: a holiday, or a weekend day on which people make up for one."""

    id = fields.UUIDField(primary_key=True)  # derived from the day
    day = fields.DateField(unique=True)
    works = fields.BooleanField()
    name = fields.CharField(max_length=32)

    class Meta:
        table = "kernel_calendar_day"


class StoredFile(Model):
    """A file kept by the SHA-256 of its bytes."""

    sha256 = fields.CharField(max_length=64, primary_key=True)
    media_type = fields.CharField(max_length=64)
    size_bytes = fields.BigIntField()
    stored_at = fields.DatetimeField()

    class Meta:
        table = "kernel_stored_file"
        constraints = [CheckConstraint(check="size_bytes > 0", name="kernel_stored_file_size")]


class Counter(Model):
    """The last human number given out in a series, such as one day's cases."""

    series = fields.CharField(max_length=64, primary_key=True)
    last_given = fields.BigIntField()

    class Meta:
        table = "kernel_counter"
        constraints = [CheckConstraint(check="last_given >= 0", name="kernel_counter_positive")]


class Budget(Model):
    """How much of an allowance (sign-in tries, requests) was used in the window that began at a time."""

    key = fields.CharField(max_length=128, primary_key=True)
    window_started_at = fields.DatetimeField()
    window_ends_at = fields.DatetimeField()
    used = fields.IntField()

    class Meta:
        table = "kernel_budget"
        constraints = [CheckConstraint(check="used >= 0", name="kernel_budget_used")]


class ChangeMark(Model):
    """When a subject last changed, for a read model, by a number that follows the order of commits."""

    id = fields.UUIDField(primary_key=True)  # derived from stream and subject
    stream = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    sequence = fields.BigIntField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "kernel_change"
        constraints = [
            UniqueConstraint(fields=("stream", "subject_id"), name="kernel_change_once"),
            UniqueConstraint(fields=("stream", "sequence"), name="kernel_change_sequence"),
            CheckConstraint(check="sequence > 0", name="kernel_change_positive"),
        ]
