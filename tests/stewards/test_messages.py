"""Whatever the package says, it says in Chinese and in English, with the same parameters."""

import re
from collections.abc import Iterator

import pytest

import kernel.text
import stewards.district_settings
import stewards.permissions
import stewards.pin_codes
import stewards.refusals
from kernel.errors import Refusal
from kernel.messages import has_english, translate


def refusals() -> Iterator[type[Refusal]]:
    for module in (
        stewards.refusals,
        stewards.permissions,
        stewards.district_settings,
        stewards.pin_codes,
        kernel.text,
    ):
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Refusal) and thing is not Refusal:
                yield thing


@pytest.mark.parametrize("refusal", list(dict.fromkeys(refusals())), ids=lambda refusal: refusal.code)
def test_every_refusal_reads_in_english_with_the_same_parameters(refusal: type[Refusal]) -> None:
    assert has_english(refusal.message), refusal.message
    english = translate(refusal.message, "en")
    assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", refusal.message))


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in dict.fromkeys(refusals())]
    assert len(codes) == len(set(codes))
