"""Certificates on pages: a steward's own to print, what the issuer publishes, and checking one, for everybody."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import District, district_of
from api.errors import NotFound
from api.form_fields import FORM
from api.pages.display import qr_code
from api.pages.forms import read_fields
from api.pages.own import own_steward_id, read_self
from api.pages.rendering import PageRequest, page, see_other
from api.tables import attachment
from kernel.errors import Refusal
from kernel.messages import N_, Text
from rewards.credentials.checking import MOST_CHARACTERS, Checked, check
from rewards.credentials.issuing import IssueCredential, find_credential, issue_credentials, signed_status
from rewards.credentials.signing import SigningKey
from rewards.titles.awards import titles_of
from stewards.permissions import Action

_JWT = "application/vc+jwt"


async def _key(district: District) -> SigningKey:
    """The district's key; reading or making its file waits for the disk."""
    return await asyncio.to_thread(lambda: district.signing_key)


async def _status(district: District) -> str:
    key = await _key(district)
    return await signed_status(
        await district.database.reader(), issuer=await district.issuer(), key=key, now=district.clock.now()
    )


@get("/credentials/issuer", opt={"public": True}, include_in_schema=False)
async def show_issuer(request: PageRequest) -> dict[str, Any]:
    """The issuer's Profile (Open Badges 3.0)."""
    return (await district_of(request).issuer()).profile


@get("/credentials/keys/{kid:str}", opt={"public": True}, include_in_schema=False)
async def show_key(request: PageRequest, kid: FromPath[str]) -> dict[str, str]:
    """The public key that certificates name.

    Raises:
        NotFound: the district signs with another.

    """
    found: dict[str, str] = (await _key(district_of(request))).public.jwk
    if found["kid"] != kid:
        raise NotFound
    return found


@get("/credentials/status/1", opt={"public": True}, include_in_schema=False)
async def show_status(request: PageRequest) -> Response[str]:
    """The signed list of revocations, for every certificate at once."""
    status = await _status(district_of(request))
    return Response(status, media_type=_JWT, headers={"Cache-Control": "public, max-age=60"})


def _form(
    request: PageRequest, *, checked: Checked | None = None, error: Text | None = None, status: int = 200
) -> Template:
    return page(request, "public/verify.html", checked=checked, error=error, status=status)


@get("/verify", opt={"public": True}, include_in_schema=False)
async def show_verify(request: PageRequest) -> Template:
    """Where anybody checks a certificate's file."""
    return _form(request)


@post("/verify", opt={"public": True, FORM: ("file", "text", "name")}, include_in_schema=False, status_code=200)
async def verify_file(request: PageRequest) -> Template:
    """Check a certificate's file or its text, and the holder's name if one is given."""
    district = district_of(request)
    fields = await read_fields(request)
    files = fields.files("file")
    compact = fields.long_text("text").strip()
    if not compact and files:
        compact = (await files[0].read())[: MOST_CHARACTERS + 1].decode("ascii", "replace").strip()
    if not compact:
        return _form(request, error=Text(N_("请选择证书文件，或者把证书内容粘贴进来。")), status=422)
    key = await _key(district)
    checked = check(
        compact,
        [key.public],
        now=district.clock.now(),
        status_list=await _status(district),
        name=fields.text("name") or None,
    )
    return _form(request, checked=checked)


@get("/verify/{credential_id:uuid}", opt={"public": True}, include_in_schema=False)
async def show_credential(request: PageRequest, credential_id: FromPath[UUID]) -> Template:
    """What the QR code on a certificate leads to: what it is about, with the name as everybody may see it.

    Raises:
        NotFound: there is no such certificate.

    """
    district = district_of(request)
    found = await find_credential(await district.database.reader(), credential_id)
    if found is None:
        raise NotFound
    key = await _key(district)
    checked = check(found.jws, [key.public], now=district.clock.now(), status_list=await _status(district))
    return page(request, "public/verified.html", entry=found, checked=checked, issuer=(await district.issuer()).name)


@get("/me/certificates", opt={"action": Action.CREDENTIALS_ISSUE}, include_in_schema=False)
async def list_own(request: PageRequest) -> Template:
    """A steward's titles, each with its certificate."""
    reader = await district_of(request).database.reader()
    steward = await read_self(reader, request)
    held = await titles_of(reader, [steward.id])
    return page(request, "steward/certificates.html", steward=steward, titles=held[steward.id])


async def issue_for(request: PageRequest, award_ids: Sequence[UUID]) -> list[UUID]:
    """The certificates of titles, issued where they were not; those out of reach or revoked have none."""
    district = district_of(request)
    now, key, caller = district.clock.now(), await _key(district), principal_of(request)
    issuer = await district.issuer()
    wishes = [IssueCredential(award_id=award_id, caller=caller) for award_id in award_ids]
    done = await district.database.run(lambda tx: issue_credentials(tx, wishes, now=now, issuer=issuer, key=key))
    return [issued for issued in done if not isinstance(issued, Refusal)]


@post(
    "/me/certificates/{award_id:uuid}",
    opt={"action": Action.CREDENTIALS_ISSUE, FORM: ()},
    include_in_schema=False,
    status_code=303,
)
async def issue_own(request: PageRequest, award_id: FromPath[UUID]) -> Redirect:
    """Have the certificate of an own title issued, and go on to it.

    Raises:
        NotFound: it is somebody else's, or revoked.

    """
    own_steward_id(request)
    issued = await issue_for(request, [award_id])
    if not issued:
        raise NotFound
    return see_other(f"/certificates/{issued[0]}")


@get("/certificates/{credential_id:uuid}", opt={"action": Action.CREDENTIALS_ISSUE}, include_in_schema=False)
async def print_certificate(request: PageRequest, credential_id: FromPath[UUID]) -> Template:
    """A certificate to print on A4, for whoever holds it and for staff within reach.

    Raises:
        NotFound: there is none within reach.

    """
    district = district_of(request)
    found = await find_credential(await district.database.reader(), credential_id, principal_of(request))
    if found is None:
        raise NotFound
    issuer = await district.issuer()
    address = f"{issuer.base}/verify/{found.id}"
    return page(
        request, "public/certificate.html", entry=found, issuer=issuer.name, address=address,
        qr=qr_code(address),
    )  # fmt: skip


@get("/certificates/{credential_id:uuid}/file", opt={"action": Action.CREDENTIALS_ISSUE}, include_in_schema=False)
async def download(request: PageRequest, credential_id: FromPath[UUID]) -> Response[bytes]:
    """The signed file.

    Raises:
        NotFound: there is none within reach.

    """
    district = district_of(request)
    found = await find_credential(await district.database.reader(), credential_id, principal_of(request))
    if found is None:
        raise NotFound
    return attachment(found.jws.encode(), f"{found.period}-{found.title_name}.jwt", _JWT)


route_handlers: list[Any] = [
    *(show_issuer, show_key, show_status),
    *(show_verify, verify_file, show_credential),
    *(list_own, issue_own, print_certificate, download),
]
