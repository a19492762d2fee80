"""A district to measure in: stewards with lanes under the rules of Dongcheng, and reported cases by the thousand."""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg

from bench.postgres import Postgres
from kernel.audit import SYSTEM
from kernel.clock import SystemClock
from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.passwords import hash_password
from migrations import APPS
from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from stewards.enrolment import NewSteward, enrol_stewards
from stewards.keys import NewToken, issue_token
from stewards.places import CommunityWish, LaneWish, StreetWish, save_communities, save_lanes, save_streets
from stewards.principal import system_principal
from stewards.staffing import GrantWish, NewStaff, save_staff

STEWARDS = 2_064
_DAYS = 330  # over which the cases are spread, so that monthly caps bite as seldom as in a real year
_clock = SystemClock()


@dataclass
class District:
    """An open database with its people, and the cases that nobody has verified yet."""

    url: str
    name: str
    database: Database
    token: str
    stewards: list[UUID]
    community_id: UUID
    street_id: UUID
    lane_id: UUID
    waiting: deque[UUID] = field(default_factory=deque)
    reported: int = 0

    async def report(self, server: Postgres, count: int) -> None:
        """Put so many reported cases into the tables, as intake leaves them, and tell the planner of them."""
        cases, texts, events = [], [], []
        now = _clock.now()
        for at in range(self.reported, self.reported + count):
            case_id = new_id()
            seen = now - timedelta(days=random.randrange(1, _DAYS), minutes=random.randrange(600))
            cases.append(
                (
                    *(case_id, f"9{at:09}", "bench", f"B{at}", "0" * 64, "api", "litter", "normal", False),
                    *(self.lane_id, self.community_id, self.street_id, random.choice(self.stewards)),
                    *("system", seen, now, "reported", 1, 1),
                )
            )
            texts.append((case_id, "", ""))
            events.append((new_id(), case_id, 1, "report", "reported", 1, "system", now))
            self.waiting.append(case_id)
        self.reported += count
        connection = await asyncpg.connect(host=str(server.folder), user="postgres", database=self.name)
        try:
            for table, columns, rows in (
                ("cases_case", _CASE, cases),
                ("cases_case_text", ("case_id", "description", "address"), texts),
                ("cases_event", _EVENT, events),
            ):
                await connection.copy_records_to_table(table, columns=columns, records=rows)
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()


_CASE = (
    *("id", "number", "source", "external_id", "fingerprint", "channel", "category", "urgency", "livelihood"),
    *("lane_id", "community_id", "street_id", "steward_id"),
    *("reporter_kind", "reported_at", "received_at", "state", "episode", "version"),
)
_EVENT = ("id", "case_id", "version", "action", "to_state", "episode", "actor_kind", "recorded_at")


async def a_district(server: Postgres, name: str) -> District:
    """A fresh database with a district in it and an administrator's token."""
    url = await server.fresh(name)
    database = await Database.open(url, APPS, pool_size=4)
    now, caller = _clock.now(), system_principal()
    hashed = await hash_password("of-no-use-here")
    long_ago = date(2015, 4, 1)

    async def people(tx: Tx) -> tuple[list[UUID], str, UUID, UUID, UUID]:
        await publish_rules(tx, shipped_programme(), by=None, now=datetime(2018, 1, 1, tzinfo=UTC))
        await save_streets(
            tx, [StreetWish(code="110101001", name="东华门街道", valid_from=long_ago)], by=SYSTEM, now=now
        )
        community = CommunityWish(code="001-01", street_code="110101001", name="多福巷社区", valid_from=long_ago)
        await save_communities(tx, [community], by=SYSTEM, now=now)
        lane = LaneWish(code="001-01-01", community_code="001-01", name="样本胡同", valid_from=long_ago)
        await save_lanes(tx, [lane], by=SYSTEM, now=now)
        wishes = [
            NewSteward(number=f"B{at:06}", name=f"李样本{at}", community_code="001-01", joined_on=date(2020, 1, 5))
            for at in range(STEWARDS)
        ]
        enrolled = await enrol_stewards(tx, wishes, by=SYSTEM, now=now, principal=caller)
        stewards = [one.steward_id for one in enrolled if not isinstance(one, Refusal)]
        grants = (GrantWish(role="district_admin", scope_kind="district"),)
        staff = NewStaff(login="bench", name="孙样本", grants=grants, password_hash=hashed)
        [saved] = await save_staff(tx, [staff], by=SYSTEM, now=now)
        if isinstance(saved, Refusal) or len(stewards) != STEWARDS:
            raise RuntimeError("the district of the benchmark could not be built")
        token = await issue_token(tx, NewToken(label="bench", staff_id=saved.staff_id), by=SYSTEM, now=now)
        found = await tx.fetch_one(
            "SELECT lane.id AS lane_id, lane.community_id, community.street_id FROM stewards_lane AS lane "
            "JOIN stewards_community AS community ON community.id = lane.community_id"
        )
        assert found is not None
        return stewards, token.secret, found["community_id"], found["street_id"], found["lane_id"]

    stewards, token, community_id, street_id, lane_id = await database.run(people)
    return District(
        url=url,
        name=name,
        database=database,
        token=token,
        stewards=stewards,
        community_id=community_id,
        street_id=street_id,
        lane_id=lane_id,
    )
