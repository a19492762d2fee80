"""Taking a report in from a form: the case and its pictures in one transaction, once however often it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from litestar.datastructures import UploadFile

from api.composition import District
from api.pages.forms import Errors, Fields, errors_of
from cases.evidence import EVIDENCE_LIMIT, NewEvidence, attach_evidence
from cases.intake import CaseReport, Reported, report_cases
from cases.wording import Channel, Urgency
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.files import PreparedFile, prepare_picture
from kernel.ids import new_id
from kernel.messages import N_, Text
from stewards.principal import Principal

# Where each part of a report stands in the forms.
FIELD_OF: Mapping[str, str] = {
    "/category": "category",
    "/lane": "lane",
    "/lane_code": "lane",
    "/description": "description",
    "/address": "address",
    "/reported_at": "reported_at",
    "/steward_number": "steward",
    "/steward": "steward",
    "/steward_id": "steward",
    "/channel": "channel",
    "/external_id": "",
    "/source": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a form was filled with, to show it again."""

    nonce: str
    seen_at: str
    category: str = ""
    lane: str = ""
    address: str = ""
    description: str = ""
    hazard: bool = False
    steward: str = ""
    channel: str = Channel.DESK.value


def new_draft(now: datetime, *, lane: str = "") -> Draft:
    """An empty form with the name under which its report will be stored once."""
    return Draft(nonce=str(new_id()), seen_at=now.astimezone(UTC).isoformat(), lane=lane)


DRAFT_FIELDS = ("nonce", "seen_at", "category", "lane", "address", "description", "hazard")


def draft_of(fields: Fields, now: datetime) -> Draft:
    """What a form was sent with. The time that it was opened is kept, so that sending it again is the same report."""
    return Draft(
        nonce=fields.text("nonce")[:64] or str(new_id()),
        seen_at=fields.text("seen_at")[:40] or now.astimezone(UTC).isoformat(),
        category=fields.text("category"),
        lane=fields.text("lane"),
        address=fields.text("address"),
        description=fields.text("description"),
        hazard=fields.checked("hazard"),
    )


def seen_at_of(draft: Draft, now: datetime) -> datetime:
    """When the form was opened, which is when the problem was seen; now where it does not say."""
    try:
        seen = datetime.fromisoformat(draft.seen_at)
    except ValueError:
        return now
    return seen if seen.tzinfo is not None else now


def missing(draft: Draft) -> Errors:
    """The fields that a person has to fill in and did not."""
    errors: Errors = {}
    if not draft.category:
        errors["category"] = Text(N_("请选一个类别。"))
    if not draft.lane:
        errors["lane"] = Text(N_("请选择小巷。"))
    if not draft.description:
        errors["description"] = Text(N_("请写明看到了什么。"))
    return errors


async def prepare_pictures(files: Sequence[UploadFile]) -> list[PreparedFile]:
    """The pictures of a form, made fit to store.

    Raises:
        Refusal: one of them is no picture, too large or broken; there are too many.

    """
    return [await prepare_picture(await file.read(), file.content_type) for file in files[: EVIDENCE_LIMIT + 1]]


async def send_report(
    district: District,
    report: CaseReport,
    pictures: Sequence[PreparedFile],
    actor: Principal,
) -> Reported | Errors:
    """Store a report with its pictures, or say what is wrong with it; then nothing is stored."""
    now = district.clock.now()

    async def store(tx: Tx) -> Reported:
        (reported,) = await report_cases(tx, [report], now=now)
        if isinstance(reported, Refusal):
            raise reported
        await store_pictures(district, tx, reported.case_id, pictures, actor, now=now)
        return reported

    try:
        reported = await district.database.run(store)
    except Refusal as refusal:
        return errors_of(refusal, FIELD_OF)
    district.dispatcher.wake()
    return reported


async def store_pictures(
    district: District, tx: Tx, case_id: UUID, pictures: Sequence[PreparedFile], actor: Principal, *, now: datetime
) -> None:
    """Keep pictures and attach them to a case.

    Raises:
        Refusal: the case takes no more.

    """
    for picture in pictures:
        await district.files.put(tx, picture, now=now)
    wishes = [NewEvidence(case_id=case_id, file_sha256=picture.sha256, actor=actor) for picture in pictures]
    for outcome in await attach_evidence(tx, wishes, now=now) if wishes else []:
        if isinstance(outcome, Refusal):
            raise outcome


def urgency_of(draft: Draft) -> str:
    """The urgency that the hazard switch says."""
    return Urgency.HAZARD if draft.hazard else Urgency.NORMAL
