"""Published schemes: numbered, never changed, each for the periods that begin on its day or later."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from evaluation.models import SchemeComment, SchemeDraft, SchemeVersion
from evaluation.periods import Period, period_of
from evaluation.scheme_documents import read_scheme
from evaluation.schemes import Scheme
from kernel.clock import local_date
from kernel.consultation.kinds import DocumentKind, Written
from kernel.consultation.versions import VersionRecord, publish_version
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.messages import N_


class SchemeInThePast(Refusal):
    """A new version would reach back to periods that are being judged already."""

    code = "scheme_in_the_past"
    kind = Kind.INVALID
    message = N_("新方案最早从 {earliest} 起生效：已经开始的评价不再改变。")


class NoSchemeInForce(Refusal):
    """No scheme is in force for a period."""

    code = "no_scheme_in_force"
    message = N_("{period} 还没有生效的评价方案。")


@dataclass(frozen=True, slots=True)
class SchemeInForce:
    """A published scheme: what it says, and which version it is."""

    version_id: UUID
    number: int
    scheme: Scheme


async def check_next_scheme(reader: Reader, scheme: Scheme, now: datetime) -> None:
    """Whether a scheme could follow the newest version.

    Raises:
        SchemeInThePast: it would change what is being judged already.

    """
    newest = await reader.rows(SchemeVersion, "ORDER BY number DESC LIMIT 1")
    if newest:
        tomorrow = date.fromordinal(local_date(now).toordinal() + 1)
        earliest = max(tomorrow, newest[0]["effective_on"])
        if scheme.effective_on < earliest:
            raise SchemeInThePast(pointer="/effective_on", earliest=earliest.isoformat())


SCHEMES = DocumentKind(
    audit="schemes",
    subject="scheme",
    versions=SchemeVersion,
    drafts=SchemeDraft,
    comments=SchemeComment,
    read=read_scheme,
    check_next=check_next_scheme,
)


async def publish_scheme(tx: Tx, document: Written, *, by: UUID | None, now: datetime) -> VersionRecord:
    """Publish a scheme as the next version. The newest one again, word for word, is answered as it is.

    The first version may begin on any day; later ones tomorrow at the earliest, so that a period keeps its scheme.

    Raises:
        SchemeRefused: the document has mistakes.
        SchemeInThePast: it would change what is being judged already.

    """
    return await publish_version(tx, SCHEMES, document, by=by, now=now)


async def scheme_for(reader: Reader, period: Period) -> SchemeInForce:
    """The scheme of a period: the newest that was in force when the period began.

    Raises:
        NoSchemeInForce: none was, or it judges periods of another length.

    """
    tail = "WHERE effective_on <= $1 ORDER BY effective_on DESC, number DESC LIMIT 1"
    found = await reader.rows(SchemeVersion, tail, period.first)
    if found:
        scheme = _published(found[0]["document"])
        if scheme.period == period.kind:
            return SchemeInForce(found[0]["id"], found[0]["number"], scheme)
    raise NoSchemeInForce(period=period.name)


async def current_period(reader: Reader, now: datetime) -> Period:
    """The period that is being judged now, by the scheme that is in force today.

    Raises:
        NoSchemeInForce: there is none.

    """
    tail = "WHERE effective_on <= $1 ORDER BY effective_on DESC, number DESC LIMIT 1"
    found = await reader.rows(SchemeVersion, tail, local_date(now))
    if not found:
        raise NoSchemeInForce(period=local_date(now).isoformat())
    return period_of(now, _published(found[0]["document"]).period)


@lru_cache(maxsize=32)
def _published(document: str) -> Scheme:
    """A published document as a scheme: the same few for every ballot and page, and never changed."""
    return read_scheme(document)[0]
