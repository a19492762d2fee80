"""Days between two columns of instants, as each dialect computes them."""

from kernel.database import Reader


def days_between(reader: Reader, earlier: str, later: str) -> str:
    """SQL for the days from one instant to another, as a number with fractions."""
    if reader.dialect == "postgres":
        return f"(EXTRACT(EPOCH FROM ({later} - {earlier})) / 86400.0)"
    return f"(julianday({later}) - julianday({earlier}))"
