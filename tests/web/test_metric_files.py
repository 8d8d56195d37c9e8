"""Files of counts: those of ended processes become one, nothing is counted twice or not at all, whoever dies when."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from recruitsmart import metric_files
from recruitsmart.metric_files import add_up_ended, hold, summed

NOBODY = 2**22 + 5  # beyond what a kernel gives to a process
COUNT = """
import sys
from pathlib import Path
from recruitsmart import metrics
metrics.begin(Path(sys.argv[1]))
with metrics.measured_task("slots.reserve"):
    metrics.count_update("polling")
"""


def _ended(folder: Path, script: str = COUNT) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], check=True, timeout=60, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    return done.stdout


def _left(folder: Path, number: int = NOBODY, *, updates: float = 1) -> Path:
    """A file as a killed process leaves it."""
    path = folder / f"counter_{number}.db"
    book = MmapedDict(str(path))
    name = "recruitsmart_updates_total"
    book.write_value(f'["recruitsmart_updates", "{name}", {{"way": "polling"}}, "Updates."]', updates, 0.0)
    book.close()
    return path


def _updates(folder: Path) -> float:
    samples = [sample for metric in summed(folder) for sample in metric.samples]
    return sum(sample.value for sample in samples if sample.name == "recruitsmart_updates_total")


def _tasks(folder: Path) -> dict[str, float]:
    """How many tasks took at most so long."""
    samples = [sample for metric in summed(folder) for sample in metric.samples]
    return {sample.labels["le"]: sample.value for sample in samples if sample.name.endswith("_bucket")}


def test_whoever_begins_adds_up_what_ended_processes_left(tmp_path: Path) -> None:
    for number in range(1, 5):
        _ended(tmp_path)
        assert _updates(tmp_path) == number
        assert _tasks(tmp_path)["+Inf"] == number
        assert len(list(tmp_path.iterdir())) <= 4  # its own two, and two sums


def test_a_killed_process_leaves_no_room_taken(tmp_path: Path) -> None:
    _ended(tmp_path, COUNT + "import os; os._exit(0)")
    assert max(file.stat().st_size for file in tmp_path.iterdir()) == metric_files.ROOM_BYTES["histogram"]
    add_up_ended(tmp_path)
    assert (_updates(tmp_path), max(file.stat().st_size for file in tmp_path.iterdir()) < 20_000) == (1, True)


def test_a_process_that_cannot_be_seen_from_here_but_holds_its_file_keeps_it(tmp_path: Path) -> None:
    path = _left(tmp_path)
    descriptor = hold(path)
    add_up_ended(tmp_path)
    assert list(tmp_path.iterdir()) == [path]
    os.close(descriptor)
    add_up_ended(tmp_path)
    assert (path.exists(), _updates(tmp_path)) == (False, 1)


def test_a_living_process_of_an_older_release_that_holds_nothing_keeps_its_file(tmp_path: Path) -> None:
    path = _left(tmp_path, os.getpid())
    add_up_ended(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_read_stays_and_hinders_nobody(tmp_path: Path) -> None:
    broken = tmp_path / f"counter_{NOBODY + 1}.db"
    broken.write_bytes(struct.pack("iii", 150, 0, 9_000) + bytes(200))
    _left(tmp_path)
    add_up_ended(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [broken.name, "counter_ended-1.db"]


PARENT = """
import os
if not os.fork():
    metrics.count_update("polling")
    print(os.getpid(), flush=True)
    sys.stdin.read()
os._exit(0)
"""


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[int]:
    """A process that lives and counts, whose parent has counted and died."""
    command = [sys.executable, "-c", COUNT + PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.wait(60)
        yield child


def test_a_forked_child_holds_its_own_file_and_not_its_parents(tmp_path: Path, orphan: int) -> None:
    add_up_ended(tmp_path)
    own = [file.name for file in tmp_path.iterdir() if "ended" not in file.name]
    assert sorted(own) == [f"counter_{orphan}.db", f"histogram_{orphan}.db"]
    assert _updates(tmp_path) == 2


DIES_AT = """
import os, sys
from pathlib import Path
from recruitsmart.metric_files import add_up_ended
steps, last = 0, int(sys.argv[2])
def look(event, arguments):
    global steps
    if event in ("os.rename", "os.remove", "os.truncate", "mmap.__new__"):
        steps += 1
        if steps > last:
            os._exit(9)
sys.addaudithook(look)
add_up_ended(Path(sys.argv[1]))
"""


def test_whoever_dies_while_adding_up_changes_no_sum(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    _left(before, updates=4)
    add_up_ended(before)  # a sum that the next one replaces
    for number, updates in ((NOBODY, 2), (NOBODY + 1, 3)):
        _left(before, number, updates=updates)
    expected, survived = _updates(before), False
    for last in range(20):
        folder = tmp_path / str(last)
        shutil.copytree(before, folder)
        code = subprocess.run([sys.executable, "-c", DIES_AT, str(folder), str(last)], timeout=60, check=False)
        assert _updates(folder) == expected, last
        _left(folder, NOBODY, updates=10)  # whoever has the number next
        counted = _updates(folder)
        for _ in range(2):
            add_up_ended(folder)
        assert _updates(folder) == counted, last
        assert len(list(folder.glob("*.db"))) == 1, last
        if code.returncode == 0:
            survived = True
            break
    assert survived and last > 4
