"""The first tables of evaluation."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel, append_only
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    initial = True
    dependencies = [('kernel', '0001_initial'), ('stewards', '0001_initial'), ('points', '0001_initial'), ('cases', '0001_initial')]

    operations = [
        CreateModel(
            name='SchemeVersion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.IntField(unique=True)),
                ('name', fields.CharField(max_length=64)),
                ('effective_on', fields.DateField()),
                ('document', fields.TextField(unique=False)),
                ('document_sha256', fields.CharField(max_length=64)),
                ('published_by', fields.UUIDField(null=True)),
                ('published_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_scheme_version', 'app': 'evaluation', 'constraints': [CheckConstraint(check='number > 0', name='evaluation_scheme_version_number')], 'pk_attr': 'id', 'table_description': 'A published scheme: the document as it was, for periods that begin on its day or later. Never changed.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Slip',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('secret_sha256', fields.CharField(unique=True, max_length=64)),
                ('period', fields.CharField(max_length=7)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='slips', on_delete=OnDelete.RESTRICT)),
                ('issued_by_kind', fields.CharField(max_length=16)),
                ('issued_by_id', fields.UUIDField(null=True)),
                ('issued_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closes_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_slip', 'app': 'evaluation', 'constraints': [CheckConstraint(check='closes_at > issued_at', name='evaluation_slip_window')], 'indexes': [Index(fields=['steward_id', 'period'])], 'pk_attr': 'id', 'table_description': 'A personal rating slip (评价单): a secret for one ballot, kept as its hash.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Ballot',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('period', fields.CharField(max_length=7)),
                ('source', fields.CharField(max_length=16)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='ballots', on_delete=OnDelete.RESTRICT)),
                ('rater', fields.UUIDField()),
                ('slip', fields.ForeignKeyField('evaluation.Slip', source_field='slip_id', null=True, db_constraint=True, to_field='id', related_name='ballots', on_delete=OnDelete.RESTRICT)),
                ('staff_id', fields.UUIDField(null=True)),
                ('scores', fields.TextField(unique=False)),
                ('device_sha256', fields.CharField(null=True, max_length=64)),
                ('network_sha256', fields.CharField(null=True, max_length=64)),
                ('cast_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('changed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_ballot', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('period', 'source', 'steward_id', 'rater'), name='evaluation_ballot_once'), UniqueConstraint(fields=('slip_id',), name='evaluation_ballot_slip_once'), CheckConstraint(check="source IN ('street', 'community', 'residents')", name='evaluation_ballot_source'), CheckConstraint(check="(source = 'residents') = (slip_id IS NOT NULL) AND (source = 'residents') = (staff_id IS NULL)", name='evaluation_ballot_rater'), CheckConstraint(check='changed_at IS NULL OR changed_at >= cast_at', name='evaluation_ballot_changed')], 'indexes': [Index(fields=['steward_id'])], 'pk_attr': 'id', 'table_description': "One rater's marks for one steward in one period (评价票). Changeable inside the window, counted after it."},
            bases=['Model'],
        ),
        append_only('evaluation_scheme_version'),
    ]
