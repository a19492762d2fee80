"""Our own stylesheets, scripts and pictures: each address carries a hash, so that a change is seen at once."""

import hashlib
from functools import lru_cache
from pathlib import Path

STATIC_DIR = Path(__file__).parent.parent / "static"
STATIC_PATH = "/static"


@lru_cache(maxsize=256)
def asset_url(path: str) -> str:
    """The address of a file under api/static, with the hash of its content.

    Raises:
        FileNotFoundError: there is no such file.

    """
    digest = hashlib.sha256((STATIC_DIR / path).read_bytes()).hexdigest()[:12]
    return f"{STATIC_PATH}/{path}?v={digest}"
