"""Stories and thanks on the staff's page: told with consent, withdrawn at once, thanks looked at."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.files import PictureRefused, prepare_picture
from kernel.messages import N_, Text
from rewards.stories.reading import list_stories, waiting_thanks
from rewards.stories.telling import TellStory, WithdrawStory, tell_stories, withdraw_stories
from rewards.stories.thanking import DecideThanks, decide_thanks
from stewards.lanes import list_streets
from stewards.permissions import Action, may
from stewards.principal import Place

_MOST = 50
_NAMES = {"/title": "title", "/text": "text", "/street": "street", "/steward": "steward"}
_FIELDS = ("title", "text", "street", "steward")


async def _list(
    request: PageRequest, *, errors: Errors | None = None, values: dict[str, str] | None = None, status: int = 200
) -> Template:
    reader = await district_of(request).database.reader()
    principal = principal_of(request)
    streets = [
        street
        for street in await list_streets(reader)
        if may(principal, Action.STORIES_EDIT, Place(street_id=street.id))
    ]
    own = {street.id for street in streets}
    stories = await list_stories(reader, limit=_MOST)
    return page(
        request,
        "staff/stories.html",
        status=status,
        frame=await staff_frame(reader, principal),
        thanks=await waiting_thanks(reader, principal, limit=_MOST),
        stories=[story for story in stories if story.street_id in own],
        streets=streets,
        errors=errors or {},
        values=values or dict.fromkeys(_FIELDS, ""),
    )


@get("/admin/stories", opt={"action": Action.THANKS_DECIDE}, include_in_schema=False)
async def show_desk(request: PageRequest) -> Template:
    """Thanks that wait, stories that are told, and the form for a new one."""
    return await _list(request)


@post(
    "/admin/stories",
    opt={"action": Action.STORIES_EDIT, FORM: (*_FIELDS, "picture")},
    include_in_schema=False,
    status_code=200,
)
async def tell(request: PageRequest) -> Template | Redirect:
    """Tell a story, with a picture if there is one."""
    district = district_of(request)
    fields = await read_fields(request)
    values = {name: fields.text(name) for name in _FIELDS}
    missing = Text(N_("这一项不能为空。"))
    errors: Errors = {name: missing for name in ("title", "text", "street") if not values[name]}
    pictures = fields.files("picture")
    prepared = None
    if pictures and not errors:
        try:
            prepared = await prepare_picture(await pictures[0].read(), pictures[0].content_type)
        except PictureRefused as refused:
            errors["picture"] = refused.text
    if errors:
        return await _list(request, errors=errors, values=values, status=422)
    now = district.clock.now()
    wish = TellStory(
        title=values["title"],
        text=values["text"],
        street_code=values["street"],
        steward_number=values["steward"] or None,
        picture_sha256=prepared.sha256 if prepared else None,
        caller=principal_of(request),
    )

    async def use_case(tx: Tx) -> Any:
        if prepared is not None:
            await district.files.put(tx, prepared, now=now)
        [outcome] = await tell_stories(tx, [wish], now=now)
        return outcome

    done = await district.database.run(use_case)
    if isinstance(done, Refusal):
        return await _list(request, errors=errors_of(done, _NAMES), values=values, status=status_of(done))
    return see_other("/admin/stories")


@post(
    "/admin/stories/{story_id:uuid}/withdraw",
    opt={"action": Action.STORIES_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=303,
)
async def withdraw(request: PageRequest, story_id: FromPath[UUID]) -> Redirect:
    """Show a story no more.

    Raises:
        NotFound: there is none within reach.

    """
    district = district_of(request)
    now = district.clock.now()
    wish = WithdrawStory(story_id=story_id, caller=principal_of(request))
    [done] = await district.database.run(lambda tx: withdraw_stories(tx, [wish], now=now))
    if isinstance(done, Refusal):
        raise NotFound
    return see_other("/admin/stories")


@post(
    "/admin/thanks/{thanks_id:uuid}",
    opt={"action": Action.THANKS_DECIDE, FORM: ("decision",)},
    include_in_schema=False,
    status_code=303,
)
async def decide(request: PageRequest, thanks_id: FromPath[UUID]) -> Redirect:
    """Publish thanks or leave them unseen; what somebody else decided meanwhile stays.

    Raises:
        NotFound: there are none within reach.

    """
    district = district_of(request)
    publish = (await read_fields(request)).text("decision") == "publish"
    now = district.clock.now()
    wish = DecideThanks(thanks_id=thanks_id, publish=publish, caller=principal_of(request))
    [done] = await district.database.run(lambda tx: decide_thanks(tx, [wish], now=now))
    if isinstance(done, Refusal) and done.code == "unknown_thanks":
        raise NotFound
    return see_other("/admin/stories")


route_handlers: list[Any] = [show_desk, tell, withdraw, decide]
