"""Personal data of a steward in this package. Certificates hold a salted hash of the name; titles stay as facts."""

from rewards.models import Order, OrderLine
from rewards.stories.models import Story, ThankNote
from rewards.teams.models import TeamMember
from rewards.titles.models import TitleAward, TitleObjection
from rewards.wish_models import ItemWish
from stewards.personal import ERASED, STEWARD_ROWS, PersonalTable

PERSONAL: tuple[PersonalTable, ...] = (
    PersonalTable(name="orders", model=Order, whose=STEWARD_ROWS, erasing="keep", withheld=frozenset({"code_sha256"})),
    PersonalTable(name="order_lines", model=OrderLine, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="teams", model=TeamMember, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="titles", model=TitleAward, whose=STEWARD_ROWS, erasing="keep"),
    PersonalTable(name="stories", model=Story, whose=STEWARD_ROWS, erasing="delete"),
    PersonalTable(name="thanks", model=ThankNote, whose=STEWARD_ROWS, erasing="delete"),
    PersonalTable(name="item_wishes", model=ItemWish, whose="proposed_by_id = $1", erasing={"title": ERASED}),
    PersonalTable(
        name="title_objections",
        model=TitleObjection,
        whose="made_by_kind = 'steward' AND made_by_id = $1",
        erasing={"objector": None, "contact": None, "text": ERASED},
    ),
)
