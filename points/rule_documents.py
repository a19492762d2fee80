"""Reading a rule set from JSON, and the rule sets that come with the service."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from kernel.documents import DocumentRefused, read_document
from kernel.messages import N_
from points.rules import RuleSet


class RulesRefused(DocumentRefused):
    """A rule document has mistakes; `faults` lists them all."""

    code = "rules_refused"
    message = N_("积分规则有 {count} 处错误，第一处在“{where}”：{what}。")


def parse_rules(document: bytes | str | Mapping[str, Any]) -> RuleSet:
    """A rule set from JSON text or from the object that such text holds.

    Raises:
        RulesRefused: with every mistake that was found.

    """
    return read_rules(document)[0]


def read_rules(document: bytes | str | Mapping[str, Any]) -> tuple[RuleSet, str]:
    """A rule set and its canonical JSON (the document as written, keys sorted, no spaces).

    Raises:
        RulesRefused: with every mistake that was found.

    """
    return read_document(RuleSet, document, RulesRefused)


def shipped_programme(name: str = "dongcheng") -> bytes:
    """A rule document that comes with the service: `dongcheng` (the default) or `one-point`.

    Raises:
        FileNotFoundError: no programme of that name is shipped.

    """
    return files("points").joinpath("programmes", f"{name}.json").read_bytes()
