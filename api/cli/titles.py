"""`jinpai titles`: rounds computed, and computed again by anyone from what was published of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, give, give_json, say
from kernel.clock import SystemClock
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.settings import Settings
from rewards.titles.inputs import InputsRefused
from rewards.titles.proposing import Proposal, Proposed, propose_rounds
from rewards.titles.reading import published_inputs, published_snapshots
from rewards.titles.recomputing import FAULTS, Recomputed, recompute
from stewards.principal import system_principal


def round_named(text: str) -> UUID:
    """The round that was typed.

    Raises:
        CommandFailed: it is no id.

    """
    try:
        return UUID(text)
    except ValueError:
        raise CommandFailed(f"no file and no id: {text}", Exit.USAGE) from None


async def propose(settings: Settings, round_id: UUID, *, as_json: bool) -> None:
    """Compute a round and say what came of it.

    Raises:
        UnknownRound, RoundStands, PeriodNotOver, HigherTitleFirst: see propose_rounds.

    """
    wish = Proposal(round_id=round_id, caller=system_principal("jinpai titles"))

    async def compute(tx: Tx) -> Proposed:
        [outcome] = await propose_rounds(tx, [wish], now=SystemClock().now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    async with opened(settings) as database:
        done = await database.run(compute)
    if as_json:
        names = ("candidates", "lists", "winners", "inputs_sha256", "changed")
        give_json({"round": str(round_id), **{name: getattr(done, name) for name in names}})
    else:
        give(f"{done.winners} of {done.candidates} put forward in {done.lists} lists, inputs {done.inputs_sha256}")


def recompute_file(path: Path, *, as_json: bool) -> Exit:
    """Compute a published document again; needs no district.

    Raises:
        CommandFailed: it is no such document.

    """
    try:
        document: Mapping[str, Any] = orjson.loads(path.read_bytes())
        lists = [[_canonical(version) for version in versions] for versions in document["lists"]]
        snapshots = {versions[0]["street"]: bodies for versions, bodies in zip(document["lists"], lists, strict=True)}
        found = recompute(_canonical(document["inputs"]), snapshots)
    except (orjson.JSONDecodeError, InputsRefused, KeyError, IndexError, TypeError, ValueError) as error:
        raise CommandFailed(f"{path}: not what is published of a title round", Exit.USAGE) from error
    return _told(found, as_json=as_json)


def _canonical(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


async def recompute_round(settings: Settings, round_id: UUID, *, as_json: bool) -> Exit:
    """Compute a round of this district again, from its rows.

    Raises:
        UnknownRound: there is none, or nothing is frozen yet.

    """
    async with opened(settings) as database:
        reader = await database.reader()
        body, _ = await published_inputs(reader, round_id)
        snapshots: Mapping[str | None, Sequence[str]] = await published_snapshots(reader, round_id)
    return _told(recompute(body, snapshots), as_json=as_json)


def _told(found: Recomputed, *, as_json: bool) -> Exit:
    if as_json:
        give_json(
            {
                "sound": found.sound,
                "inputs_sha256": found.inputs_sha256,
                "faults": [
                    {"code": fault.code, "street": fault.street, "version": fault.version} for fault in found.faults
                ],
                "winners": {
                    street or "": [str(ticket) for ticket in tickets] for street, tickets in found.winners.items()
                },
            }
        )
    else:
        for street, tickets in found.winners.items():
            for place, ticket in enumerate(tickets, 1):
                give(f"{street or 'district'}\t{place}\t{ticket}")
    for fault in found.faults:
        say(f"{fault.street or 'district'}, version {fault.version}: {FAULTS[fault.code]}")
    if found.sound and not as_json:
        count = sum(map(len, found.winners.values()))
        say(f"sound: {count} in {len(found.winners)} lists follow from inputs {found.inputs_sha256}")
    return Exit.DONE if found.sound else Exit.FAILED
