"""The district's key and what it signs: Ed25519 (RFC 8032) in compact JWS (RFC 7515) with EdDSA (RFC 8037).

Only this file knows the cryptographic library.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

KEY_FILE = "issuer-key.pem"
_OWNER_ONLY = 0o600
_OTHERS = 0o077
_HEADER = frozenset({"alg", "kid", "typ"})
_PUBLIC_BYTES, _SIGNATURE_BYTES = 32, 64


class KeyFault(Exception):  # noqa: N818 - named like the other refusals
    """The district's key cannot be used; the message says why, without anything of the key."""


class NotSigned(Exception):  # noqa: N818 - the same
    """A text is no compact JWS of an issuer's, or its signature is not that of the key."""


def b64(data: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of a base64url text. Another spelling of the same bytes is none.

    Raises:
        NotSigned: it is no such text.

    """
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise NotSigned from error
    if b64(data) != text:
        raise NotSigned
    return data


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key; `kid` is its thumbprint (RFC 7638)."""

    public: bytes

    @property
    def kid(self) -> str:
        """What names the key: a hash of the key itself."""
        told = orjson.dumps({"crv": "Ed25519", "kty": "OKP", "x": b64(self.public)}, option=orjson.OPT_SORT_KEYS)
        return b64(hashlib.sha256(told).digest())

    @property
    def jwk(self) -> dict[str, str]:
        """The key as JSON Web Key (RFC 8037)."""
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(self.public), "kid": self.kid, "alg": "EdDSA", "use": "sig"}

    @classmethod
    def of_jwk(cls, jwk: object) -> "VerifyingKey":
        """The key of a JSON Web Key.

        Raises:
            KeyFault: it is none of Ed25519, or it holds a private part.

        """
        if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519") or "d" in jwk:
            raise KeyFault("not a public Ed25519 JSON Web Key")
        try:
            public = unb64(str(jwk.get("x")))
        except NotSigned:
            public = b""
        if len(public) != _PUBLIC_BYTES:
            raise KeyFault("not a public Ed25519 JSON Web Key")
        return cls(public)

    def payload(self, compact: str) -> dict[str, Any]:
        """What a compact JWS says, once its signature was found to be this key's.

        Raises:
            NotSigned: it is malformed, of another algorithm or key, or not what was signed.

        """
        header, said = parts_of(compact)
        if not str(header["kid"]).endswith(self.kid):
            raise NotSigned
        signed, _, signature = compact.rpartition(".")
        found = unb64(signature)
        if len(found) != _SIGNATURE_BYTES:
            raise NotSigned
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(found, signed.encode())
        except InvalidSignature as error:
            raise NotSigned from error
        return said


def parts_of(compact: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a compact JWS, not checked by any key.

    Raises:
        NotSigned: it is malformed, or its header has anything but alg EdDSA, a kid and typ JWT (Open Badges 3.0, 8.2).

    """
    if compact.count(".") != 2:
        raise NotSigned
    first, second, _ = compact.split(".")
    try:
        header, said = orjson.loads(unb64(first)), orjson.loads(unb64(second))
    except orjson.JSONDecodeError as error:
        raise NotSigned from error
    if not isinstance(header, dict) or not isinstance(said, dict) or not set(header) <= _HEADER:
        raise NotSigned
    if header.get("alg") != "EdDSA" or not isinstance(header.get("kid"), str) or header.get("typ", "JWT") != "JWT":
        raise NotSigned
    return header, said


class SigningKey:
    """The district's private key, which never leaves its file and this object."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = VerifyingKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, payload: Mapping[str, Any], *, kid: str) -> str:
        """A compact JWS of a payload; `kid` is the address of the public key. The same payload gives the same text."""
        header = orjson.dumps({"alg": "EdDSA", "kid": kid, "typ": "JWT"}, option=orjson.OPT_SORT_KEYS)
        body = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
        signed = f"{b64(header)}.{b64(body)}"
        return f"{signed}.{b64(self._private.sign(signed.encode()))}"


def load_key(folder: Path) -> SigningKey:
    """The key in a data folder, made on first use, readable by its owner alone.

    Raises:
        KeyFault: others may read it, or it is no Ed25519 key.

    """
    path = folder / KEY_FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & _OTHERS:
        raise KeyFault(f"{path}: others may read the district's key; chmod 600 it, or replace it")
    try:
        found = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise KeyFault(f"{path}: no private key") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyFault(f"{path}: no Ed25519 key")
    return SigningKey(found)


def _make(path: Path) -> None:
    """Write a new key whole or not at all; where another process was quicker, its key stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return
    finally:
        unfinished.unlink()
