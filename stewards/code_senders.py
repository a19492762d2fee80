"""Who carries a one-time code to a phone: the operator's console, or another system's web address (webhook).

No provider of short messages is assumed: the webhook's receiver knows one. Its requests are signed as Standard Webhooks
1.0 says (https://www.standardwebhooks.com): HMAC-SHA-256 over id, timestamp and body.
"""

import asyncio
import base64
import hashlib
import hmac
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
import structlog

from kernel.settings import Settings

TIMEOUT_S = 5.0
"""How long a receiver may take; a code that was not taken is sent again until it has run out."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMessage:
    """A code on its way to a phone. `id` is the same when it is sent again."""

    id: UUID
    phone: str
    number: str
    code: str
    expires_at: datetime
    text: str


class Sender(Protocol):
    """Carries codes; raises whatever went wrong, and is asked again."""

    async def send(self, message: CodeMessage, *, now: datetime) -> None:
        """Hand a code over."""


class SendingFailed(Exception):  # noqa: N818 - a state, like the refusals
    """The receiver did not take it."""


class ConsoleSender:
    """Shows codes on the operator's console (standard output), for a trial; the log says only that one went out."""

    def __init__(self, write: Callable[[str], Any] = sys.stdout.write) -> None:
        self._write = write

    async def send(self, message: CodeMessage, *, now: datetime) -> None:
        """Show it."""
        self._write(f"{message.number}: {message.code}\n")
        log.info("code.shown", message_id=str(message.id))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A code goes to the address that was set and nowhere else: a redirection is an error."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


class WebhookSender:
    """Posts codes as signed JSON to one address, off the event loop."""

    def __init__(self, url: str, secret: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._secret = secret.encode()
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_NoRedirect)

    async def send(self, message: CodeMessage, *, now: datetime) -> None:
        """Post it.

        Raises:
            SendingFailed: the receiver answered something else than 2xx, too late or not at all.

        """
        try:
            await asyncio.to_thread(self._post, self.request_of(message, now))
        except OSError as error:  # urllib's own errors are OSErrors
            raise SendingFailed(type(error).__name__) from None
        log.info("code.posted", message_id=str(message.id))

    def request_of(self, message: CodeMessage, now: datetime) -> urllib.request.Request:
        """The request that carries a code."""
        body = orjson.dumps(
            {
                "type": "jinpai.code",
                "phone": message.phone,
                "code": message.code,
                "expires_at": message.expires_at.isoformat(),
                "text": message.text,
            },
            option=orjson.OPT_SORT_KEYS,
        )
        known, at = str(message.id), str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "jinpai",
            "webhook-id": known,
            "webhook-timestamp": at,
            "webhook-signature": signature_of(self._secret, known, at, body),
        }
        return urllib.request.Request(self._url, data=body, headers=headers, method="POST")  # noqa: S310 - http(s) by its setting

    def _post(self, request: urllib.request.Request) -> None:
        with self._opener.open(request, timeout=self._timeout_s) as answer:
            answer.read(1_024)


def signature_of(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """What `webhook-signature` says of a message."""
    digest = hmac.digest(secret, b".".join((message_id.encode(), timestamp.encode(), body)), hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def sender_of(settings: Settings) -> Sender | None:
    """Who carries codes here; None where the operator has set nobody."""
    if settings.code_sender == "console":
        return ConsoleSender()
    if settings.code_sender == "webhook":
        return WebhookSender(settings.code_webhook_url, settings.code_webhook_secret)
    return None
