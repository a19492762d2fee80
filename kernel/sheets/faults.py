"""Why a table could not be read: a whole file, or one cell of it."""

from typing import ClassVar

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class FileRefused(Refusal):
    """Base of what makes a whole file unreadable. Nothing was taken from it."""

    code: ClassVar[str] = "file_refused"
    kind = Kind.INVALID
    message: ClassVar[str] = N_("这个文件读不出来。")


class FileEmpty(FileRefused):
    """No bytes, or no row with anything in it."""

    code = "file_empty"
    message = N_("文件是空的。")


class FileTooLarge(FileRefused):
    """More bytes than are taken in, as stored or as unpacked."""

    code = "file_too_large"
    message = N_("文件太大：超过 {limit_mib} MiB，请分成几个文件再导入。")


class TooManyCells(FileRefused):
    """More rows or columns than are taken in."""

    code = "file_too_many_cells"
    message = N_("表格太大：最多 {rows} 行、{columns} 列，请分成几个文件再导入。")


class FileDamaged(FileRefused):
    """It looks like a workbook and cannot be opened."""

    code = "file_damaged"
    message = N_("工作簿已损坏或不完整，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入。")


class FileTooHeavy(FileRefused):
    """Opening it takes more memory or time than a table of the permitted size could, or breaks the reader."""

    code = "file_too_heavy"
    message = N_(
        "工作簿已损坏，或展开后太大（例如很远处还有一格内容）。请把表格部分复制到新工作簿，或分成几个文件再导入。"
    )


class FileLocked(FileRefused):
    """The workbook is protected by a password."""

    code = "file_locked"
    message = N_("工作簿设了打开密码，请去掉密码再导入。")


class FileKindUnknown(FileRefused):
    """Neither .csv nor .xls, .xlsx or .ndjson, judged by its content."""

    code = "file_kind_unknown"
    message = N_("认不出的文件格式，请用 .csv、.xls、.xlsx 或 .ndjson。")


class EncodingUnknown(FileRefused):
    """Text that is neither UTF-8 nor GB18030."""

    code = "file_encoding_unknown"
    message = N_("第 {line} 行的文字既不是 UTF-8 也不是 GB18030 编码，请另存为 UTF-8 再导入。")


class QuoteOpen(FileRefused):
    """A quotation mark that is never closed swallows the rest of the file."""

    code = "file_quote_open"
    message = N_("第 {line} 行有一个没有配对的英文双引号，后面的内容都会被它吞掉。")


class SheetMissing(FileRefused):
    """The workbook has no sheet of the name that was asked for."""

    code = "file_sheet_missing"
    message = N_("工作簿里没有名为“{sheet}”的工作表，有：{sheets}。")


class HeaderMissing(FileRefused):
    """No row near the top looks like a header."""

    code = "file_header_missing"
    message = N_("前 {rows} 行里找不到表头，应当有这些列：{columns}。")


class RowUnreadable(Refusal):
    """One line of the file that is not a row (NDJSON that does not parse)."""

    code = "row_unreadable"
    kind = Kind.INVALID
    message = N_("这一行不是一个 JSON 对象。")


class RowTooWide(Refusal):
    """A row with more filled cells than the header has columns: a comma that was not quoted, as a rule."""

    code = "row_too_wide"
    kind = Kind.INVALID
    message = N_("这一行比表头多出 {extra} 格，多半是某一格里有没加引号的分隔符。")


class CellFault(Refusal):
    """Base of what is wrong with one cell."""

    code: ClassVar[str] = "cell_wrong"
    kind = Kind.INVALID
    message: ClassVar[str] = N_("这一格填得不对：“{value}”。")


class CellEmpty(CellFault):
    """A cell that has to be filled is empty."""

    code = "cell_empty"
    message = N_("这一格不能空着。")


class CodeGarbled(CellFault):
    """A long code that a spreadsheet program turned into a rounded number."""

    code = "cell_code_garbled"
    message = N_("编号“{value}”被表格软件改成了近似数，请把这一列设为“文本”再重新填写。")


class NotAnInteger(CellFault):
    """Not a whole number."""

    code = "cell_not_an_integer"
    message = N_("“{value}”不是整数。")


class NotANumber(CellFault):
    """Not a finite number."""

    code = "cell_not_a_number"
    message = N_("“{value}”不是数字。")


class NotADate(CellFault):
    """Not a date or time in a form that is known."""

    code = "cell_not_a_date"
    message = N_("“{value}”不是认得的日期时间，可以写成 2018-05-03 08:05。")


class DateImpossible(CellFault):
    """A day or time that no calendar has."""

    code = "cell_date_impossible"
    message = N_("“{value}”这个日期或时间不存在。")


class YearMissing(CellFault):
    """A month and a day without a year, and the mapping states none."""

    code = "cell_year_missing"
    message = N_("“{value}”没有写年份，请写全，或在映射里写明年份。")


class TextTooLong(CellFault):
    """Longer than the field holds."""

    code = "cell_too_long"
    message = N_("这一格最多 {limit} 个字，现在有 {length} 个。")
