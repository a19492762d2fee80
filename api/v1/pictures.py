"""Pictures over the API: one multipart field `file`, checked, made small and stripped of where it was taken."""

from litestar.datastructures import UploadFile

from api.bodies import JinpaiRequest
from api.errors import Fault, Faulty
from kernel.files import PreparedFile, prepare_picture
from kernel.messages import N_, Text


async def sent_file(request: JinpaiRequest) -> UploadFile:
    """The one file of a request.

    Raises:
        Faulty: there is none, or something beside it.

    """
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or len(form) != 1:
        detail = Text(N_("请用 multipart/form-data 提交一个名为 file 的文件。"))
        raise Faulty([Fault(pointer="/file", detail=detail, code="missing")])
    return file


async def prepared(file: UploadFile) -> PreparedFile:
    """A picture, made fit to store.

    Raises:
        PictureRefused: it is none, too large or broken.

    """
    return await prepare_picture(await file.read(), file.content_type)
