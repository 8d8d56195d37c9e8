"""The files in which processes count: held by each process while it lives, added up into one when it has ended.

A counter may only grow, and a file must be counted once at every moment, whoever dies on the way. So a file without a
process is renamed `counter_into-4_…`, which is still counted; the sum of all those and of `counter_ended-3` becomes
`counter_ended-4` by one rename, and what went into it is no longer counted because that exists. Then it is removed.
"""

import fcntl
import os
import re
import secrets
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from mmap import PAGESIZE
from pathlib import Path
from time import monotonic, sleep

from prometheus_client import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

# What the files of one process hold at most, by far: series are few. The library maps them into memory, and a page of
# such a file that finds no room on the disk kills the process; so the room is taken before.
ROOM_BYTES = {"counter": 2**17, "histogram": 2**19}

# A full disk, and a file that a dying process has left half written.
BROKEN = (OSError, ValueError, LookupError, RuntimeError, struct.error)

PATIENCE_SECONDS = 1.0  # for who adds up or reads, which takes milliseconds
_PAUSE_SECONDS = 0.01

_OWN = re.compile(r"\w+_(\d+)\.db")
_ENDED = re.compile(r"\w+_ended-(\d+)\.db")
_GOES_INTO = re.compile(r"\w+_into-(\d+)_\w+\.db")


def own(folder: Path) -> dict[Path, int]:
    """The files of this process, and how much room each takes."""
    return {folder / f"{kind}_{os.getpid()}.db": size for kind, size in ROOM_BYTES.items()}


def hold(path: Path) -> int:
    """Open a file of this process, made when there is none; as long as the descriptor is open it is not added up.

    Raises:
        OSError: there is no room, or somebody else has it for too long.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            _lock(descriptor, fcntl.LOCK_SH)
        except OSError:
            os.close(descriptor)
            raise
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # somebody has just added up what a process of our number left


def _lock(descriptor: int, how: int) -> None:
    until = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > until:
                raise
            sleep(_PAUSE_SECONDS)
        else:
            return


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def take_room(descriptor: int, size: int) -> None:
    """Have so many bytes on the disk.

    Raises:
        OSError: there is no room.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    elif not os.fstat(descriptor).st_size:
        os.write(descriptor, bytes(size))


def give_room_back(path: Path) -> None:
    """Cut a file off behind what is used of it, which its first bytes say."""
    with path.open("rb") as file:
        (used,) = struct.unpack("i", file.read(4))
    os.truncate(path, _pages(used))


def _pages(size: int) -> int:
    return -(-size // PAGESIZE) * PAGESIZE


def summed(folder: Path) -> list[Metric]:
    """What all processes of this host have counted, also those that ended.

    Raises: what `BROKEN` lists.
    """
    if not folder.is_dir():
        return []
    with _alone(folder):
        files = [path for kind in ROOM_BYTES for path in _counted(folder, kind)]
        return list(MultiProcessCollector.merge([str(path) for path in files if path.stat().st_size]))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody adds up while somebody reads."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def add_up_ended(folder: Path) -> None:
    """Let the files of processes that have ended become one; a broken one stays as it is."""
    with _alone(folder):
        for kind in ROOM_BYTES:
            _add_up(folder, kind)


def _add_up(folder: Path, kind: str) -> None:
    last = _last_sum(folder, kind)
    for path in list(folder.glob(f"{kind}_*.db")):
        if number := _OWN.fullmatch(path.name):
            into = folder / f"{kind}_into-{last + 1}_{number[1]}_{secrets.token_hex(4)}.db"
            _take_if_ended(path, int(number[1]), into)
    parts = [path for path in _counted(folder, kind) if not _OWN.fullmatch(path.name)]
    if any(_GOES_INTO.fullmatch(path.name) for path in parts):
        _write_sum(parts, folder / f"{kind}.sum").rename(folder / f"{kind}_ended-{last + 1}.db")
    counted = set(_counted(folder, kind))
    for path in list(folder.glob(f"{kind}_*.db")):
        if path not in counted:
            path.unlink()


def _counted(folder: Path, kind: str) -> list[Path]:
    """The files that are counted: not those that have gone into the last sum."""
    last, found = _last_sum(folder, kind), []
    for path in folder.glob(f"{kind}_*.db"):
        ended, part = _ENDED.fullmatch(path.name), _GOES_INTO.fullmatch(path.name)
        if (ended is None or int(ended[1]) == last) and (part is None or int(part[1]) > last):
            found.append(path)
    return found


def _last_sum(folder: Path, kind: str) -> int:
    """The number of the newest sum; 0 when there is none."""
    sums = (_ENDED.fullmatch(path.name) for path in folder.glob(f"{kind}_ended-*.db"))
    return max((int(found[1]) for found in sums if found), default=0)


def _take_if_ended(path: Path, number: int, into: Path) -> None:
    """Rename the file of a process that neither holds it nor lives.

    The number alone says nothing: in another container another process has it. Nor does the hold alone, while processes
    of an older release run, which held nothing.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _lives(number) and _is_whole(path):
            path.rename(into)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_whole(path: Path) -> bool:
    try:
        _values([path])
    except BROKEN:
        return False
    return True


def _values(parts: Iterable[Path]) -> dict[str, float]:
    """Counts and the buckets of histograms alike: what has one name is added."""
    values: dict[str, float] = {}
    for path in parts:
        if path.stat().st_size:
            for key, value, *_ in MmapedDict.read_all_values_from_file(str(path)):
                values[key] = values.get(key, 0.0) + value
    return values


def _write_sum(parts: Sequence[Path], path: Path) -> Path:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        take_room(descriptor, _pages(sum(part.stat().st_size for part in parts) or 1))
    finally:
        os.close(descriptor)
    book = MmapedDict(str(path))
    for key, value in _values(parts).items():
        book.write_value(key, value, 0.0)
    book.close()
    give_room_back(path)
    return path
