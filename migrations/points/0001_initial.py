"""The first tables of points."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel, append_only
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    initial = True
    dependencies = [('kernel', '0001_initial')]

    operations = [
        CreateModel(
            name='Account',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('owner_kind', fields.CharField(max_length=16)),
                ('owner_id', fields.UUIDField(null=True)),
                ('kind', fields.CharField(max_length=16)),
                ('unit', fields.CharField(max_length=8)),
                ('balance', fields.BigIntField(null=True)),
                ('version', fields.BigIntField(default=0)),
                ('touched_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'points_account', 'app': 'points', 'constraints': [CheckConstraint(check='balance >= 0', name='points_account_balance'), CheckConstraint(check='version >= 0', name='points_account_version'), CheckConstraint(check="(owner_kind = 'world') = (balance IS NULL) AND (owner_kind = 'world') = (owner_id IS NULL)", name='points_account_world'), CheckConstraint(check="unit IN ('points', 'minutes')", name='points_account_unit'), CheckConstraint(check="owner_kind IN ('steward', 'team', 'street', 'world')", name='points_account_owner'), CheckConstraint(check="(kind = 'pool') = (owner_kind = 'team') AND (kind = 'budget') = (owner_kind = 'street')", name='points_account_owner_has_kind'), CheckConstraint(check="owner_kind = 'world' OR (kind = 'minutes') = (unit = 'minutes')", name='points_account_kind_unit')], 'indexes': [Index(fields=['owner_id', 'kind'])], 'pk_attr': 'id', 'table_description': 'Where points stand (账户). Its id is derived from owner, kind and unit, so nobody has to look it up.'},
            bases=['Model'],
        ),
        CreateModel(
            name='CapWindow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('cap', fields.CharField(max_length=32)),
                ('subject_id', fields.UUIDField()),
                ('period', fields.CharField(max_length=10)),
                ('used', fields.BigIntField()),
            ],
            options={'table': 'points_cap_window', 'app': 'points', 'constraints': [UniqueConstraint(fields=('cap', 'subject_id', 'period'), name='points_cap_window_once'), CheckConstraint(check='used >= 0', name='points_cap_window_used')], 'pk_attr': 'id', 'table_description': 'How much of one cap was used by one subject in one period, the row that is locked.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Note',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('subject_id', fields.UUIDField()),
                ('author_id', fields.UUIDField(null=True)),
                ('text', fields.TextField(unique=False)),
                ('written_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'points_note', 'app': 'points', 'indexes': [Index(fields=['subject_id', 'written_at'])], 'pk_attr': 'id', 'table_description': 'What a person wrote about a grant or a penalty, apart from everything that lasts, so that it can be erased.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Operation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('reason', fields.CharField(max_length=32)),
                ('reference', fields.CharField(max_length=200)),
                ('fingerprint', fields.CharField(max_length=64)),
                ('reverses', fields.ForeignKeyField('points.Operation', source_field='reverses_id', null=True, db_constraint=True, to_field='id', related_name='reversed_by', on_delete=OnDelete.RESTRICT)),
                ('actor_id', fields.UUIDField(null=True)),
                ('occurred_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'points_operation', 'app': 'points', 'constraints': [UniqueConstraint(fields=('reason', 'reference'), name='points_operation_once'), UniqueConstraint(fields=('reverses_id',), name='points_operation_reversed_once'), CheckConstraint(check='reverses_id IS NULL OR reverses_id <> id', name='points_operation_not_itself')], 'pk_attr': 'id', 'table_description': 'A wish that was carried out, unique for ever by (reason, reference).'},
            bases=['Model'],
        ),
        CreateModel(
            name='Grant',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=32)),
                ('steward_id', fields.UUIDField()),
                ('street_id', fields.UUIDField()),
                ('community_id', fields.UUIDField()),
                ('reason', fields.CharField(max_length=32)),
                ('points', fields.BigIntField()),
                ('expires_on', fields.DateField(null=True)),
                ('state', fields.CharField(max_length=16)),
                ('two_person', fields.BooleanField()),
                ('proposed_by_id', fields.UUIDField()),
                ('proposed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by_id', fields.UUIDField(null=True)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('operation', fields.ForeignKeyField('points.Operation', source_field='operation_id', null=True, db_constraint=True, to_field='id', related_name='grants', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'points_grant', 'app': 'points', 'constraints': [UniqueConstraint(fields=('operation_id',), name='points_grant_operation_once'), CheckConstraint(check='points > 0', name='points_grant_positive'), CheckConstraint(check="state IN ('proposed', 'approved', 'rejected', 'withdrawn')", name='points_grant_state'), CheckConstraint(check="(state = 'approved') = (operation_id IS NOT NULL)", name='points_grant_posted'), CheckConstraint(check="(state = 'proposed') = (decided_by_id IS NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL)", name='points_grant_decided'), CheckConstraint(check="NOT two_person OR state = 'withdrawn' OR decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name='points_grant_second_person')], 'indexes': [Index(fields=['street_id', 'state', 'proposed_at']), Index(fields=['state', 'proposed_at']), Index(fields=['steward_id', 'proposed_at'])], 'pk_attr': 'id', 'table_description': 'A manual award (人工加分): proposed with a reason, above a threshold approved by a second person, posted once.'},
            bases=['Model'],
        ),
        CreateModel(
            name='RuleVersion',
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
            options={'table': 'points_rule_version', 'app': 'points', 'constraints': [CheckConstraint(check='number > 0', name='points_rule_version_number')], 'indexes': [Index(fields=['effective_on', 'number'])], 'pk_attr': 'id', 'table_description': 'A published rule set: the document as it was, effective from a local date.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Award',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('steward_id', fields.UUIDField()),
                ('street_id', fields.UUIDField(null=True)),
                ('lane_id', fields.UUIDField(null=True)),
                ('reason', fields.CharField(max_length=32)),
                ('reference', fields.CharField(max_length=200)),
                ('category', fields.CharField(null=True, max_length=32)),
                ('facts', fields.TextField(null=True, unique=False)),
                ('points', fields.BigIntField()),
                ('entitled', fields.BigIntField()),
                ('receipt', fields.TextField(unique=False)),
                ('fingerprint', fields.CharField(max_length=64)),
                ('rule_version', fields.ForeignKeyField('points.RuleVersion', source_field='rule_version_id', db_constraint=True, to_field='id', related_name='awards', on_delete=OnDelete.RESTRICT)),
                ('operation', fields.ForeignKeyField('points.Operation', source_field='operation_id', null=True, db_constraint=True, to_field='id', related_name='awards', on_delete=OnDelete.RESTRICT)),
                ('reverses', fields.ForeignKeyField('points.Award', source_field='reverses_id', null=True, db_constraint=True, to_field='id', related_name='reversed_by', on_delete=OnDelete.RESTRICT)),
                ('tops_up', fields.ForeignKeyField('points.Award', source_field='tops_up_id', null=True, db_constraint=True, to_field='id', related_name='top_ups', on_delete=OnDelete.RESTRICT)),
                ('occurred_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'points_award', 'app': 'points', 'constraints': [UniqueConstraint(fields=('reason', 'reference'), name='points_award_once'), UniqueConstraint(fields=('reverses_id',), name='points_award_reversed_once'), CheckConstraint(check='(reverses_id IS NULL AND points >= 0) OR (reverses_id IS NOT NULL AND points <= 0)', name='points_award_sign'), CheckConstraint(check='(points = 0) = (operation_id IS NULL)', name='points_award_operation')], 'indexes': [Index(fields=['steward_id', 'recorded_at']), Index(fields=['steward_id', 'occurred_at', 'points', 'recorded_at']), Index(fields=['tops_up_id'])], 'pk_attr': 'id', 'table_description': 'What an assessed event was worth (奖励), 0 included, with the receipt that explains it.'},
            bases=['Model'],
        ),
        CreateModel(
            name='CapUse',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('award', fields.ForeignKeyField('points.Award', source_field='award_id', db_constraint=True, to_field='id', related_name='cap_uses', on_delete=OnDelete.RESTRICT)),
                ('window', fields.ForeignKeyField('points.CapWindow', source_field='window_id', db_constraint=True, to_field='id', related_name='uses', on_delete=OnDelete.RESTRICT)),
                ('counted', fields.BigIntField()),
                ('cut', fields.BigIntField()),
            ],
            options={'table': 'points_cap_use', 'app': 'points', 'constraints': [UniqueConstraint(fields=('award_id', 'window_id'), name='points_cap_use_once'), CheckConstraint(check='cut >= 0', name='points_cap_use_cut')], 'indexes': [Index(fields=['window_id'])], 'pk_attr': 'id', 'table_description': 'What one award took from one cap window, and what the window cut from it.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Settlement',
            fields=[
                ('operation', fields.OneToOneField('points.Operation', source_field='operation_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='settles', on_delete=OnDelete.RESTRICT)),
                ('hold', fields.ForeignKeyField('points.Operation', source_field='hold_id', db_constraint=True, to_field='id', related_name='settlements', on_delete=OnDelete.RESTRICT)),
                ('capture', fields.ForeignKeyField('points.Operation', source_field='capture_id', null=True, db_constraint=True, to_field='id', related_name='refunds', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'points_settlement', 'app': 'points', 'constraints': [CheckConstraint(check='operation_id <> hold_id AND (capture_id IS NULL OR capture_id NOT IN (operation_id, hold_id))', name='points_settlement_of_another')], 'indexes': [Index(fields=['hold_id']), Index(fields=['capture_id'])], 'pk_attr': 'operation_id', 'table_description': 'Which hold an operation settles (冻结结算): captures and releases name it, a refund its capture as well.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Transfer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('operation', fields.ForeignKeyField('points.Operation', source_field='operation_id', db_constraint=True, to_field='id', related_name='transfers', on_delete=OnDelete.RESTRICT)),
                ('leg', fields.SmallIntField()),
                ('from_account', fields.ForeignKeyField('points.Account', source_field='from_account_id', db_constraint=True, to_field='id', related_name='outgoing', on_delete=OnDelete.RESTRICT)),
                ('to_account', fields.ForeignKeyField('points.Account', source_field='to_account_id', db_constraint=True, to_field='id', related_name='incoming', on_delete=OnDelete.RESTRICT)),
                ('points', fields.BigIntField()),
                ('from_version', fields.BigIntField(null=True)),
                ('from_balance', fields.BigIntField(null=True)),
                ('to_version', fields.BigIntField(null=True)),
                ('to_balance', fields.BigIntField(null=True)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'points_transfer', 'app': 'points', 'constraints': [UniqueConstraint(fields=('operation_id', 'leg'), name='points_transfer_leg'), UniqueConstraint(fields=('from_account_id', 'from_version'), name='points_transfer_from_version'), UniqueConstraint(fields=('to_account_id', 'to_version'), name='points_transfer_to_version'), CheckConstraint(check='points > 0', name='points_transfer_positive'), CheckConstraint(check='from_account_id <> to_account_id', name='points_transfer_moves'), CheckConstraint(check='(from_version IS NULL) = (from_balance IS NULL)', name='points_transfer_from_pair'), CheckConstraint(check='(to_version IS NULL) = (to_balance IS NULL)', name='points_transfer_to_pair'), CheckConstraint(check='from_balance >= 0 AND to_balance >= 0', name='points_transfer_balances')], 'pk_attr': 'id', 'table_description': 'The only way points move (划转): one row, from one account to another.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Lot',
            fields=[
                ('transfer', fields.OneToOneField('points.Transfer', source_field='transfer_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='lot', on_delete=OnDelete.RESTRICT)),
                ('account', fields.ForeignKeyField('points.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='lots', on_delete=OnDelete.RESTRICT)),
                ('points', fields.BigIntField()),
                ('remaining', fields.BigIntField()),
                ('expires_on', fields.DateField(null=True)),
                ('granted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'points_lot', 'app': 'points', 'constraints': [CheckConstraint(check='points > 0', name='points_lot_positive'), CheckConstraint(check='remaining >= 0 AND remaining <= points', name='points_lot_remaining')], 'indexes': [Index(fields=['account_id', 'expires_on'])], 'pk_attr': 'transfer_id', 'table_description': 'Points that arrived together and expire together (批次), spending takes the oldest first.'},
            bases=['Model'],
        ),
        CreateModel(
            name='LotAllocation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('lot', fields.ForeignKeyField('points.Transfer', source_field='lot_id', db_constraint=True, to_field='id', related_name='lot_allocations', on_delete=OnDelete.RESTRICT)),
                ('transfer', fields.ForeignKeyField('points.Transfer', source_field='transfer_id', db_constraint=True, to_field='id', related_name='allocations', on_delete=OnDelete.RESTRICT)),
                ('points', fields.BigIntField()),
            ],
            options={'table': 'points_lot_allocation', 'app': 'points', 'constraints': [UniqueConstraint(fields=('lot_id', 'transfer_id'), name='points_lot_allocation_once'), CheckConstraint(check='points <> 0', name='points_lot_allocation_some')], 'indexes': [Index(fields=['transfer_id'])], 'pk_attr': 'id', 'table_description': 'Which lot a transfer took from (positive) or gave back to (negative).'},
            bases=['Model'],
        ),
        append_only('points_operation', 'points_transfer', 'points_award', 'points_cap_use', 'points_lot_allocation', 'points_rule_version', 'points_settlement'),
    ]
