"""Changes: which subjects changed, in the order of commits, for read models that follow from where they stopped.

Ids do not follow commit order, but these numbers do: whoever gives one out holds its stream locked until the commit.
A subject keeps its newest number alone, so a stream is never longer than there are subjects.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from kernel.database import Reader, Tx
from kernel.ids import derived_id
from kernel.models import ChangeMark
from kernel.numbering import take_numbers

EVERYTHING = UUID(int=0)
"""The subject that stands for all of them."""


def _series(stream: str) -> str:
    return f"changes of {stream}"


async def mark_changed(tx: Tx, stream: str, subjects: Iterable[UUID], *, now: datetime) -> None:
    """Say that these subjects changed. The stream stays locked until the transaction ends."""
    wanted = sorted(set(subjects))
    numbers = await take_numbers(tx, _series(stream), len(wanted))
    await tx.execute(f"DELETE FROM kernel_change WHERE stream = $1 AND {tx.one_of('subject_id', 2)}", stream, wanted)
    await tx.insert(
        ChangeMark,
        [
            {
                "id": derived_id("change", stream, str(subject)),
                "stream": stream,
                "subject_id": subject,
                "sequence": number,
                "changed_at": now,
            }
            for subject, number in zip(wanted, numbers, strict=True)
        ],
    )


async def newest_change(reader: Reader, stream: str) -> int:
    """The number of the newest change; 0 where there was none."""
    row = await reader.fetch_one("SELECT last_given FROM kernel_counter WHERE series = $1", _series(stream))
    return int(row["last_given"]) if row else 0


async def changed_since(reader: Reader, stream: str, sequence: int) -> dict[UUID, int]:
    """The subjects that changed after a number, each with its newest, in their order."""
    rows = await reader.rows(ChangeMark, "WHERE stream = $1 AND sequence > $2 ORDER BY sequence", stream, sequence)
    return {row["subject_id"]: row["sequence"] for row in rows}
