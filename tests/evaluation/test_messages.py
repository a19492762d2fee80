"""Everything that the package says can be read in English."""

import re
from pathlib import Path

import pytest

from kernel.messages import has_english

ROOT = Path(__file__).parents[2]
SPOKEN = sorted(
    {
        message
        for path in [*(ROOT / "evaluation").glob("*.py"), ROOT / "kernel" / "documents.py"]
        for message in re.findall(r'N_\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize("message", SPOKEN)
def test_a_message_has_english_words(message: str) -> None:
    assert has_english(message)
