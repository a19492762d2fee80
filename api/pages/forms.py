"""Forms as browsers send them: text fields, uploads, and refusals beside the field that they are about."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from litestar.datastructures import UploadFile

from api.errors import Faulty
from api.form_fields import ANY, CSRF_FIELD, FORM, is_known, refuse_unknown
from api.pages.rendering import PageRequest
from kernel.clock import LOCAL_ZONE
from kernel.errors import Refusal
from kernel.messages import Text

Errors = dict[str, Text]
"""What is wrong with a form: the field's name, or '' for the form as a whole, and why."""

_YEARS = (2000, 2100)  # as everywhere that days come in
_LONGEST_FIELD = 4_000  # no field of ours takes more; what is longer is cut to a length that is refused by name


class Fields:
    """The fields of a submitted form, by name. A field that was not sent is empty.

    `known` are the fields that its route states: to ask for another is a fault of ours, as it could never come.
    """

    def __init__(self, pairs: Iterable[tuple[str, Any]], known: Collection[str] = ANY) -> None:
        self._known = known
        self._values: dict[str, list[Any]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def _sent(self, name: str) -> list[Any]:
        if not is_known(name, self._known):
            raise LookupError(name)
        return self._values.get(name, [])

    def only(self, *names: str) -> None:
        """Refuse fields beside these, where a route could state no names.

        Raises:
            UnknownField: names the first.

        """
        refuse_unknown(self._values, names)

    def text(self, name: str) -> str:
        """A text field without surrounding blanks, its line breaks as one character."""
        return self.long_text(name).replace("\r\n", "\n").strip()[:_LONGEST_FIELD]

    def long_text(self, name: str) -> str:
        """A text field as it was typed, as long as a form may be."""
        return next((value for value in self._sent(name) if isinstance(value, str)), "")

    def texts(self, name: str) -> list[str]:
        """Every value of a field that may be chosen several times."""
        return [value for value in self._sent(name) if isinstance(value, str)]

    def checked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def files(self, name: str) -> list[UploadFile]:
        """The files of an input; an input that was left empty sends a nameless one."""
        return [value for value in self._sent(name) if isinstance(value, UploadFile) and value.filename]


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
    sent = [(name, value) for name, value in (await request.form()).multi_items() if name != CSRF_FIELD]
    return Fields(sent, request.route_handler.opt[FORM])


def errors_of(refusal: Refusal, names: Mapping[str, str]) -> Errors:
    """A refusal beside its field. `names` maps JSON pointers of the wish to field names of the form."""
    if isinstance(refusal, Faulty):
        return {names.get(fault.pointer, ""): fault.detail for fault in refusal.faults}
    return {names.get(refusal.pointer or "", ""): refusal.text}
