"""Refusals and failures as answers: a status and an RFC 9457 document for machines, a page for people.

This module alone knows which status a refusal has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
import structlog
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.response import Redirect, Template

from api.envelope import locale_of, request_id
from kernel.database.faults import is_disk_fault, is_refused, is_transient
from kernel.documents import DocumentRefused
from kernel.errors import Busy, Kind, Refusal
from kernel.idempotency import Answer
from kernel.messages import N_, Locale, Text, translate

PROBLEM_JSON = "application/problem+json"
SIGN_IN_PATH = "/sign-in"

STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.MISMATCH: 422,
    Kind.THROTTLED: 429,
    Kind.BUSY: 503,
}
_TITLES: dict[int, str] = {
    400: N_("请求有误"),
    401: N_("请先登录"),
    403: N_("没有权限"),
    404: N_("没有找到"),
    405: N_("不支持这种操作"),
    409: N_("现在不能这样做"),
    412: N_("内容已被别人改过"),
    413: N_("内容太大"),
    415: N_("不支持这种内容格式"),
    422: N_("与先前的请求不一致"),
    428: N_("缺少前提"),
    429: N_("太频繁了"),
    500: N_("系统出错了"),
    503: N_("系统繁忙"),
}
_TITLES_BY_CODE = {"unknown_field": N_("表单没有这一项")}
_log = structlog.get_logger("jinpai.errors")


class NotFound(Refusal):
    """What was asked for does not exist, or is not the caller's to see; the two answer alike."""

    code = "not_found"
    kind = Kind.NOT_FOUND
    message = N_("没有找到您要的内容。")


class MethodNotAllowed(Refusal):
    """The path exists, but not with this method."""

    code = "method_not_allowed"
    kind = Kind.INVALID
    message = N_("这个地址不支持这种请求方法。")


class TooLarge(Refusal):
    """The body is longer than the door lets in."""

    code = "body_too_large"
    kind = Kind.INVALID
    message = N_("提交的内容太大了。")


class UnsupportedMedia(Refusal):
    """The body is of a kind that this door does not read."""

    code = "unsupported_media_type"
    kind = Kind.INVALID
    message = N_("请用 application/json 提交。")


class InternalError(Refusal):
    """Our own fault; the request id leads to the log."""

    code = "internal_error"
    kind = Kind.BUSY
    message = N_("系统出错了，请稍后再试；如果一直这样，请把编号 {request_id} 告诉我们。")


class RequestUnreadable(Refusal):
    """The framework could not make sense of the request."""

    code = "bad_request"
    kind = Kind.INVALID
    message = N_("请求的格式不对。")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field: where (a JSON pointer, or the name of a parameter) and why."""

    pointer: str
    detail: Text
    code: str = "invalid"


class Faulty(Refusal):
    """One or more fields of a request are wrong; `faults` names each, or the first of very many (`total`)."""

    code: ClassVar[str] = "invalid_request"
    kind = Kind.INVALID
    message = N_("有 {count} 处填写不对：{first}")

    def __init__(self, faults: Sequence[Fault], *, total: int | None = None) -> None:
        first = faults[0]
        # A field is shown by its pointer; the whole body has none.
        super().__init__(
            pointer=first.pointer,
            count=total or len(faults),
            first=Text("{pointer} {detail}", {"pointer": first.pointer, "detail": first.detail}),
        )
        self.faults = tuple(faults)


_STATUS_BY_CODE = {
    "unknown_field": 422,
    MethodNotAllowed.code: 405,
    TooLarge.code: 413,
    UnsupportedMedia.code: 415,
    InternalError.code: 500,
    "precondition_required": 428,
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return _STATUS_BY_CODE.get(refusal.code, STATUS[refusal.kind])


def problem(refusal: Refusal, *, locale: Locale, request_id: str) -> dict[str, Any]:
    """The RFC 9457 document of a refusal."""
    status = status_of(refusal)
    document: dict[str, Any] = {
        "type": f"urn:jinpai:problem:{refusal.code}",
        "title": translate(_TITLES_BY_CODE.get(refusal.code) or _TITLES.get(status, HTTPStatus(status).phrase), locale),
        "status": status,
        "code": refusal.code,
        "detail": refusal.text.render(locale),
        "request_id": request_id,
    }
    document |= _rendered(refusal.extras, locale)
    errors = row_errors(refusal, locale)
    if errors:
        document["errors"] = errors
    return document


def _rendered(value: Any, locale: Locale) -> Any:
    """A value with every text in it in the reader's language."""
    if isinstance(value, Text):
        return value.render(locale)
    if isinstance(value, Mapping):
        return {name: _rendered(part, locale) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rendered(part, locale) for part in value]
    return value


def row_errors(refusal: Refusal, locale: Locale) -> list[dict[str, str]]:
    """The fields at fault, each with its JSON pointer."""
    if isinstance(refusal, Faulty):
        return [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail.render(locale)}
            for fault in refusal.faults
        ]
    if isinstance(refusal, DocumentRefused):
        return [
            {"pointer": fault.pointer, "code": refusal.code, "detail": fault.text.render(locale)}
            for fault in refusal.faults
        ]
    if refusal.pointer is not None:
        return [{"pointer": refusal.pointer, "code": refusal.code, "detail": refusal.text.render(locale)}]
    return []


def problem_answer(refusal: Refusal, *, locale: Locale, request_id: str) -> Answer:
    """A refusal as the bytes that are sent, and kept for a retry."""
    return Answer(
        status=status_of(refusal),
        media_type=PROBLEM_JSON,
        body=orjson.dumps(problem(refusal, locale=locale, request_id=request_id)),
    )


def refusal_headers(refusal: Refusal) -> dict[str, str]:
    """Headers that belong to a refusal: how to sign in, when to come again."""
    status = status_of(refusal)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="jinpai"'
    if status in {429, 503}:
        headers["Retry-After"] = str(max(1, int(refusal.params.get("retry_after_s", 2))))
    return headers


def wants_page(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a person's browser is asking: not under /api, and HTML is accepted."""
    scope = connection.scope
    if scope["path"].startswith("/api/"):
        return False
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"text/html" in accepted


def answer_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """A refusal as an answer of the kind that the caller reads."""
    locale = locale_of(request)
    status = status_of(refusal)
    headers = refusal_headers(refusal)
    if isinstance(refusal, MethodNotAllowed) and "allow" in refusal.params:
        headers["Allow"] = refusal.params["allow"]
    document = problem(refusal, locale=locale, request_id=request_id(request.scope))
    if not wants_page(request):
        return Response(orjson.dumps(document), status_code=status, media_type=PROBLEM_JSON, headers=headers)
    if status == 401 and request.method == "GET":
        return Redirect(f"{SIGN_IN_PATH}?next={request.url.path}", status_code=303)
    page = _page(request, document)
    if page is None:
        plain = f"{document['title']}\n{document['detail']}\n{document['request_id']}\n"
        return Response(plain, status_code=status, media_type="text/plain", headers=headers)
    return Response(page, status_code=status, media_type="text/html", headers=headers)


def _page(request: Request[Any, Any, Any], document: dict[str, Any]) -> str | None:
    """The page of a problem; None where it cannot be made, so that an error is told even then."""
    engine = request.app.template_engine
    if engine is None:
        return None
    try:
        context = Template("error.html", context={"problem": document}).create_template_context(request)
        page: str = engine.get_template("error.html").render(**context)
    except Exception as error:  # noqa: BLE001 - whatever it was, the first error has to be told
        _log.error("error_page_failed", request_id=document["request_id"], exc_info=error)
        return None
    return page


def on_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """Answer a refusal that a use case or a door raised."""
    return answer_refusal(request, refusal)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the framework refused in our own words."""
    return answer_refusal(request, _refusal_of(error, request_id(request.scope)))


def _refusal_of(error: HTTPException, request_id: str) -> Refusal:
    if isinstance(error, NotFoundException):
        return NotFound()
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed(allow=_allowed((error.headers or {}).get("allow", "")))
    if isinstance(error, ValidationException):
        return Faulty(_parameter_faults(error))
    if error.status_code == 413:
        return TooLarge()
    if error.status_code == 415:
        return UnsupportedMedia()
    if isinstance(error, ClientException) and error.status_code == 404:
        return NotFound()
    if error.status_code < 500:
        return RequestUnreadable()
    return InternalError(request_id=request_id)


def _allowed(methods: str) -> str:
    """The methods of a path for its Allow header: HEAD works wherever GET does (api.head)."""
    named = {method.strip() for method in methods.split(",") if method.strip()}
    return ", ".join(sorted(named | {"HEAD"} if "GET" in named else named))


def _parameter_faults(error: ValidationException) -> list[Fault]:
    """The parameters that the framework could not convert. Its own words are English; ours name the parameter."""
    extra = error.extra if isinstance(error.extra, list) else []
    faults = [
        Fault(pointer=str(item.get("key", "")), detail=Text(N_("不是有效的值。")), code="invalid_parameter")
        for item in extra
        if isinstance(item, dict)
    ]
    if faults and faults[0].pointer == "data":
        return [Fault(pointer="", detail=Text(N_("请求要带一个 JSON 对象。")), code="missing")]
    return faults or [Fault(pointer="", detail=Text(N_("不是有效的值。")), code="invalid_parameter")]


def on_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer a fault of our own without saying anything of its insides; the log has them under the request id.

    A database that is away, locked or out of disk for longer than the retries is no fault of the request: nothing was
    done, and it may come again.
    """
    known = request_id(request.scope)
    _log.error("request_failed", request_id=known, method=request.method, exc_info=error)
    if is_disk_fault(error) or (is_transient(error) and not is_refused(error)):
        return answer_refusal(request, Busy())
    return answer_refusal(request, InternalError(request_id=known))
