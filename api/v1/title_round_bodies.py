"""What the API says and reads of title rounds and of their proposed lists."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import Field

from api.bodies import Body
from rewards.titles.causes import STRIKES

Street = Annotated[
    str | None, Field(max_length=36, description="Code or id of the list's street; none for a district's title")
]
Version = Annotated[int, Field(ge=1, description="The list's version that was looked at")]
Note = Annotated[str, Field(min_length=1, max_length=1_000)]
CAUSES = "、".join(STRIKES)


class RoundShown(msgspec.Struct, kw_only=True):
    """A round: `winners` are put forward, or hold the title where all lists are awarded."""

    id: UUID
    title: str
    name: str
    name_en: str
    period: str
    begins_on: date
    ends_on: date
    state: str
    revision: int
    rules_sha256: str
    published_at: datetime | None
    proposed_at: datetime | None
    lists: int
    awarded: int
    winners: int


class ListShown(msgspec.Struct, kw_only=True):
    """How far a street's list is; `notice` is the number of its running or last notice."""

    id: UUID
    street: str | None
    street_name: str | None
    state: str
    version: int
    winners: int
    notice: str | None
    notice_to_on: date | None


class RoundInFull(RoundShown, kw_only=True):
    """A round with its rules and lists."""

    rules: dict[str, Any]
    of_streets: list[ListShown]


class ReasonShown(msgspec.Struct, kw_only=True):
    """One rule with its figure; `holds` is null where it weighs and neither lets in nor keeps out."""

    text: str
    holds: bool | None


class CandidateShown(msgspec.Struct, kw_only=True):
    """What came of a steward or a team, with every rule's figure. Of a team `steward_id` is its leader's."""

    ticket: UUID
    steward_id: UUID
    team_id: UUID | None
    number: str
    name: str
    members: list[str]
    outcome: str
    place: int | None
    marks: str | None
    causes: list[str]
    shut: list[str]
    reasons: list[ReasonShown]


class ObjectionShown(msgspec.Struct, kw_only=True):
    """An objection with its answer."""

    id: UUID
    number: str
    ticket: UUID
    objector: str | None
    contact: str | None
    text: str
    made_at: datetime
    answer_by_on: date
    state: str
    answer: str | None
    answered_at: datetime | None


class CandidatesShown(msgspec.Struct, kw_only=True):
    """A street's list as its committee sees it."""

    list_id: UUID
    state: str
    version: int
    sha256: str
    reviews: int
    candidates: list[CandidateShown]
    objections: list[ObjectionShown]


class DraftRound(Body):
    """A round of a title of the rules in force, or with rules of its own (the same grammar, docs/rules.md)."""

    title: Annotated[str, Field(min_length=1, max_length=32)]
    period: Annotated[str, Field(min_length=4, max_length=7, description="2026, 2026-Q3 or 2026-10")]
    begins_on: date | None = None
    ends_on: date | None = None
    rules: dict[str, Any] | None = None


class ChangeRound(Body):
    """Other rules for a draft."""

    rules: dict[str, Any]


class RoundChange(msgspec.Struct, kw_only=True):
    """How a round stands; `changed` is false where it stood so already."""

    id: UUID
    state: str
    revision: int
    changed: bool


class RoundProposed(msgspec.Struct, kw_only=True):
    """A round that is computed: anybody can do so again from its inputs."""

    id: UUID
    candidates: int
    lists: int
    winners: int
    inputs_sha256: str
    changed: bool


class AgreeToList(Body):
    """One of two who look at a list."""

    street: Street = None
    version: Version


class StrikeFromList(Body):
    """Somebody to take off a list."""

    street: Street = None
    version: Version
    ticket: UUID
    cause: Annotated[str, Field(min_length=1, max_length=32, description=CAUSES)]
    reason: Note


class AnnounceList(Body):
    """Where objections are taken; a notice lasts the rules' working days, or longer."""

    street: Street = None
    version: Version
    unit: Annotated[str, Field(min_length=1, max_length=64)]
    address: Annotated[str, Field(min_length=1, max_length=120)]
    phone: Annotated[str, Field(min_length=1, max_length=32)]
    from_on: date | None = None
    to_on: date | None = None


class ListChange(msgspec.Struct, kw_only=True):
    """A list after a step."""

    id: UUID
    state: str
    version: int
    winners: int
    reviews: int


class NoticePublished(msgspec.Struct, kw_only=True):
    """A notice that runs from a day to a day."""

    number: str
    from_on: date
    to_on: date


class TitlesGiven(msgspec.Struct, kw_only=True):
    """How many hold the title now; `changed` is false where they did before."""

    list_id: UUID
    awards: int
    changed: bool
