"""Staff who are stewards as well: known, so that nobody serves himself or herself (本人回避)."""

from datetime import datetime
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from stewards.models import Staff, Steward
from stewards.principal import Principal
from stewards.refusals import StaffUnknown, StewardLinked, StewardUnknown


async def link_steward(tx: Tx, staff_id: UUID, steward_number: str | None, *, by: Actor, now: datetime) -> UUID | None:
    """Say which steward a member of staff is, None for none, audited; answers the steward's id.

    Raises:
        StaffUnknown: nobody on the staff has this id.
        StewardUnknown: no steward has this number.
        StewardLinked: somebody else on the staff is this steward.

    """
    person = (await tx.lock(Staff, [staff_id])).get(staff_id)
    if person is None:
        raise StaffUnknown(pointer="/staff_id")
    steward_id: UUID | None = None
    if steward_number is not None:
        found = await tx.rows(Steward, "WHERE number = $1", steward_number)
        if not found:
            raise StewardUnknown(pointer="/steward")
        steward_id = found[0]["id"]
        if await tx.rows(Staff, "WHERE steward_id = $1 AND id <> $2", steward_id, staff_id):
            raise StewardLinked(pointer="/steward")
    if person["steward_id"] != steward_id:
        await tx.update(Staff, [{"id": staff_id, "steward_id": steward_id}])
        entry = AuditEntry(
            actor=by,
            action="staff.linked" if steward_id else "staff.unlinked",
            subject_kind="staff",
            subject_id=staff_id,
            detail={"steward_id": str(steward_id) if steward_id else None},
        )
        await record(tx, [entry], now=now)
    return steward_id


async def own_steward_of(reader: Reader, principal: Principal) -> UUID | None:
    """The steward whom a caller is: signed in as one, or on the staff and known to be one; None for everybody else."""
    if principal.steward_id is not None or principal.kind != "staff":
        return principal.steward_id
    row = await reader.fetch_one(
        "SELECT steward_id FROM stewards_staff WHERE id = $1", principal.id, types={"steward_id": UUID}
    )
    own: UUID | None = row["steward_id"] if row else None
    return own
