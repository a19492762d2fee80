"""How many examples property tests try: few by default, as many as JINPAI_EXAMPLES says in a soak."""

import os


def examples(default: int) -> int:
    """The number of examples, unless JINPAI_EXAMPLES asks for another."""
    return int(os.environ.get("JINPAI_EXAMPLES") or default)
