"""`jinpai draws recompute`: a draw computed again from what was published of it, by anyone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, give, give_json, say
from kernel.settings import Settings
from rewards.draw_reading import document_of, published_draw
from rewards.drawing import ALGORITHM, Published, Recomputed, recompute

_FAULTS = {
    "commitment": "the seed is not the one that was committed to",
    "tickets": "a ticket is listed twice",
    "passed_over": "somebody was passed over who would not have been reached",
    "winners": "the winners are not those of the rule",
}


def recompute_file(path: Path, *, as_json: bool) -> Exit:
    """Compute a published document again; needs no district.

    Raises:
        CommandFailed: it is no such document.

    """
    try:
        document = orjson.loads(path.read_bytes())
        published = published_of(document)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CommandFailed(f"{path}: not a published draw ({ALGORITHM})", Exit.USAGE) from error
    return _told(published, recompute(published), as_json=as_json)


async def recompute_id(settings: Settings, draw_id: UUID, *, as_json: bool) -> Exit:
    """Compute a draw of this district again, from its rows.

    Raises:
        UnknownDraw: there is none.
        NotDrawnYet: it is not done.

    """
    async with opened(settings) as database:
        published = await published_draw(await database.reader(), draw_id)
    return _told(published, recompute(published), as_json=as_json)


def published_of(document: Mapping[str, Any]) -> Published:
    """What a published document says.

    Raises:
        KeyError, TypeError, ValueError: it is no such document.

    """
    if document["algorithm"] != ALGORITHM:
        raise ValueError(document["algorithm"])
    places = document["places"]
    if type(places) is not int or places < 1:
        raise ValueError("places")
    return Published(
        draw_id=UUID(document["draw_id"]),
        places=places,
        commitment=str(document["commitment"]),
        seed=str(document["seed"]),
        tickets=[UUID(ticket) for ticket in document["tickets"]],
        winners=[UUID(ticket) for ticket in document["winners"]],
        passed_over={UUID(ticket): str(reason) for ticket, reason in document["passed_over"].items()},
    )


def _told(published: Published, found: Recomputed, *, as_json: bool) -> Exit:
    if as_json:
        give_json(
            {
                "sound": found.sound,
                "faults": list(found.faults),
                "roll": found.roll,
                "winners": [str(ticket) for ticket in found.winners],
                "order": [str(ticket) for ticket in found.order],
                "published": document_of(published),
            }
        )
    else:
        for place, ticket in enumerate(found.winners, 1):
            give(f"{place}\t{ticket}")
    for fault in found.faults:
        say(f"draw {published.draw_id}: {_FAULTS[fault]}")
    if found.sound and not as_json:
        say(f"draw {published.draw_id}: sound, {len(found.winners)} of {len(found.order)} tickets win")
    return Exit.DONE if found.sound else Exit.FAILED
