"""The demo's stories and thanks: of each street about nobody by name, of one steward who consents, and a thank-you."""

from collections.abc import Sequence
from datetime import datetime

from api.demo.district import DemoDistrict, DemoSteward
from kernel.database import Database, Tx
from kernel.errors import Refusal
from rewards.stories.models import Story
from rewards.stories.telling import TellStory, tell_stories
from rewards.stories.thanking import DecideThanks, LeaveThanks, ThanksStand, decide_thanks, leave_thanks
from stewards.consents import ConsentWish, save_consents
from stewards.directory import steward_ids
from stewards.principal import Principal

_OF_A_STREET = (
    ("一条巷子的花箱", "春天起，邻居们轮流给{lane}的花箱浇水，谁家出门就在群里喊一声，花一直开到了秋天。"),
    ("会说话的小地图", "管家们把{lane}画成一张小地图，灭火器、井盖、晾衣绳都标上了，新来的租户第一天就看得懂。"),
    ("车棚腾出来了", "{lane}的旧车棚堆了十几年，管家和邻居一起清了三天，现在停得下二十辆自行车。"),
)
_OF_A_STEWARD = (
    "雨天守坑",
    "一场大雨冲开了井盖，{name}打着伞守了一个多小时，劝行人绕路，一边给街道打电话，直到坑填好。",
)
_THANKS = ("谢谢您帮我家老人把米搬上楼！", "巷口这几个月干净多了，谢谢您。", "下雨天还来巡巷，辛苦了！")


async def tell_demo_stories(database: Database, district: DemoDistrict, by: Principal, *, now: datetime) -> None:
    """Tell them once; a district that has stories is left alone."""
    reader = await database.reader()
    if await reader.rows(Story, "LIMIT 1"):
        return
    tellers = _tellers(district)
    ids = await steward_ids(reader, [teller.number for teller in tellers])
    consents = [
        ConsentWish(steward_id=ids[teller.number], field=field, granted=True)
        for teller in tellers
        for field in ("story", "thanks")
    ]
    stories = []
    for at, teller in enumerate(tellers):
        street = teller.lane.community.street
        title, text = _OF_A_STREET[at % len(_OF_A_STREET)]
        about = (
            (title, text.format(lane=teller.lane.name), None),
            (
                _OF_A_STEWARD[0],
                _OF_A_STEWARD[1].format(name=teller.name),
                teller.number,
            ),
        )
        stories += [
            TellStory(
                title=named, text=told, street_code=street.code, steward_number=number, picture_sha256=None, caller=by
            )
            for named, told, number in about
        ]
    thanks = [
        LeaveThanks(steward_id=ids[teller.number], text=_THANKS[at % len(_THANKS)], signed="街坊")
        for at, teller in enumerate(tellers)
    ]

    async def use_case(tx: Tx) -> None:
        _check(await save_consents(tx, consents, by=by.actor, now=now))
        _check(await tell_stories(tx, stories, now=now))
        left = await leave_thanks(tx, thanks, now=now)
        _check(left)
        wishes = [
            DecideThanks(thanks_id=note.thanks_id, publish=True, caller=by)
            for note in left
            if isinstance(note, ThanksStand)
        ]
        _check(await decide_thanks(tx, wishes, now=now))

    await database.run(use_case)


def _tellers(district: DemoDistrict) -> list[DemoSteward]:
    """The first steward of each street who shows the full name."""
    found: dict[str, DemoSteward] = {}
    for steward in district.stewards:
        if steward.shows_name:
            found.setdefault(steward.lane.community.street.code, steward)
    return list(found.values())


def _check(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome
