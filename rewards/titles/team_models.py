"""Tables that name the team of a candidate and of an award. Written once beside their row, never changed."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model


class TitleTeam(Model):
    """The team that stands behind a ticket (参评的管家团). The candidate's steward is its leader on the last day."""

    candidate: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "rewards.TitleCandidate", related_name="of_team", primary_key=True, on_delete=fields.RESTRICT
    )
    team: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.Team", related_name="title_candidates", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "rewards_title_team"
        indexes = (("team_id",),)


class TitleTeamMember(Model):
    """Somebody who belonged to such a team on the last day that counted, the leader too."""

    id = fields.UUIDField(primary_key=True)
    candidate: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.TitleCandidate", related_name="team_members", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="title_teams", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "rewards_title_team_member"
        constraints = [UniqueConstraint(fields=("candidate_id", "steward_id"), name="rewards_title_team_member_once")]
        indexes = (("steward_id",),)


class TitleTeamAward(Model):
    """The team that holds a title: the award's steward led it."""

    award: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "rewards.TitleAward", related_name="of_team", primary_key=True, on_delete=fields.RESTRICT
    )
    team: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.Team", related_name="title_awards", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "rewards_title_team_award"
        indexes = (("team_id",),)
