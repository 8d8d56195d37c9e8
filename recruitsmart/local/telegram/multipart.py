"""Forms with files, read as leniently as Telegram does.

pyTelegramBotAPI writes file names bare and unencoded (filename=отчёт.csv); strict readers refuse that.
"""

import re
from dataclasses import dataclass

_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename)=(?:"((?:[^"\\]|\\.)*)"|([^;\r\n]*))', re.IGNORECASE)
_TYPE = re.compile(r"^content-type:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class Upload:
    """An uploaded file."""

    file_name: str
    mime_type: str
    content: bytes


def read_multipart(content_type: str, body: bytes) -> dict[str, str | Upload]:
    """The fields of a multipart/form-data body; parts without a name are skipped."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return {}
    separator = b"--" + (boundary[1] or boundary[2]).encode()
    fields: dict[str, str | Upload] = {}
    # A line break before each separator belongs to it, so one is put before the first as well.
    for part in (b"\r\n" + body).split(b"\r\n" + separator)[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        if blank:
            _read_part(fields, head.decode(errors="replace"), content)
    return fields


def _read_part(fields: dict[str, str | Upload], head: str, content: bytes) -> None:
    found = {name.lower(): quoted or bare.strip() for name, quoted, bare in _PARAMETER.findall(head)}
    if not found.get("name"):
        return
    if "filename" in found:
        said = _TYPE.search(head)
        file_name = re.sub(r"\\(.)", r"\1", found["filename"])
        fields[found["name"]] = Upload(file_name=file_name, mime_type=said[1] if said else "", content=content)
    else:
        fields[found["name"]] = content.decode(errors="replace")
