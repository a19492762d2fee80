"""Reading a scheme from JSON, and the scheme that comes with the service."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from evaluation.schemes import Scheme
from kernel.documents import DocumentRefused, read_document
from kernel.messages import N_


class SchemeRefused(DocumentRefused):
    """A scheme has mistakes; `faults` lists them all."""

    code = "scheme_refused"
    message = N_("评价方案有 {count} 处错误，第一处在“{where}”：{what}。")


def read_scheme(document: bytes | str | Mapping[str, Any]) -> tuple[Scheme, str]:
    """A scheme and its canonical JSON (as written, keys sorted, no spaces).

    Raises:
        SchemeRefused: with every mistake that was found.

    """
    return read_document(Scheme, document, SchemeRefused)


def shipped_scheme(name: str = "dongcheng") -> bytes:
    """A scheme that comes with the service: `dongcheng`, the default.

    Raises:
        FileNotFoundError: no scheme of that name is shipped.

    """
    return files("evaluation").joinpath("programmes", f"{name}.json").read_bytes()
