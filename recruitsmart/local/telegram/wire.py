"""JSON on its way out."""


def encoded(text: str) -> bytes:
    """JSON text as UTF-8. Half of a surrogate pair, which only somebody who tests odd input sends, stays an escape."""
    return text.encode(errors="backslashreplace")
