"""Who somebody is on a list that many read: home and name as everybody may see it, and whether on boards at all."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from kernel.database import Reader
from stewards.consents import OFF_BOARDS
from stewards.names import public_name
from stewards.principal import Place


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A steward as others see him or her on a board; `name` is masked unless consented to in full."""

    id: UUID
    name: str
    street_id: UUID
    street_code: str
    community_id: UUID
    on_boards: bool

    @property
    def home(self) -> Place:
        """The community, for permissions."""
        return Place(street_id=self.street_id, community_id=self.community_id)


async def find_faces(reader: Reader, steward_ids: Iterable[str]) -> dict[str, Face]:
    """The faces of these stewards by id, as consents stand now; one read.

    Ids are text, as ranks hold them: whole batches are read, and text is hashed faster than UUIDs.
    """
    wanted = sorted(set(steward_ids))
    if not wanted:
        return {}
    rows = await reader.fetch(
        "SELECT CAST(steward.id AS TEXT) AS known, steward.id, steward.name, steward.street_id, steward.community_id, "
        "street.code AS street_code, named.id AS named_id, off.id AS off_id FROM stewards_steward steward "
        "JOIN stewards_street street ON street.id = steward.street_id "
        "LEFT JOIN stewards_consent named ON named.steward_id = steward.id AND named.field = 'full_name' "
        "AND named.withdrawn_at IS NULL "
        f"LEFT JOIN stewards_consent off ON off.steward_id = steward.id AND off.field = '{OFF_BOARDS}' "
        f"AND off.withdrawn_at IS NULL WHERE {reader.one_of('steward.id', 1)}",
        wanted,
        types={"id": UUID, "street_id": UUID, "community_id": UUID},
    )
    return {
        row["known"]: Face(
            id=row["id"],
            name=public_name(row["name"], row["named_id"] is not None),
            street_id=row["street_id"],
            street_code=row["street_code"],
            community_id=row["community_id"],
            on_boards=row["off_id"] is None,
        )
        for row in rows
    }
