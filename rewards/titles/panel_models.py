"""Tables of the committee's marks: who sits on it and when it marks, and the marks themselves."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class TitlePanel(Model):
    """The committee of a round whose rules weigh its marks (评审组), with the days on which it marks."""

    round: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "rewards.TitleRound", related_name="panel", primary_key=True, on_delete=fields.RESTRICT
    )
    from_on = fields.DateField()
    to_on = fields.DateField()  # the last local day; afterwards nothing changes any more
    named_by_id = fields.UUIDField(null=True)
    named_at = fields.DatetimeField()

    class Meta:
        table = "rewards_title_panel"
        constraints = [CheckConstraint(check="to_on >= from_on", name="rewards_title_panel_dates")]


class TitlePanelMember(Model):
    """Somebody of the staff who sits on a committee."""

    id = fields.UUIDField(primary_key=True)  # derived from round and person
    round: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.TitleRound", related_name="panel_members", on_delete=fields.RESTRICT
    )
    staff: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Staff", related_name="title_panels", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "rewards_title_panel_member"
        constraints = [UniqueConstraint(fields=("round_id", "staff_id"), name="rewards_title_panel_member_once")]
        indexes = (("staff_id",),)


class TitleMark(Model):
    """A mark from 0 to 100 (评审打分) that a member of a committee gave somebody in one respect. Numbers, no words."""

    id = fields.UUIDField(primary_key=True)  # derived from round, steward, member and dimension
    round: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.TitleRound", related_name="marks", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="title_marks", on_delete=fields.RESTRICT
    )
    staff_id = fields.UUIDField()
    dimension = fields.CharField(max_length=32)
    mark = fields.IntField()
    marked_at = fields.DatetimeField()

    class Meta:
        table = "rewards_title_mark"
        constraints = [
            UniqueConstraint(
                fields=("round_id", "steward_id", "staff_id", "dimension"), name="rewards_title_mark_once"
            ),
            CheckConstraint(check="mark >= 0 AND mark <= 100", name="rewards_title_mark_range"),
        ]
        indexes = (("steward_id",),)
