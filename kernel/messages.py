"""Message catalogues: Chinese is written in the code, English is looked up in each package's locale/en.po."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from babel.messages.pofile import read_po

Locale = Literal["zh", "en"]
LOCALES: tuple[Locale, ...] = ("zh", "en")
_PACKAGES = ("kernel", "stewards", "points", "cases", "evaluation", "rewards", "api")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for 'translate later'
    """Mark a message for the catalogue where it is only stored."""
    return message


@dataclass(frozen=True, slots=True)
class Text:
    """A message with its parameters, rendered when the reader's language is known. Parameters may be Texts."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def render(self, locale: Locale) -> str:
        """The sentence in a language."""
        return translate(self.message, locale, **self.params)


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in _PACKAGES:
        try:
            path = files(package).joinpath("locale", "en.po")
        except ModuleNotFoundError:
            continue
        if path.is_file():
            with path.open("rb") as source:
                for message in read_po(source, locale="en"):
                    if message.id and message.string and not message.fuzzy:
                        found[str(message.id)] = str(message.string)
    return found


def has_english(message: str) -> bool:
    """Whether the English catalogue knows a message."""
    return message in _english()


def translate(message: str, locale: Locale, **params: Any) -> str:
    """A message in a language, with its parameters filled in. Unknown messages stay Chinese."""
    template = _english().get(message, message) if locale == "en" else message
    if not params:
        return template
    filled = {name: value.render(locale) if isinstance(value, Text) else value for name, value in params.items()}
    return template.format_map(filled)
