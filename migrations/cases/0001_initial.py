"""The first tables of cases."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel, append_only
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    initial = True
    dependencies = [('kernel', '0001_initial'), ('stewards', '0001_initial')]

    operations = [
        CreateModel(
            name='BurstAlert',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=16)),
                ('subject_id', fields.UUIDField()),
                ('street_id', fields.UUIDField(null=True)),
                ('first_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('verifications', fields.IntField()),
                ('state', fields.CharField(max_length=16)),
                ('reviewed_by_id', fields.UUIDField(null=True)),
                ('reviewed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('found_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'cases_burst_alert', 'app': 'cases', 'constraints': [UniqueConstraint(fields=('kind', 'subject_id', 'first_at'), name='cases_burst_alert_once'), CheckConstraint(check="kind IN ('steward', 'verifier')", name='cases_burst_alert_kind'), CheckConstraint(check="state IN ('open', 'fine', 'follow_up')", name='cases_burst_alert_state'), CheckConstraint(check="(state = 'open') = (reviewed_at IS NULL)", name='cases_burst_alert_reviewed'), CheckConstraint(check='last_at >= first_at AND verifications > 0', name='cases_burst_alert_run')], 'indexes': [Index(fields=['state', 'found_at'])], 'pk_attr': 'id', 'table_description': 'Many verifications within minutes (突击记分): a sign to look at, never a punishment.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Case',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=32)),
                ('source', fields.CharField(max_length=32)),
                ('external_id', fields.CharField(max_length=64)),
                ('fingerprint', fields.CharField(max_length=64)),
                ('channel', fields.CharField(max_length=16)),
                ('category', fields.CharField(max_length=32)),
                ('urgency', fields.CharField(max_length=16)),
                ('livelihood', fields.BooleanField(default=False)),
                ('lane', fields.ForeignKeyField('stewards.Lane', source_field='lane_id', db_constraint=True, to_field='id', related_name='cases', on_delete=OnDelete.RESTRICT)),
                ('community_id', fields.UUIDField()),
                ('street_id', fields.UUIDField()),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='cases', on_delete=OnDelete.RESTRICT)),
                ('reporter_kind', fields.CharField(max_length=16)),
                ('reporter_id', fields.UUIDField(null=True)),
                ('reported_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('received_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('latitude', fields.FloatField(null=True)),
                ('longitude', fields.FloatField(null=True)),
                ('state', fields.CharField(max_length=16)),
                ('episode', fields.IntField(default=1)),
                ('verified_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('solved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('duplicate_of', fields.ForeignKeyField('cases.Case', source_field='duplicate_of_id', null=True, db_constraint=True, to_field='id', related_name='duplicates', on_delete=OnDelete.RESTRICT)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'cases_case', 'app': 'cases', 'constraints': [UniqueConstraint(fields=('source', 'external_id'), name='cases_case_once'), CheckConstraint(check='episode >= 1', name='cases_case_episode'), CheckConstraint(check="urgency IN ('normal', 'hazard')", name='cases_case_urgency'), CheckConstraint(check="state IN ('reported', 'returned', 'verified', 'solved', 'rejected', 'duplicate')", name='cases_case_state'), CheckConstraint(check="(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name='cases_case_duplicate'), CheckConstraint(check='duplicate_of_id IS NULL OR duplicate_of_id <> id', name='cases_case_not_itself')], 'indexes': [Index(fields=['street_id', 'state', 'reported_at']), Index(fields=['community_id', 'state', 'reported_at']), Index(fields=['reported_at', 'id']), Index(fields=['steward_id', 'reported_at']), Index(fields=['lane_id', 'category', 'reported_at']), Index(fields=['category', 'reported_at']), Index(fields=['duplicate_of_id'])], 'pk_attr': 'id', 'table_description': 'A problem found in a lane (案件), stored once by (source, external_id).'},
            bases=['Model'],
        ),
        CreateModel(
            name='CaseEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('cases.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='events', on_delete=OnDelete.RESTRICT)),
                ('version', fields.IntField()),
                ('action', fields.CharField(max_length=16)),
                ('from_state', fields.CharField(null=True, max_length=16)),
                ('to_state', fields.CharField(max_length=16)),
                ('episode', fields.IntField()),
                ('reason', fields.CharField(null=True, max_length=32)),
                ('actor_kind', fields.CharField(max_length=16)),
                ('actor_id', fields.UUIDField(null=True)),
                ('award_id', fields.UUIDField(null=True)),
                ('note_id', fields.UUIDField(null=True)),
                ('other_case_id', fields.UUIDField(null=True)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'cases_event', 'app': 'cases', 'constraints': [UniqueConstraint(fields=('case_id', 'version'), name='cases_event_version'), CheckConstraint(check='version >= 1 AND episode >= 1', name='cases_event_positive')], 'indexes': [Index(fields=['recorded_at'])], 'pk_attr': 'id', 'table_description': 'One step in the life of a case, never changed.'},
            bases=['Model'],
        ),
        CreateModel(
            name='CaseNote',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('cases.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='notes', on_delete=OnDelete.RESTRICT)),
                ('text', fields.TextField(unique=False)),
            ],
            options={'table': 'cases_note', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'What a person wrote at a step of a case (what is missing, why it was rejected), erasable.'},
            bases=['Model'],
        ),
        CreateModel(
            name='CaseText',
            fields=[
                ('case', fields.OneToOneField('cases.Case', source_field='case_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='text', on_delete=OnDelete.RESTRICT)),
                ('description', fields.TextField(unique=False)),
                ('address', fields.CharField(max_length=200)),
            ],
            options={'table': 'cases_case_text', 'app': 'cases', 'pk_attr': 'case_id', 'table_description': 'The free text of a case, apart from everything append-only, so that it can be erased.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Evidence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('cases.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='evidence', on_delete=OnDelete.RESTRICT)),
                ('file', fields.ForeignKeyField('kernel.StoredFile', source_field='file_id', db_constraint=True, to_field='sha256', related_name='evidence', on_delete=OnDelete.RESTRICT)),
                ('added_by_kind', fields.CharField(max_length=16)),
                ('added_by_id', fields.UUIDField(null=True)),
                ('added_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'cases_evidence', 'app': 'cases', 'constraints': [UniqueConstraint(fields=('case_id', 'file_id'), name='cases_evidence_once')], 'pk_attr': 'id', 'table_description': 'A file that shows a case, kept by hash.'},
            bases=['Model'],
        ),
        CreateModel(
            name='ImportRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=16)),
                ('file_name', fields.CharField(max_length=200)),
                ('file_sha256', fields.CharField(max_length=64)),
                ('mapping_sha256', fields.CharField(max_length=64)),
                ('started_by', fields.UUIDField(null=True)),
                ('started_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('rows_done', fields.IntField(default=0)),
                ('accepted', fields.IntField(default=0)),
                ('repeated', fields.IntField(default=0)),
                ('refused', fields.IntField(default=0)),
            ],
            options={'table': 'cases_import_run', 'app': 'cases', 'constraints': [UniqueConstraint(fields=('kind', 'file_sha256', 'mapping_sha256'), name='cases_import_run_once'), CheckConstraint(check='rows_done = accepted + repeated + refused', name='cases_import_run_sum')], 'pk_attr': 'id', 'table_description': 'One file taken in: how far it has come, so that it can go on where it stopped.'},
            bases=['Model'],
        ),
        CreateModel(
            name='ImportFault',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('run', fields.ForeignKeyField('cases.ImportRun', source_field='run_id', db_constraint=True, to_field='id', related_name='faults', on_delete=OnDelete.RESTRICT)),
                ('line', fields.IntField()),
                ('column', fields.CharField(null=True, max_length=64)),
                ('code', fields.CharField(max_length=64)),
                ('params', fields.TextField(unique=False)),
            ],
            options={'table': 'cases_import_fault', 'app': 'cases', 'indexes': [Index(fields=['run_id', 'line'])], 'pk_attr': 'id', 'table_description': 'What was wrong with one cell of an imported file.'},
            bases=['Model'],
        ),
        CreateModel(
            name='RecheckWeek',
            fields=[
                ('week_on', fields.DateField(primary_key=True, unique=True, db_index=True)),
                ('seed', fields.CharField(max_length=64)),
                ('percent', fields.SmallIntField()),
                ('verified', fields.IntField()),
                ('drawn', fields.IntField()),
                ('drawn_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'cases_recheck_week', 'app': 'cases', 'constraints': [CheckConstraint(check='drawn >= 0 AND drawn <= verified', name='cases_recheck_week_drawn'), CheckConstraint(check='percent >= 0 AND percent <= 100', name='cases_recheck_week_percent')], 'pk_attr': 'week_on', 'table_description': "The draw of a week's re-checks (抽查): its seed, so that anybody can draw it again."},
            bases=['Model'],
        ),
        CreateModel(
            name='Recheck',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('cases.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='rechecks', on_delete=OnDelete.RESTRICT)),
                ('week', fields.ForeignKeyField('cases.RecheckWeek', source_field='week_id', db_constraint=True, to_field='week_on', related_name='rechecks', on_delete=OnDelete.RESTRICT)),
                ('episode', fields.IntField()),
                ('verified_by_kind', fields.CharField(max_length=16)),
                ('verified_by_id', fields.UUIDField(null=True)),
                ('state', fields.CharField(max_length=16)),
                ('checked_by_id', fields.UUIDField(null=True)),
                ('checked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'cases_recheck', 'app': 'cases', 'constraints': [UniqueConstraint(fields=('case_id', 'episode'), name='cases_recheck_once'), CheckConstraint(check="state IN ('waiting', 'confirmed', 'taken_back')", name='cases_recheck_state'), CheckConstraint(check="(state = 'waiting') = (checked_at IS NULL)", name='cases_recheck_checked'), CheckConstraint(check='checked_by_id IS NULL OR verified_by_id IS NULL OR checked_by_id <> verified_by_id', name='cases_recheck_second_person')], 'indexes': [Index(fields=['state', 'week_id']), Index(fields=['week_id'])], 'pk_attr': 'id', 'table_description': 'A verified case that was drawn to be looked at again, by somebody who neither reported nor verified it.'},
            bases=['Model'],
        ),
        append_only('cases_event'),
    ]
