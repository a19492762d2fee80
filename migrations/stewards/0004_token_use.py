"""When access tokens were last used."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from tortoise import fields
from kernel.database.operations import CreateModel

class Migration(migrations.Migration):
    dependencies = [('stewards', '0003_settings')]

    initial = False

    operations = [
        CreateModel(
            name='TokenUse',
            fields=[
                ('token', fields.OneToOneField('stewards.AccessToken', source_field='token_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='use', on_delete=OnDelete.RESTRICT)),
                ('used_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_token_use', 'app': 'stewards', 'pk_attr': 'token_id', 'table_description': 'When a token was last used, to about an hour. Apart from the token, whose row is read with every request.'},
            bases=['Model'],
        ),
    ]
