"""Imports of cases, places, stewards, staff and opening balances from sheets as clerks keep them."""

from cases.imports.mapping import KINDS, CasesMapping, ImportKind, Mapping
from cases.imports.mapping_documents import load_mapping
from cases.imports.refusals import MappingFault, MappingRefused
from cases.imports.results import ImportResult, OnProgress, Progress, RowFault
from cases.imports.run import import_cases, import_file
from cases.imports.templates import template

__all__ = [
    "KINDS",
    "CasesMapping",
    "ImportKind",
    "ImportResult",
    "Mapping",
    "MappingFault",
    "MappingRefused",
    "OnProgress",
    "Progress",
    "RowFault",
    "import_cases",
    "import_file",
    "load_mapping",
    "template",
]
