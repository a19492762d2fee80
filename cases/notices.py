"""Notices: after each step that concerns a steward, a message in the inbox says what happened and why."""

from collections.abc import Mapping

from kernel.outbox import Handler, InBatches

HANDLERS: Mapping[str, Handler | InBatches] = {}
