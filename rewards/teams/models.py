"""Tables of teams. Who belonged to a team when is never overwritten: what was earned then stays the team's."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Team(Model):
    """A team of a street (管家团)."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=16, unique=True)  # the human one
    name = fields.CharField(max_length=32)
    street: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Street", related_name="teams", on_delete=fields.RESTRICT
    )
    founded_on = fields.DateField()
    ended_on = fields.DateField(null=True)  # the first day on which it was no team any more

    class Meta:
        table = "rewards_team"
        constraints = [
            CheckConstraint(check="ended_on IS NULL OR ended_on >= founded_on", name="rewards_team_dates"),
        ]
        indexes = (("street_id",),)


class TeamMember(Model):
    """A steward in a team, from the beginning of a local day to that of another, or never where the two are one."""

    id = fields.UUIDField(primary_key=True)
    team: fields.ForeignKeyRelation["Team"] = fields.ForeignKeyField(
        "rewards.Team", related_name="members", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="team_memberships", on_delete=fields.RESTRICT
    )
    since_at = fields.DatetimeField()
    until_at = fields.DatetimeField(null=True)
    leads = fields.BooleanField()
    open_for_id = fields.UUIDField(null=True, unique=True)  # the steward while it lasts: nobody is in two teams
    leading_id = fields.UUIDField(null=True, unique=True)  # the team while its leader's lasts: nobody beside him

    class Meta:
        table = "rewards_team_member"
        constraints = [
            CheckConstraint(check="until_at IS NULL OR until_at >= since_at", name="rewards_team_member_dates"),
            CheckConstraint(
                check="(until_at IS NULL) = (open_for_id IS NOT NULL) "
                "AND (open_for_id IS NULL OR open_for_id = steward_id)",
                name="rewards_team_member_open",
            ),
            CheckConstraint(
                check="(leading_id IS NOT NULL) = (until_at IS NULL AND leads) "
                "AND (leading_id IS NULL OR leading_id = team_id)",
                name="rewards_team_member_leading",
            ),
        ]
        indexes = (("team_id", "since_at"), ("steward_id", "since_at"))
