"""Schemes, stewards and ballots that read as prose."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from evaluation.scheme_documents import read_scheme, shipped_scheme
from evaluation.schemes import Scheme
from evaluation.votes import Vote

STREET = UUID(int=1)
OPENED = datetime(2026, 7, 1, tzinfo=UTC)
_NUMBERS = count(1)


def a_document(**changes: Any) -> dict[str, Any]:
    """The shipped scheme as plain data, with top-level changes."""
    return {**json.loads(shipped_scheme()), **changes}


def a_source(code: str = "residents", **changes: Any) -> dict[str, Any]:
    """One source that asks for one overall mark of 0 to 100, with changes."""
    overall = {"code": "overall", "zh": "总体", "en": "Overall", "weight": 100}
    plain = {"code": code, "zh": code, "en": code, "weight": 100, "scale": {"least": 0, "most": 100}}
    return {**plain, "dimensions": [overall], "shrinkage": 0, **changes}


def a_scheme(*sources: Mapping[str, Any], **changes: Any) -> Scheme:
    """A small scheme of these sources, nothing trimmed or shrunk unless they say so."""
    return read_scheme({"name": "试", "effective_on": "2026-01-01", "sources": list(sources), **changes})[0]


def the_shipped_scheme() -> Scheme:
    """The scheme of the demo district."""
    return read_scheme(shipped_scheme())[0]


def some_stewards(number: int) -> dict[UUID, UUID]:
    """Stewards of one street."""
    return {UUID(int=1_000 + at): STREET for at in range(number)}


def a_vote(steward: UUID, mark: int | Mapping[str, int], *, source: str = "residents", **changes: Any) -> Vote:
    """A ballot with one overall mark, or with marks by dimension."""
    number = next(_NUMBERS)
    scores = mark if isinstance(mark, Mapping) else {"overall": mark}
    given: dict[str, Any] = {
        "id": UUID(int=10_000_000 + number),
        "rater": f"rater {number}",
        "cast_at": OPENED + timedelta(hours=number % 2_000),
        **changes,
    }
    return Vote(source=source, steward_id=steward, scores=scores, **given)
