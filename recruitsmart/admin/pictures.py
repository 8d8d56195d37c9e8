"""QR codes as pictures: black on white whatever the page looks like, for cameras read nothing else as well."""

from io import BytesIO

import segno

_SCALE, _BORDER = 8, 4  # four modules of white around it: ISO/IEC 18004


def qr_file(words: str) -> bytes:
    """A QR code as an SVG file of its own."""
    content = BytesIO()
    segno.make(words, error="m").save(content, kind="svg", scale=_SCALE, border=_BORDER, light="#fff")
    return content.getvalue()


def qr_address(words: str) -> str:
    """A QR code as the address of a picture, for `<img>`."""
    return segno.make(words, error="m").svg_data_uri(scale=_SCALE, border=_BORDER, light="#fff")
