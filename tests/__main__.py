"""All tests, two processes at once: what computes, then what mostly waits; at the end alone what must be in time.

With arguments they are pytest's, in one process: `python -m tests tests/bot -x`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
# Half of the time of what computes; what is named nowhere is the other half.
ONE_HALF = (
    "admin", "architecture", "cli", "config", "fuzz", "journeys/test_accessibility.py", "migrations", "pages", "web",
)  # fmt: skip
# What waits for processes that start and for clocks of seconds.
WAITING, ALSO_WAITING = ("benchmarks", "drill"), ("journeys",)
# Health is asked for within two seconds; people write at their own pace while processes come and go, and whoever brings
# those up more slowly has the more to answer; the questions of an exam close by themselves, or must not.
ALONE = (
    "drill/test_everything.py", "drill/test_production.py", "drill/test_rolling_restart.py", "journeys/test_exam.py",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when every process found nothing to complain about, and none was killed."""
    if arguments:
        return _pytest(arguments).wait()
    half, waiting, also_waiting, alone = (_paths(names) for names in (ONE_HALF, WAITING, ALSO_WAITING, ALONE))
    named = [*half, *waiting, *also_waiting, *alone]
    codes = [
        *_at_once(_without(named, [HERE]), _without(named, half)),
        *_at_once(_without(named, also_waiting), _without(named, waiting)),
        _pytest([str(path) for path in alone]).wait(),
    ]
    return int(any(codes))  # whoever was killed has a code below 0


def _paths(names: Sequence[str]) -> list[Path]:
    return [HERE / name for name in names]


def _without(named: Sequence[Path], paths: Sequence[Path]) -> list[str]:
    """These paths, but for what is named by itself inside of them."""
    inside = [path for path in named if path not in paths and any(path.is_relative_to(each) for each in paths)]
    return [*map(str, paths), *(f"--ignore={path}" for path in inside)]


def _at_once(paths: Sequence[str], others: Sequence[str]) -> list[int]:
    """The exit codes. The first are heard at once, the others when both are through."""
    with tempfile.TemporaryFile() as heard:
        beside = _pytest([*others, "-p", "no:cacheprovider"], output=heard)
        try:
            codes = [_pytest(paths).wait(), beside.wait()]
        finally:
            beside.kill()
        heard.seek(0)
        print(heard.read().decode(), flush=True)
    return codes


def _pytest(arguments: Sequence[str], *, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], stdout=output, stderr=output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
