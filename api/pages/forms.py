"""Forms as browsers send them: text fields, uploads, and refusals beside the field that they are about."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from litestar.datastructures import UploadFile

from api.errors import Faulty
from api.pages.rendering import PageRequest
from kernel.clock import LOCAL_ZONE
from kernel.errors import Refusal
from kernel.messages import Text

Errors = dict[str, Text]
"""What is wrong with a form: the field's name, or '' for the form as a whole, and why."""

_YEARS = (2000, 2100)  # as everywhere that days come in
_LONGEST_FIELD = 4_000  # no field of ours takes more; what is longer is cut to a length that is refused by name


class Fields:
    """The fields of a submitted form, by name. A field that was not sent is empty."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        self._values: dict[str, list[Any]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def text(self, name: str) -> str:
        """A text field without surrounding blanks, its line breaks as one character."""
        first = next((value for value in self._values.get(name, ()) if isinstance(value, str)), "")
        return first.replace("\r\n", "\n").strip()[:_LONGEST_FIELD]

    def long_text(self, name: str) -> str:
        """A text field as it was typed, as long as a form may be."""
        return next((value for value in self._values.get(name, ()) if isinstance(value, str)), "")

    def texts(self, name: str) -> list[str]:
        """Every value of a field that may be chosen several times."""
        return [value for value in self._values.get(name, ()) if isinstance(value, str)]

    def checked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def files(self, name: str) -> list[UploadFile]:
        """The files of an input; an input that was left empty sends a nameless one."""
        return [value for value in self._values.get(name, ()) if isinstance(value, UploadFile) and value.filename]


def local_instant(text: str) -> datetime | None:
    """The instant that a field of local date and time says, such as 2026-11-23T09:30; None where it says none."""
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return None
    return said.replace(tzinfo=LOCAL_ZONE) if said.tzinfo is None and _YEARS[0] <= said.year <= _YEARS[1] else None


def local_field(instant: datetime | None) -> str:
    """An instant as a field of local date and time takes it, to the minute; empty where there is none."""
    return f"{instant.astimezone(LOCAL_ZONE):%Y-%m-%dT%H:%M}" if instant else ""


async def read_fields(request: PageRequest) -> Fields:
    """The fields of the form that was submitted."""
    return Fields((await request.form()).items())


def errors_of(refusal: Refusal, names: Mapping[str, str]) -> Errors:
    """A refusal beside its field. `names` maps JSON pointers of the wish to field names of the form."""
    if isinstance(refusal, Faulty):
        return {names.get(fault.pointer, ""): fault.detail for fault in refusal.faults}
    return {names.get(refusal.pointer or "", ""): refusal.text}
