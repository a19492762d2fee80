"""The first tables of kernel."""

from tortoise import migrations
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel, append_only
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    initial = True

    operations = [
        CreateModel(
            name='AuditRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('actor_kind', fields.CharField(max_length=16)),
                ('actor_id', fields.UUIDField(null=True)),
                ('action', fields.CharField(max_length=64)),
                ('subject_kind', fields.CharField(max_length=32)),
                ('subject_id', fields.UUIDField(null=True)),
                ('street_id', fields.UUIDField(null=True)),
                ('detail', fields.TextField(unique=False)),
                ('request_id', fields.CharField(null=True, max_length=64)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'kernel_audit', 'app': 'kernel', 'indexes': [Index(fields=['subject_id', 'recorded_at']), Index(fields=['actor_id', 'recorded_at'])], 'pk_attr': 'id', 'table_description': 'Who did what to which thing, written in the transaction of its effect, never changed.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Budget',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=128)),
                ('window_started_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('window_ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used', fields.IntField()),
            ],
            options={'table': 'kernel_budget', 'app': 'kernel', 'constraints': [CheckConstraint(check='used >= 0', name='kernel_budget_used')], 'pk_attr': 'key', 'table_description': 'How much of an allowance (sign-in tries, requests) was used in the window that began at a time.'},
            bases=['Model'],
        ),
        CreateModel(
            name='CalendarDay',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('day', fields.DateField(unique=True)),
                ('works', fields.BooleanField()),
                ('name', fields.CharField(max_length=32)),
            ],
            options={'table': 'kernel_calendar_day', 'app': 'kernel', 'pk_attr': 'id', 'table_description': 'A day that differs from its weekday: a holiday, or a weekend day on which people make up for one.'},
            bases=['Model'],
        ),
        CreateModel(
            name='ChangeMark',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('stream', fields.CharField(max_length=32)),
                ('subject_id', fields.UUIDField()),
                ('sequence', fields.BigIntField()),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'kernel_change', 'app': 'kernel', 'constraints': [UniqueConstraint(fields=('stream', 'subject_id'), name='kernel_change_once'), UniqueConstraint(fields=('stream', 'sequence'), name='kernel_change_sequence'), CheckConstraint(check='sequence > 0', name='kernel_change_positive')], 'pk_attr': 'id', 'table_description': 'When a subject last changed, for a read model, by a number that follows the order of commits.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Counter',
            fields=[
                ('series', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('last_given', fields.BigIntField()),
            ],
            options={'table': 'kernel_counter', 'app': 'kernel', 'constraints': [CheckConstraint(check='last_given >= 0', name='kernel_counter_positive')], 'pk_attr': 'series', 'table_description': "The last human number given out in a series, such as one day's cases."},
            bases=['Model'],
        ),
        CreateModel(
            name='JobLease',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('holder', fields.CharField(null=True, max_length=64)),
                ('leased_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('cursor', fields.TextField(null=True, unique=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'kernel_job_lease', 'app': 'kernel', 'pk_attr': 'name', 'table_description': 'Who runs a job now, until when, and how far it has come.'},
            bases=['Model'],
        ),
        CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('caller', fields.CharField(max_length=64)),
                ('route', fields.CharField(max_length=128)),
                ('key', fields.CharField(max_length=128)),
                ('fingerprint', fields.CharField(max_length=64)),
                ('status', fields.SmallIntField()),
                ('media_type', fields.CharField(max_length=64)),
                ('body', fields.BinaryField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'kernel_kept_answer', 'app': 'kernel', 'constraints': [UniqueConstraint(fields=('caller', 'route', 'key'), name='kernel_kept_answer_once')], 'indexes': [Index(fields=['created_at'])], 'pk_attr': 'id', 'table_description': 'The first answer to an Idempotency-Key, byte for byte, written in the transaction of its effect.'},
            bases=['Model'],
        ),
        CreateModel(
            name='OutboxRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('topic', fields.CharField(max_length=64)),
                ('payload', fields.TextField(unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('handled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(default=0)),
                ('next_attempt_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_error', fields.CharField(null=True, max_length=200)),
            ],
            options={'table': 'kernel_outbox', 'app': 'kernel', 'constraints': [CheckConstraint(check='attempts >= 0', name='kernel_outbox_attempts')], 'indexes': [Index(fields=['handled_at', 'next_attempt_at'])], 'pk_attr': 'id', 'table_description': 'Something that happened, kept until its consumer has handled it (at least once).'},
            bases=['Model'],
        ),
        CreateModel(
            name='StoredFile',
            fields=[
                ('sha256', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('media_type', fields.CharField(max_length=64)),
                ('size_bytes', fields.BigIntField()),
                ('stored_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'kernel_stored_file', 'app': 'kernel', 'constraints': [CheckConstraint(check='size_bytes > 0', name='kernel_stored_file_size')], 'pk_attr': 'sha256', 'table_description': 'A file kept by the SHA-256 of its bytes.'},
            bases=['Model'],
        ),
        append_only('kernel_audit'),
    ]
