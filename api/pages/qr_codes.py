"""QR codes as drawings of the page: no picture to fetch, nothing that scripts draw."""

import segno
from markupsafe import Markup


def qr_drawing(text: str) -> Markup:
    """The QR code of a text, such as a link on something that is printed."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704 - ours
