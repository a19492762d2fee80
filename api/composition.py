"""The composition root: everything that one server process of a district is made of, built once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

from litestar.connection import ASGIConnection

from api.issuer import issuer_of
from api.last_seen import LastSeen
from api.last_used import LastUsed
from api.own_settings import KnownSettings
from api.scarce import ScarceCommits
from api.streams import Streams
from api.title_commits import TitleCommits
from cases import notices
from cases.caseload import shards_of_cases
from cases.evidence import attach_evidence
from cases.handling import handle_cases
from cases.intake import report_cases
from cases.rechecks import decide_rechecks, recheck_jobs, review_alerts
from cases.sighting import SIGHTINGS_FORGOTTEN, set_sightings_aside, take_sightings
from evaluation.appeals import answer_appeals, open_appeals
from evaluation.ballot_notes import decide_notes
from evaluation.holds import GUARDS_JOB, review_holds
from kernel import jobs
from kernel.clock import Clock
from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.files import FileStore, references_to_files
from kernel.group_commit import GroupCommit
from kernel.idempotency import Answer, Keyed, answer_keyed
from kernel.jobs import Job, JobRun
from kernel.outbox import Dispatcher, Handler, InBatches
from kernel.outbox_outside import OutsideDispatcher
from kernel.ranking import MemoryRanks, Ranks, RedisRanks
from kernel.settings import Settings
from kernel.single_server import hold_server_lock
from kernel.upkeep import upkeep_jobs
from migrations import APPS
from points.award import Reversed
from points.budgets import change_budgets
from points.donating import donate
from points.expiring import EXPIRY_JOBS
from points.grant_deciding import decide_grants
from points.grants import propose_grants
from points.leaving import LEAVERS, close_collections, open_collections
from points.levelling import LEVEL_JOB
from points.multipliers import MULTIPLIER_JOB
from points.penalties import PENALTIES_DUE, decide_penalties, propose_penalties
from points.report_closing import REPORT_MONTHS
from points.reversing import reverse_transfer
from rewards import order_notices
from rewards.boards import feed
from rewards.boards.closing import BOARDS_CLOSE
from rewards.boards.reading import Boards
from rewards.credentials.badge import Issuer
from rewards.credentials.issuing import issue_credentials
from rewards.credentials.signing import SigningKey, load_key
from rewards.desk import take_orders
from rewards.displays.pairing import pair_displays, revoke_displays
from rewards.expiring import order_jobs
from rewards.fulfilment import step_orders
from rewards.items import add_items, set_prices
from rewards.pick_up_codes import PickUpCodes
from rewards.rounds import scarce_jobs
from rewards.stocking import move_stock
from rewards.stories.telling import tell_stories, withdraw_stories
from rewards.stories.thanking import decide_thanks
from rewards.street_scores.recording import score_streets
from rewards.teams.keeping import end_teams, keep_teams
from rewards.titles.proposing import TITLES_PROPOSE
from rewards.voiding import gift_handlers
from stewards.code_senders import sender_of
from stewards.district_settings import settings_now
from stewards.faces import Face, find_faces
from stewards.keys import authenticate_tokens
from stewards.pin_codes import code_handlers, code_handovers, forget_codes
from stewards.principal import Principal
from stewards.sessions import forget_sessions
from stewards.sign_in_cards import forget_cards

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")
Verb = Callable[..., Awaitable[Sequence[Any]]]

_AT_ONCE = {"sqlite": 1, "postgres": 2}
_BULK_AT_ONCE = 2  # a bulk request is a batch already; a few of them make a transaction of bearable length

HANDLERS: dict[str, Handler | InBatches] = {**notices.HANDLERS, **feed.HANDLERS, **order_notices.HANDLERS}
"""Who takes which outbox topic."""


async def _forget_ended_sessions(run: JobRun) -> None:
    async def step(tx: Tx) -> None:
        await forget_sessions(tx, now=run.now())
        await forget_cards(tx, now=run.now())
        await forget_codes(tx, now=run.now())

    await run.database.run(step)


_ENDED_SESSIONS = Job(
    name="ended-sessions", every=timedelta(days=1), offset=timedelta(hours=4), run=_forget_ended_sessions
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReversal:
    """A transfer whose operation is to be taken back."""

    transfer_id: UUID
    cause: str
    actor_id: UUID | None


async def _reverse_transfers(tx: Tx, wishes: Sequence[TransferReversal], *, now: datetime) -> list[Reversed | Refusal]:
    outcomes: list[Reversed | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(
                await reverse_transfer(tx, wish.transfer_id, cause=wish.cause, now=now, actor_id=wish.actor_id)
            )
        except Refusal as refusal:  # nothing was written for it; as a value it is kept under its Idempotency-Key
            outcomes.append(refusal)
    return outcomes


class Glance(NamedTuple):
    """Who holds a token, and what some stewards look like on a board; the holder's own face comes with it."""

    secret: str
    steward_ids: Collection[str] = ()


class Seen(NamedTuple):
    """What a glance shows; the faces, by id as text, may be more than were asked for."""

    caller: Principal | None
    faces: Mapping[str, Face]


def ranks_of(settings: Settings) -> Ranks:
    """The engine of ranks: Redis where there is one, else this process' memory."""
    return RedisRanks(settings.redis_url, settings.district_tag) if settings.redis_url else MemoryRanks()


class District:
    """A district as one process serves it: settings, database, clock, files, deliveries and the commits that wait."""

    def __init__(self, settings: Settings, clock: Clock, database: Database) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.files = FileStore(settings.files_dir)
        self.last_seen = LastSeen(database)
        self.last_used = LastUsed(database)
        self.own_settings = KnownSettings(database, settings, clock)
        self.codes = PickUpCodes(settings.secret_key)
        handlers = {**HANDLERS, **gift_handlers(self.codes), **code_handlers(settings.secret_key)}
        self.dispatcher = Dispatcher(database, handlers, clock)
        self.sender = sender_of(settings)
        self.outside = OutsideDispatcher(database, code_handovers(database, self.sender, settings.secret_key), clock)
        self.ranks = ranks_of(settings)
        self.boards = Boards(database, self.ranks, clock)
        self.streams = Streams(clock)
        self.boards.projector.listen(self.streams.wake)
        self.jobs: list[Job] = [
            *upkeep_jobs(self.files, references_to_files(app.models for app in APPS)),
            _ENDED_SESSIONS,
            SIGHTINGS_FORGOTTEN,
            PENALTIES_DUE,
            MULTIPLIER_JOB,
            LEVEL_JOB,
            *EXPIRY_JOBS,
            LEAVERS,
            REPORT_MONTHS,
            BOARDS_CLOSE,
            GUARDS_JOB,
            TITLES_PROPOSE,
            *recheck_jobs(settings),
        ]
        # Nothing is remembered of who holds a token: revoking acts at once. Requests that wait share the next read.
        self.token_holders = GroupCommit[str, Principal | None](self._read_token_holders)
        self.glances = GroupCommit[Glance, Seen](self._read_glances)
        self._commits: list[GroupCommit[Any, Answer]] = []
        self.issue_credentials = self.commits(self._issue_credentials)
        self.report = self.commits(report_cases)
        self.report_bulk = self.commits(report_cases, batch_size=_BULK_AT_ONCE)
        self.handle = self.commits(handle_cases, shards_of=self._shards_of_steps)
        self.handle_bulk = self.commits(handle_cases, batch_size=_BULK_AT_ONCE)
        self.attach = self.commits(attach_evidence)
        self.jobs += order_jobs(self.codes, settings)
        # Whoever orders may want any item, and an item may be wanted by anyone: two batches would wait for each other.
        self.take_orders = self.commits(partial(take_orders, codes=self.codes), at_once=1)
        self.step_orders = self.commits(partial(step_orders, codes=self.codes))
        self.move_stock = self.commits(move_stock)
        self.add_items = self.commits(add_items)
        self.set_prices = self.commits(set_prices)
        self.jobs += scarce_jobs(self.codes)
        self.scarce = ScarceCommits(self, self.codes)
        self.pair_displays = self.commits(pair_displays)
        self.revoke_displays = self.commits(revoke_displays)
        self.tell_stories = self.commits(tell_stories)
        self.withdraw_stories = self.commits(withdraw_stories)
        self.decide_thanks = self.commits(decide_thanks)
        self.score_streets = self.commits(score_streets)
        # Who leaves one team may join another: one batch after the other.
        self.keep_teams = self.commits(keep_teams, at_once=1)
        self.end_teams = self.commits(end_teams, at_once=1)
        self.change_budgets = self.commits(change_budgets)
        self.open_appeals = self.commits(open_appeals)
        self.answer_appeals = self.commits(answer_appeals)
        self.review_holds = self.commits(review_holds)
        self.decide_notes = self.commits(decide_notes)
        self.decide_rechecks = self.commits(decide_rechecks)
        self.review_alerts = self.commits(review_alerts)
        self.take_sightings = self.commits(take_sightings)
        self.set_sightings_aside = self.commits(set_sightings_aside)
        self.propose_grants = self.commits(propose_grants)
        self.decide_grants = self.commits(decide_grants)
        self.donate = self.commits(donate)
        self.open_collections = self.commits(open_collections)
        self.close_collections = self.commits(close_collections)
        self.propose_penalties = self.commits(propose_penalties)
        self.decide_penalties = self.commits(decide_penalties)
        self.titles = TitleCommits(self)
        # One at a time: each locks what it finds as it goes.
        self.reverse = self.commits(_reverse_transfers, batch_size=1)

    @cached_property
    def signing_key(self) -> SigningKey:
        """The district's key, made on first use."""
        return load_key(self.settings.data_dir)

    async def issuer(self) -> Issuer:
        """Who signs certificates, by the name that holds today."""
        return issuer_of(self.settings, await self.own_settings.now())

    async def _issue_credentials(self, tx: Tx, wishes: Sequence[Any], *, now: datetime) -> Sequence[Any]:
        issuer = issuer_of(self.settings, await settings_now(tx, self.settings, now))
        return await issue_credentials(tx, wishes, now=now, issuer=issuer, key=self.signing_key)

    async def _shards_of_steps(self, asked: Sequence[Keyed[Any, Any]]) -> Sequence[int]:
        return await shards_of_cases(await self.database.reader(), [keyed.wish[0].case_id for keyed in asked])

    def commits(
        self,
        verb: Verb,
        *,
        batch_size: int = 512,
        at_once: int | None = None,
        shards_of: Callable[[Sequence[Keyed[Any, Any]]], Awaitable[Sequence[int]]] | None = None,
    ) -> GroupCommit[Keyed[Any, Any], Answer]:
        """A group commit of a verb that takes many wishes at once; each request brings one or several."""

        async def write(batch: Sequence[Keyed[Any, Any]]) -> list[Answer]:
            now = self.clock.now()
            together = partial(_flattened, partial(verb, now=now))
            answers = await self.database.run(lambda tx: answer_keyed(tx, together, batch, now=now))
            self.dispatcher.wake()
            return answers

        made: GroupCommit[Keyed[Any, Any], Answer] = GroupCommit(
            write, at_once=at_once or _AT_ONCE[self.database.dialect], batch_size=batch_size, shards_of=shards_of
        )
        self._commits.append(made)
        return made

    async def _read_token_holders(self, secrets: Sequence[str]) -> list[Principal | None]:
        now = self.clock.now()
        callers = await authenticate_tokens(await self.database.reader(), secrets, now=now)
        self.last_used.note(callers, now)
        return callers

    async def _read_glances(self, glances: Sequence[Glance]) -> list[Seen]:
        reader, now = await self.database.reader(), self.clock.now()
        wanted = {known for glance in glances for known in glance.steward_ids}
        callers, faces = await asyncio.gather(
            authenticate_tokens(reader, [glance.secret for glance in glances], now=now), find_faces(reader, wanted)
        )
        self.last_used.note(callers, now)
        own = {str(caller.steward_id) for caller in callers if caller is not None and caller.steward_id}
        if not own <= wanted:
            faces |= await find_faces(reader, own - wanted)
        return [Seen(caller, faces) for caller in callers]

    async def close(self) -> None:
        """Commit what was accepted, then close the database."""
        await self.token_holders.close()
        await self.glances.close()
        for commit in self._commits:
            await commit.close()
        await self.ranks.close()
        await self.database.close()


async def _flattened(verb: Verb, tx: Tx, groups: Sequence[Sequence[Wish]]) -> list[Sequence[Any | Refusal]]:
    """Run a verb once for the wishes of many requests; answers each request's outcomes."""
    outcomes = list(await verb(tx, [wish for group in groups for wish in group]))
    taken: list[Sequence[Any | Refusal]] = []
    start = 0
    for group in groups:
        taken.append(outcomes[start : start + len(group)])
        start += len(group)
    return taken


@asynccontextmanager
async def open_district(settings: Settings, clock: Clock) -> AsyncIterator[District]:
    """Open a district for serving; deliveries and jobs run until it is left.

    Raises:
        ServerAlreadyRunning: another process serves this embedded database.

    """
    async with AsyncExitStack() as stack:
        if settings.embedded:
            path = settings.database_path
            stack.enter_context(hold_server_lock(path.with_name(path.name + ".serving")))
        database = await Database.open(settings.database_url, APPS, pool_size=settings.pool_size)
        district = District(settings, clock, database)
        stack.push_async_callback(district.close)
        stop = asyncio.Event()
        loops = [
            asyncio.create_task(district.dispatcher.run_forever(stop)),
            asyncio.create_task(district.boards.projector.run_forever(stop)),
            asyncio.create_task(jobs.run_forever(database, district.jobs, clock, stop)),
            asyncio.create_task(district.outside.run_forever(stop)),
            asyncio.create_task(district.last_used.run_forever(stop)),
        ]
        try:
            yield district
        finally:
            stop.set()
            await asyncio.gather(*loops, return_exceptions=True)


def district_of(connection: ASGIConnection[Any, Any, Any, Any]) -> District:
    """The district that a request is about."""
    return cast("District", connection.app.state.district)
