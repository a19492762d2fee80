"""The straight way of the question that phones ask most: where somebody stands.

A plain question of this kind goes from its bytes to the ranks and back without the framework, whose routing, parsing
and answering cost more than the answer itself (see api.straight_steps). Whatever is not plain, and whatever would be
refused, is handed to the framework: it alone words such answers, so that both ways give the same ones.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api.composition import District, Glance
from api.envelope import preferred_locale
from api.plain_requests import Headers, actions_of, bearer_of, plain_headers, send_answer
from api.streams import Snapshot
from api.v1.boards import SAID_OF_BOARDS, board_snapshot, shown_around
from rewards.boards.definitions import BOARDS, Metric
from rewards.boards.reading import names_of
from rewards.periods import Period
from stewards.permissions import Action, may
from stewards.roles import DISTRICT, ScopeKind
from stewards.roles import Scope as Among

_TEMPLATE = "/api/v1/boards/{board}"
_BOARDS = {f"/api/v1/boards/{metric}": BOARDS[metric] for metric in Metric if not BOARDS[metric].of_teams}
_ASKED = re.compile(
    rb"(?:period=(?P<period>[a-z]{1,8})|scope=(?P<scope>district)|around=(?P<around>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))"
)
_SAID = tuple((name.lower().encode(), value.encode()) for name, value in SAID_OF_BOARDS.items())


@dataclass(frozen=True, slots=True)
class _Plain:
    """A question that looks plain: of which board, what it asks for by name, and its headers."""

    path: str
    asked: Mapping[str, str]
    headers: Headers


def straight_boards(app: Litestar, framework: ASGIApp) -> ASGIApp:
    """An app before the app: it answers plain questions and leaves everything else to the framework."""
    action = actions_of(app, "GET")[_TEMPLATE]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        plain = _plain(scope)
        made = None if plain is None else await _made(app.state.district, cast("HTTPScope", scope), plain, action)
        if made is None:
            await framework(scope, receive, send)
            return
        await send_answer(send, 200, "application/json", made.data, [(b"etag", f'"{made.id}"'.encode()), *_SAID])

    return answer


def _plain(scope: Scope) -> _Plain | None:
    """A question with a bearer token and nothing out of the way; None where it is anything else."""
    if scope["type"] != ScopeType.HTTP or scope["method"] != "GET" or scope["path"] not in _BOARDS:
        return None
    headers = plain_headers(scope)
    if headers is None:
        return None
    asked: dict[str, str] = {}
    for part in scope["query_string"].split(b"&") if scope["query_string"] else ():
        found = _ASKED.fullmatch(part)
        if found is None or found.lastgroup is None or found.lastgroup in asked:
            return None
        asked[found.lastgroup] = found[found.lastgroup].decode()
    return _Plain(scope["path"], asked, headers)


async def _made(district: District, scope: HTTPScope, plain: _Plain, action: Action | None) -> Snapshot | None:
    """The answer; None where the framework has to look at it, and perhaps to refuse it.

    Ranks say who stands around whom before it is known who asks: so one read shows the caller and all those faces.
    """
    started_s = time.perf_counter()
    try:
        board, period = _BOARDS[plain.path], Period(plain.asked.get("period", "month"))
        around, everywhere = plain.asked.get("around"), "scope" in plain.asked
        near = await district.boards.near(around, board.metric, period, DISTRICT) if around and everywhere else None
        members = near.members if near else (around,) if around else ()
        caller, faces = await district.glances.submit(Glance(bearer_of(plain.headers), members))
        if caller is None or action is None or not may(caller, action):
            return None
        face = faces.get(around or str(caller.steward_id))
        if face is None:
            return None
        home = face.home
        if not (may(caller, Action.STEWARDS_READ, home, face.id) and may(caller, Action.POINTS_READ, home, face.id)):
            return None
        if near is None:
            among = DISTRICT if everywhere else Among(ScopeKind.STREET, face.street_id)
            mine = await district.boards.standing_of(face.id, board.metric, period, among)
        else:
            mine = near.standing(names_of(faces, members))
        named = "district" if everywhere else f"street:{face.street_code}"
        locale = preferred_locale(plain.headers.get(b"accept-language", b"").decode("latin-1"))
        made = board_snapshot(shown_around(board, named, mine, face.name, locale))
    except Exception:  # noqa: BLE001 - the framework meets it again, and tells it
        return None
    scope["state"]["started_s"], scope["path_template"] = started_s, _TEMPLATE
    return made
