"""Scores and weights as they are written: exact fractions inside, hundredths in documents, two decimals for readers."""

from fractions import Fraction


def points(value: Fraction | None) -> str:
    """A score to the hundredth, as sentences say it; nothing where there is none."""
    return "" if value is None else f"{float(value):.2f}"


def percent(value: Fraction) -> str:
    """A weight in percent, without zeros that say nothing: 30, 42.86."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def number(value: Fraction | None) -> float | None:
    """A score to the hundredth, as JSON and sheets hold it."""
    return None if value is None else round(float(value), 2)


def to_hundredths(value: Fraction | None) -> int | None:
    """A score of whole hundredths as rows and documents hold it."""
    return None if value is None else int(value * 100)


def from_hundredths(hundredths: int | None) -> Fraction | None:
    """The same back."""
    return None if hundredths is None else Fraction(hundredths, 100)
