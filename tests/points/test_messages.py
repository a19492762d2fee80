"""Every refusal of the package can be read in English."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

import points
from kernel.errors import Refusal
from kernel.messages import has_english

MODULES = [f"points.{path.stem}" for path in sorted(Path(points.__file__).parent.glob("*.py"))]
REFUSALS = [
    found
    for module in MODULES
    for _, found in inspect.getmembers(import_module(module), inspect.isclass)
    if issubclass(found, Refusal) and found is not Refusal
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_a_refusal_has_english_words(refusal: type[Refusal]) -> None:
    assert has_english(refusal.message)
