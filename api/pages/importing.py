"""Importing sheets: upload, a dry run that names every faulty cell, then the import, then a workbook of the faults."""

import asyncio
from typing import Any, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from api.access import principal_of
from api.composition import District, district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.importers import IMPORTERS
from api.pages.forms import Errors, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page
from api.pages.uploads import Upload, Uploads
from api.tables import MEDIA_TYPES, attachment, xlsx_of
from cases.imports.mapping import ImportKind
from cases.imports.mapping_documents import load_mapping
from cases.imports.results import ImportResult
from cases.imports.run import import_file
from cases.imports.templates import template
from kernel.errors import Refusal
from kernel.messages import N_, Locale, Text, translate
from kernel.text import name_as_shown
from stewards.permissions import Action, may
from stewards.principal import Principal

KINDS: dict[str, tuple[str, Action]] = {
    "cases": (N_("案件"), Action.CASES_IMPORT),
    "stewards": (N_("管家"), Action.STEWARDS_ENROL),
    "places": (N_("街道、社区、小巷"), Action.PLACES_EDIT),
    "staff": (N_("工作人员"), Action.STAFF_EDIT),
    "reopenings": (N_("重新办理的案件"), Action.CASES_REOPEN),
    "items": (N_("兑换物品"), Action.CATALOGUE_EDIT),
    "titles": (N_("往年称号"), Action.TITLES_IMPORT),
    "street_scores": (N_("街道考核"), Action.STREET_SCORES_EDIT),
    "teams": (N_("管家团"), Action.TEAMS_EDIT),
    "balances": (N_("期初积分"), Action.RULES_PUBLISH),
}
_SHOWN_FAULTS = 100
_CHUNK_ROWS = 200  # short transactions: others write meanwhile


def _uploads(district: District) -> Uploads:
    return Uploads(district.settings.data_dir / "uploads")


def _owner(principal: Principal) -> str:
    return f"{principal.kind}:{principal.id}"


async def _form(request: PageRequest, errors: Errors, *, kind: str = "cases", status: int = 200) -> Template:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    return page(
        request,
        "staff/import.html",
        status=status,
        frame=await staff_frame(reader, principal),
        kinds={kind: words for kind, (words, action) in KINDS.items() if may(principal, action)},
        kind=kind,
        errors=errors,
    )


@get("/admin/import", opt={"action": Action.CASES_IMPORT}, include_in_schema=False)
async def show_import(request: PageRequest) -> Template:
    """The upload form with the templates to fill in."""
    asked = request.query_params.get("kind", "")
    return await _form(request, {}, kind=asked if asked in KINDS else "cases")


@get("/admin/import/template/{kind:str}", opt={"action": Action.CASES_IMPORT}, include_in_schema=False)
async def download_template(request: PageRequest, kind: FromPath[str]) -> Response[bytes]:
    """A workbook to fill in.

    Raises:
        NotFound: nothing of that kind is imported.

    """
    if kind not in KINDS:
        raise NotFound
    name = translate(KINDS[kind][0], locale_of(request))
    content = await asyncio.to_thread(template, cast("ImportKind", kind))
    return attachment(content, f"{name}.xlsx", MEDIA_TYPES["xlsx"])


@post(
    "/admin/import",
    opt={"action": Action.CASES_IMPORT, FORM: ("kind", "sheet", "mapping")},
    include_in_schema=False,
    status_code=200,
)
async def dry_run(request: PageRequest) -> Template:
    """Read the sheet, say what would come of it, change nothing."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    kind = fields.text("kind")
    sheets = fields.files("sheet")
    errors: Errors = {}
    if kind not in KINDS:
        errors["kind"] = Text(N_("请选择导入什么。"))
    if not sheets:
        errors["sheet"] = Text(N_("请选择要导入的表格。"))
    if errors:
        return await _form(request, errors, status=400)
    mappings = fields.files("mapping")
    upload = _uploads(district).keep(
        kind=kind,
        file_name=name_as_shown(sheets[0].filename, max_length=200),
        sheet=await sheets[0].read(),
        mapping=await mappings[0].read() if mappings else None,
        by=_owner(principal),
    )
    return await _run(request, upload, dry=True)


@post(
    "/admin/import/{upload_id:uuid}",
    opt={"action": Action.CASES_IMPORT, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def carry_out(request: PageRequest, upload_id: FromPath[UUID]) -> Template:
    """Import the sheet that was looked at before. Doing it again adds nothing.

    Raises:
        NotFound: it is somebody else's, or more than a day old.

    """
    upload = _uploads(district_of(request)).find(upload_id, by=_owner(principal_of(request)))
    if upload is None:
        raise NotFound
    return await _run(request, upload, dry=False)


async def _run(request: PageRequest, upload: Upload, *, dry: bool) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    try:
        mapping = load_mapping(cast("ImportKind", upload.kind), upload.mapping)
    except Refusal as refusal:
        return await _form(request, {"mapping": refusal.text}, kind=upload.kind, status=status_of(refusal))
    try:
        result = await import_file(
            district.database,
            upload.sheet,
            upload.file_name,
            mapping,
            principal,
            now=district.clock.now(),
            dry_run=dry,
            chunk_rows=_CHUNK_ROWS,
            importers=IMPORTERS,
        )
    except Refusal as refusal:
        return await _form(request, {"sheet": refusal.text}, kind=upload.kind, status=status_of(refusal))
    district.dispatcher.wake()
    if result.faults:
        content = await asyncio.to_thread(_faults_workbook, result, locale_of(request))
        upload.faults_path.write_bytes(content)
    return page(
        request,
        "staff/import_result.html",
        frame=await staff_frame(await district.database.reader(), principal),
        upload=upload,
        kind_words=KINDS[upload.kind][0],
        result=result,
        faults=result.faults[:_SHOWN_FAULTS],
    )


def _faults_workbook(result: ImportResult, locale: Locale) -> bytes:
    headers = [translate(words, locale) for words in (N_("行"), N_("列"), N_("问题"))]
    return xlsx_of(headers, [[fault.line, fault.column, fault.text.render(locale)] for fault in result.faults])


@get("/admin/import/{upload_id:uuid}/faults", opt={"action": Action.CASES_IMPORT}, include_in_schema=False)
async def download_faults(request: PageRequest, upload_id: FromPath[UUID]) -> Response[bytes]:
    """The workbook of faults, to be mended line by line.

    Raises:
        NotFound: it is somebody else's, more than a day old, or there were none.

    """
    upload = _uploads(district_of(request)).find(upload_id, by=_owner(principal_of(request)))
    if upload is None or not upload.faults_path.is_file():
        raise NotFound
    name = translate(N_("导入问题"), locale_of(request))
    return attachment(upload.faults_path.read_bytes(), f"{name}.xlsx", MEDIA_TYPES["xlsx"])


route_handlers: list[Any] = [show_import, download_template, dry_run, carry_out, download_faults]
