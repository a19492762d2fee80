"""What stewards put on their cards."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel

class Migration(migrations.Migration):
    dependencies = [('kernel', '0001_initial'), ('stewards', '0001_initial')]

    initial = False

    operations = [
        CreateModel(
            name='StewardCard',
            fields=[
                ('steward', fields.OneToOneField('stewards.Steward', source_field='steward_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='card', on_delete=OnDelete.RESTRICT)),
                ('photo', fields.ForeignKeyField('kernel.StoredFile', source_field='photo_id', null=True, db_constraint=True, to_field='sha256', related_name='steward_cards', on_delete=OnDelete.RESTRICT)),
                ('tip', fields.CharField(max_length=40)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_card', 'app': 'stewards', 'indexes': [Index(fields=['photo_id'])], 'pk_attr': 'steward_id', 'table_description': 'What a steward puts on the card (彩色名片) beside name and phone. Shown as far as each consent goes.'},
            bases=['Model'],
        ),
    ]
