"""What residents say of a lane without an account."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('cases', '0001_initial'), ('kernel', '0001_initial'), ('stewards', '0001_initial')]

    initial = False

    operations = [
        CreateModel(
            name='Sighting',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=16)),
                ('secret_sha256', fields.CharField(unique=True, max_length=64)),
                ('lane', fields.ForeignKeyField('stewards.Lane', source_field='lane_id', db_constraint=True, to_field='id', related_name='sightings', on_delete=OnDelete.RESTRICT)),
                ('community_id', fields.UUIDField()),
                ('street_id', fields.UUIDField()),
                ('text', fields.TextField(unique=False)),
                ('address', fields.CharField(max_length=100)),
                ('contact', fields.CharField(null=True, max_length=40)),
                ('contact_agreed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('picture', fields.ForeignKeyField('kernel.StoredFile', source_field='picture_id', null=True, db_constraint=True, to_field='sha256', related_name='sightings', on_delete=OnDelete.RESTRICT)),
                ('left_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('state', fields.CharField(max_length=16)),
                ('reason', fields.CharField(null=True, max_length=32)),
                ('case', fields.ForeignKeyField('cases.Case', source_field='case_id', null=True, db_constraint=True, to_field='id', related_name='sightings', on_delete=OnDelete.RESTRICT)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'cases_sighting', 'app': 'cases', 'constraints': [CheckConstraint(check="state IN ('waiting', 'taken', 'set_aside')", name='cases_sighting_state'), CheckConstraint(check="(state = 'waiting') = (decided_at IS NULL)", name='cases_sighting_decided'), CheckConstraint(check="(state = 'taken') = (case_id IS NOT NULL)", name='cases_sighting_case'), CheckConstraint(check="(state = 'set_aside') = (reason IS NOT NULL)", name='cases_sighting_reason'), CheckConstraint(check='contact IS NULL OR contact_agreed_at IS NOT NULL', name='cases_sighting_contact')], 'indexes': [Index(fields=['state', 'left_at']), Index(fields=['street_id', 'state', 'left_at']), Index(fields=['community_id', 'state', 'left_at']), Index(fields=['lane_id', 'state', 'left_at']), Index(fields=['case_id']), Index(fields=['picture_id'])], 'pk_attr': 'id', 'table_description': 'Something that a resident saw (居民反映). Its words and contact are free text and are forgotten in time.'},
            bases=['Model'],
        ),
    ]
