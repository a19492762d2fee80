"""Secrets that are handed out once and kept as hashes, and short values that are signed."""

import hashlib
import hmac
import secrets


def new_secret() -> str:
    """A URL-safe secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """The SHA-256 of a secret, in hex: what is stored. Random secrets need no slow hash; passwords do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign(secret_key: str, *parts: str) -> str:
    """The HMAC-SHA-256 of some parts, in hex. The first part should name the purpose, so that none serves another."""
    told = b"".join([len(part).to_bytes(8, "big") + part for part in map(str.encode, parts)])
    return hmac.digest(secret_key.encode(), told, "sha256").hex()


def verify(secret_key: str, signature: str, *parts: str) -> bool:
    """Whether a signature is that of the parts, compared in constant time."""
    return hmac.compare_digest(sign(secret_key, *parts).encode(), signature.encode("utf-8", "surrogatepass"))
