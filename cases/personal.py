"""Personal data of a steward in this package: what he or she wrote goes, what was seen to stays with its credit.

Pictures stay as the proof of what was credited; they show lanes, and their metadata was stripped when they came.
"""

from cases.models import Case, CaseNote, CaseText
from stewards.personal import PersonalTable

_REPORTED = "reporter_kind = 'steward' AND reporter_id = $1"
_CASES = f"(SELECT id FROM cases_case WHERE steward_id = $1 OR ({_REPORTED}))"

PERSONAL: tuple[PersonalTable, ...] = (
    PersonalTable(
        name="cases",
        model=Case,
        whose=f"steward_id = $1 OR ({_REPORTED})",
        erasing="keep",
        withheld=frozenset({"fingerprint"}),
    ),
    PersonalTable(
        name="case_texts",
        model=CaseText,
        whose=f"case_id IN {_CASES}",
        erased_where=f"case_id IN (SELECT id FROM cases_case WHERE {_REPORTED})",
        erasing={"description": "", "address": ""},
    ),
    PersonalTable(name="case_notes", model=CaseNote, whose=f"case_id IN {_CASES}", erasing="delete"),
)
