"""What the rating forms of slips and of public codes share: questions, marks, the browser's pseudonym, the answer."""

import hmac
import secrets
from collections.abc import Mapping
from uuid import UUID

from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from api.composition import District, district_of
from api.envelope import is_secure
from api.pages.forms import Errors, Fields
from api.pages.rendering import PageRequest, page, see_other
from api.sources import source_of
from evaluation.bars import Person
from evaluation.schemes import Dimension, Source
from kernel.clock import local_date
from kernel.database import Reader
from kernel.messages import Text
from kernel.tokens import sign
from points.receipt import Label
from stewards.directory import StewardEntry, find_stewards
from stewards.principal import Principal, system_principal

RATER_COOKIE = "jinpai_rater"
MOST_STARS = 5  # a longer scale is typed as a number
_A_QUARTER = 120 * 86_400
_SEAL = 16  # characters of a signature: enough that nobody makes up browsers


def new_rater(district: District) -> str:
    """A browser's pseudonym, sealed, so that one has to be asked for."""
    made = secrets.token_urlsafe(16)
    return f"{made}.{_seal(district, made)}"


def rater_of(request: PageRequest) -> str | None:
    """The pseudonym that a browser was given; None where it has none of ours."""
    made, _, seal = (request.cookies.get(RATER_COOKIE) or "").partition(".")
    known = made.isascii() and seal.isascii() and hmac.compare_digest(seal, _seal(district_of(request), made))
    return f"{made}.{seal}" if made and known else None


def _seal(district: District, made: str) -> str:
    return sign(district.settings.secret_key, "rater", made)[:_SEAL]


def rater_cookie(request: PageRequest, rater: str) -> Cookie:
    """The cookie that binds ballots to a browser, sent to the rating pages alone."""
    return Cookie(
        key=RATER_COOKIE,
        value=rater,
        max_age=_A_QUARTER,
        path="/rate",
        httponly=True,
        samesite="lax",
        secure=is_secure(request.scope),
    )


def device_of_rater(district: District, rater: str) -> str:
    """What ballots keep of a browser."""
    return sign(district.settings.secret_key, "rating-device", rater)


def network_of(request: PageRequest, *scope: str) -> str:
    """The caller's network as a pseudonym of a period or day alone."""
    district = district_of(request)
    address = source_of(request, district.settings.trusted_proxies)
    return sign(district.settings.secret_key, "rating-network", *scope, address)


def person_of(request: PageRequest) -> Person | None:
    """Who is signed in with this browser, to be barred where that is the steward or somebody near."""
    principal = request.scope.get("user")
    if not isinstance(principal, Principal) or principal.id is None:
        return None
    if principal.steward_id is not None:
        return Person("steward", principal.steward_id)
    return Person("staff", principal.id) if principal.kind == "staff" else None


def marks_of(source: Source, fields: Fields) -> dict[str, int]:
    """The marks that were chosen; what is no number of the scale counts as not chosen.

    Raises:
        UnknownField: something else came than marks and a note.

    """
    allowed = {str(mark): mark for mark in range(source.scale.least, source.scale.most + 1)}
    fields.only("note", *(dimension.code for dimension in source.asked))
    given = {dimension.code: fields.text(dimension.code) for dimension in source.asked}
    return {code: allowed[chosen] for code, chosen in given.items() if chosen in allowed}


def typed_mark(text: str) -> int:
    """A mark as typed; what is no whole number is off every scale, and refused with the scale's words."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else -1


def field_names(source: Source) -> dict[str, str]:
    """Which field of the form a refusal is about."""
    return {"/note": "note"} | {f"/scores/{dimension.code}": dimension.code for dimension in source.asked}


def rating_page(
    request: PageRequest,
    steward: StewardEntry,
    source: Source,
    errors: Errors,
    chosen: Mapping[str, int],
    *,
    note: str = "",
    status: int = 200,
) -> Template:
    """The form: overall satisfaction first, everything else optional."""
    return page(
        request,
        "public/rate.html",
        status=status,
        steward=steward,
        questions=asked_questions(source),
        marks=words_of_marks(source),
        chosen=chosen,
        note=note,
        errors=errors,
    )


def asked_questions(source: Source) -> list[tuple[Dimension, Text, Text]]:
    """What a source is asked: each dimension with its name and its question."""
    return [
        (
            dimension,
            Label(dimension.zh, english=dimension.en),
            Label(dimension.ask_zh or dimension.zh, english=dimension.ask_en or dimension.en),
        )
        for dimension in source.asked
    ]


def words_of_marks(source: Source) -> list[tuple[int, Text]]:
    """Each mark of a source's scale with the word beside it."""
    return [(mark, _word(source, mark)) for mark in range(source.scale.least, source.scale.most + 1)]


def _word(source: Source, mark: int) -> Text:
    at = mark - source.scale.least
    zh = source.scale.zh[at] if source.scale.zh else str(mark)
    return Label(zh, english=source.scale.en[at] if source.scale.en else str(mark))


async def rated_steward(reader: Reader, district: District, steward_id: UUID) -> StewardEntry | None:
    """The steward whom a form is about, as everybody may see him or her."""
    today = local_date(district.clock.now())
    found = await find_stewards(reader, system_principal(), ids=[steward_id], today=today)
    return found[0] if found else None


def no_form(request: PageRequest, why: Text, status: int) -> Template:
    """A plain page that says why there is no form."""
    return page(request, "public/rate_closed.html", status=status, why=why)


def thanks(request: PageRequest, rater: str) -> Redirect:
    """On to the thanks, with the browser's pseudonym."""
    answer = see_other("/rate/done")
    answer.cookies.append(rater_cookie(request, rater))
    return answer
