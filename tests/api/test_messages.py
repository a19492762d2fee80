"""Everything that the doors say in Chinese is said in English too, with the same parameters."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import api
from kernel.messages import has_english, translate


def marked_messages() -> Iterator[tuple[str, str]]:
    """Every message marked with N_ in the package, with its file."""
    folder = Path(api.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                assert isinstance(node.args[0], ast.Constant), path
                yield str(path.relative_to(folder)), node.args[0].value


def parameters_of(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("file", sorted({file for file, _ in marked_messages()}))
def test_every_message_has_an_english_text_with_the_same_parameters(file: str) -> None:
    for where, message in marked_messages():
        if where == file:
            assert has_english(message), message
            assert parameters_of(translate(message, "en")) == parameters_of(message), message
