"""The desk of title rounds: drafts, lists with every rule's figure, review by two, notices, objections and awards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import ANY, FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import commit_form
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.v1.parameters import day_or_none
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from points.rule_versions import rules_on
from points.rule_words import title_sentences
from points.titles import Outcome
from rewards.titles.causes import LIST_STATES, OBJECTION_STATES, ROUND_STATES, STRIKES
from rewards.titles.committee import REVIEWERS, ListNow, Review, StrikeWish
from rewards.titles.drafting import NewRound, RoundAction, RoundNow, RoundStep
from rewards.titles.explaining import OUTCOMES, decimal_text, explain, why_barred
from rewards.titles.giving import Giving
from rewards.titles.list_reading import ListInFull, list_in_full
from rewards.titles.noticing import NoticeWish
from rewards.titles.objecting import ObjectionAnswer, ObjectionWish
from rewards.titles.panel_reading import panel_of
from rewards.titles.proposing import Proposal
from rewards.titles.reading import list_rounds, lists_of_round, show_round
from rewards.titles.rules import dimensions_of
from rewards.titles.selecting import Line
from stewards.permissions import Action, may
from stewards.principal import Place

_PAGE = 25
_NEXT_SHOWN = 10
_BARRED_SHOWN = 60
_DRAFT_FIELDS = {"/title": "title", "/period": "period", "/begins_on": "begins_on", "/ends_on": "ends_on"}
_LIST_FORMS = {
    "review": ("version",),
    "strike": ("version", "nonce", "ticket", "cause", "reason"),
    "notice": ("version", "nonce", "unit", "address", "phone", "from_on", "to_on"),
    "award": ("version",),
    "object": ("notice", "nonce", "ticket", "text", "objector", "contact"),
    "answer": ("objection", "upheld", "answer"),
}
_LIST_FIELDS = {
    "/cause": "cause",
    "/reason": "reason",
    "/ticket": "ticket",
    "/unit": "unit",
    "/address": "address",
    "/phone": "phone",
    "/from_on": "from_on",
    "/to_on": "to_on",
    "/text": "text",
    "/objector": "objector",
    "/contact": "contact",
    "/answer": "answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    nonce: str
    title: str = ""
    period: str = ""
    begins_on: str = ""
    ends_on: str = ""


async def _rounds(request: PageRequest, draft: _Draft, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    may_draft = may(principal, Action.TITLES_DRAFT)
    after = uuid_or_none(request.query_params.get("after"))
    rounds, has_more = await list_rounds(reader, drafts=may_draft, starting_after=after, limit=_PAGE)
    today = local_date(district.clock.now())
    rules = (await rules_on(reader, {today})).get(today) if may_draft else None
    return page(
        request,
        "staff/title_rounds.html",
        status=status,
        frame=await staff_frame(reader, principal),
        rounds=rounds,
        has_more=has_more,
        after=after,
        states=ROUND_STATES,
        titles=rules.document.titles if rules else (),
        draft=draft,
        errors=errors,
    )


@get("/admin/titles", opt={"action": Action.TITLES_READ}, include_in_schema=False)
async def show_rounds(request: PageRequest) -> Template:
    """The rounds, and for the district the form that drafts one."""
    today = local_date(district_of(request).clock.now())
    return await _rounds(request, _Draft(nonce=str(new_id()), period=str(today.year)), {})


@post(
    "/admin/titles",
    opt={"action": Action.TITLES_DRAFT, FORM: ("nonce", "title", "period", "begins_on", "ends_on")},
    include_in_schema=False,
    status_code=200,
)
async def draft_round(request: PageRequest) -> Template | Redirect:
    """Draft a round by a title of the rules; sending the form twice drafts one."""
    fields = await read_fields(request)
    draft = _Draft(**{name: fields.text(name) for name in ("nonce", "title", "period", "begins_on", "ends_on")})
    errors: Errors = {}
    days = {name: _day(fields, name, errors) for name in ("begins_on", "ends_on")}
    if errors:
        return await _rounds(request, draft, errors, status=400)
    wish = NewRound(
        title=draft.title,
        period=draft.period,
        begins_on=days["begins_on"],
        ends_on=days["ends_on"],
        caller=principal_of(request),
    )
    district = district_of(request)
    outcome = await commit_form(district.titles.draft, wish, principal_of(request), "title-round", draft.nonce)
    if isinstance(outcome, Refusal):
        return await _rounds(request, draft, errors_of(outcome, _DRAFT_FIELDS), status=status_of(outcome))
    if isinstance(outcome, RoundNow):
        return see_other(f"/admin/titles/{outcome.round_id}")
    return see_other("/admin/titles")  # the form came twice: the first one drafted it


def _day(fields: Fields, name: str, errors: Errors) -> date | None:
    text = fields.text(name)
    if not text:
        return None
    day = day_or_none(text)
    if day is None:
        errors[name] = Text(N_("日期写作 2026-01-31。"))
    return day


async def _round(request: PageRequest, round_id: UUID, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    may_draft = may(principal, Action.TITLES_DRAFT)
    line, rule, _ = await show_round(reader, round_id, drafts=may_draft)
    lists = [
        one
        for one in await lists_of_round(reader, round_id)
        if may(principal, Action.TITLES_READ, Place(street_id=one.street.id if one.street else None))
    ]
    panel = await panel_of(reader, round_id, now=district.clock.now()) if dimensions_of(rule) else None
    return page(
        request,
        "staff/title_round.html",
        status=status,
        frame=await staff_frame(reader, principal),
        round=line,
        rule=rule,
        sentences=list(title_sentences(rule)),
        lists=lists,
        states=ROUND_STATES,
        list_states=LIST_STATES,
        may_draft=may_draft,
        weighs_marks=bool(dimensions_of(rule)),
        panel=panel,
        marks=panel is not None and principal.id in {one.staff_id for one in panel.members},
        over=local_date(district.clock.now()) > line.ends_on,
        errors=errors,
    )


@get("/admin/titles/{round_id:uuid}", opt={"action": Action.TITLES_READ}, include_in_schema=False)
async def show_one(request: PageRequest, round_id: FromPath[UUID]) -> Template:
    """One round: its rules in words, and how far each street's list is.

    Raises:
        UnknownRound: there is none.

    """
    return await _round(request, round_id, {})


@post(
    "/admin/titles/{round_id:uuid}/{action:str}",
    opt={"action": Action.TITLES_DRAFT, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def step_round(request: PageRequest, round_id: FromPath[UUID], action: FromPath[str]) -> Template | Redirect:
    """Publish, compute or call off a round."""
    district = district_of(request)
    principal = principal_of(request)
    if action not in {"publish", "propose", "cancel"}:
        raise NotFound
    if action == "propose":
        computed = Proposal(round_id=round_id, caller=principal)
        outcome = await commit_form(district.titles.propose, computed, principal, "title-propose", None)
    else:
        known: RoundAction = "publish" if action == "publish" else "cancel"
        step = RoundStep(round_id=round_id, action=known, caller=principal)
        outcome = await commit_form(district.titles.step, step, principal, "title-step", None)
    if isinstance(outcome, Refusal):
        return await _round(request, round_id, {"": outcome.text}, status=status_of(outcome))
    return see_other(f"/admin/titles/{round_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of a list as the page shows it."""

    line: Line
    who: Any
    marks: str
    reasons: list[Any]


def _rows(found: ListInFull, *outcomes: Outcome, most: int) -> list[_Row]:
    return [
        _Row(
            line=line,
            who=found.people[line.ticket],
            marks=decimal_text(line.marks) if line.marks is not None else "",
            reasons=explain(found.inputs, line),
        )
        for line in found.of(*outcomes)[:most]
    ]


async def _list(
    request: PageRequest,
    list_id: UUID,
    errors: Errors,
    *,
    fields: Mapping[str, str] | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    found = await list_in_full(reader, principal, list_id)
    today = local_date(district.clock.now())
    place = Place(street_id=found.street_id)
    barred = found.of(Outcome.BARRED)
    notice = next((row for row in found.notices if row["version"] == found.version), None)
    own = await district.own_settings.now()
    office = {"unit": own.issuer_name, "address": own.office_address, "phone": own.office_phone}
    waiting = (Outcome.NEXT, Outcome.COMMUNITY_FULL, Outcome.NOT_SHORTLISTED)
    return page(
        request,
        "staff/title_list.html",
        status=status,
        frame=await staff_frame(reader, principal),
        found=found,
        winners=_rows(found, Outcome.PROPOSED, most=1_000),
        others=_rows(found, *waiting, most=_NEXT_SHOWN),
        others_count=len(found.of(*waiting)),
        barred=[(found.people[line.ticket], why_barred(found.rule, line)) for line in barred[:_BARRED_SHOWN]],
        barred_count=len(barred),
        outcomes=OUTCOMES,
        states=LIST_STATES,
        objection_states=OBJECTION_STATES,
        strikes=list(STRIKES.items()),
        struck=[(one, STRIKES.get(one.reference), found.people.get(one.ticket)) for one in found.struck],
        reviewers=REVIEWERS,
        reviewed=principal.id in {review[0] for review in found.reviews},
        notice=notice,
        notice_running=notice is not None and notice["from_on"] <= today <= notice["to_on"],
        notice_over=notice is not None and today > notice["to_on"],
        open_objections=sum(one.state == "open" for one in found.objections),
        may_review=may(principal, Action.TITLES_REVIEW, place),
        may_award=may(principal, Action.TITLES_AWARD, place),
        nonce=str(new_id()),
        fields=fields or office,
        errors=errors,
        today=today,
        latest=today + timedelta(days=31),
    )


@get("/admin/titles/lists/{list_id:uuid}", opt={"action": Action.TITLES_READ}, include_in_schema=False)
async def show_list(request: PageRequest, list_id: FromPath[UUID]) -> Template:
    """A street's list with everybody's figures.

    Raises:
        UnknownList: there is none within reach.

    """
    return await _list(request, list_id, {})


@post(
    "/admin/titles/lists/{list_id:uuid}/{step:str}",
    opt={"action": Action.TITLES_READ, FORM: ANY},
    include_in_schema=False,
    status_code=200,
)
async def step_list(request: PageRequest, list_id: FromPath[UUID], step: FromPath[str]) -> Template | Redirect:
    """A step with a list: review, strike, notice, award, object or answer. The verbs check who may."""
    if step not in _LIST_FORMS:
        raise NotFound
    fields = await read_fields(request)
    fields.only(*_LIST_FORMS[step])
    principal = principal_of(request)
    commits = district_of(request).titles
    errors: Errors = {}
    version = int(fields.text("version")) if fields.text("version").isdecimal() else 0
    ticket = uuid_or_none(fields.text("ticket")) or UUID(int=0)
    commit: Any
    wish: object
    if step == "review":
        commit, wish = commits.review, Review(list_id=list_id, version=version, caller=principal)
    elif step == "strike":
        commit = commits.strike
        wish = StrikeWish(
            list_id=list_id,
            version=version,
            ticket=ticket,
            cause=fields.text("cause"),
            reason=fields.text("reason"),
            caller=principal,
        )
    elif step == "notice":
        commit = commits.notice
        wish = NoticeWish(
            list_id=list_id,
            version=version,
            unit=fields.text("unit"),
            address=fields.text("address"),
            phone=fields.text("phone"),
            from_on=_day(fields, "from_on", errors),
            to_on=_day(fields, "to_on", errors),
            caller=principal,
        )
    elif step == "object":
        commit = commits.object
        wish = ObjectionWish(
            notice_id=uuid_or_none(fields.text("notice")) or UUID(int=0),
            ticket=ticket,
            text=fields.text("text"),
            objector=fields.text("objector"),
            contact=fields.text("contact"),
            caller=principal,
        )
    elif step == "answer":
        commit = commits.answer
        wish = ObjectionAnswer(
            objection_id=uuid_or_none(fields.text("objection")) or UUID(int=0),
            upheld=fields.text("upheld") == "yes",
            answer=fields.text("answer"),
            caller=principal,
        )
    else:
        commit, wish = commits.award, Giving(list_id=list_id, version=version, caller=principal)
    if not errors:
        outcome = await commit_form(commit, wish, principal, f"title-{step}", fields.text("nonce"))
        if not isinstance(outcome, Refusal):
            changed = "&struck=1" if isinstance(outcome, ListNow) and step == "strike" else ""
            return see_other(f"/admin/titles/lists/{list_id}?done={step}{changed}")
        errors = errors_of(outcome, _LIST_FIELDS)
        status = status_of(outcome)
    else:
        status = 400
    kept = {name: fields.text(name) for name in ("reason", "cause", "unit", "address", "phone", "text", "objector")}
    return await _list(request, list_id, errors, fields=kept, status=status)


route_handlers: list[Any] = [show_rounds, draft_round, show_one, step_round, show_list, step_list]
