"""The one permission table: which role may do what, in its own places. The API, the pages and the lists share it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from uuid import UUID

from kernel.errors import Kind, Refusal
from kernel.messages import N_
from stewards.principal import Place, Principal
from stewards.roles import Role


class Action(StrEnum):
    """Everything that a route can ask for."""

    PUBLIC = "public"
    CASES_REPORT = "cases.report"
    CASES_READ = "cases.read"
    CASES_VERIFY = "cases.verify"
    CASES_RETURN = "cases.return"
    CASES_REJECT = "cases.reject"
    CASES_SOLVE = "cases.solve"
    CASES_REOPEN = "cases.reopen"
    CASES_DUPLICATE = "cases.duplicate"
    CASES_IMPORT = "cases.import"
    SIGHTINGS_DECIDE = "sightings.decide"
    CASES_RECHECK = "cases.recheck"
    ALERTS_REVIEW = "alerts.review"
    STEWARDS_READ = "stewards.read"
    STEWARDS_ENROL = "stewards.enrol"
    STEWARDS_EDIT = "stewards.edit"
    STEWARDS_READ_PHONE = "stewards.read_phone"
    CONSENTS_EDIT = "consents.edit"
    POINTS_READ = "points.read"
    POINTS_REVERSE = "points.reverse"
    BUDGETS_READ = "budgets.read"
    BUDGETS_FUND = "budgets.fund"
    GRANTS_READ = "grants.read"
    GRANTS_PROPOSE = "grants.propose"
    GRANTS_CHECK = "grants.check"
    GRANTS_APPROVE = "grants.approve"
    PENALTIES_READ = "penalties.read"
    PENALTIES_PROPOSE = "penalties.propose"
    PENALTIES_OBJECT = "penalties.object"
    PENALTIES_DECIDE = "penalties.decide"
    REPORTS_READ = "reports.read"
    POINTS_DONATE = "points.donate"
    COLLECTIONS_EDIT = "collections.edit"
    RULES_READ = "rules.read"
    RULES_COMMENT = "rules.comment"
    RULES_DRAFT = "rules.draft"
    RULES_PUBLISH = "rules.publish"
    PLACES_READ = "places.read"
    PLACES_EDIT = "places.edit"
    STAFF_EDIT = "staff.edit"
    KEYS_EDIT = "keys.edit"
    WISHES_READ = "wishes.read"
    WISHES_VOTE = "wishes.vote"
    WISHES_ANSWER = "wishes.answer"
    DRAWS_READ = "draws.read"
    DRAWS_APPLY = "draws.apply"
    DRAWS_EDIT = "draws.edit"
    WAITING_JOIN = "waiting.join"
    SLOTS_EDIT = "slots.edit"
    FUNDING_READ = "funding.read"
    SETTLEMENTS_READ = "settlements.read"
    DESK_ACT = "desk.act"
    PARTNERS_READ = "partners.read"
    PARTNERS_EDIT = "partners.edit"
    CATALOGUE_READ = "catalogue.read"
    CATALOGUE_EDIT = "catalogue.edit"
    STOCK_READ = "stock.read"
    STOCK_MOVE = "stock.move"
    ORDERS_READ = "orders.read"
    ORDERS_PLACE = "orders.place"
    ORDERS_FULFIL = "orders.fulfil"
    COLLECTIONS_CONFIRM = "collections.confirm"
    ORDERS_CANCEL = "orders.cancel"
    ORDERS_REFUND = "orders.refund"
    AUDIT_READ = "audit.read"
    BOARDS_READ = "boards.read"
    DISPLAYS_EDIT = "displays.edit"
    CREDENTIALS_ISSUE = "credentials.issue"
    STORIES_EDIT = "stories.edit"
    THANKS_DECIDE = "thanks.decide"
    STREET_SCORES_EDIT = "street_scores.edit"
    TEAMS_READ = "teams.read"
    TEAMS_EDIT = "teams.edit"
    INBOX_READ = "inbox.read"
    SESSIONS_EDIT = "sessions.edit"
    DATA_OWN = "data.own"
    ERASURES_EDIT = "erasures.edit"
    SCHEMES_READ = "schemes.read"
    SCHEMES_COMMENT = "schemes.comment"
    SCHEMES_DRAFT = "schemes.draft"
    SCHEMES_PUBLISH = "schemes.publish"
    SLIPS_ISSUE = "slips.issue"
    STEWARDS_JUDGE = "stewards.judge"
    TITLES_READ = "titles.read"
    TITLES_DRAFT = "titles.draft"
    TITLES_REVIEW = "titles.review"
    TITLES_MARK = "titles.mark"
    TITLES_OBJECT = "titles.object"
    TITLES_AWARD = "titles.award"
    TITLES_REVOKE = "titles.revoke"
    TITLES_IMPORT = "titles.import"
    PEERS_JUDGE = "peers.judge"
    RELATIONS_EDIT = "relations.edit"
    BALLOTS_REVIEW = "ballots.review"
    BALLOTS_AUDIT = "ballots.audit"
    SCORES_READ = "scores.read"
    PERIODS_CLOSE = "periods.close"
    APPEALS_READ = "appeals.read"
    APPEALS_OPEN = "appeals.open"
    APPEALS_ANSWER = "appeals.answer"
    CALENDAR_READ = "calendar.read"
    CALENDAR_EDIT = "calendar.edit"
    SETTINGS_EDIT = "settings.edit"


_DISTRICT = Role.DISTRICT_ADMIN
_STREET = Role.STREET_ADMIN
_COMMUNITY = Role.COMMUNITY_STAFF
_CHIEF = Role.LANE_CHIEF
_STEWARD = Role.STEWARD
_INTEGRATOR = Role.INTEGRATOR
_PARTNER = Role.PARTNER
_EVERYONE = frozenset(Role)
_STAFF = frozenset({_DISTRICT, _STREET, _COMMUNITY, _CHIEF})

PERMISSIONS: Mapping[Action, frozenset[Role]] = {
    Action.PUBLIC: _EVERYONE,
    Action.CASES_REPORT: _STAFF | {_STEWARD, _INTEGRATOR},
    Action.CASES_READ: _STAFF | {_STEWARD, _INTEGRATOR},
    Action.CASES_VERIFY: _STAFF,
    Action.CASES_RETURN: _STAFF,
    Action.CASES_REJECT: _STAFF,
    Action.CASES_SOLVE: _STAFF | {_INTEGRATOR},  # the city's platform says what it has closed
    Action.CASES_REOPEN: frozenset({_DISTRICT, _STREET, _COMMUNITY}),  # it takes points back
    Action.CASES_DUPLICATE: _STAFF,
    Action.CASES_RECHECK: frozenset({_DISTRICT, _STREET, _COMMUNITY}),  # it may take points back
    Action.ALERTS_REVIEW: frozenset({_DISTRICT, _STREET}),
    Action.CASES_IMPORT: frozenset({_DISTRICT, _STREET}),  # an import may verify what it brings
    Action.SIGHTINGS_DECIDE: _STAFF,  # what residents saw; reading too
    Action.STEWARDS_READ: _STAFF | {_STEWARD, _INTEGRATOR},
    Action.STEWARDS_ENROL: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.STEWARDS_EDIT: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.STEWARDS_READ_PHONE: _STAFF | {_STEWARD},
    Action.CONSENTS_EDIT: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),  # staff: what was signed on paper
    Action.POINTS_READ: _STAFF | {_STEWARD, _INTEGRATOR},
    Action.POINTS_REVERSE: frozenset({_DISTRICT, _STREET}),
    Action.BUDGETS_READ: frozenset({_DISTRICT, _STREET}),
    Action.BUDGETS_FUND: frozenset({_DISTRICT}),
    Action.GRANTS_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.GRANTS_PROPOSE: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.GRANTS_CHECK: frozenset({_DISTRICT, _STREET, _COMMUNITY}),  # never one's own proposal
    Action.GRANTS_APPROVE: frozenset({_DISTRICT, _STREET}),  # never one's own proposal
    Action.PENALTIES_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),
    Action.PENALTIES_PROPOSE: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.PENALTIES_OBJECT: frozenset({_STEWARD}),
    Action.PENALTIES_DECIDE: frozenset({_DISTRICT, _STREET}),  # never upheld by its proposer
    Action.REPORTS_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.POINTS_DONATE: frozenset({_STEWARD}),
    Action.COLLECTIONS_EDIT: frozenset({_DISTRICT, _STREET, _COMMUNITY}),  # two of them for each
    Action.RULES_READ: _EVERYONE,
    Action.RULES_COMMENT: _STAFF | {_STEWARD},  # on drafts in consultation
    Action.RULES_DRAFT: frozenset({_DISTRICT}),
    Action.RULES_PUBLISH: frozenset({_DISTRICT}),
    Action.PLACES_READ: _EVERYONE,
    Action.PLACES_EDIT: frozenset({_DISTRICT, _STREET}),
    Action.STAFF_EDIT: frozenset({_DISTRICT}),
    Action.KEYS_EDIT: frozenset({_DISTRICT}),
    Action.WISHES_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),
    Action.WISHES_VOTE: frozenset({_STEWARD}),
    Action.WISHES_ANSWER: frozenset({_DISTRICT, _STREET}),
    Action.DRAWS_READ: _EVERYONE,  # so that anybody recomputes them; no names
    Action.DRAWS_APPLY: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),  # staff: at the desk
    Action.DRAWS_EDIT: frozenset({_DISTRICT, _STREET}),
    Action.WAITING_JOIN: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),  # the same
    Action.SLOTS_EDIT: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.FUNDING_READ: frozenset({_DISTRICT, _STREET}),
    Action.SETTLEMENTS_READ: frozenset({_DISTRICT, _PARTNER}),
    Action.DESK_ACT: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.PARTNERS_READ: frozenset({_DISTRICT, _STREET, _PARTNER}),
    Action.PARTNERS_EDIT: frozenset({_DISTRICT}),
    Action.CATALOGUE_READ: _STAFF | {_STEWARD, _INTEGRATOR},
    Action.CATALOGUE_EDIT: frozenset({_DISTRICT, _STREET}),
    Action.STOCK_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.STOCK_MOVE: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.ORDERS_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),
    Action.ORDERS_PLACE: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),  # staff: at a desk, with consent
    Action.ORDERS_FULFIL: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.COLLECTIONS_CONFIRM: frozenset({_PARTNER}),  # of its own items, against the code
    Action.ORDERS_CANCEL: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),
    Action.ORDERS_REFUND: frozenset({_DISTRICT, _STREET}),  # it gives points back for what was handed over
    Action.AUDIT_READ: frozenset({_DISTRICT, _STREET}),
    Action.BOARDS_READ: _EVERYONE,
    Action.DISPLAYS_EDIT: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.CREDENTIALS_ISSUE: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),  # of titles held; reading too
    Action.STORIES_EDIT: frozenset({_DISTRICT, _STREET}),
    Action.THANKS_DECIDE: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.STREET_SCORES_EDIT: frozenset({_DISTRICT}),  # reading them is BOARDS_READ
    Action.TEAMS_READ: frozenset({_DISTRICT, _STREET, _STEWARD}),  # with names; boards show teams alone
    Action.TEAMS_EDIT: frozenset({_DISTRICT, _STREET}),
    Action.INBOX_READ: frozenset({_STEWARD}),
    Action.DATA_OWN: frozenset({_STEWARD}),  # the copy, and asking to be erased
    Action.ERASURES_EDIT: frozenset({_DISTRICT}),
    Action.SESSIONS_EDIT: _STAFF | {_STEWARD},  # one's own alone
    Action.SCHEMES_READ: _EVERYONE,  # what is asked of whom is public
    Action.SCHEMES_COMMENT: _STAFF | {_STEWARD},  # on drafts in consultation
    Action.SCHEMES_DRAFT: frozenset({_DISTRICT}),
    Action.SCHEMES_PUBLISH: frozenset({_DISTRICT}),
    Action.SLIPS_ISSUE: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.STEWARDS_JUDGE: _STAFF,
    Action.TITLES_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY}),  # with names; lists by ticket are public
    Action.TITLES_DRAFT: frozenset({_DISTRICT}),
    Action.TITLES_REVIEW: frozenset({_DISTRICT, _STREET}),  # two of them for each list
    Action.TITLES_MARK: frozenset({_DISTRICT, _STREET, _COMMUNITY}),  # who is named for the round, none else
    Action.TITLES_OBJECT: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),  # staff: who came to the desk
    Action.TITLES_AWARD: frozenset({_DISTRICT, _STREET}),
    Action.TITLES_REVOKE: frozenset({_DISTRICT}),
    Action.TITLES_IMPORT: frozenset({_DISTRICT, _STREET}),
    Action.PEERS_JUDGE: frozenset({_STEWARD}),  # of the same street, where the scheme asks them
    Action.RELATIONS_EDIT: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Action.BALLOTS_REVIEW: frozenset({_DISTRICT, _STREET}),  # two of them for each
    Action.BALLOTS_AUDIT: frozenset({_DISTRICT}),  # by name, each reading on record
    Action.SCORES_READ: frozenset({_DISTRICT, _STREET, _COMMUNITY, _STEWARD}),
    Action.PERIODS_CLOSE: frozenset({_DISTRICT}),  # and reopening, by two of them
    Action.APPEALS_READ: frozenset({_DISTRICT, _STREET, _STEWARD}),
    Action.APPEALS_OPEN: frozenset({_STEWARD}),
    Action.APPEALS_ANSWER: frozenset({_DISTRICT, _STREET}),  # never by whom it involves
    Action.CALENDAR_READ: _EVERYONE,
    Action.CALENDAR_EDIT: frozenset({_DISTRICT}),
    Action.SETTINGS_EDIT: frozenset({_DISTRICT}),  # reading too
}

# What a steward may do only about himself or herself; the rest of a steward's actions concern nobody in particular.
OWN_ONLY = frozenset(
    {
        Action.CASES_REPORT,
        Action.CASES_READ,
        Action.STEWARDS_READ,
        Action.STEWARDS_READ_PHONE,
        Action.CONSENTS_EDIT,
        Action.POINTS_READ,
        Action.ORDERS_READ,
        Action.ORDERS_PLACE,
        Action.ORDERS_CANCEL,
        Action.INBOX_READ,
        Action.TEAMS_READ,
        Action.SESSIONS_EDIT,
        Action.DATA_OWN,
        Action.PENALTIES_READ,
        Action.PENALTIES_OBJECT,
        Action.POINTS_DONATE,
        Action.WISHES_READ,
        Action.WISHES_VOTE,
        Action.DRAWS_APPLY,
        Action.WAITING_JOIN,
        Action.SCORES_READ,
        Action.CREDENTIALS_ISSUE,
        Action.APPEALS_READ,
        Action.APPEALS_OPEN,
    }
)
# What is the same for the whole district, so that a role in any scope is enough.
PLACELESS = frozenset(
    {
        Action.PUBLIC,
        Action.RULES_READ,
        Action.RULES_COMMENT,
        Action.PLACES_READ,
        Action.BOARDS_READ,
        Action.SCHEMES_READ,
        Action.SCHEMES_COMMENT,
        Action.CATALOGUE_READ,
        Action.DRAWS_READ,
        Action.CALENDAR_READ,
    }
)


class NotAllowed(Refusal):
    """The caller's role or scope does not allow it (无权办理)."""

    code = "not_allowed"
    kind = Kind.FORBIDDEN
    message = N_("您没有办理这件事的权限。")


class SignInNeeded(Refusal):
    """Nobody is signed in, or the session or token no longer holds."""

    code = "sign_in_needed"
    kind = Kind.UNAUTHENTICATED
    message = N_("请先登录。")


def staff_id_of(caller: Principal) -> UUID:
    """The id of the member of staff that calls.

    Raises:
        NotAllowed: the caller is none.

    """
    if caller.kind != "staff" or caller.id is None:
        raise NotAllowed
    return caller.id


def may(
    principal: Principal | None, action: Action, place: Place | None = None, steward_id: UUID | None = None
) -> bool:
    """Whether a caller may do something, at a place, about a steward.

    Without a place the question is whether the caller may do it anywhere at all (a list is then narrowed by `reach`);
    without a steward, whether a steward may do it about himself or herself.
    """
    if action is Action.PUBLIC:
        return True
    if principal is None:
        return False
    roles = PERMISSIONS[action]
    for grant in principal.grants:
        if grant.role not in roles:
            continue
        if action in PLACELESS:
            return True
        if grant.role is Role.STEWARD:
            if action not in OWN_ONLY:
                return True
            if steward_id == principal.steward_id or (steward_id is None and place is None):
                return True
        elif place is None or grant.covers(place):
            return True
    return False


def may_at_any(
    principal: Principal | None, action: Action, places: Iterable[Place], steward_id: UUID | None = None
) -> bool:
    """Whether a caller may do something about what stands in several places, such as a steward with two lanes."""
    return any(may(principal, action, place, steward_id) for place in places)


def require(
    principal: Principal | None, action: Action, place: Place | None = None, steward_id: UUID | None = None
) -> None:
    """Refuse what `may` does not allow. For foreign things doors answer as if they did not exist.

    Raises:
        SignInNeeded: nobody is signed in.
        NotAllowed: role or scope do not allow it.

    """
    if may(principal, action, place, steward_id):
        return
    raise NotAllowed if principal is not None else SignInNeeded
