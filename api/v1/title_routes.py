"""What the routes of titles share."""

from collections.abc import Callable
from typing import Any

from litestar import post
from litestar.openapi import ResponseSpec

from stewards.permissions import Action

TAGS = ["titles"]
PUBLIC = {"public": True}


def step_route(path: str, action: Action, shape: type[Any], operation: str) -> Callable[[Callable[..., Any]], Any]:
    """The route of a step that answers what stands after it."""
    return post(
        path,
        opt={"action": action},
        tags=TAGS,
        operation_id=operation,
        status_code=200,
        responses={200: ResponseSpec(shape, description="Stands so")},
    )
