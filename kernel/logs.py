"""Logs: one JSON object a line on stderr, with the request's id and without personal data."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import Processor

_PERSONAL = frozenset(
    {
        "name",
        "phone",
        "address",
        "description",
        "note",
        "text",
        "pin",
        "password",
        "secret",
        "token",
        "authorization",
        "cookie",
        "body",
        "payload",
    }
)
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1\d{2}[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)000-\d{4}-\d{4}(?!\d)")
_DETAIL = re.compile(r"^(?:DETAIL|CONTEXT|HINT):.*$", re.MULTILINE)  # PostgreSQL quotes the row there


def without_personal_data(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop the fields that hold personal data and blot out what looks like a phone number anywhere else."""
    for field, value in event.items():
        if field in _PERSONAL:
            event[field] = "[removed]"
        elif isinstance(value, str):
            event[field] = _PHONE.sub("[phone]", _DETAIL.sub("[detail]", value))
    return event


def bind_request(request_id: str) -> None:
    """Write this id with every line that the present task and its children log."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def request_id() -> str | None:
    """The id of the request that the present task serves."""
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


def configure_logging(style: Literal["json", "console"] = "json", level: str = "INFO") -> None:
    """Send our own lines and those of libraries through one format to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_personal_data,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_personal_data,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for library in ("uvicorn", "uvicorn.error", "asyncio", "tortoise", "litestar"):
        logging.getLogger(library).handlers = []
        logging.getLogger(library).propagate = True
    # Access lines hold addresses and paths with codes; the door writes its own, by route.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("tortoise.db_client").setLevel("WARNING")  # its debug lines quote rows
