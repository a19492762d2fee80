"""What a round is computed from (评选依据): one canonical JSON document that anybody can download and compute again.

It holds the rules and, for each candidate, a random ticket (参评号) with figures and codes: no name, no number, no id
of a person. Marks are hundredths of 0 to 100, so that no binary fraction stands between two machines.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

import orjson

from kernel.documents import DocumentRefused, read_document
from kernel.errors import Kind, Refusal
from kernel.messages import N_
from points.rules import Measure, TitleRule
from points.rules.titles import Source, Veto

FORMAT = "jinpai-title-inputs/1"
HUNDREDTHS = 100


class InputsRefused(Refusal):
    """A document that is no inputs of a round (依据文件无效)."""

    code = "title_inputs_refused"
    kind = Kind.INVALID
    message = N_("这不是评选依据文件，或者内容不完整。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A candidate as the computation sees it: a ticket with figures."""

    ticket: UUID
    street: str  # code
    community: str  # code
    marks: Mapping[Source, int]  # hundredths; a source without a figure is absent
    measures: Mapping[Measure, int] = field(default_factory=dict)
    vetoes: frozenset[Veto] = frozenset()
    blemished: bool = False
    won: tuple[str, ...] = ()  # periods for which this title was won before, and is still held
    bars: tuple[str, ...] = ()  # codes: off_boards, not_serving, faking, after:CODE
    review: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # marks by dimension, smallest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The whole of it. `without` are sources for which nobody has a figure; their weight is left to the others."""

    round_id: UUID
    title: str
    period: str
    begins_on: date
    ends_on: date
    rule: TitleRule
    rules: Mapping[str, Any]  # the rule as it was written
    without: tuple[Source, ...]
    entrants: tuple[Entrant, ...]


def body_of(inputs: Inputs) -> str:
    """Inputs as canonical JSON: keys sorted, no blanks, entrants by ticket."""
    weighed = "review" in inputs.rule.weights  # documents of other rounds stay as they always were
    document = {
        "format": FORMAT,
        "round": str(inputs.round_id),
        "title": inputs.title,
        "period": inputs.period,
        "begins_on": inputs.begins_on.isoformat(),
        "ends_on": inputs.ends_on.isoformat(),
        "rules": dict(inputs.rules),
        "sources_without_figures": list(inputs.without),
        "candidates": [
            {
                "ticket": str(one.ticket),
                "street": one.street,
                "community": one.community,
                "marks": dict(one.marks),
                "measures": dict(one.measures),
                "vetoes": sorted(one.vetoes),
                "blemished": one.blemished,
                "won": sorted(one.won),
                "bars": sorted(one.bars),
                **({"review": {code: sorted(marks) for code, marks in one.review.items()}} if weighed else {}),
            }
            for one in sorted(inputs.entrants, key=lambda entrant: str(entrant.ticket))
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def sha256_of(body: str) -> str:
    """What a body hashes to, in hex."""
    return hashlib.sha256(body.encode()).hexdigest()


def read_inputs(body: bytes | str) -> Inputs:
    """Inputs from their JSON.

    Raises:
        InputsRefused: it is no such document.

    """
    try:
        document = {FORMAT: orjson.loads}[orjson.loads(body)["format"]](body)
        rule, _ = read_document(TitleRule, document["rules"], DocumentRefused)
        return Inputs(
            round_id=UUID(document["round"]),
            title=str(document["title"]),
            period=str(document["period"]),
            begins_on=date.fromisoformat(document["begins_on"]),
            ends_on=date.fromisoformat(document["ends_on"]),
            rule=rule,
            rules=document["rules"],
            without=tuple(document["sources_without_figures"]),
            entrants=tuple(_entrant(one) for one in document["candidates"]),
        )
    except InputsRefused:
        raise
    except Exception as error:  # whatever a foreign file makes the readers raise
        raise InputsRefused from error


def _entrant(one: Mapping[str, Any]) -> Entrant:
    review: Mapping[str, list[int]] = one.get("review", {})
    figures = (*one["marks"].values(), *one["measures"].values(), *chain(*review.values()))
    if not all(type(figure) is int for figure in figures):
        raise InputsRefused
    return Entrant(
        ticket=UUID(one["ticket"]),
        street=str(one["street"]),
        community=str(one["community"]),
        marks=one["marks"],
        measures=one["measures"],
        vetoes=frozenset(one["vetoes"]),
        blemished=bool(one["blemished"]),
        won=tuple(one["won"]),
        bars=tuple(one["bars"]),
        review={code: tuple(marks) for code, marks in review.items()},
    )
