"""Certificates of titles: issued once, read by who holds them or by staff, checked by anybody."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import answer
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.credentials.issuing import IssueCredential, find_credential
from rewards.credentials.signing import VerifyingKey
from stewards.permissions import Action

_TAGS = ["titles"]


class CredentialIssued(msgspec.Struct, kw_only=True):
    """A certificate that is there now."""

    id: UUID
    award: UUID


class CredentialShown(msgspec.Struct, kw_only=True):
    """A certificate: `jws` is the signed file as it is handed out, `credential` what it says."""

    id: UUID
    award: UUID
    title: str
    period: str
    awarded_at: datetime
    revoked_at: datetime | None
    issued_at: datetime
    verify_url: str
    jws: str
    credential: dict[str, Any]


class CredentialWanted(Body):
    """The title of which a certificate is wanted."""

    award: UUID


@post(
    "/credentials",
    opt={"action": Action.CREDENTIALS_ISSUE},
    tags=_TAGS,
    operation_id="issueCredential",
    responses={201: ResponseSpec(CredentialIssued, description="Issued, or there already")},
)
async def issue(request: JinpaiRequest, data: JSONBody[CredentialWanted]) -> Response[Any]:
    """Issue the certificate of a title; asked again it is the same one."""

    def encode(credential_id: UUID, locale: Locale) -> Answer:
        return answer(CredentialIssued(id=credential_id, award=data.award), 201)

    wish = IssueCredential(award_id=data.award, caller=principal_of(request))
    return await submit_one(request, district_of(request).issue_credentials, wish, encode)


@get(
    "/credentials/{credential_id:uuid}",
    opt={"action": Action.CREDENTIALS_ISSUE},
    tags=_TAGS,
    operation_id="showCredential",
)
async def show(request: JinpaiRequest, credential_id: FromPath[UUID]) -> CredentialShown:
    """A certificate with its signed file.

    Raises:
        NotFound: there is none within reach.

    """
    district = district_of(request)
    found = await find_credential(await district.database.reader(), credential_id, principal_of(request))
    if found is None:
        raise NotFound
    key: VerifyingKey = district.signing_key.public
    return CredentialShown(
        id=found.id,
        award=found.award_id,
        title=found.title,
        period=found.period,
        awarded_at=found.awarded_at,
        revoked_at=found.revoked_at,
        issued_at=found.issued_at,
        verify_url=f"{district.settings.public_url}/verify/{found.id}",
        jws=found.jws,
        credential=key.payload(found.jws),
    )


route_handlers: list[Any] = [issue, show]
