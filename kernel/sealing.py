"""Short texts that are kept encrypted under the deployment's secret, so that a copy of the database gives none away."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


def _box(secret_key: str, purpose: str) -> Fernet:
    key = hashlib.sha256(f"{purpose}\0{secret_key}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def seal(secret_key: str, purpose: str, text: str) -> str:
    """A text, encrypted and signed for one purpose (AES-128-CBC with HMAC-SHA-256), in URL-safe letters."""
    return _box(secret_key, purpose).encrypt(text.encode()).decode()


def unseal(secret_key: str, purpose: str, sealed: str) -> str | None:
    """The text; None where it was sealed under another secret or for another purpose, or was changed."""
    try:
        return _box(secret_key, purpose).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError, ValueError):
        return None
