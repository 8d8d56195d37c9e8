"""Files that were sent, to download."""

from urllib.parse import quote

from aiohttp import web

from .state import Simulator


def download(simulator: Simulator, file_id: str) -> web.Response:
    """The content of a file. Always as an attachment: nothing a bot sends may run in the simulator's page."""
    file = simulator.files.get(file_id)
    if file is None or file.address:
        return web.json_response({"error": f"There is no file {file_id}."}, status=404)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.file_name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": _plain(file.mime_type),
    }
    return web.Response(body=file.content, headers=headers)


def _plain(mime_type: str) -> str:
    return mime_type if mime_type.isprintable() and mime_type.isascii() else "application/octet-stream"
