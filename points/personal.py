"""Personal data of a steward in this package: notes and comments are free text and go, the ledger holds none."""

from points.models import Award, Collection, Grant, LevelChange, Note, Penalty, RuleComment, Transfer
from stewards.personal import ERASED, STEWARD_ROWS, PersonalTable

_OWN_ACCOUNTS = "(SELECT id FROM points_account WHERE owner_kind = 'steward' AND owner_id = $1)"
_OWN_SUBJECTS = " UNION ALL ".join(
    f"SELECT id FROM {table} WHERE steward_id = $1" for table in ("points_grant", "points_penalty", "points_collection")
)

PERSONAL: tuple[PersonalTable, ...] = (
    PersonalTable(name="awards", model=Award, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(
        name="transfers",
        model=Transfer,
        whose=f"from_account_id IN {_OWN_ACCOUNTS} OR to_account_id IN {_OWN_ACCOUNTS}",
        erasing="keep",
    ),
    PersonalTable(name="level_changes", model=LevelChange, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="grants", model=Grant, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="penalties", model=Penalty, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="collections", model=Collection, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(
        name="notes", model=Note, whose=f"author_id = $1 OR subject_id IN ({_OWN_SUBJECTS})", erasing="delete"
    ),
    PersonalTable(
        name="rule_comments",
        model=RuleComment,
        whose="author_kind = 'steward' AND author_id = $1",
        erasing={"text": ERASED},
    ),
)
