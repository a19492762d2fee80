"""Building a demo district: the sheets of a seed go through the doors that real sheets use, and nothing else writes."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from api.composition import HANDLERS
from api.demo.cards import draw_demo_cards
from api.demo.credentials import People, issue_credentials
from api.demo.district import DemoSteward, Size, build_district
from api.demo.manifest import Manifest, write_private
from api.demo.pictures import evidence_picture
from api.demo.ratings import DemoRatings, demo_scheme
from api.demo.sheets import office_sheets, weekly_sheets
from api.demo.shop import DemoShop
from api.demo.stories import tell_demo_stories
from api.demo.streets import SHEET, street_sheet
from api.demo.teams import TEAMS_SHEET, teams_sheet
from api.demo.titles import DemoTitles
from api.demo.year import year_of_cases
from api.importers import IMPORTERS
from cases.evidence import NewEvidence, attach_evidence
from cases.imports.mapping import ImportKind
from cases.imports.mapping_documents import load_mapping
from cases.imports.results import ImportResult, Progress
from cases.imports.run import import_file
from evaluation.scheme_versions import publish_scheme
from kernel.clock import Clock, FixedClock, day_start
from kernel.database import Database, Tx
from kernel.errors import Kind, Refusal
from kernel.files import FileStore, PreparedFile, prepare_picture
from kernel.outbox import Dispatcher
from kernel.passwords import hash_password
from kernel.public_holidays import shipped_holidays, take_in_holidays
from kernel.settings import DEFAULT_SECRET
from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from rewards.pick_up_codes import PickUpCodes
from rewards.voiding import gift_handlers
from stewards.directory import steward_ids
from stewards.enrolment import NewSteward, enrol_stewards
from stewards.inbox import mark_read
from stewards.principal import Principal, system_principal
from stewards.staffing import NewStaff, list_staff, save_staff

OnStage = Callable[[str, Progress], None]
"""Told a stage (places, stewards, staff, cases, evidence) and how far it has come."""

_KINDS: dict[str, ImportKind] = {
    "places.csv": "places",
    "stewards.csv": "stewards",
    "staff.csv": "staff",
    SHEET: "street_scores",
    TEAMS_SHEET: "teams",
}
_MAPPING = "grid-platform.json"  # of the cases; the other sheets have the columns of the templates
_AT_ONCE = 500
_NOTICES_AT_ONCE = 2_000
T = TypeVar("T")


class DemoRefused(Refusal):
    """Base of why no demo can be built."""

    kind = Kind.CONFLICT
    code = "demo_refused"
    message = "不能建演示数据。"


class OtherDemo(DemoRefused):
    """The folder holds a demo of another size or seed."""

    code = "other_demo"
    message = "这个目录里已有演示数据（规模 {size}，种子 {seed}），请换一个目录。"


class DistrictInUse(DemoRefused):
    """The database holds a district already that this command did not make."""

    code = "district_in_use"
    message = "数据库里已有街道，演示数据不会混进去；请换一个空的数据库。"


class DemoIncomplete(DemoRefused):
    """A row of the demo's own sheets was refused: a fault of the program."""

    code = "demo_incomplete"
    message = "演示数据第 {line} 行没有被接受：{what}"


def _silent(stage: str, progress: Progress) -> None:
    """For callers that show nothing."""


@dataclass(slots=True, kw_only=True)
class ImportTotals:
    """The weekly sheets of cases taken together."""

    of: int
    rows: int = 0
    seconds: float = 0.0

    def add(self, result: ImportResult) -> None:
        """Count a sheet that was taken in."""
        self.rows += result.rows
        self.seconds += result.seconds

    def with_part(self, part: Progress) -> Progress:
        """How far the year has come while one of its sheets is being taken in."""
        return Progress(
            self.rows + part.rows_done,
            self.of,
            accepted=self.rows + part.accepted,
            repeated=part.repeated,
            refused=part.refused,
            seconds=self.seconds + part.seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBuilt:
    """What stands in the folder now. `fresh` is false where everything was there before."""

    manifest: Manifest
    fresh: bool
    credentials: Path
    imported: ImportTotals | None


async def build_demo(
    database: Database,
    store: FileStore,
    folder: Path,
    *,
    size: Size,
    seed: int,
    last_day: date,
    base_url: str,
    clock: Clock,
    secret_key: str = DEFAULT_SECRET,
    on_stage: OnStage = _silent,
) -> DemoBuilt:
    """Build a district into an empty, migrated database, or go on where an earlier run stopped.

    A finished one is left as it is. `last_day` counts for a new demo; one that was begun keeps its own, so that its
    sheets stay the same.

    Raises:
        OtherDemo: the folder holds another one.
        DistrictInUse: the database holds something else.
        DemoIncomplete: a row was refused.

    """
    credentials = folder / "credentials.json"
    manifest = Manifest.load(folder)
    if manifest is None:
        if await (await database.reader()).fetch_one("SELECT id FROM stewards_street LIMIT 1"):
            raise DistrictInUse
        manifest = Manifest.new(size=size, seed=seed, last_day=last_day)
        manifest.save(folder)
    elif (manifest.size, manifest.seed) != (size, seed):
        raise OtherDemo(size=manifest.size, seed=manifest.seed)
    if manifest.finished:
        return DemoBuilt(manifest=manifest, fresh=False, credentials=credentials, imported=None)
    builder = _Builder(
        database=database,
        store=store,
        folder=folder,
        manifest=manifest,
        clock=clock,
        secret_key=secret_key,
        on_stage=on_stage,
    )
    imported = await builder.build()
    write_private(credentials, await builder.credentials(base_url))
    manifest = manifest.model_copy(update={"finished": True})
    manifest.save(folder)
    return DemoBuilt(manifest=manifest, fresh=True, credentials=credentials, imported=imported)


@dataclass(kw_only=True)
class _Builder:
    database: Database
    store: FileStore
    folder: Path
    manifest: Manifest
    clock: Clock
    secret_key: str
    on_stage: OnStage

    def __post_init__(self) -> None:
        self._by: Principal = system_principal("demo")
        self._district = build_district(self.manifest.size, seed=self.manifest.seed, last_day=self.manifest.last_day)
        self._cases = year_of_cases(self._district)
        codes = PickUpCodes(self.secret_key)
        self._titles = DemoTitles(database=self.database, district=self._district, by=self._by)
        self._shop = DemoShop(database=self.database, district=self._district, by=self._by, codes=codes)
        self._ratings = DemoRatings(database=self.database, district=self._district, by=self._by)

    async def build(self) -> ImportTotals:
        began = day_start(self._district.first_day)
        await self.database.run(lambda tx: publish_rules(tx, shipped_programme(), by=None, now=began))
        scheme = demo_scheme(self._district.first_day)
        await self.database.run(lambda tx: publish_scheme(tx, scheme, by=None, now=began))
        await self.database.run(lambda tx: take_in_holidays(tx, shipped_holidays(), by=self._by.actor, now=began))
        sheets = self.folder / "sheets"
        sheets.mkdir(parents=True, exist_ok=True)
        others = ((SHEET, street_sheet(self._district)), (TEAMS_SHEET, teams_sheet(self._district)))
        for name, content in (*office_sheets(self._district), *others):
            (sheets / name).write_bytes(content)
            await self._import(_KINDS[name], name, content, None, now=self.clock.now())
        await self._let_in()
        await self._shop.open(now=began)
        await self._titles.open(now=began)
        mapping = files("api.demo").joinpath("mappings", _MAPPING).read_bytes()
        (sheets / _MAPPING).write_bytes(mapping)
        totals = ImportTotals(of=len(self._cases))
        for number, week in enumerate(weekly_sheets(self._district, self._cases)):
            (sheets / week.name).write_bytes(week.content)
            # Each week is taken in on its Monday, so that statements and notices have a history to show.
            now = min(week.exported_at.astimezone(UTC), self.clock.now())
            totals.add(await self._import("cases", week.name, week.content, mapping, now=now, totals=totals))
            await self._shop.week(number, now=now)
            await self._ratings.week(now)
            await self._deliver(now)
        await self._shop.finish(now=self.clock.now())
        await self._titles.finish(now=self.clock.now())
        await tell_demo_stories(self.database, self._district, self._by, now=self.clock.now())
        await draw_demo_cards(self.database, self.store, self._district, self._by, now=self.clock.now())
        await self._deliver(self.clock.now())
        await self._count_as_read()
        await self._show_evidence()
        return totals

    async def _import(
        self,
        kind: ImportKind,
        name: str,
        content: bytes,
        mapping: bytes | None,
        *,
        now: datetime,
        totals: ImportTotals | None = None,
    ) -> ImportResult:
        def told(progress: Progress) -> None:
            self.on_stage(kind, totals.with_part(progress) if totals else progress)

        result = await import_file(
            self.database,
            content,
            name,
            load_mapping(kind, mapping),
            self._by,
            now=now,
            progress=told,
            importers=IMPORTERS,
        )
        if result.faults:
            fault = result.faults[0]
            raise DemoIncomplete(line=fault.line, what=fault.text)
        return result

    async def _let_in(self) -> None:
        """Give everybody a PIN or a password, by the verbs that enrol people: a repeated row adds what is missing."""
        pins = [await hash_password(pin) for pin in self.manifest.pins]
        passwords = [await hash_password(password) for password in self.manifest.passwords]
        stewards = [_enrolled(steward, pins[at % len(pins)]) for at, steward in enumerate(self._district.stewards)]
        staff = [
            NewStaff(login=member.login, name=member.name, password_hash=passwords[at % len(passwords)])
            for at, member in enumerate(self._district.staff)
        ]
        now = self.clock.now()
        for people in _in_batches(stewards):
            await self.database.run(partial(enrol_stewards, wishes=people, by=self._by.actor, now=now))
        for members in _in_batches(staff):
            await self.database.run(partial(save_staff, wishes=members, by=self._by.actor, now=now))

    async def _show_evidence(self) -> None:
        """A drawn picture or two for every case that waits to be verified."""
        waiting = [case for case in self._cases if case.result == "待核实"]
        ids = await self._case_ids([case.number for case in waiting])
        started = time.perf_counter()
        for done, case in enumerate(waiting, 1):
            for number in range(1, 2 + done % 2):
                picture = evidence_picture(case, seed=self._district.seed, number=number)
                prepared = await prepare_picture(picture, "image/png")
                await self.database.run(partial(self._attach, ids[case.number], prepared))
            self._tell("evidence", done, len(waiting), started)

    def _tell(self, stage: str, done: int, total: int, started: float) -> None:
        seconds = time.perf_counter() - started
        self.on_stage(stage, Progress(done, total, accepted=done, repeated=0, refused=0, seconds=seconds))

    async def _deliver(self, now: datetime) -> None:
        """Hand the week's notices to the stewards."""
        handlers = {**HANDLERS, **gift_handlers(PickUpCodes(self.secret_key))}
        dispatcher = Dispatcher(self.database, handlers, FixedClock(now))
        while await dispatcher.deliver_due(_NOTICES_AT_ONCE):
            pass

    async def _count_as_read(self) -> None:
        """The year's notices are old; only what happens now is news."""
        ids = await steward_ids(await self.database.reader(), [steward.number for steward in self._district.stewards])
        now = self.clock.now()

        async def read_all(tx: Tx) -> None:
            for steward_id in ids.values():
                await mark_read(tx, steward_id, now=now)

        await self.database.run(read_all)

    async def _attach(self, case_id: UUID, picture: PreparedFile, tx: Tx) -> None:
        now = self.clock.now()
        sha256 = await self.store.put(tx, picture, now=now)
        wish = NewEvidence(case_id=case_id, file_sha256=sha256, actor=self._by)
        for outcome in await attach_evidence(tx, [wish], now=now):
            if isinstance(outcome, Refusal):
                raise outcome

    async def _case_ids(self, numbers: Sequence[str]) -> dict[str, UUID]:
        reader = await self.database.reader()
        found = await reader.fetch(
            f"SELECT id, external_id FROM cases_case WHERE source = $1 AND {reader.one_of('external_id', 2)}",
            "grid",
            list(numbers),
            types={"id": UUID},
        )
        return {row["external_id"]: row["id"] for row in found}

    async def credentials(self, base_url: str) -> Mapping[str, object]:
        """Issue a token to everybody and answer how each signs in."""
        reader = await self.database.reader()
        people = People(
            stewards=await steward_ids(reader, [steward.number for steward in self._district.stewards]),
            staff={member.login: member.id for member in await list_staff(reader)},
        )
        return await self.database.run(
            lambda tx: issue_credentials(
                tx,
                self._district,
                self.manifest,
                people,
                base_url=base_url,
                by=self._by.actor,
                now=self.clock.now(),
            )
        )


def _enrolled(steward: DemoSteward, pin_hash: str) -> NewSteward:
    return NewSteward(
        number=steward.number,
        name=steward.name,
        community_code=steward.lane.community.code,
        joined_on=steward.joined_on,
        phone=steward.phone,
        pin_hash=pin_hash,
    )


def _in_batches(wishes: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(wishes), _AT_ONCE):
        yield wishes[start : start + _AT_ONCE]
