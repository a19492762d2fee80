"""What the district sets by itself."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from kernel.database.operations import CreateModel, append_only
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('stewards', '0002_cards')]

    initial = False

    operations = [
        CreateModel(
            name='SettingChange',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.BigIntField()),
                ('key', fields.CharField(max_length=32)),
                ('value', fields.TextField(null=True, unique=False)),
                ('from_on', fields.DateField()),
                ('reason', fields.CharField(max_length=16)),
                ('set_by_id', fields.UUIDField(null=True)),
                ('set_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_setting_change', 'app': 'stewards', 'constraints': [UniqueConstraint(fields=('number', 'key'), name='stewards_setting_change_once'), CheckConstraint(check='number > 0', name='stewards_setting_change_number'), CheckConstraint(check="reason IN ('policy', 'meeting', 'trial', 'mistake', 'other')", name='stewards_setting_change_reason')], 'pk_attr': 'id', 'table_description': 'A value that the district gave a setting (区级设置), from a day on. A newer row takes its place.'},
            bases=['Model'],
        ),
        CreateModel(
            name='SettingNote',
            fields=[
                ('change', fields.OneToOneField('stewards.SettingChange', source_field='change_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='note', on_delete=OnDelete.RESTRICT)),
                ('text', fields.TextField(unique=False)),
            ],
            options={'table': 'stewards_setting_note', 'app': 'stewards', 'pk_attr': 'change_id', 'table_description': 'What somebody wrote about a change: free text, apart from the history, so that it can be erased.'},
            bases=['Model'],
        ),
        append_only('stewards_setting_change'),
    ]
