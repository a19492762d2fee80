"""The list of revocations: a bit for each certificate, packed and signed (W3C Bitstring Status List 1.0).

Nobody learns from it who holds what, and who asks for it asks for all certificates at once.
"""

import gzip
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rewards.credentials.badge import STATUS_PATH, Issuer, instant_text
from rewards.credentials.signing import NotSigned, b64, unb64

BITS = 131_072  # the least that the specification allows, so that a place says little
_CONTEXT = "https://www.w3.org/ns/credentials/v2"


def packed(revoked: Iterable[int]) -> str:
    """The list as it is written: multibase base64url of the compressed bits, the first bit leftmost."""
    bits = bytearray(BITS // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> index % 8
    return f"u{b64(gzip.compress(bytes(bits), mtime=0))}"


def is_set(encoded: str, index: int) -> bool:
    """Whether a place of a packed list says revoked.

    Raises:
        NotSigned: the list is malformed, or has no such place.

    """
    try:
        unpack = zlib.decompressobj(wbits=31)
        bits = unpack.decompress(unb64(encoded.removeprefix("u")), BITS // 8 + 1)
    except zlib.error as error:
        raise NotSigned from error
    if not encoded.startswith("u") or len(bits) != BITS // 8 or not 0 <= index < BITS:
        raise NotSigned
    return bool(bits[index // 8] & 0x80 >> index % 8)


def status_credential(revoked: Iterable[int], issuer: Issuer, *, now: datetime) -> dict[str, Any]:
    """The list as a credential of its own."""
    address = f"{issuer.base}{STATUS_PATH}"
    return {
        "@context": [_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.id,
        "validFrom": instant_text(now),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": packed(revoked),
        },
        "iss": issuer.id,
        "jti": address,
        "nbf": int(now.timestamp()),
        "sub": f"{address}#list",
    }


def list_of(said: Mapping[str, Any]) -> tuple[str, str]:
    """The address and the packed bits of a list that was found to be signed.

    Raises:
        NotSigned: it is no list of revocations.

    """
    subject = said.get("credentialSubject")
    if not isinstance(subject, dict) or "BitstringStatusListCredential" not in said.get("type", ()):
        raise NotSigned
    if subject.get("statusPurpose") != "revocation" or not isinstance(subject.get("encodedList"), str):
        raise NotSigned
    return str(said.get("id")), subject["encodedList"]
