"""The first tables of stewards."""

from tortoise import migrations
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from kernel.database.operations import CreateModel
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    initial = True

    operations = [
        CreateModel(
            name='Partner',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=32)),
                ('name', fields.CharField(max_length=64)),
                ('name_en', fields.CharField(max_length=64)),
                ('status', fields.CharField(max_length=16)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_partner', 'app': 'stewards', 'constraints': [CheckConstraint(check="status IN ('active', 'ended')", name='stewards_partner_status'), CheckConstraint(check='version >= 1', name='stewards_partner_version')], 'pk_attr': 'id', 'table_description': 'Who provides rewards and is settled with (合作方): a shop, a service, a social organisation.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Street',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=32)),
                ('name', fields.CharField(max_length=64)),
                ('name_en', fields.CharField(max_length=64)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
            ],
            options={'table': 'stewards_street', 'app': 'stewards', 'constraints': [CheckConstraint(check='valid_to IS NULL OR valid_to >= valid_from', name='stewards_street_dates')], 'pk_attr': 'id', 'table_description': 'A subdistrict (街道).'},
            bases=['Model'],
        ),
        CreateModel(
            name='Community',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=32)),
                ('street', fields.ForeignKeyField('stewards.Street', source_field='street_id', db_constraint=True, to_field='id', related_name='communities', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=64)),
                ('name_en', fields.CharField(max_length=64)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
            ],
            options={'table': 'stewards_community', 'app': 'stewards', 'constraints': [CheckConstraint(check='valid_to IS NULL OR valid_to >= valid_from', name='stewards_community_dates')], 'pk_attr': 'id', 'table_description': 'A residential community of a street (社区).'},
            bases=['Model'],
        ),
        CreateModel(
            name='Lane',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=64)),
                ('community', fields.ForeignKeyField('stewards.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='lanes', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=64)),
                ('name_en', fields.CharField(max_length=64)),
                ('length_m', fields.IntField(null=True)),
                ('width_m', fields.IntField(null=True)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
            ],
            options={'table': 'stewards_lane', 'app': 'stewards', 'constraints': [CheckConstraint(check='length_m IS NULL OR length_m > 0', name='stewards_lane_length'), CheckConstraint(check='width_m IS NULL OR width_m > 0', name='stewards_lane_width'), CheckConstraint(check='valid_to IS NULL OR valid_to >= valid_from', name='stewards_lane_dates')], 'pk_attr': 'id', 'table_description': 'A lane or alley (小巷) that stewards look after.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Steward',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=20)),
                ('name', fields.CharField(max_length=64)),
                ('pinyin', fields.CharField(max_length=160)),
                ('initials', fields.CharField(max_length=32)),
                ('street', fields.ForeignKeyField('stewards.Street', source_field='street_id', db_constraint=True, to_field='id', related_name='stewards', on_delete=OnDelete.RESTRICT)),
                ('community', fields.ForeignKeyField('stewards.Community', source_field='community_id', db_constraint=True, to_field='id', related_name='stewards', on_delete=OnDelete.RESTRICT)),
                ('phone', fields.CharField(null=True, max_length=32)),
                ('joined_on', fields.DateField()),
                ('left_on', fields.DateField(null=True)),
                ('status', fields.CharField(max_length=16)),
                ('pin_hash', fields.CharField(null=True, max_length=160)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_steward', 'app': 'stewards', 'constraints': [CheckConstraint(check='left_on IS NULL OR left_on >= joined_on', name='stewards_steward_dates'), CheckConstraint(check="status IN ('active', 'suspended', 'left', 'deceased')", name='stewards_steward_status')], 'indexes': [Index(fields=['street_id', 'number']), Index(fields=['initials'])], 'pk_attr': 'id', 'table_description': 'An alley steward (小巷管家). Free to edit and to erase: nothing append-only repeats what stands here.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Consent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='consents', on_delete=OnDelete.RESTRICT)),
                ('field', fields.CharField(max_length=32)),
                ('granted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('withdrawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_consent', 'app': 'stewards', 'constraints': [UniqueConstraint(fields=('steward_id', 'field', 'granted_at'), name='stewards_consent_once'), CheckConstraint(check="field IN ('full_name', 'phone', 'photo', 'tip', 'story', 'thanks', 'off_boards')", name='stewards_consent_field')], 'pk_attr': 'id', 'table_description': "A steward's separate consent to show one field in public (单独同意), with its date."},
            bases=['Model'],
        ),
        CreateModel(
            name='InboxMessage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='inbox', on_delete=OnDelete.RESTRICT)),
                ('code', fields.CharField(max_length=64)),
                ('params', fields.TextField(unique=False)),
                ('cause', fields.CharField(unique=True, max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_inbox_message', 'app': 'stewards', 'indexes': [Index(fields=['steward_id', 'created_at'])], 'pk_attr': 'id', 'table_description': "What a steward was told and why (消息): a code with parameters, rendered in the reader's language."},
            bases=['Model'],
        ),
        CreateModel(
            name='LaneDuty',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('lane', fields.ForeignKeyField('stewards.Lane', source_field='lane_id', db_constraint=True, to_field='id', related_name='duties', on_delete=OnDelete.RESTRICT)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', db_constraint=True, to_field='id', related_name='duties', on_delete=OnDelete.RESTRICT)),
                ('from_on', fields.DateField()),
                ('to_on', fields.DateField(null=True)),
            ],
            options={'table': 'stewards_lane_duty', 'app': 'stewards', 'constraints': [UniqueConstraint(fields=('lane_id', 'steward_id', 'from_on'), name='stewards_lane_duty_once'), CheckConstraint(check='to_on IS NULL OR to_on >= from_on', name='stewards_lane_duty_dates')], 'indexes': [Index(fields=['steward_id'])], 'pk_attr': 'id', 'table_description': 'Who looks after which lane from when to when (both days included).'},
            bases=['Model'],
        ),
        CreateModel(
            name='Staff',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('login', fields.CharField(unique=True, max_length=32)),
                ('name', fields.CharField(max_length=64)),
                ('password_hash', fields.CharField(null=True, max_length=160)),
                ('status', fields.CharField(max_length=16)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', null=True, db_constraint=True, to_field='id', related_name='staff', on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_staff', 'app': 'stewards', 'constraints': [UniqueConstraint(fields=('steward_id',), name='stewards_staff_steward'), CheckConstraint(check="status IN ('active', 'left')", name='stewards_staff_status')], 'pk_attr': 'id', 'table_description': 'Someone who works for the district, a street or a community, or a lane chief (街巷长).'},
            bases=['Model'],
        ),
        CreateModel(
            name='AccessToken',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('secret_sha256', fields.CharField(unique=True, max_length=64)),
                ('label', fields.CharField(max_length=64)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', null=True, db_constraint=True, to_field='id', related_name='tokens', on_delete=OnDelete.RESTRICT)),
                ('staff', fields.ForeignKeyField('stewards.Staff', source_field='staff_id', null=True, db_constraint=True, to_field='id', related_name='tokens', on_delete=OnDelete.RESTRICT)),
                ('role', fields.CharField(null=True, max_length=32)),
                ('scope_kind', fields.CharField(null=True, max_length=16)),
                ('scope_id', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_access_token', 'app': 'stewards', 'constraints': [CheckConstraint(check='(CASE WHEN steward_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN role IS NULL THEN 0 ELSE 1 END) = 1', name='stewards_access_token_holder')], 'pk_attr': 'id', 'table_description': 'A bearer token, kept only as its hash. Held by a steward, by staff, or by a machine with a role of its own.'},
            bases=['Model'],
        ),
        CreateModel(
            name='RoleGrant',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('staff', fields.ForeignKeyField('stewards.Staff', source_field='staff_id', db_constraint=True, to_field='id', related_name='grants', on_delete=OnDelete.RESTRICT)),
                ('role', fields.CharField(max_length=32)),
                ('scope_kind', fields.CharField(max_length=16)),
                ('scope_id', fields.UUIDField(null=True)),
                ('granted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('held_as', fields.UUIDField(null=True, unique=True)),
            ],
            options={'table': 'stewards_role_grant', 'app': 'stewards', 'constraints': [CheckConstraint(check='(revoked_at IS NULL) = (held_as IS NOT NULL)', name='stewards_role_grant_held'), CheckConstraint(check="scope_kind IN ('district', 'street', 'community', 'lane') AND (scope_kind = 'district') = (scope_id IS NULL)", name='stewards_role_grant_scope')], 'indexes': [Index(fields=['staff_id'])], 'pk_attr': 'id', 'table_description': 'A role that a member of staff holds in one place.'},
            bases=['Model'],
        ),
        CreateModel(
            name='Session',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('secret_sha256', fields.CharField(unique=True, max_length=64)),
                ('steward', fields.ForeignKeyField('stewards.Steward', source_field='steward_id', null=True, db_constraint=True, to_field='id', related_name='sessions', on_delete=OnDelete.RESTRICT)),
                ('staff', fields.ForeignKeyField('stewards.Staff', source_field='staff_id', null=True, db_constraint=True, to_field='id', related_name='sessions', on_delete=OnDelete.RESTRICT)),
                ('token', fields.ForeignKeyField('stewards.AccessToken', source_field='token_id', null=True, db_constraint=True, to_field='id', related_name='sessions', on_delete=OnDelete.RESTRICT)),
                ('device_sha256', fields.CharField(null=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stewards_session', 'app': 'stewards', 'constraints': [CheckConstraint(check='(CASE WHEN steward_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN token_id IS NULL THEN 0 ELSE 1 END) = 1', name='stewards_session_holder')], 'indexes': [Index(fields=['expires_at']), Index(fields=['device_sha256']), Index(fields=['token_id'])], 'pk_attr': 'id', 'table_description': 'A browser that signed in, the cookie holds the secret, the table only its hash.'},
            bases=['Model'],
        ),
    ]
