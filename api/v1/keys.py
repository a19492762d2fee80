"""Access tokens of machines: listed without their secrets, issued once, revoked."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Instant, JinpaiRequest, Word
from api.composition import district_of
from api.v1.answers import Page
from api.v1.parameters import Limit, StartingAfter
from kernel.database import Reader
from stewards.key_list import LONGEST_QUERY, list_keys
from stewards.keys import LABEL_LENGTH, NewToken, issue_token, revoke_token
from stewards.permissions import Action
from stewards.refusals import PlaceUnknown
from stewards.roles import DISTRICT, Scope, ScopeKind
from stewards.staffing import scope_ids

_TAGS = ["keys"]


class IssueKey(Body):
    """A token for a machine that calls the API: for the whole district, or one street by its code."""

    label: Annotated[str, Field(min_length=1, max_length=LABEL_LENGTH)]
    role: Literal["integrator"] = "integrator"
    street: Word | None = None
    expires_at: Instant | None = None


class KeyIssued(msgspec.Struct, kw_only=True):
    """A new token; its secret is said once."""

    id: UUID
    label: str
    secret: str
    expires_at: datetime | None


class KeyShown(msgspec.Struct, kw_only=True):
    """A token without its secret. `kind`: steward, staff, or a machine's role; `used_at` is right to about an hour."""

    id: UUID
    label: str
    kind: str
    holder: str | None
    scope: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


class KeyRevoked(msgspec.Struct, kw_only=True):
    """A token that holds no longer."""

    id: UUID


async def machine_scope(reader: Reader, street: str | None) -> Scope:
    """The whole district, or the street of a code.

    Raises:
        PlaceUnknown: no street has it.

    """
    if street is None:
        return DISTRICT
    wanted = (ScopeKind.STREET, street)
    found = (await scope_ids(reader, [wanted])).get(wanted)
    if found is None:
        raise PlaceUnknown(pointer="/street", code=street)
    return Scope(ScopeKind.STREET, found)


@get("/keys", opt={"action": Action.KEYS_EDIT}, tags=_TAGS, operation_id="listKeys")
async def list_all(
    request: JinpaiRequest,
    *,
    q: Annotated[str | None, QueryParameter(max_length=LONGEST_QUERY, description="Part of the label")] = None,
    ended: Annotated[bool, QueryParameter(description="Those that were revoked or ran out, instead")] = False,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[KeyShown]:
    """Every token that holds, the newest first: machines', partners', stewards' and staff's."""
    district = district_of(request)
    found, has_more = await list_keys(
        await district.database.reader(),
        now=district.clock.now(),
        ended=ended,
        limit=limit,
        q=q or "",
        starting_after=starting_after,
    )
    return Page(data=[msgspec.convert(entry, KeyShown, from_attributes=True) for entry in found], has_more=has_more)


@post(
    "/keys",
    opt={"action": Action.KEYS_EDIT},
    tags=_TAGS,
    operation_id="issueKey",
    responses={201: ResponseSpec(KeyIssued, description="Made; the secret cannot be read again")},
)
async def issue(request: JinpaiRequest, data: JSONBody[IssueKey]) -> Response[KeyIssued]:
    """Make a token for a machine that delivers cases and reads what integrators may read."""
    district = district_of(request)
    actor, now = principal_of(request).actor, district.clock.now()
    scope = await machine_scope(await district.database.reader(), data.street)
    wish = NewToken(label=data.label, role=data.role, scope=scope, expires_at=data.expires_at)
    issued = await district.database.run(lambda tx: issue_token(tx, wish, by=actor, now=now))
    shown = KeyIssued(id=issued.token_id, label=issued.label, secret=issued.secret, expires_at=issued.expires_at)
    return Response(shown, status_code=201, headers={"Cache-Control": "no-store"})


@post(
    "/keys/{key_id:uuid}/revoke",
    opt={"action": Action.KEYS_EDIT},
    tags=_TAGS,
    operation_id="revokeKey",
    status_code=200,
    responses={200: ResponseSpec(KeyRevoked, description="Holds no longer")},
)
async def revoke(request: JinpaiRequest, key_id: FromPath[UUID]) -> KeyRevoked:
    """End a token at once, whoever holds it; one that has ended stays as it is."""
    district = district_of(request)
    actor = principal_of(request).actor
    await district.database.run(lambda tx: revoke_token(tx, key_id, by=actor, now=district.clock.now()))
    return KeyRevoked(id=key_id)


route_handlers: list[Any] = [list_all, issue, revoke]
