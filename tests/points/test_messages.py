"""Every refusal of the package can be read in English."""

import inspect
from importlib import import_module

import pytest

from kernel.errors import Refusal
from kernel.messages import has_english

MODULES = ("assess", "award", "grant_terms", "grants", "rule_documents", "rule_versions", "statement", "wishes")
REFUSALS = [
    found
    for module in MODULES
    for _, found in inspect.getmembers(import_module(f"points.{module}"), inspect.isclass)
    if issubclass(found, Refusal) and found is not Refusal
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_a_refusal_has_english_words(refusal: type[Refusal]) -> None:
    assert has_english(refusal.message)
