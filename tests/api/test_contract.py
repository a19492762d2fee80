"""The contract holds: what schemathesis makes of the API's description is answered as it says, whoever asks.

All of its checks run, over every route. A description cannot say which codes exist, which days fit, or that 97.0 is no
integer, so that a request which it allows may be refused with 400; but not for a reason that it could have told.
`JINPAI_CASES` is how many requests are sent at least (`make soak PROMISE=11`).
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import orjson
import pytest
import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation import GenerationMode

from api.bodies import _MESSAGES
from api.errors import PROBLEM_JSON
from kernel.clock import FixedClock
from tests.api.door import a_door, in_a_task_of_its_own
from tests.api.servers import Server, a_free_port
from tests.api.things import things_of

CASES = int(os.environ.get("JINPAI_CASES", "150"))
SEED = 20_261_123
FEW, MANY = 2, 20  # examples for a route and a role in one round
# Who may end others comes last.
ROLES = (
    *(None, "display", "integrator", "partner"),
    *("steward", "lane_chief", "community_staff", "street_admin", "district_admin"),
)
# What a description of types, lengths and names can say. Of numbers it cannot: to JSON Schema 97.0 is an integer.
SAYABLE = (_MESSAGES.keys() | {"unknown_parameter"}) - {"int_type", "int_from_float", "day_unknown", "instant_unknown"}
CHECKS = {
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "412", "422", "428", "429"]
    },
    "missing_required_header": {"expected-statuses": ["400", "401", "403", "428"]},
}
# Rows of a batch are answered one by one, the wrong ones too.
ROWS_ALONE = {
    "include-path-regex": "/bulk|/street-scores$|/stock/count$",
    "checks": {
        "negative_data_rejection": {"expected-statuses": ["200", "400", "401", "403", "404", "409", "413", "422"]}
    },
}
CPYTHON = "AST constructor recursion depth mismatch"  # a fault of Python 3.11 itself, in what makes the requests
BY_ROLE = {"Idempotency-Key", "steward"}  # asked of machines, of staff


@schemathesis.check
def refused_for_what_is_not_described(ctx: Any, response: Any, case: Any) -> None:
    """A request that the description allows is not refused for its types, lengths or names."""
    if response.status_code != 400 or case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    told = [
        error
        for error in response.json().get("errors", ())
        if error["code"] in SAYABLE and error["pointer"].strip("/") not in BY_ROLE
    ]
    assert told == [], told


@schemathesis.check
def errors_are_problem_documents(ctx: Any, response: Any, case: Any) -> None:
    """Whatever goes wrong is told as RFC 9457 says, and never by a fault of ours."""
    if response.status_code >= 400 and case.method != "HEAD" and response.request.method != "HEAD":
        assert response.headers["content-type"] == [PROBLEM_JSON], response.headers
        problem = response.json()
        assert problem["status"] == response.status_code
        if "Idempotency-Key" not in response.request.headers:  # a repeated request is answered as the first was
            assert problem["request_id"] == response.headers["x-request-id"][0]
    assert response.status_code < 500 or response.status_code == 503, response.text


@dataclass
class Sent:
    """How many requests were sent, and what was wrong with their answers."""

    cases: int = 0
    faults: dict[str, str] = field(default_factory=dict)

    def take(self, recorder: ScenarioRecorder) -> None:
        """Count one operation's requests."""
        self.cases += len(recorder.interactions)
        for checks in recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failure, sample = check.failure_info.failure, check.failure_info.code_sample
                    said = re.sub(r"[0-9a-f-]{24,36}", "…", f"{failure.operation}: {failure.title}")
                    self.faults.setdefault(said, f"{failure.message}\n{sample}"[:1_500])


@pytest.fixture
async def server(sqlite_templates: Any, tmp_path: Path, clock: FixedClock) -> Any:
    """A real server of a district in which there is something of everything."""
    url = sqlite_templates.fresh(tmp_path)
    async with in_a_task_of_its_own(a_door(url, tmp_path, clock)) as door:
        await things_of(door)
        tokens, steward_id = dict(door.tokens), str(door.district.zhao)
    opened = Server(url=url, folder=tmp_path, workers=1, tokens=tokens, steward_id=steward_id, port=a_free_port())
    await opened.start()
    yield opened
    await opened.stop()


def rounds() -> Iterator[tuple[int, str | None]]:
    """Every role, round after round."""
    at = 0
    while True:
        yield from ((at, role) for role in ROLES)
        at += 1


def ask_all(server: Server, role: str | None, round_: int, sent: Sent) -> None:
    """Send one role's requests. A short run gives each route to one of the roles."""
    short = CASES <= 5_000
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED + round_,
            "base-url": server.base,
            "cache": {"enabled": False},
            "max-stream-events": 1,
            "workers": 1 if short else 2,
            "headers": server.headers(role) if role else {},
            "checks": CHECKS,
            "operations": [ROWS_ALONE],
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "generation": {
                "max-examples": FEW if short else MANY,
                "deterministic": short,
                "no-shrink": True,
                "database": "none",
            },
            "phases": {
                "examples": {"enabled": False},
                "coverage": {"enabled": not short and role == "district_admin" and not round_},
                "stateful": {"enabled": False},
            },
        }
    )
    description = httpx.get(f"{server.base}/schema/openapi.json", timeout=60).json()
    if short:
        at = ROLES.index(role)
        paths = description["paths"].items()
        description["paths"] = {path: item for path, item in paths if crc32(path.encode()) % len(ROLES) == at}
    schema = schemathesis.openapi.from_dict(description, config=config)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            sent.take(event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            said = str(getattr(event, "info", event))
            if CPYTHON not in said:
                sent.faults.setdefault(type(event).__name__, said[:1_500])


async def test_whatever_is_sent_is_answered_as_the_description_says(server: Server) -> None:
    sent = Sent()
    for round_, role in rounds():
        await asyncio.to_thread(ask_all, server, role, round_, sent)
        if role == ROLES[-1] and (sent.faults or sent.cases >= CASES):
            break
    assert not sent.faults, "\n\n".join(f"{said}\n{shown}" for said, shown in sorted(sent.faults.items()))
    assert sent.cases >= CASES
    log = (server.folder / "server.log").read_text(encoding="utf-8")
    assert "request_failed" not in log, orjson.dumps(log[-2_000:])
