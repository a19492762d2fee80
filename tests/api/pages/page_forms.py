"""Forms of a page that write, as a browser would send them, read from its markup."""

from html.parser import HTMLParser


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._select: str | None = None
        self._text: str | None = None

    def _put(self, name: str | None, value: str) -> None:
        if self.forms and name:
            self.forms[-1][1].append((name, value))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((found.get("action", "") if found.get("method") == "post" else "", []))
        elif tag == "input" and found.get("type") not in {"file", "submit"}:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                self._put(found.get("name"), found.get("value", ""))
        elif tag == "select":
            self._select = found.get("name")
            self._put(self._select, "")
        elif tag == "option" and "selected" in found and self._select and self.forms:
            self.forms[-1][1][-1] = (self._select, found.get("value", ""))
        elif tag == "textarea":
            self._text = found.get("name")
            self._put(self._text, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text and self.forms:
            name, value = self.forms[-1][1][-1]
            self.forms[-1][1][-1] = (name, value + data)


def form_of(markup: str, action: str) -> dict[str, str]:
    """What the form with an action would send, untouched."""
    parser = _Forms()
    parser.feed(markup)
    [fields] = [fields for there, fields in parser.forms if there == action]
    return dict(fields)
