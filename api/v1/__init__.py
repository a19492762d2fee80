"""The JSON API, version 1: a file for each resource."""

from litestar import Router

router = Router("/api/v1", route_handlers=[])
