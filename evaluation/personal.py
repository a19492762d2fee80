"""Personal data of a steward in this package. Single ballots stay out of the copy: they are their raters' secret."""

from evaluation.appeal_models import Appeal
from evaluation.closing_models import Score
from evaluation.models import BallotNote, Relation
from evaluation.scheme_models import SchemeComment
from points.models import Note
from stewards.personal import ERASED, STEWARD_ROWS, PersonalTable

_ABOUT = "SELECT id FROM evaluation_ballot WHERE steward_id = $1"

PERSONAL: tuple[PersonalTable, ...] = (
    PersonalTable(name="scores", model=Score, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="appeals", model=Appeal, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(
        name="appeal_texts",
        model=Note,
        whose=f"subject_id IN (SELECT id FROM evaluation_appeal WHERE {STEWARD_ROWS})",
        erasing="delete",
    ),
    PersonalTable(
        name="scheme_comments",
        model=SchemeComment,
        whose="author_kind = 'steward' AND author_id = $1",
        erasing={"text": ERASED},
    ),
    PersonalTable(
        name="ballot_notes",
        model=BallotNote,
        whose=f"ballot_id IN ({_ABOUT}) AND state = 'approved'",
        erased_where=f"ballot_id IN ({_ABOUT})",
        erasing="delete",
    ),
    PersonalTable(
        name="relations",
        model=Relation,
        whose="steward_id = $1 OR (other_kind = 'steward' AND other_id = $1)",
        erasing="delete",
    ),
)
