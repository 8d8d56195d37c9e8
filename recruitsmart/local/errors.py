"""What stops `make run`, as sentences for the person in front of the terminal."""

import errno


class CannotStart(Exception):
    """The message says what is wrong and what to do."""


def explained(error: OSError) -> str:
    """One sentence on an error of the operating system: which file, and what to do."""
    place = error.filename or "the data folder"
    if error.errno == errno.ENOSPC:
        return f"The disk is full, so {place} cannot be written. Free some space and start again."
    if isinstance(error, PermissionError):
        return f"{place} may not be read or written by you. Set DATA_DIR to a folder of your own."
    return f"{error.strerror or error}: {place}."
