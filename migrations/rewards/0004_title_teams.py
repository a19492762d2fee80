"""Titles of teams: which team stands behind a ticket or holds an award, and who belonged to it."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel, append_only
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('kernel', '0001_initial'), ('rewards', '0003_title_panels'), ('stewards', '0001_initial')]

    operations = [
        CreateModel(
            name='TitleTeam',
            fields=[
                ('candidate', fields.OneToOneField('rewards.TitleCandidate', source_field='candidate_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='of_team', on_delete=OnDelete.RESTRICT)),
                ('team', fields.ForeignKeyField('rewards.Team', source_field='team_id', db_constraint=True, to_field='id', related_name='title_candidates', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'rewards_title_team', 'app': 'rewards', 'indexes': [Index(fields=['team_id'])], 'pk_attr': 'candidate_id', 'table_description': "The team that stands behind a ticket (参评的管家团). The candidate's steward is its leader on the last day."},
            bases=['Model'],
        ),
        CreateModel(
            name='TitleTeamAward',
            fields=[
                ('award', fields.OneToOneField('rewards.TitleAward', source_field='award_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='of_team', on_delete=OnDelete.RESTRICT)),
                ('team', fields.ForeignKeyField('rewards.Team', source_field='team_id', db_constraint=True, to_field='id', related_name='title_awards', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'rewards_title_team_award', 'app': 'rewards', 'indexes': [Index(fields=['team_id'])], 'pk_attr': 'award_id', 'table_description': "The team that holds a title: the award's steward led it."},
            bases=['Model'],
        ),
        CreateModel(
            name='TitleTeamMember',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('candidate', fields.ForeignKeyField('rewards.TitleCandidate', source_field='candidate_id', db_constraint=True, to_field='id', related_name='team_members', on_delete=OnDelete.RESTRICT)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='title_teams', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'rewards_title_team_member', 'app': 'rewards', 'constraints': [UniqueConstraint(fields=('candidate_id', 'steward_id'), name='rewards_title_team_member_once')], 'indexes': [Index(fields=['steward_id'])], 'pk_attr': 'id', 'table_description': 'Somebody who belonged to such a team on the last day that counted, the leader too.'},
            bases=['Model'],
        ),
        append_only('rewards_title_team', 'rewards_title_team_award', 'rewards_title_team_member'),
    ]
