"""One rotating log file that any number of processes write, and that may fail without harm."""

import contextlib
import fcntl
import logging
import os
import sys
from pathlib import Path

LIMIT_BYTES = 10 * 1024 * 1024
KEPT_FILES = 10

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_MODE = 0o640


class SharedLogFile(logging.Handler):
    """Appends each line with one write and rotates by size.

    Web, worker, delivery, beat and bot write the same file, so that an operator follows one update through
    all of them in one place. The standard RotatingFileHandler would rename the file under the others. Here
    nobody waits for anybody: O_APPEND keeps the lines of several processes apart on a local file system,
    and only the process that gets the lock renames. A process that still holds the renamed file notices
    before its next line; a line written in between ends in `app.log.1`, not in nothing. The price: the limit
    is soft, since the others go on writing while one renames (about 20 KB more with four busy writers).

    A file that cannot be written (disk full, read-only) is reported once on stderr and tried again with
    each line; stdout has the lines in the meantime.
    """

    def __init__(self, path: Path, *, limit_bytes: int = LIMIT_BYTES, kept_files: int = KEPT_FILES) -> None:
        super().__init__()
        self._path = path
        self._limit_bytes = limit_bytes
        self._kept_files = kept_files
        self._descriptor: int | None = None
        self._is_failing = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._append(f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except OSError as error:
            self._report(error)
        except Exception:  # noqa: BLE001 - a line that cannot be formatted must not stop the work it describes
            self.handleError(record)
        else:
            self._is_failing = False

    def close(self) -> None:
        self.acquire()
        try:
            self._release()
        finally:
            self.release()
        super().close()

    def _append(self, line: bytes) -> None:
        size_bytes = self._open_current()
        if size_bytes and size_bytes + len(line) > self._limit_bytes:
            self._rotate()
            self._open_current()
        assert self._descriptor is not None
        written = os.write(self._descriptor, line)
        if written < len(line):
            raise OSError(f"only {written} of {len(line)} bytes fitted")

    def _open_current(self) -> int:
        """Makes sure that the open file is the one at the path; answers its size in bytes."""
        if self._descriptor is not None and not self._is_at_path(self._descriptor):
            self._release()
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, _FLAGS, _MODE)
        return os.fstat(self._descriptor).st_size

    def _is_at_path(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(descriptor))
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        # The lock file is opened anew each time: a descriptor inherited over fork would share its lock.
        lock = os.open(self._numbered("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another process is rotating right now
        else:
            # decided again under the lock: another process may just have rotated
            if self._descriptor is not None and self._is_at_path(self._descriptor):
                self._rename_all()
        finally:
            os.close(lock)

    def _rename_all(self) -> None:
        for number in range(self._kept_files - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                self._numbered(number).replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))

    def _numbered(self, ending: int | str) -> Path:
        return self._path.with_name(f"{self._path.name}.{ending}")

    def _release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _report(self, error: OSError) -> None:
        """Once per failure, not per line; stderr itself may be gone too."""
        if self._is_failing:
            return
        self._is_failing = True
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"The log file cannot be written ({error}); logging goes on to stdout.\n")
