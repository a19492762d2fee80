"""Whatever title rounds say, they say in Chinese and in English, with the same parameters."""

import ast
import re
from pathlib import Path

import pytest

import rewards.titles.refusals
from kernel.errors import Refusal
from kernel.messages import has_english, translate

REFUSALS = [
    thing
    for thing in vars(rewards.titles.refusals).values()
    if isinstance(thing, type) and issubclass(thing, Refusal) and thing is not Refusal
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_every_refusal_reads_in_english_with_the_same_parameters(refusal: type[Refusal]) -> None:
    english = translate(refusal.message, "en")
    assert has_english(refusal.message), refusal.message
    assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", refusal.message))


def test_no_two_refusals_share_a_code() -> None:
    assert len({refusal.code for refusal in REFUSALS}) == len(REFUSALS)


def test_every_message_of_titles_has_its_english() -> None:
    marked = set()
    for path in Path(rewards.titles.refusals.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                marked.add(ast.literal_eval(node.args[0]))
    assert len(marked) > 30
    assert [message for message in sorted(marked) if not has_english(message)] == []
