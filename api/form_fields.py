"""What the form of a page may send: each route that takes one states its fields, and whatever else comes is refused.

A route states `opt={FORM: ("name", "c-*")}`: names as they stand, and patterns (of `fnmatch`) where a form has a field
for each of its rows. Where names come from a document, such as the questions of an evaluation, it states `ANY`, and
says which they are as soon as it knows (`Fields.only`).
"""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from api.strict_json import pointer_to
from kernel.errors import Kind, Refusal
from kernel.messages import N_

FORM = "form"
"""The name under which a route states in its `opt` the fields of its form."""

ANY = ("*",)
"""The fields of a form whose names the route knows only later."""

CSRF_FIELD = "_csrf"
"""The field of every form that proves which page it is of; no route states it."""

_LONGEST_NAME = 64


class UnknownField(Refusal):
    """A form came with a field that it does not have (未知的项); nothing was changed."""

    code = "unknown_field"
    kind = Kind.INVALID
    message = N_("这张表单没有“{field}”这一项，什么也没有改。请打开原来的页面再填。")


def is_known(name: str, known: Collection[str]) -> bool:
    """Whether a field is among the names and patterns that a route states."""
    return name in known or any("*" in pattern and fnmatchcase(name, pattern) for pattern in known)


def refuse_unknown(sent: Iterable[str], known: Collection[str]) -> None:
    """Refuse a form with a field that is not among the known ones.

    Raises:
        UnknownField: names the first.

    """
    for name in sent:
        if name != CSRF_FIELD and not is_known(name, known):
            cut = name[:_LONGEST_NAME]
            shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut)
            raise UnknownField(pointer=pointer_to(cut), field=shown)
