"""The committee's marks of title rounds: who sits on it, when, and what they gave."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('kernel', '0001_initial'), ('rewards', '0002_teams'), ('stewards', '0001_initial')]

    operations = [
        CreateModel(
            name='TitlePanel',
            fields=[
                ('round', fields.OneToOneField('rewards.TitleRound', source_field='round_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='panel', on_delete=OnDelete.RESTRICT)),
                ('from_on', fields.DateField()),
                ('to_on', fields.DateField()),
                ('named_by_id', fields.UUIDField(null=True)),
                ('named_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'rewards_title_panel', 'app': 'rewards', 'constraints': [CheckConstraint(check='to_on >= from_on', name='rewards_title_panel_dates')], 'pk_attr': 'round_id', 'table_description': 'The committee of a round whose rules weigh its marks (评审组), with the days on which it marks.'},
            bases=['Model'],
        ),
        CreateModel(
            name='TitlePanelMember',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('round', fields.ForeignKeyField('rewards.TitleRound', source_field='round_id', db_constraint=True, to_field='id', related_name='panel_members', on_delete=OnDelete.RESTRICT)),
                ('staff', fields.ForeignKeyField('stewards.Staff', source_field='staff_id', db_constraint=True, to_field='id', related_name='title_panels', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'rewards_title_panel_member', 'app': 'rewards', 'constraints': [UniqueConstraint(fields=('round_id', 'staff_id'), name='rewards_title_panel_member_once')], 'indexes': [Index(fields=['staff_id'])], 'pk_attr': 'id', 'table_description': 'Somebody of the staff who sits on a committee.'},
            bases=['Model'],
        ),
        CreateModel(
            name='TitleMark',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('round', fields.ForeignKeyField('rewards.TitleRound', source_field='round_id', db_constraint=True, to_field='id', related_name='marks', on_delete=OnDelete.RESTRICT)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='title_marks', on_delete=OnDelete.RESTRICT)),
                ('staff_id', fields.UUIDField()),
                ('dimension', fields.CharField(max_length=32)),
                ('mark', fields.IntField()),
                ('marked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'rewards_title_mark', 'app': 'rewards', 'constraints': [UniqueConstraint(fields=('round_id', 'steward_id', 'staff_id', 'dimension'), name='rewards_title_mark_once'), CheckConstraint(check='mark >= 0 AND mark <= 100', name='rewards_title_mark_range')], 'indexes': [Index(fields=['steward_id'])], 'pk_attr': 'id', 'table_description': 'A mark from 0 to 100 (评审打分) that a member of a committee gave somebody in one respect. Numbers, no words.'},
            bases=['Model'],
        ),
    ]
