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
            name='ClosingPeriod',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=7)),
            ],
            options={'table': 'evaluation_closing_period', 'app': 'evaluation', 'pk_attr': 'name', 'table_description': 'A period that somebody began to close: its row is what closings of it wait for, and nothing else.'},
            bases=['Model'],
        ),
        CreateModel(
            name='GuardRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('period', fields.CharField(unique=True, max_length=7)),
                ('ballots', fields.IntField()),
                ('held', fields.IntField()),
                ('ran_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_guard_run', 'app': 'evaluation', 'constraints': [CheckConstraint(check='held >= 0 AND held <= ballots', name='evaluation_guard_run_counts')], 'pk_attr': 'id', 'table_description': 'The guards looked at a period after its window had closed, once. Never changed.'},
            bases=['Model'],
        ),
        CreateModel(
            name='OpenTally',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('day', fields.DateField()),
                ('counted', fields.IntField()),
            ],
            options={'table': 'evaluation_open_tally', 'app': 'evaluation', 'constraints': [CheckConstraint(check='counted > 0', name='evaluation_open_tally_counted')], 'indexes': [Index(fields=['day'])], 'pk_attr': 'id', 'table_description': 'How many open ballots came from a place or a network on a day, forgotten when the day is long past.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Relation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='relations', on_delete=OnDelete.RESTRICT)),
                ('other_kind', fields.CharField(max_length=8)),
                ('other_id', fields.UUIDField()),
                ('relation', fields.CharField(max_length=16)),
                ('declared_by_kind', fields.CharField(max_length=16)),
                ('declared_by_id', fields.UUIDField(null=True)),
                ('declared_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_relation', 'app': 'evaluation', 'constraints': [CheckConstraint(check="other_kind IN ('staff', 'steward')", name='evaluation_relation_other'), CheckConstraint(check="relation IN ('relative', 'team_mate')", name='evaluation_relation_relation'), CheckConstraint(check='other_id <> steward_id', name='evaluation_relation_not_oneself'), CheckConstraint(check='ended_at IS NULL OR ended_at >= declared_at', name='evaluation_relation_ended')], 'indexes': [Index(fields=['steward_id']), Index(fields=['other_id'])], 'pk_attr': 'id', 'table_description': 'A declared relation that bars somebody from judging a steward (回避关系).'},
            bases=['Model'],
        ),
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
            name='PeriodClose',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('period', fields.CharField(max_length=7)),
                ('run', fields.IntField()),
                ('scheme', fields.ForeignKeyField('evaluation.SchemeVersion', source_field='scheme_id', db_constraint=True, to_field='id', related_name='closes', on_delete=OnDelete.RESTRICT)),
                ('method', fields.IntField()),
                ('stewards', fields.IntField()),
                ('ballots', fields.IntField()),
                ('held', fields.IntField()),
                ('cases', fields.IntField()),
                ('set_aside', fields.TextField(unique=False)),
                ('inputs_sha256', fields.CharField(max_length=64)),
                ('scores_sha256', fields.CharField(max_length=64)),
                ('closed_by_kind', fields.CharField(max_length=16)),
                ('closed_by_id', fields.UUIDField(null=True)),
                ('closed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_close', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('period', 'run'), name='evaluation_close_once'), CheckConstraint(check='run >= 1 AND method >= 1', name='evaluation_close_run'), CheckConstraint(check='stewards >= 0 AND cases >= 0 AND held >= 0 AND held <= ballots', name='evaluation_close_counts')], 'indexes': [Index(fields=['scheme_id'])], 'pk_attr': 'id', 'table_description': "A period's scores as they were frozen (结账). Never changed: closed again after a reopening, it has a new run."},
            bases=['Model'],
        ),
        CreateModel(
            name='Reopening',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('close', fields.ForeignKeyField('evaluation.PeriodClose', source_field='close_id', db_constraint=True, to_field='id', related_name='reopenings', on_delete=OnDelete.RESTRICT)),
                ('reason', fields.CharField(max_length=32)),
                ('state', fields.CharField(max_length=16)),
                ('asked_by', fields.UUIDField()),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by', fields.UUIDField(null=True)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_reopening', 'app': 'evaluation', 'constraints': [CheckConstraint(check="state IN ('asked', 'allowed', 'refused')", name='evaluation_reopening_state'), CheckConstraint(check="(state = 'asked') = (decided_by IS NULL) AND (state = 'asked') = (decided_at IS NULL)", name='evaluation_reopening_decided'), CheckConstraint(check="decided_by IS NULL OR decided_by <> asked_by OR state = 'refused'", name='evaluation_reopening_second_person')], 'indexes': [Index(fields=['close_id', 'state'])], 'pk_attr': 'id', 'table_description': 'A closed period is to be closed anew (重开): asked for by one person, allowed by another.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Score',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('close', fields.ForeignKeyField('evaluation.PeriodClose', source_field='close_id', db_constraint=True, to_field='id', related_name='scores', on_delete=OnDelete.RESTRICT)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='scores', on_delete=OnDelete.RESTRICT)),
                ('street_id', fields.UUIDField()),
                ('score', fields.IntField(null=True)),
                ('low', fields.IntField(null=True)),
                ('high', fields.IntField(null=True)),
                ('place', fields.IntField(null=True)),
                ('multiplier_percent', fields.IntField(null=True)),
                ('coaching', fields.BooleanField(default=False)),
                ('facts', fields.TextField(unique=False)),
                ('card', fields.TextField(unique=False)),
            ],
            options={'table': 'evaluation_score', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('close_id', 'steward_id'), name='evaluation_score_once'), CheckConstraint(check='(score IS NULL) = (low IS NULL) AND (score IS NULL) = (high IS NULL) AND (score IS NULL) = (place IS NULL)', name='evaluation_score_whole'), CheckConstraint(check='score IS NULL OR (low >= 0 AND low <= score AND score <= high AND place >= 1)', name='evaluation_score_interval')], 'indexes': [Index(fields=['steward_id']), Index(fields=['close_id', 'street_id'])], 'pk_attr': 'id', 'table_description': "A steward's frozen card (评分卡): the figures, and the facts from cases that they came from. Never changed."},
            bases=['Model'],
        ),
        CreateModel(
            name='Slip',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('secret_sha256', fields.CharField(unique=True, max_length=64)),
                ('period', fields.CharField(max_length=7)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='slips', on_delete=OnDelete.RESTRICT)),
                ('case', fields.ForeignKeyField('cases.Case', source_field='case_id', null=True, db_constraint=True, to_field='id', related_name='slips', on_delete=OnDelete.RESTRICT)),
                ('issued_by_kind', fields.CharField(max_length=16)),
                ('issued_by_id', fields.UUIDField(null=True)),
                ('issued_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closes_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_slip', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('case_id',), name='evaluation_slip_case_once'), CheckConstraint(check='closes_at > issued_at', name='evaluation_slip_window')], 'indexes': [Index(fields=['steward_id', 'period'])], 'pk_attr': 'id', 'table_description': 'A personal rating slip (评价单), or the link of a closed case: a secret for one ballot, kept as its hash.'},
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
                ('open_kind', fields.CharField(null=True, max_length=8)),
                ('open_place_id', fields.UUIDField(null=True)),
                ('scores', fields.TextField(unique=False)),
                ('device_sha256', fields.CharField(null=True, max_length=64)),
                ('network_sha256', fields.CharField(null=True, max_length=64)),
                ('cast_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('changed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_ballot', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('period', 'source', 'steward_id', 'rater'), name='evaluation_ballot_once'), UniqueConstraint(fields=('slip_id',), name='evaluation_ballot_slip_once'), CheckConstraint(check="source IN ('street', 'community', 'residents', 'peers')", name='evaluation_ballot_source'), CheckConstraint(check="CASE source WHEN 'residents' THEN staff_id IS NULL AND (slip_id IS NULL) <> (open_kind IS NULL) WHEN 'peers' THEN staff_id IS NULL AND slip_id IS NULL AND open_kind IS NULL ELSE staff_id IS NOT NULL AND slip_id IS NULL AND open_kind IS NULL END", name='evaluation_ballot_rater'), CheckConstraint(check="(open_kind IS NULL) = (open_place_id IS NULL) AND (open_kind IS NULL OR open_kind IN ('lane', 'hall')) AND (open_kind IS NULL OR device_sha256 IS NOT NULL)", name='evaluation_ballot_open'), CheckConstraint(check='changed_at IS NULL OR changed_at >= cast_at', name='evaluation_ballot_changed')], 'indexes': [Index(fields=['steward_id'])], 'pk_attr': 'id', 'table_description': "One rater's marks for one steward in one period (评价票). Changeable inside the window, counted after it."},
            bases=['Model'],
        ),
        CreateModel(
            name='BallotNote',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('ballot', fields.ForeignKeyField('evaluation.Ballot', source_field='ballot_id', db_constraint=True, to_field='id', related_name='notes', on_delete=OnDelete.RESTRICT)),
                ('text', fields.TextField(unique=False)),
                ('state', fields.CharField(max_length=16)),
                ('written_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by_id', fields.UUIDField(null=True)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_ballot_note', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('ballot_id',), name='evaluation_ballot_note_once'), CheckConstraint(check="state IN ('waiting', 'approved', 'hidden')", name='evaluation_ballot_note_state'), CheckConstraint(check="(state = 'waiting') = (decided_at IS NULL)", name='evaluation_ballot_note_decided')], 'indexes': [Index(fields=['state', 'written_at'])], 'pk_attr': 'id', 'table_description': 'What a resident wrote beside the marks (附言): read by nobody outside before it was approved, and erasable.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Hold',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('ballot', fields.ForeignKeyField('evaluation.Ballot', source_field='ballot_id', db_constraint=True, to_field='id', related_name='holds', on_delete=OnDelete.RESTRICT)),
                ('period', fields.CharField(max_length=7)),
                ('street_id', fields.UUIDField()),
                ('guard', fields.CharField(max_length=32)),
                ('params', fields.TextField(unique=False)),
                ('state', fields.CharField(max_length=16)),
                ('held_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_hold', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('ballot_id',), name='evaluation_hold_once'), CheckConstraint(check="state IN ('open', 'counted', 'left_out')", name='evaluation_hold_state'), CheckConstraint(check="(state = 'open') = (decided_at IS NULL)", name='evaluation_hold_decided')], 'indexes': [Index(fields=['state', 'street_id']), Index(fields=['period'])], 'pk_attr': 'id', 'table_description': "A ballot that is held out (暂不计入) with a guard's reason, until two people agree what becomes of it."},
            bases=['Model'],
        ),
        CreateModel(
            name='HoldReview',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('hold', fields.ForeignKeyField('evaluation.Hold', source_field='hold_id', db_constraint=True, to_field='id', related_name='reviews', on_delete=OnDelete.RESTRICT)),
                ('reviewer_id', fields.UUIDField()),
                ('verdict', fields.CharField(max_length=16)),
                ('reviewed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evaluation_hold_review', 'app': 'evaluation', 'constraints': [UniqueConstraint(fields=('hold_id', 'reviewer_id'), name='evaluation_hold_review_once'), CheckConstraint(check="verdict IN ('count', 'leave_out')", name='evaluation_hold_review_verdict')], 'pk_attr': 'id', 'table_description': 'What one person said of a held ballot. Never changed.'},
            bases=['Model'],
        ),
        append_only('evaluation_scheme_version', 'evaluation_close', 'evaluation_score', 'evaluation_guard_run', 'evaluation_hold_review'),
    ]
