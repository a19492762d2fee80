"""Closed periods recomputed from what they were computed from (核验): under their own scheme, to the same figures."""

import hashlib
from collections.abc import Iterator, Sequence

import orjson

from evaluation.closes import all_closes
from evaluation.freezing import Frozen, freeze, scores_sha256
from evaluation.inputs import Inputs, read_frozen_inputs
from evaluation.models import SchemeVersion, Score
from evaluation.periods import period_named
from evaluation.scheme_documents import read_scheme
from evaluation.scheme_versions import SchemeInForce
from evaluation.scorecards import METHOD
from kernel.database import Reader, Row
from points.verifying import Break


async def verify_evaluation(reader: Reader) -> list[Break]:
    """The first break of each invariant of closed periods; empty where all hold.

    Every scheme is as it was published; of every close the cards hash to what was kept, its inputs (ballots, frozen
    facts, what was set aside) hash to what was kept, and computed again under its scheme they give the same cards; what
    the newest close of a period published as multipliers is what stands.
    """
    found: dict[str, Break] = {}
    changed = set()
    for row in await reader.rows(SchemeVersion, "ORDER BY number"):
        sha256 = hashlib.sha256(row["document"].encode()).hexdigest()
        if sha256 != row["document_sha256"]:
            broken = Break(code="scheme_document", row_id=str(row["id"]), expected=row["document_sha256"], found=sha256)
            found.setdefault(broken.code, broken)
            changed.add(row["id"])
    for row in await all_closes(reader):
        if row["scheme_id"] in changed:
            continue  # what is no longer the scheme of then computes nothing
        for broken in check_close(row, *await recomputed(reader, row)):
            found.setdefault(broken.code, broken)
    return list(found.values())


async def recomputed(reader: Reader, close: Row) -> tuple[Sequence[Row], Frozen]:
    """The kept cards of a close, and what its inputs give now."""
    scores = await reader.rows(Score, "WHERE close_id = $1", close["id"])
    return scores, freeze(await inputs_of(reader, close, scores))


async def inputs_of(reader: Reader, close: Row, scores: Sequence[Row]) -> Inputs:
    """The inputs of a close: its scheme, the ballots of its period, and what it froze beside them."""
    [version] = await reader.rows(SchemeVersion, "WHERE id = $1", close["scheme_id"])
    scheme = SchemeInForce(version["id"], version["number"], read_scheme(version["document"])[0])
    cards = [(row["steward_id"], row["street_id"], orjson.loads(row["facts"])) for row in scores]
    set_aside = orjson.loads(close["set_aside"])
    return await read_frozen_inputs(
        reader, period_named(close["period"]), scheme, cards=cards, set_aside=set_aside, cases=close["cases"]
    )


def check_close(close: Row, scores: Sequence[Row], again: Frozen) -> Iterator[Break]:
    """What does not hold of a close. Closes of an older method are checked by hash alone: a release never changes a
    figure silently, it gives the method a new number.
    """
    row_id = str(close["id"])
    kept = scores_sha256(scores)
    if kept != close["scores_sha256"]:
        yield Break(code="evaluation_cards", row_id=row_id, expected=close["scores_sha256"], found=kept)
    if again.inputs_sha256 != close["inputs_sha256"]:
        yield Break(code="evaluation_inputs", row_id=row_id, expected=close["inputs_sha256"], found=again.inputs_sha256)
    if close["method"] == METHOD and again.scores_sha256 != close["scores_sha256"]:
        yield Break(
            code="evaluation_recomputed", row_id=row_id, expected=close["scores_sha256"], found=again.scores_sha256
        )
