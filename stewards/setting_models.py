"""Tables of what the district has set by itself."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class SettingChange(Model):
    """A value that the district gave a setting (区级设置), from a day on. A newer row takes its place."""

    id = fields.UUIDField(primary_key=True)
    number = fields.BigIntField()  # of the change; several keys may be set by one
    key = fields.CharField(max_length=32)
    value = fields.TextField(null=True)  # JSON; NULL: as the deployment has it
    from_on = fields.DateField()
    reason = fields.CharField(max_length=16)
    set_by_id = fields.UUIDField(null=True)
    set_at = fields.DatetimeField()

    class Meta:
        table = "stewards_setting_change"
        constraints = [
            UniqueConstraint(fields=("number", "key"), name="stewards_setting_change_once"),
            CheckConstraint(check="number > 0", name="stewards_setting_change_number"),
            CheckConstraint(
                check="reason IN ('policy', 'meeting', 'trial', 'mistake', 'other')",
                name="stewards_setting_change_reason",
            ),
        ]


class SettingNote(Model):
    """What somebody wrote about a change: free text, apart from the history, so that it can be erased."""

    change: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "stewards.SettingChange", related_name="note", primary_key=True, on_delete=fields.RESTRICT
    )
    text = fields.TextField()

    class Meta:
        table = "stewards_setting_note"
