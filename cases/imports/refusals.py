"""Why an import, a mapping or one row of a sheet was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kernel.errors import Kind, Refusal
from kernel.messages import N_, Text
from kernel.sheets import CellFault, FileRefused


@dataclass(frozen=True, slots=True)
class MappingFault:
    """One mistake in a mapping document, by JSON pointer."""

    pointer: str
    text: Text


class MappingRefused(Refusal):
    """A mapping document has mistakes; `faults` lists them all."""

    code = "mapping_refused"
    kind = Kind.INVALID
    message = N_("映射文件有 {count} 处错误，第一处在“{where}”：{what}。")

    def __init__(self, faults: Sequence[MappingFault]) -> None:
        first = faults[0]
        super().__init__(pointer=first.pointer, count=len(faults), where=first.pointer or "/", what=first.text)
        self.faults = tuple(faults)


class MappingOfOtherKind(Refusal):
    """The mapping is for another kind of import."""

    code = "mapping_of_other_kind"
    kind = Kind.INVALID
    message = N_("这个映射文件是用来导入“{found}”的，不是“{wanted}”。")


class ColumnMissing(FileRefused):
    """The sheet lacks a column that the mapping names."""

    code = "column_missing"
    message = N_("表里没有“{column}”这一列（映射的 {field}）。表里有：{columns}。")


class ValueUnknown(CellFault):
    """A text that the mapping does not say the meaning of."""

    code = "cell_value_unknown"
    message = N_("“{value}”没有写进映射的 {field}，不知道是什么意思。")


class NotYesOrNo(CellFault):
    """Neither yes nor no."""

    code = "cell_not_yes_or_no"
    message = N_("“{value}”应为“是”或“否”。")


class LaneNotFound(CellFault):
    """No lane of this name, or none named in the address."""

    code = "cell_lane_not_found"
    message = N_("在“{value}”里找不到小巷。")


class LaneAmbiguous(CellFault):
    """Several lanes have this name."""

    code = "cell_lane_ambiguous"
    message = N_("名为“{lane}”的小巷不止一条：{codes}。请写明街道或社区。")


class OutcomeUnknown(CellFault):
    """The end state is none of a case's states."""

    code = "cell_outcome_unknown"
    message = N_("“{value}”不是案件的状态，应为其中之一：{choices}。")


class PlaceContradicts(CellFault):
    """A place stood in the sheet before with other facts."""

    code = "cell_place_contradicts"
    message = N_("编号“{code}”在第 {line} 行已经写过，内容不同。")


class StewardNotFound(CellFault):
    """No steward of this number."""

    code = "cell_steward_not_found"
    message = N_("没有编号为“{steward}”的小巷管家。")


class NotPositive(CellFault):
    """Points of an opening balance are more than nothing."""

    code = "cell_not_positive"
    message = N_("“{value}”应为 1 到 {most} 之间的整数。")


class RowRefused(Refusal):
    """The database refused a row that every check had let pass."""

    code: ClassVar[str] = "row_refused"
    kind = Kind.INVALID
    message: ClassVar[str] = N_("数据库没有接受这一行。")


class ImportedElsewhere(Refusal):
    """The same file is being imported anew by another process; that run goes on."""

    code = "imported_elsewhere"
    message = N_("文件“{name}”正在另一处重新导入，请等它结束。")


class PlaceNamedOtherwise(CellFault):
    """A place that a row only mentions has another name here; only a row about the place itself renames it."""

    code = "cell_place_named_otherwise"
    message = N_("编号“{code}”已登记为“{name}”，与表里的名称不同。")
