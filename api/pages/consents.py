"""What a steward lets everybody see: each consent with its day, given and withdrawn with a button."""

from typing import Any

from litestar import post
from litestar.response import Redirect

from api.access import principal_of
from api.composition import district_of
from api.form_fields import FORM
from api.pages.forms import read_fields
from api.pages.own import own_steward_id
from api.pages.rendering import PageRequest, see_other
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_
from stewards.consents import ConsentWish, save_consents
from stewards.permissions import Action

FIELD_NAMES = {
    "full_name": N_("全名"),
    "phone": N_("电话"),
    "photo": N_("照片"),
    "tip": N_("温馨提示"),
    "story": N_("我的故事"),
    "thanks": N_("居民感谢"),
}


@post(
    "/me/consents",
    opt={"action": Action.CONSENTS_EDIT, FORM: ("field", "granted")},
    include_in_schema=False,
    status_code=303,
)
async def save_consent(request: PageRequest) -> Redirect:
    """Give or withdraw the steward's own consent to show one field.

    Raises:
        ConsentUnknown: no such field.

    """
    steward_id = own_steward_id(request)
    fields = await read_fields(request)
    district = district_of(request)
    wish = ConsentWish(steward_id=steward_id, field=fields.text("field"), granted=fields.text("granted") == "yes")

    async def use_case(tx: Tx) -> None:
        (outcome,) = await save_consents(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome

    await district.database.run(use_case)
    district.dispatcher.wake()
    return see_other("/me/profile#consents")


route_handlers: list[Any] = [save_consent]
