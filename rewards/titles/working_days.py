"""Working days of notices and objections: the district's calendar (kernel.working_days)."""

from kernel.working_days import PLAIN_WEEKS, WorkCalendar

__all__ = ["PLAIN_WEEKS", "WorkCalendar"]
