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


class _Names(HTMLParser):
    """What can be sent: also by buttons, by files, and by fields that stand beside their form."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._forms: list[tuple[str, str, bool]] = []
        self._open = False
        self._beside: list[tuple[str, str]] = []
        self.found: dict[str, set[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = (has.get("action") or self._path).partition("?")[0]
            self._forms.append((has.get("id", ""), action, has.get("method") == "post"))
            self._open = True
            if has.get("method") == "post":
                self.found.setdefault(action, set())
        elif tag in {"input", "select", "textarea", "button"}:
            action = has["formaction"].partition("?")[0] if has.get("formaction") else ""
            if action:
                self.found.setdefault(action, set()).update(self.found[self._forms[-1][1]])
            if has.get("form"):
                self._beside.append((has["form"], has.get("name", "")))
            elif self._open and has.get("name") and self._forms[-1][2]:
                self.found[action or self._forms[-1][1]].add(has["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False

    def close(self) -> None:
        super().close()
        for form, name in self._beside:
            for known, action, writes in self._forms:
                if known == form and writes and name:
                    self.found[action].add(name)


def fields_sent(markup: str, path: str) -> dict[str, set[str]]:
    """The names of all that the forms of a page may post, by where it goes."""
    parser = _Names(path)
    parser.feed(markup)
    parser.close()
    return parser.found
