"""What a period's cards are computed from, read set-wise: stewards, ballots, facts from cases, and what is left out."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson

from evaluation.curves import as_written
from evaluation.guards import Verdict, judge_ballots
from evaluation.holds import reviewed_verdict
from evaluation.objective import read_objective
from evaluation.periods import Period
from evaluation.scheme_versions import SchemeInForce, scheme_for
from evaluation.schemes import Measure
from evaluation.stored_votes import read_votes
from evaluation.votes import Facts, Held, Measured, Vote
from kernel.database import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that the cards of a period depend on. The same inputs give the same cards on every machine."""

    period: Period
    scheme: SchemeInForce
    stewards: Mapping[UUID, UUID]  # of whom anything is known, with the street in which each is compared
    votes: tuple[Vote, ...]
    facts: Facts
    hazards: Mapping[UUID, int]
    cases: int
    held: Mapping[UUID, Held]
    weights: Mapping[UUID, float]
    guards: Verdict | None = None  # what the guards alone said, before people decided

    def sha256(self) -> str:
        """The hash of all of it, the same whatever the order of rows."""
        digest = hashlib.sha256()
        for line in self._lines():
            digest.update(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) + b"\n")
        return digest.hexdigest()

    def _lines(self) -> Iterator[Any]:
        yield [self.period.name, str(self.scheme.version_id)]
        for steward in sorted(self.stewards):
            yield [str(steward), str(self.stewards[steward]), facts_document(self, steward)]
        for vote in sorted(self.votes, key=lambda vote: vote.id):
            cast_at = vote.cast_at.astimezone(UTC).isoformat()
            yield [str(vote.id), vote.source, str(vote.steward_id), vote.rater, dict(vote.scores), vote.open, cast_at]
        yield set_aside_document(self.held, self.weights)


async def read_inputs(reader: Reader, period: Period, *, guards: Verdict | None = None) -> Inputs:
    """Read a period whose window is over. Guards hold out what is suspicious; what two people decided stands.

    `guards` is what they said of the same ballots before, to spare them; other ballots show in the hash. Give it a
    snapshot (Database.snapshot): each of its queries sees what was committed when it began.

    Raises:
        NoSchemeInForce: nothing is judged in such a period.

    """
    scheme = await scheme_for(reader, period)
    served = await _served(reader, period)
    votes = await read_votes(reader, period)
    objective = await read_objective(reader, period, scheme.scheme.cases, served.keys())
    known = {vote.steward_id for vote in votes} | objective.facts.keys()
    if guards is None:
        guards = await asyncio.to_thread(judge_ballots, scheme.scheme, votes)  # takes a while, and needs no database
    verdict = await reviewed_verdict(reader, period, guards)
    return Inputs(
        period=period,
        scheme=scheme,
        stewards={steward: street for steward, street in served.items() if steward in known},
        votes=votes,
        facts=objective.facts,
        hazards=objective.hazards,
        cases=objective.cases,
        held=verdict.held,
        weights=verdict.weights,
        guards=guards,
    )


async def _served(reader: Reader, period: Period) -> dict[UUID, UUID]:
    """Who served in the period, with the street."""
    rows = await reader.fetch(
        "SELECT id, street_id FROM stewards_steward WHERE joined_on <= $1 AND (left_on IS NULL OR left_on >= $2)",
        period.last,
        period.first,
        types={"id": UUID, "street_id": UUID},
    )
    return {row["id"]: row["street_id"] for row in rows}


def facts_document(inputs: Inputs, steward: UUID) -> dict[str, Any]:
    """A steward's facts as they are frozen: each measure with its share, of how many cases, and what was expected."""
    measures = {
        measure: {
            "percent": as_written(found.percent),
            "cases": found.cases,
            "hits": found.hits,
            "expected": None if found.expected is None else as_written(found.expected),
        }
        for measure, found in sorted(inputs.facts.get(steward, {}).items())
    }
    return {"measures": measures, "hazards": inputs.hazards.get(steward, 0)}


def read_facts(document: Mapping[str, Any]) -> tuple[dict[Measure, Measured], int]:
    """Measures and hazards of a steward from what was frozen."""
    measures = {
        measure: Measured(
            Fraction(found["percent"]),
            found["cases"],
            found["hits"],
            None if found["expected"] is None else Fraction(found["expected"]),
        )
        for measure, found in document["measures"].items()
    }
    return measures, document["hazards"]


def set_aside_document(held: Mapping[UUID, Held], weights: Mapping[UUID, float]) -> dict[str, Any]:
    """Which ballots are held, why, and which weigh less, as it is frozen."""
    return {
        "held": {str(ballot): [found.code, dict(found.params)] for ballot, found in held.items()},
        "weights": {str(ballot): weight for ballot, weight in weights.items()},
    }


def read_set_aside(document: Mapping[str, Any]) -> tuple[dict[UUID, Held], dict[UUID, float]]:
    """Held ballots and weights from what was frozen."""
    held = {UUID(ballot): Held(code, params) for ballot, (code, params) in document["held"].items()}
    return held, {UUID(ballot): weight for ballot, weight in document["weights"].items()}


async def read_frozen_inputs(
    reader: Reader,
    period: Period,
    scheme: SchemeInForce,
    *,
    cards: Iterable[tuple[UUID, UUID, Mapping[str, Any]]],
    set_aside: Mapping[str, Any],
    cases: int,
) -> Inputs:
    """The inputs that a close had: the period's ballots, and what it froze beside them.

    `cards` are (steward, street, facts) of each kept card; cases and decisions about ballots may have changed since.
    """
    stewards, facts, hazards = {}, {}, {}
    for steward, street, document in cards:
        stewards[steward] = street
        measures, count = read_facts(document)
        if measures:
            facts[steward] = measures
        if count:
            hazards[steward] = count
    held, weights = read_set_aside(set_aside)
    return Inputs(
        period=period,
        scheme=scheme,
        stewards=stewards,
        votes=await read_votes(reader, period),
        facts=facts,
        hazards=hazards,
        cases=cases,
        held=held,
        weights=weights,
    )
