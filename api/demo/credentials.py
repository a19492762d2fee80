"""How everybody signs in to the demo: numbers with PINs, logins with passwords, and a bearer token for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.demo.district import DemoDistrict, DemoStaff
from api.demo.manifest import Manifest
from kernel.audit import Actor
from kernel.database import Tx
from stewards.keys import NewToken, issue_token

_STAFF_ROLES = ("district_admin", "street_admin", "community_staff", "lane_chief")
_MACHINES = {"integrator": "演示：网格平台", "display": "演示：大屏"}


@dataclass(frozen=True, slots=True)
class People:
    """The ids of the demo's people: stewards by number, staff by login."""

    stewards: Mapping[str, UUID]
    staff: Mapping[str, UUID]


async def issue_credentials(
    tx: Tx,
    district: DemoDistrict,
    manifest: Manifest,
    people: People,
    *,
    base_url: str,
    by: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Issue a token to everybody; answers the document for DIR/credentials.json.

    Under each role stands one person (for `street_admin`, `community_staff` and `lane_chief` all of one community);
    `staff` lists everybody on the staff, `stewards` every steward.
    """

    async def token(label: str, **holder: Any) -> str:
        return (await issue_token(tx, NewToken(label=label, **holder), by=by, now=now)).secret

    staff = [
        {
            **_described(member),
            "login": member.login,
            "password": manifest.passwords[at % len(manifest.passwords)],
            "token": await token(member.login, staff_id=people.staff[member.login]),
        }
        for at, member in enumerate(district.staff)
    ]
    stewards = [
        {
            "id": str(people.stewards[steward.number]),
            "name": steward.name,
            "number": steward.number,
            "pin": manifest.pins[at % len(manifest.pins)],
            "street": steward.lane.community.street.code,
            "lane": steward.lane.code,
            "token": await token(steward.number, steward_id=people.stewards[steward.number]),
        }
        for at, steward in enumerate(district.stewards)
    ]
    machines = {
        role: {"name": name, "role": role, "token": await token(name, role=role)} for role, name in _MACHINES.items()
    }
    return {
        "base_url": base_url,
        "note": "演示数据，人物均为虚构 (synthetic people)",
        **{role: _first(staff, role) for role in _STAFF_ROLES},
        **machines,
        "staff": staff,
        "stewards": stewards,
    }


def _described(member: DemoStaff) -> dict[str, Any]:
    return {
        "name": member.name,
        "role": member.role,
        "street": member.street.code if member.street else None,
        "community": member.community.code if member.community else None,
    }


def _first(staff: Sequence[Mapping[str, Any]], role: str) -> Mapping[str, Any]:
    return next(member for member in staff if member["role"] == role)
