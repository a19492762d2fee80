"""Schemes: published versions, and drafts on their way with comments that are answered."""

from typing import Any

from api.v1.consultation import DocumentRoutes, comment_routes, draft_routes, version_routes
from evaluation.scheme_versions import SCHEMES
from stewards.permissions import Action

_ROUTES = DocumentRoutes(
    kind=SCHEMES,
    path="/evaluation/schemes",
    tag="evaluation",
    one="Scheme",
    whole="Scheme",
    many="Schemes",
    words="scheme",
    reads=Action.SCHEMES_READ,
    drafts=Action.SCHEMES_DRAFT,
    publishes=Action.SCHEMES_PUBLISH,
    comments=Action.SCHEMES_COMMENT,
)

route_handlers: list[Any] = [*version_routes(_ROUTES), *draft_routes(_ROUTES), *comment_routes(_ROUTES)]
