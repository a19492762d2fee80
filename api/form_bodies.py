"""Forms from their bytes, within limits: text is UTF-8 whatever a part says, and a field that is not is named."""

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

from litestar.datastructures import UploadFile
from multipart import MultipartSegment, ParserError, ParserLimitReached, PushMultipartParser

from api.errors import Fault, Faulty, RequestUnreadable, TooLarge
from api.strict_json import pointer_to
from kernel.messages import N_, Text

MOST_FIELDS = 1_000
MOST_PARTS = 100
LONGEST_FORM = 64 * 1024
"""Bytes of a urlencoded form, and of all the text in a multipart one; uploads have the limit of the whole request."""

FormValues = dict[str, Any]
"""By field, its value, or the list of its values: what the framework expects of a form."""


def read_urlencoded(body: bytes) -> FormValues:
    """The fields of a urlencoded form.

    Raises:
        TooLarge: it is too long, or has too many fields.

    """
    if len(body) > LONGEST_FORM or body.count(b"&") >= MOST_FIELDS:
        raise TooLarge
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for name, value in parse_qsl(body.decode("latin-1"), keep_blank_values=True):
        found[name].append(value)
    return _flat(found)


async def read_multipart(chunks: AsyncIterator[bytes], boundary: str | None) -> FormValues:
    """The fields and uploads of a multipart form.

    Raises:
        RequestUnreadable: it is no multipart form.
        TooLarge: it has too many parts, or too much text.
        Faulty: a text field is not UTF-8.

    """
    if not boundary:
        raise RequestUnreadable
    found: defaultdict[str, list[Any]] = defaultdict(list)
    reader = _PartReader(found)
    try:
        with PushMultipartParser(boundary.encode("latin-1", "replace"), max_segment_count=MOST_PARTS) as parser:
            async for chunk in chunks:
                if chunk and not parser.closed:
                    for event in parser.parse(chunk):
                        await reader.take(event)
    except BaseException as error:
        await reader.close()
        if isinstance(error, ParserLimitReached):
            raise TooLarge from None
        if isinstance(error, ParserError):
            raise RequestUnreadable from None
        raise
    return _flat(found)


class _PartReader:
    """Puts the events of the parser together: a part's header, pieces of its content, its end (None)."""

    def __init__(self, found: defaultdict[str, list[Any]]) -> None:
        self._found = found
        self._name = ""
        self._content: UploadFile | bytearray = bytearray()
        self._text_bytes = 0

    async def take(self, event: Any) -> None:
        """One event."""
        if isinstance(event, MultipartSegment):
            self._name = event.name
            self._content = bytearray()
            if event.filename:
                self._content = UploadFile(
                    content_type=event.content_type or "text/plain",
                    filename=event.filename,
                    headers=dict(event.headerlist),
                )
        elif event:
            await self._add(event)
        else:
            await self._end()

    async def _add(self, piece: bytes) -> None:
        if isinstance(self._content, UploadFile):
            await self._content.write(piece)
            return
        self._text_bytes += len(piece)
        if self._text_bytes > LONGEST_FORM:
            raise TooLarge
        self._content.extend(piece)

    async def _end(self) -> None:
        if isinstance(self._content, UploadFile):
            await self._content.seek(0)
            self._found[self._name].append(self._content)
        else:
            try:
                self._found[self._name].append(self._content.decode())
            except UnicodeDecodeError as error:
                detail = Text(N_("不是 UTF-8 文字（第 {byte} 个字节）。"), {"byte": error.start})
                raise Faulty([Fault(pointer=pointer_to(self._name), detail=detail, code="not_utf8")]) from None
        self._content = bytearray()

    async def close(self) -> None:
        """Let go of the uploads of a form that is refused."""
        for value in (self._content, *(value for values in self._found.values() for value in values)):
            if isinstance(value, UploadFile):
                await value.close()


def _flat(found: dict[str, list[Any]]) -> FormValues:
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
