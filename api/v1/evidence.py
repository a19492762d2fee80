"""Evidence: pictures of a case, checked, made small and stripped of where they were taken, then kept by hash."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import answer
from api.v1.pictures import prepared, sent_file
from cases.evidence import Attached, NewEvidence, evidence_of
from cases.showing import show_case
from kernel.database import Tx
from kernel.idempotency import Answer
from kernel.messages import Locale
from stewards.permissions import Action

_TAGS = ["cases"]


class EvidenceAdded(msgspec.Struct, kw_only=True):
    """A file that is attached; `repeated` where the same one was before."""

    id: UUID
    case_id: UUID
    sha256: str
    repeated: bool


@post(
    "/cases/{case_id:uuid}/evidence",
    opt={"action": Action.CASES_REPORT},
    tags=_TAGS,
    operation_id="addEvidence",
    responses={
        200: ResponseSpec(EvidenceAdded, description="The same picture was attached before"),
        201: ResponseSpec(EvidenceAdded, description="Attached"),
    },
)
async def add(request: JinpaiRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """Attach a JPEG, PNG or WebP picture, sent as the multipart field `file`."""
    file = await sent_file(request)
    district = district_of(request)
    principal = principal_of(request)
    await show_case(await district.database.reader(), principal, case_id)  # foreign cases cost no decoding
    picture = await prepared(file)
    now = district.clock.now()

    async def keep(tx: Tx) -> None:
        await district.files.put(tx, picture, now=now)

    await district.database.run(keep)

    def encode(outcome: Attached, locale: Locale) -> Answer:
        shown = EvidenceAdded(
            id=outcome.evidence_id, case_id=outcome.case_id, sha256=outcome.file_sha256, repeated=outcome.repeated
        )
        return answer(shown, 200 if outcome.repeated else 201)

    wish = NewEvidence(case_id=case_id, file_sha256=picture.sha256, actor=principal)
    return await submit_one(request, district.attach, wish, encode, content=picture.sha256.encode())


@get(
    "/cases/{case_id:uuid}/evidence/{evidence_id:uuid}",
    opt={"action": Action.CASES_READ},
    tags=_TAGS,
    operation_id="showEvidence",
)
async def show(request: JinpaiRequest, case_id: FromPath[UUID], evidence_id: FromPath[UUID]) -> Response[bytes]:
    """A picture of a case."""
    district = district_of(request)
    reader = await district.database.reader()
    await show_case(reader, principal_of(request), case_id)
    files = (await evidence_of(reader, [case_id])).get(case_id, [])
    found = next((file for file in files if file.id == evidence_id), None)
    if found is None:
        raise NotFound
    with district.files.open(found.file_sha256) as stored:
        return Response(
            stored.read(),
            media_type=found.media_type,
            headers={"Cache-Control": "private, max-age=86400, immutable"},
        )


route_handlers: list[Any] = [add, show]
