"""The JSON API, version 1: a file for each resource."""

from litestar import Router

from api.v1 import (
    boards,
    case_bulk,
    cases,
    catalogue,
    consents,
    duties,
    evidence,
    grants,
    inbox,
    leaving,
    partners,
    penalties,
    places,
    points,
    purses,
    redemptions,
    reports,
    rule_drafts,
    sessions,
    staff,
    stewards,
    stock,
)
from api.v1.parameters import check_parameters

_RESOURCES = (
    sessions,
    cases,
    case_bulk,
    evidence,
    stewards,
    consents,
    duties,
    staff,
    partners,
    purses,
    boards,
    inbox,
    points,
    rule_drafts,
    grants,
    penalties,
    reports,
    leaving,
    places,
    catalogue,
    stock,
    redemptions,
)

router = Router(
    "/api/v1",
    route_handlers=[handler for resource in _RESOURCES for handler in resource.route_handlers],
    before_request=check_parameters,
)
