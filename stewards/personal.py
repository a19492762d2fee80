"""Where personal data of a steward stands: each package registers its tables, for the copy and for the erasure.

What is append-only or sealed holds random ids, codes and numbers alone and is kept (decision 0008).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tortoise.models import Model

from stewards.models import (
    AccessToken,
    Consent,
    ErasureRequest,
    InboxMessage,
    LaneDuty,
    PinCode,
    Session,
    SignInCard,
    Staff,
    Steward,
    StewardCard,
    TokenUse,
)

ERASED = "已注销"
"""What stands in place of a name or text after an erasure."""

Erasure = Literal["keep", "delete"] | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalTable:
    """Rows of one table that are about a steward.

    `whose` is a condition in SQL with the steward's id as $1. `erasing` says what an erasure does with the rows: keep
    them, delete them, or overwrite some columns. `erased_where` narrows that further than the copy. `withheld` columns
    stay out of the copy, such as hashes; a table without a `name` is not copied at all.
    """

    name: str | None
    model: type[Model]
    whose: str
    erasing: Erasure
    erased_where: str | None = None
    withheld: frozenset[str] = field(default_factory=frozenset)

    @property
    def table(self) -> str:
        """The table's name in the database."""
        return str(self.model._meta.db_table)


STEWARD_ROWS = "steward_id = $1"

PERSONAL: tuple[PersonalTable, ...] = (
    PersonalTable(
        name="steward",
        model=Steward,
        whose="id = $1",
        erasing={"name": ERASED, "pinyin": "", "initials": "", "phone": None, "pin_hash": None},
        withheld=frozenset({"pin_hash"}),
    ),
    PersonalTable(name="card", model=StewardCard, whose=STEWARD_ROWS, erasing="delete"),
    PersonalTable(name="lane_duties", model=LaneDuty, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="consents", model=Consent, whose=STEWARD_ROWS, erasing="delete"),
    PersonalTable(
        name="sessions",
        model=Session,
        whose=STEWARD_ROWS,
        erasing="delete",
        withheld=frozenset({"secret_sha256", "device_sha256"}),
    ),
    PersonalTable(
        name="sign_in_cards",
        model=SignInCard,
        whose=STEWARD_ROWS,
        erasing="delete",
        withheld=frozenset({"secret_sha256"}),
    ),
    PersonalTable(
        name="pin_codes",
        model=PinCode,
        whose=STEWARD_ROWS,
        erasing="delete",
        withheld=frozenset({"code_hash"}),
    ),
    PersonalTable(
        name="access_tokens",
        model=AccessToken,
        whose=STEWARD_ROWS,
        erasing="delete",
        withheld=frozenset({"secret_sha256"}),
    ),
    PersonalTable(
        name="token_uses",
        model=TokenUse,
        whose="token_id IN (SELECT id FROM stewards_access_token WHERE steward_id = $1)",
        erasing="delete",
    ),
    PersonalTable(name="inbox", model=InboxMessage, whose=STEWARD_ROWS, erasing="delete"),
    PersonalTable(name="erasure_requests", model=ErasureRequest, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name=None, model=Staff, whose=STEWARD_ROWS, erasing={"steward_id": None}),
)
