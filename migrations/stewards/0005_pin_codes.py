"""Codes by which stewards set a new PIN."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from tortoise import fields
from kernel.database.operations import CreateModel
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('stewards', '0004_token_use')]

    initial = False

    operations = [
        CreateModel(
            name='PinCode',
            fields=[
                ('steward', fields.OneToOneField('stewards.Steward', source_field='steward_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='pin_code', on_delete=OnDelete.RESTRICT)),
                ('code_hash', fields.CharField(max_length=64)),
                ('tries_left', fields.SmallIntField()),
                ('issued_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_pin_code', 'app': 'stewards', 'constraints': [CheckConstraint(check='tries_left BETWEEN 0 AND 5', name='stewards_pin_code_tries'), CheckConstraint(check='expires_at > issued_at', name='stewards_pin_code_expiry')], 'pk_attr': 'steward_id', 'table_description': "The code that was sent to a steward's phone (验证码), one at a time, kept as its keyed hash."},
            bases=['Model'],
        ),
    ]
