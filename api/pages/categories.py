"""The categories of cases in words, as the rules in force name them."""

from collections.abc import Mapping
from datetime import date

from kernel.database import Reader
from kernel.messages import Locale, Text
from points.receipt import Label
from points.rule_versions import rules_on
from points.rules import Rules


class Categories:
    """Names and points of categories. A code that the rules no longer know is its own name."""

    def __init__(self, rules: Rules | None) -> None:
        self.rules = rules
        self._known = rules.document.categories if rules else {}

    def name(self, code: str) -> Text:
        """A category in words."""
        known = self._known.get(code)
        return Label(known.zh, english=known.en) if known else Text(code.replace("{", "{{").replace("}", "}}"))

    def points(self, code: str) -> int:
        """The base points of a category, 0 where the rules do not know it."""
        known = self._known.get(code)
        return known.points if known else 0

    def options(self, locale: Locale) -> list[tuple[str, str]]:
        """Codes and words for a list of choices, in the order of the rules."""
        return [(code, self.name(code).render(locale)) for code in self._known]

    @property
    def least(self) -> int:
        """What the cheapest category is worth, 0 where there are no rules."""
        return min((known.points for known in self._known.values()), default=0)

    @property
    def usual(self) -> int:
        """What a category is worth on average, rounded down."""
        return sum(known.points for known in self._known.values()) // max(1, len(self._known))

    @property
    def codes(self) -> list[str]:
        """Every code, in the order of the rules."""
        return list(self._known)


async def read_categories(reader: Reader, day: date) -> Categories:
    """The categories of the rules in force on a local day."""
    found: Mapping[date, Rules] = await rules_on(reader, [day])
    return Categories(found.get(day))
