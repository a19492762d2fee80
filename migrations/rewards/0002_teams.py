"""Teams, and who belongs to them when."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('kernel', '0001_initial'), ('rewards', '0001_initial'), ('stewards', '0001_initial')]

    operations = [
        CreateModel(
            name='Team',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=16)),
                ('name', fields.CharField(max_length=32)),
                ('street', fields.ForeignKeyField('stewards.Street', source_field='street_id', db_constraint=True, to_field='id', related_name='teams', on_delete=OnDelete.RESTRICT)),
                ('founded_on', fields.DateField()),
                ('ended_on', fields.DateField(null=True)),
            ],
            options={'table': 'rewards_team', 'app': 'rewards', 'constraints': [CheckConstraint(check='ended_on IS NULL OR ended_on >= founded_on', name='rewards_team_dates')], 'indexes': [Index(fields=['street_id'])], 'pk_attr': 'id', 'table_description': 'A team of a street (管家团).'},
            bases=['Model'],
        ),
        CreateModel(
            name='TeamMember',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('team', fields.ForeignKeyField('rewards.Team', source_field='team_id', db_constraint=True, to_field='id', related_name='members', on_delete=OnDelete.RESTRICT)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='team_memberships', on_delete=OnDelete.RESTRICT)),
                ('since_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('leads', fields.BooleanField()),
                ('open_for_id', fields.UUIDField(null=True, unique=True)),
                ('leading_id', fields.UUIDField(null=True, unique=True)),
            ],
            options={'table': 'rewards_team_member', 'app': 'rewards', 'constraints': [CheckConstraint(check='until_at IS NULL OR until_at >= since_at', name='rewards_team_member_dates'), CheckConstraint(check='(until_at IS NULL) = (open_for_id IS NOT NULL) AND (open_for_id IS NULL OR open_for_id = steward_id)', name='rewards_team_member_open'), CheckConstraint(check='(leading_id IS NOT NULL) = (until_at IS NULL AND leads) AND (leading_id IS NULL OR leading_id = team_id)', name='rewards_team_member_leading')], 'indexes': [Index(fields=['team_id', 'since_at']), Index(fields=['steward_id', 'since_at'])], 'pk_attr': 'id', 'table_description': 'A steward in a team, from the beginning of a local day to that of another, or never where the two are one.'},
            bases=['Model'],
        ),
    ]
