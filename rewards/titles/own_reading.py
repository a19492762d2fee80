"""How a steward stands in the rounds of this year."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Reader
from rewards.titles.behind import TEAM_OF_TICKET
from rewards.titles.explaining import Reason, explain
from rewards.titles.list_reading import selected
from rewards.titles.lists import inputs_of, newest_snapshots, read_list
from rewards.titles.models import TitleCandidate
from rewards.titles.reading import ROUND_TYPES, ROUNDS, RoundLine, round_line
from rewards.titles.selecting import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """How a steward stands in a round: the own ticket, or that of the own team, what came of it and why."""

    round: RoundLine
    team: str | None
    ticket: UUID
    line: Line
    reasons: tuple[Reason, ...]
    state: str  # of the list


async def own_lines(reader: Reader, steward_id: UUID, *, limit: int = 6) -> list[OwnLine]:
    """The newest rounds in which a steward is an entrant, with every rule's figure."""
    rows = await reader.fetch(
        f"""
        SELECT candidate.id AS ticket, candidate.round_id, list.id, list.state, list.version, team.name AS team
        FROM rewards_title_candidate candidate
        {TEAM_OF_TICKET}
        JOIN rewards_title_round round ON round.id = candidate.round_id
        JOIN rewards_title_list list ON list.round_id = candidate.round_id
             AND (list.street_id = candidate.street_id OR list.street_id IS NULL)
        WHERE (candidate.steward_id = $1
               OR candidate.id IN (SELECT candidate_id FROM rewards_title_team_member WHERE steward_id = $1))
              AND round.state = 'proposed'
        ORDER BY round.ends_on DESC, round.id DESC LIMIT {int(limit)}
        """,
        steward_id,
        types={"ticket": UUID, "round_id": UUID, "id": UUID},
    )
    snapshots = await newest_snapshots(reader, rows) if rows else {}
    rounds = {}
    if rows:
        shown = await reader.fetch(
            f"{ROUNDS} WHERE {reader.one_of('round.id', 1)}",
            sorted({row["round_id"] for row in rows}),
            types=ROUND_TYPES,
        )
        rounds = {row["id"]: round_line(row) for row in shown}
    found = []
    for row in rows:
        inputs, inputs_sha256 = await inputs_of(reader, row["round_id"])
        selection = selected(inputs, inputs_sha256, read_list(snapshots[row["id"]]["body"]).struck)
        line = next(line for line in selection.lines if line.ticket == row["ticket"])
        found.append(
            OwnLine(
                round=rounds[row["round_id"]],
                team=row["team"],
                ticket=row["ticket"],
                line=line,
                reasons=tuple(explain(inputs, line)),
                state=row["state"],
            )
        )
    return found


async def ticket_of(reader: Reader, round_id: UUID, steward_id: UUID) -> UUID | None:
    """A steward's ticket in a round."""
    rows = await reader.rows(TitleCandidate, "WHERE round_id = $1 AND steward_id = $2", round_id, steward_id)
    return rows[0]["id"] if rows else None
