"""Whatever boards say, they say in Chinese and in English."""

import ast
from pathlib import Path

import rewards.boards
from kernel.messages import has_english


def test_every_message_of_boards_has_its_english() -> None:
    marked = set()
    for path in Path(rewards.boards.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                marked.add(ast.literal_eval(node.args[0]))
    assert len(marked) > 8
    assert [message for message in sorted(marked) if not has_english(message)] == []
